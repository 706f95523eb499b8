/*
 * Several services that may be the producer of one single-producer ring: a primary, and backups that wait for its end
 * (src/channel/backup.ts, producer-slot.ts, takeover-alarm.ts). README.md beside this file says what is modelled and
 * what is not. Positions are counted in cells, in full width.
 *
 * Who is primary is decided by a lock of the kernel, the token, which falls free when its holder dies. A producer may
 * also lose it alive, when something closes or unlocks its file behind its back. It does not learn of that; what shuts
 * it out is the generation, which its successor raises, and which it compares in each call.
 *
 * Two things are assumed, and written down as conditions below: the token is lost only between two calls; and a call of
 * a former primary that began before the generation was raised is over by then. The second cannot be had from a
 * comparison: run.sh shows that the model fails without it (CALL_UNDER_WAY).
 *
 * Names that begin with g are ghosts. Code under a macro that run.sh calls a mutant is wrong on purpose.
 */

#ifndef PRODUCERS
#define PRODUCERS 3
#endif
#ifndef CELLS
#define CELLS 4
#endif
#ifndef END
#define END 6     /* nobody writes when the tail is here or beyond */
#endif
#ifndef DEATHS
#define DEATHS 2  /* of producers, anywhere */
#endif
#ifndef LOSSES
#define LOSSES 1  /* of the token, alive */
#endif

#define NOBODY 255
#define CELL(at) ((at) % CELLS)
#define WORD(seq) ((seq) + 1)
#define WILD 99

/* Header words of each cell; the second cell of a record has payload there. */
byte commit[CELLS], length[CELLS], sequence[CELLS];
byte tail, cursor;

byte token = NOBODY;
byte generation;
bool attached;        /* the state of the slot */
byte alarms;        /* how many hold the FIFO open that tells backups of the end */

byte gEnd, gNext, gDeaths, gLosses;
bool gInside[PRODUCERS];  /* a call of this living producer is under way, and stores into the ring */
bool gBusy[PRODUCERS];    /* it attaches or closes, which are calls too */
bool gStarted;            /* somebody has begun: producers are alike, so that it may be number 0 */

#if PRODUCERS > 2
#define OTHERS_INSIDE ((me != 0 && gInside[0]) || (me != 1 && gInside[1]) || (me != 2 && gInside[2]))
#else
#define OTHERS_INSIDE ((me != 0 && gInside[0]) || (me != 1 && gInside[1]))
#endif

inline mayDie() {
  if
  :: gDeaths < DEATHS -> gDeaths++; goto killed
  :: true
  fi
}

/* Each call begins with it. */
inline begin() {
#ifdef NO_CHECK
  true;
#else
  if :: generation != mine -> goto shutOut :: else fi;
#endif
  assert(!OTHERS_INSIDE);
  if :: token == me -> assert(attached) :: else fi;
  gInside[me] = true
}

proctype Producer(byte me) {
  byte at, seq, n, next, mine, former, published;
  bool claimed;

look:
  if
  :: atomic { token != NOBODY ->
       /* Sleep until the last one is gone who holds the alarm; nobody does: look again, and again. */
       if
       :: alarms > 0 -> goto sleep
       :: alarms == 0 -> goto watch
       fi }
  :: atomic { token == NOBODY && (me == 0 || gStarted) -> alarms++; gStarted = true }
  fi;
  mayDie();
  atomic {
    if
#ifdef TAKEN_BY_ALARM
    :: token = me; gBusy[me] = true
#else
    :: token == NOBODY -> token = me; gBusy[me] = true
    :: token != NOBODY -> alarms--; goto look
#endif
    fi;
    mayDie() };

  /* enter */
#ifndef RAISE_AFTER_LOCATE
  former = generation;
  atomic {
#ifndef CALL_UNDER_WAY
    !OTHERS_INSIDE ->
#endif
    mine = former + 1; generation = mine; former = 0; mayDie() };
  atomic { attached = true; mayDie() };
#endif

  /* locateTail, and the constructor */
locate:
  at = tail;
  atomic { published = at;
#ifndef SUCCESSOR_AT_PUBLISHED
    if :: commit[CELL(at)] != 0 -> next = 1 :: else fi
#endif
  };
  atomic { if :: next == 1 -> at = at + length[CELL(at)]; next = 0 :: else fi };
  atomic { seq = sequence[CELL(at)];
#ifndef SUCCESSOR_AT_PUBLISHED
    if :: commit[CELL(at)] != 0 || tail != published -> at = 0; seq = 0; goto locate :: else fi;
#endif
    published = 0 };
  atomic { tail = at; mayDie() };
#ifdef RAISE_AFTER_LOCATE
  former = generation;
  atomic { !OTHERS_INSIDE -> mine = former + 1; generation = mine; former = 0; mayDie() };
  atomic { attached = true; mayDie() };
#endif
  gBusy[me] = false;

  do
  :: atomic { at < END && at + 3 <= cursor + CELLS -> /* room for the longest record, and a cell to clear */
       begin();
       if :: n = 1 :: n = 2 fi;
       next = at + n };
     atomic { length[CELL(at)] = n; mayDie(); if :: n == 1 -> goto filled :: else fi };
     atomic { commit[CELL(at + 1)] = WILD; mayDie() };
     atomic { length[CELL(at + 1)] = WILD; sequence[CELL(at + 1)] = WILD; mayDie() };
filled:
     atomic { if :: true :: claimed = true; gInside[me] = false fi }; /* write, or tryClaim */
     atomic {
       if
       :: claimed ->
          claimed = false;
          mayDie();
#ifndef NO_CHECK_AT_COMMIT
          begin()
#endif
       :: else
       fi };
#ifndef CLEAR_AFTER_COMMIT
     atomic { commit[CELL(next)] = 0; mayDie() };
     atomic { sequence[CELL(next)] = seq + 1; mayDie() };
#endif
     atomic {
       assert(at == gEnd && seq == gNext);
       assert(length[CELL(at)] == n && sequence[CELL(at)] == seq);
       commit[CELL(at)] = WORD(seq); gEnd = next; gNext++;
       mayDie() };
#ifdef CLEAR_AFTER_COMMIT
     atomic { commit[CELL(next)] = 0; mayDie() };
     atomic { sequence[CELL(next)] = seq + 1; mayDie() };
#endif
     atomic { tail = next; mayDie(); at = next; seq++; n = 0; next = 0; gInside[me] = false }
  :: atomic { generation != mine && at < END -> goto shutOut }
  :: goto close /* it may leave at any time */
  od;

shutOut:
  atomic { gInside[me] = false; at = 0; seq = 0; n = 0; next = 0; claimed = false };
close:
  /* releaseProducerSlot: the token is taken once more; somebody else's is left alone. */
  atomic { at = 0; seq = 0; n = 0; next = 0; gBusy[me] = true;
#ifndef RELEASE_WITHOUT_LOCK
    if :: token == NOBODY || token == me -> token = me :: else -> goto closed fi;
#endif
    mayDie() };
  atomic { if :: generation != mine -> goto released :: else -> mayDie() fi };
  atomic { attached = false; mayDie() };
released:
  atomic { if :: token == me -> token = NOBODY :: else fi; mine = 0 };
closed:
  atomic { alarms--; mine = 0; gBusy[me] = false; goto left };

killed:
  /* The kernel closes the files of a dead process one after the other. */
  atomic { gInside[me] = false; gBusy[me] = false; claimed = false;
    at = 0; seq = 0; n = 0; next = 0; mine = 0; former = 0; published = 0 };
  if
  :: atomic { if :: token == me -> token = NOBODY :: else fi }; atomic { alarms--; goto left }
  :: alarms--; atomic { if :: token == me -> token = NOBODY :: else fi; goto left }
  fi;

sleep:
  if
  :: atomic { alarms == 0 -> goto look }
  :: atomic { token == NOBODY && gLosses > 0 -> goto look } /* a former primary has it: the look once a second */
  fi;
watch:
  atomic { token == NOBODY || alarms > 0 -> goto look };

left:
  skip
}

/* Something closes the primary's file, between two of its calls. */
proctype Mischief() {
end:
  do
  :: atomic { gLosses < LOSSES && attached && token != NOBODY && !gInside[token] && !gBusy[token] -> gLosses++; token = NOBODY }
  od
}

/* Reads in order, and gates. */
proctype Consumer() {
  byte at, next, cells;
end:
  do
  :: atomic { commit[CELL(at)] != 0 ->
       assert(commit[CELL(at)] == WORD(next) && sequence[CELL(at)] == next);
       cells = length[CELL(at)];
       assert(cells == 1 || cells == 2);
       assert(next < gNext) };
     atomic {
       assert(commit[CELL(at)] == WORD(next) && length[CELL(at)] == cells);
       at = at + cells; next++; cells = 0;
       cursor = at }
  od
}

init {
  atomic {
    run Producer(0); run Producer(1);
#if PRODUCERS > 2
    run Producer(2);
#endif
    run Mischief(); run Consumer()
  }
}
