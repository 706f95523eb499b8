/*
 * The ring of MPSC and MPMC channels as src/ring has it; README.md beside this file says what is modelled and what is
 * not. The letters a to g are the steps of MultiProducerRing. Positions are counted in cells, in full width.
 *
 * Each load and store of shared memory that another process can notice is a step of its own; what is local belongs to
 * the step before it. Names that begin with g are ghosts: only assertions and end states read them. Code under a macro
 * that run.sh calls a mutant is wrong on purpose: it takes away one thing on which the ring depends.
 */

#ifndef RECORDS
#define RECORDS 3   /* that each producer writes, each of 1 or 2 cells */
#endif
#ifndef CONSUMERS
#define CONSUMERS 1 /* each joins at any moment, at the end or at the oldest record */
#endif
#ifndef DEATHS
#define DEATHS 1    /* producers that may stop for good, anywhere */
#endif
#if defined(REPAIR) && !defined(REPAIRER_DEATHS)
#define REPAIRER_DEATHS 1
#endif
#ifdef CELLS_BY_TURNS
#define CHOOSE_CELLS n = 1 + (me + k) % 2
#else
#define CHOOSE_CELLS if :: n = 1 :: n = 2 fi
#endif

#define PRODUCERS 2
#ifndef CELLS
#define CELLS 4
#endif
#define STRIDE 1    /* history is given up by so much more than is needed */
#define RUBBISH 99
#define NOBODY 255  /* gating position while no consumer is attached */

#define LAP(at) ((at) / CELLS + 1)
#define CELL(at) ((at) % CELLS)

#define INTERIOR 0
#define CLAIMED 1
#define COMMITTED 2

/* What one swap moves: a claim word (lap, state, owner), and the tail (position, sequence). */
typedef Word { byte lap; byte state; byte owner };
Word word[CELLS];
byte tailAt, tailSequence;

/* Headers and payloads; a record that covers a cell overwrites the header which an earlier one had there. */
byte length[CELLS], sequence[CELLS], payload[CELLS];

byte oldest;
bool attached[CONSUMERS];
byte cursor[CONSUMERS];

typedef Intent { byte at; byte sequence; byte cells };
Intent intent[PRODUCERS];

/* Where the next claim must be made, and where the last one begins; how many were committed; who is done or dead. */
byte gEnd, gSequence, gLast, gCommits, gDeaths, gOver;
/* A producer died inside a claim: where, and where the record before it begins, which is as far as oldest can come. */
bool gStuck;
byte gStuckAt, gStuckOldest;
#ifdef REPAIR
bool token[PRODUCERS];   /* held by the living */
bool repairLock;
bool padding[CELLS];     /* kind of the record: a repaired claim */
byte gRepairerDeaths;
#define CLEAN padding[CELL(at)] = false;
#else
#define CLEAN
#endif

/* The cursors as one number that grows with each of them. */
#if CONSUMERS > 1
#define CURSORS (cursor[0] + attached[0] + cursor[1] + attached[1])
#else
#define CURSORS (cursor[0] + attached[0])
#endif

#ifdef REPAIR
#define IS_PADDING padding[CELL(at)]
#else
#define IS_PADDING false
#endif
#define IS_COMMITTED(at) (word[CELL(at)].lap == LAP(at) && word[CELL(at)].state == COMMITTED)
#define SAME_WORD (word[CELL(at)].lap == lap && word[CELL(at)].state == state && word[CELL(at)].owner == owner)

#ifdef REPAIR
#define FREE_TOKEN token[me] = false;
#else
#define FREE_TOKEN
#endif

/* The producer may stop here for good. After each of its stores, but for g: that is to stop before the next c. */
inline mayDie() {
  if
  :: gDeaths < DEATHS -> gDeaths++; FREE_TOKEN goto gone
  :: true
  fi
}

inline mayDieInside() {
  if
  :: gDeaths < DEATHS -> gDeaths++; gStuck = true; gStuckAt = at; gStuckOldest = before; FREE_TOKEN goto gone
  :: true
  fi
}

/* The slowest cursor of those attached. `attached` is set once, after the cursor: both can be read in one step. */
inline readGate() {
  atomic { gate = NOBODY; if :: attached[0] -> gate = cursor[0] :: else fi };
#if CONSUMERS > 1
  atomic { if :: attached[1] && cursor[1] < gate -> gate = cursor[1] :: else fi };
#endif
}

/* One swap of the tail. When somebody has moved it before, that is as good. */
inline swapTail(cells) {
  if
  :: tailAt == at && tailSequence == seq ->
     tailAt = at + cells;
     tailSequence = seq + 1;
     assert(tailAt == gEnd && tailSequence == gSequence)
  :: else
  fi
}

#ifdef REPAIR
/* A repairer may die after each of its stores. */
inline repairerMayDie() {
  if
  :: gRepairerDeaths < REPAIRER_DEATHS -> gRepairerDeaths++; goto dead
  :: true
  fi
}

/* Nobody but the one repairer touches the claim: it is open, and of the dead, at each of its stores. */
inline repairChecked() {
  assert(!token[owner] && word[CELL(at)].lap == lap && word[CELL(at)].state == CLAIMED && word[CELL(at)].owner == owner)
}
#endif

/* SharedOldest.giveUp and reach: a walk over committed records up to the gate; oldest comes to stand on one. */
inline giveUp(needed) {
  readGate();
  d_step {
    assert(gate == NOBODY || gate <= tailAt);
    if :: tailAt < gate -> gate = tailAt :: else fi;
    whole = from;
    ahead = from
  };
  do
  :: atomic { !IS_COMMITTED(ahead) ->
#ifdef OLDEST_ON_OPEN_CLAIM
       if :: ahead <= gate -> whole = ahead :: else fi;
#endif
       break }
  :: atomic { IS_COMMITTED(ahead) -> whole = ahead; if :: whole >= needed + STRIDE -> break :: else fi };
     atomic {
       cells = length[CELL(ahead)];
       if
       :: cells == RUBBISH -> assert(oldest != from); whole = from; break
       :: else -> ahead = ahead + cells; if :: ahead > gate -> break :: else fi
       fi }
  od;
  atomic { if :: oldest == from && whole > from -> oldest = whole :: else fi; whole = 0; ahead = 0; cells = 0 }
}

proctype Producer(byte me) {
  byte k, n, at, seq, limit, before;
  byte lap, state, owner;
  byte from, whole, ahead, cells, gate;
  byte seenOldest, seenCursors, seenCommits; /* when the ring was last looked at: whether it is worth another look */

  do
  :: atomic { k < RECORDS -> CHOOSE_CELLS };

again:
     at = tailAt;
     atomic { seq = tailSequence;
       if
       :: at + n <= limit -> goto claim
       :: else -> at = tailAt; seenOldest = oldest; seenCursors = CURSORS; seenCommits = gCommits; seq = 0
       fi };

#ifdef GATE_SEEN_BEFORE
     readGate();
#endif
     atomic { /* a. */
       from = oldest;
       if :: from + CELLS >= at + n -> goto announced :: else fi };
     giveUp((at + n - CELLS));
     from = oldest;
announced:
#ifndef GATE_SEEN_BEFORE
     readGate();
#endif
     atomic {
       limit = (from < gate -> from : gate) + CELLS;
#ifdef GATE_OFF_BY_ONE
       limit++;
#endif
       from = 0;
       gate = 0;
       if
       :: at + n <= limit
       :: else ->
          /* Full: something must come to move. Behind a dead claim it may stay so, but not before it is reached. */
          if
          :: tailAt != at || oldest != seenOldest || CURSORS != seenCursors || gCommits != seenCommits
#ifndef REPAIR
          :: gStuck && at + n > gStuckOldest + CELLS -> goto gone
#endif
          fi
       fi;
       at = 0; seenOldest = 0; seenCursors = 0; seenCommits = 0;
       goto again };

claim:
     atomic {
       lap = word[CELL(at)].lap; state = word[CELL(at)].state; owner = word[CELL(at)].owner;
       if
       :: lap < LAP(at) -> goto free
       :: lap == LAP(at) && state == CLAIMED
       :: lap == LAP(at) && state == COMMITTED -> goto committed
       :: else -> goto helped
       fi };
     cells = intent[owner].cells; /* b. */
     atomic { if :: intent[owner].at != at || intent[owner].sequence != seq -> goto helped :: else fi };
     goto recheck;
committed:
     atomic { if :: tailAt != at || tailSequence != seq -> goto helped :: else fi };
     cells = length[CELL(at)];
recheck:
     atomic { if :: SAME_WORD :: else -> goto helped fi };
     atomic { swapTail(cells) };
helped:
     /* Whoever could not help must find that it was not needed: else nobody ever claims again. */
     atomic { tailAt != at || tailSequence != seq ->
       cells = 0; lap = 0; state = 0; owner = 0; at = 0; seq = 0;
       goto again };

free:
#ifndef INTENT_AFTER_SWAP
     atomic { intent[me].at = at; intent[me].sequence = seq }; /* c. */
     atomic { intent[me].cells = n; mayDie() };
#endif
     atomic { /* d. */
       if
       :: SAME_WORD ->
          assert(at == gEnd && seq == gSequence);
          word[CELL(at)].lap = LAP(at); word[CELL(at)].state = CLAIMED; word[CELL(at)].owner = me;
          before = gLast; gLast = at; gEnd = at + n; gSequence++;
          lap = 0; state = 0; owner = 0;
          mayDieInside()
       :: else -> lap = 0; state = 0; owner = 0; at = 0; seq = 0; goto again
       fi };
#ifdef INTENT_AFTER_SWAP
     atomic { intent[me].at = at; intent[me].sequence = seq };
     atomic { intent[me].cells = n; mayDieInside() };
#endif
     atomic { swapTail(n); mayDieInside() }; /* e. */
     atomic { /* f. */
       length[CELL(at)] = n; sequence[CELL(at)] = seq; payload[CELL(at)] = seq; CLEAN
#ifdef COMMIT_EARLY
       word[CELL(at)].state = COMMITTED; gCommits++;
#endif
       mayDieInside();
       if :: n == 1 -> goto filled :: else fi };
     atomic {
       length[CELL(at + 1)] = RUBBISH; sequence[CELL(at + 1)] = RUBBISH; payload[CELL(at + 1)] = seq;
       word[CELL(at + 1)].lap = LAP(at + 1); word[CELL(at + 1)].state = INTERIOR; word[CELL(at + 1)].owner = me;
       mayDieInside() };
filled:
     atomic { /* g. */
       assert(length[CELL(at)] == n && sequence[CELL(at)] == seq);
       assert(payload[CELL(at)] == seq && payload[CELL(at + n - 1)] == seq);
       assert(word[CELL(at)].lap == LAP(at) && word[CELL(at)].owner == me);
#ifndef COMMIT_EARLY
       word[CELL(at)].state = COMMITTED; gCommits++;
#endif
       before = 0; n = 0; at = 0; seq = 0; k++ }
  :: atomic { k == RECORDS -> break }
  od;
gone:
  atomic { gOver++; k = 0; n = 0; at = 0; seq = 0; limit = 0; before = 0 }
}

/* Joins at the end or at the oldest record (takeConsumerSlot, findStart, joinAt), and reads until nothing can come. */
proctype Consumer(byte me) {
  byte at, next, cells;
  bool latest;

  atomic { cursor[me] = oldest; if :: latest = true :: latest = false fi }; /* holds what is there */
#ifndef JOIN_WITHOUT_FENCE
  attached[me] = true;
#endif

find:
  if
  :: latest ->
     at = tailAt;
     next = tailSequence;
#ifndef TAIL_TORN
     atomic { if :: tailAt == at :: else -> at = 0; next = 0; goto find fi }
#endif
  :: else -> /* oldestPlace */
     at = oldest;
     next = (at == 0 -> 0 : sequence[CELL(at)]);
     atomic { if :: oldest == at :: else -> at = 0; next = 0; goto find fi }
  fi;
#ifndef JOIN_WITHOUT_FENCE
  cursor[me] = at;
  atomic { if :: at >= oldest -> latest = false :: else -> goto find fi };
#else
  /* The stores are still in the processor when the load is made. */
  atomic { if :: at >= oldest -> latest = false :: else -> goto find fi };
  cursor[me] = at;
  attached[me] = true;
#endif

  do
  :: atomic { IS_COMMITTED(at) ->
       cells = length[CELL(at)];
       assert(cells == 1 || cells == 2);
       assert(sequence[CELL(at)] == next);
       assert(IS_PADDING || (payload[CELL(at)] == next && payload[CELL(at + cells - 1)] == next)) };
     atomic { /* nothing of it was overwritten while it was read */
       assert(IS_COMMITTED(at) && length[CELL(at)] == cells && sequence[CELL(at)] == next);
       assert(IS_PADDING || (payload[CELL(at)] == next && payload[CELL(at + cells - 1)] == next));
       at = at + cells; next++; cells = 0;
       cursor[me] = at }
  :: atomic { word[CELL(at)].lap > LAP(at) || (word[CELL(at)].lap == LAP(at) && word[CELL(at)].state == INTERIOR) ->
       assert(false) } /* overtaken */
  :: atomic { gOver == PRODUCERS && at == tailAt && !IS_COMMITTED(at) -> break }
#ifndef REPAIR
  :: atomic { gStuck && at == gStuckAt -> break }
#endif
  od
}

#ifdef OVERTAKEN
/*
 * A consumer for which nobody waits: it copies, and believes the copy if oldest is not past its place afterwards.
 * Payload that it takes for a header does the most harm that it can.
 */
proctype Copier() {
  byte at, next, cells, now;
  bool odd;

  if
  :: true -> goto joinOldest
  :: true
  fi;
joinLatest:
  at = tailAt;
  next = tailSequence;
  atomic { if :: tailAt == at && at >= oldest -> goto reading :: else -> at = 0; next = 0; goto joinLatest fi };
joinOldest:
  now = oldest;
  cells = (now == 0 -> 0 : sequence[CELL(now)]);
  atomic {
    if
#ifdef RESUME_UNCHECKED
    :: true ->
#else
    :: oldest != now -> now = 0; cells = 0; goto joinOldest
    :: else ->
#endif
       assert(cells >= next && (now == 0 || (IS_COMMITTED(now) && sequence[CELL(now)] == cells)));
       at = now; next = cells; now = 0; cells = 0
    fi };

reading:
  do
  :: atomic { IS_COMMITTED(at) };
     atomic { cells = length[CELL(at)]; if :: cells == RUBBISH -> if :: cells = 1 :: cells = 2 :: odd = true fi :: else fi;
       if :: odd -> goto validate :: else fi };
     atomic { if :: sequence[CELL(at)] == next || sequence[CELL(at)] == RUBBISH :: sequence[CELL(at)] != next -> odd = true; goto validate fi };
     atomic { if :: payload[CELL(at)] != next -> odd = true; goto validate :: else fi };
     atomic { if :: cells == 2 && payload[CELL(at + 1)] != next -> odd = true :: else fi };
validate:
     atomic {
#ifndef NO_VALIDATION
       if :: oldest > at -> odd = false; cells = 0; goto joinOldest :: else fi;
#endif
       assert(!odd && cells == length[CELL(at)] && sequence[CELL(at)] == next);
       at = at + cells; next++; cells = 0 }
#ifndef NOT_YET_WITHOUT_LOOK
  :: atomic { !IS_COMMITTED(at) && oldest > at -> goto joinOldest }
#endif
  :: atomic { gOver == PRODUCERS && at == tailAt && oldest <= at && !IS_COMMITTED(at) -> break }
  od;
  assert(next == gSequence)
}
#endif

#ifdef REPAIR
/* openClaimOf */
#define IS_OPEN(slot) (word[CELL(intent[slot].at)].state == CLAIMED && word[CELL(intent[slot].at)].owner == slot \
  && word[CELL(intent[slot].at)].lap == LAP(intent[slot].at))

/*
 * Whoever waits in vain: repairDeadClaim in src/channel/claim-repair.ts, and src/ring/repair.ts. Here it may come at any
 * moment, whether the claim stands in somebody's way or not. The slot of the dead is not given out again.
 */
proctype Repairer(byte me) {
  byte owner, at, seq, lap, cells;

end:
  do
  /* One of them may have found the claim of a living producer. */
  :: atomic { (me == 0 || gDeaths > 0) && IS_OPEN(0) -> at = intent[0].at; lap = LAP(at); goto found }
  :: atomic { (me == 0 || gDeaths > 0) && IS_OPEN(1) -> owner = 1; at = intent[1].at; lap = LAP(at) };
found:
#ifndef REPAIR_THE_LIVING
     atomic { if :: !token[owner] :: else -> at = 0; lap = 0; owner = 0; goto again fi };
#endif
#ifndef REPAIR_WITHOUT_LOCK
     atomic { if :: !repairLock -> repairLock = true :: else -> at = 0; lap = 0; owner = 0; goto again fi };
#endif
#ifndef REPAIR_UNCHECKED
     atomic { if :: word[CELL(at)].lap == lap && word[CELL(at)].state == CLAIMED && word[CELL(at)].owner == owner
                 :: else -> goto unlock fi };
#endif
     /* Of a dead producer whose slot is not given out: it stays. */
     atomic { cells = intent[owner].cells; seq = intent[owner].sequence; repairerMayDie() };
#ifndef REPAIR_WITHOUT_TAIL
     atomic { if :: tailAt == at && tailSequence == seq -> tailAt = at + cells; tailSequence = seq + 1;
                    assert(tailAt == gEnd && tailSequence == gSequence)
                 :: else fi;
       repairerMayDie() };
     assert(tailAt >= at + cells);
#endif
     /* The header: nobody reads it before the claim word says so. */
     atomic { repairChecked(); length[CELL(at)] = cells; sequence[CELL(at)] = seq; padding[CELL(at)] = true; repairerMayDie() };
     atomic {
       repairChecked();
       if
       :: cells == 2 ->
          word[CELL(at + 1)].lap = LAP(at + 1); word[CELL(at + 1)].state = INTERIOR; word[CELL(at + 1)].owner = owner
       :: else
       fi;
       repairerMayDie() };
     atomic { repairChecked(); word[CELL(at)].state = COMMITTED; gCommits++; repairerMayDie() };
unlock:
     atomic { repairLock = false; owner = 0; at = 0; seq = 0; lap = 0; cells = 0 };
again:
     skip
  od;
dead:
  atomic { repairLock = false; owner = 0; at = 0; seq = 0; lap = 0; cells = 0 }
}
#endif

init {
  atomic {
#ifdef REPAIR
    token[0] = true; token[1] = true;
    run Repairer(0); run Repairer(1);
#endif
    run Producer(0);
    run Producer(1);
#ifdef OVERTAKEN
    run Copier();
#else
    run Consumer(0);
#endif
#if CONSUMERS > 1
    run Consumer(1);
#endif
  }
}
