/*
 * The ring of SPSC and SPMC channels whose producer does not wait for consumers: it gives up the oldest records.
 * README.md beside this file says what is modelled and what is not. Positions are counted in cells, in full width.
 *
 * Each load and store of shared memory that another process can notice is a step of its own; what is local belongs to
 * the step before it. Names that begin with g are ghosts: only assertions and end states read them. Code under a macro
 * that run.sh calls a mutant is wrong on purpose.
 *
 * Consumers have no effect on the producer, nor on each other. So one of them stands for all.
 */

#ifndef CELLS
#define CELLS 4   /* of the ring: the longest record, one more, and one for the word that is cleared ahead */
#endif
#ifndef END
#define END 10    /* the producer stops when the tail is here or beyond: two and a half laps */
#endif
#ifndef DEATHS
#define DEATHS 1  /* how often the producer dies, anywhere, and another one takes over */
#endif

#define CELL(at) ((at) % CELLS)
#define WORD(seq) ((seq) + 1) /* the commit word of a record; 0 is "not yet" */

/*
 * The payload of a record covers the headers that earlier records had in its second cell, and says what its writer
 * likes. So a reader that comes across WILD takes it for whatever does the most harm.
 */
#define WILD 99
#define IMPOSSIBLE 98

/* Header (commit word, length in cells, sequence) and payload of each cell. */
byte commit[CELLS], length[CELLS], sequence[CELLS], payload[CELLS];

byte oldest, tail; /* tail: as it is published, after each commit */

/* Where the next record must begin, and its sequence; how many producers died; whether the last one is done. */
byte gEnd, gNext, gDeaths;
bool gOver;

inline mayDie() {
  if
  :: gDeaths < DEATHS -> gDeaths++; goto gone
  :: true
  fi
}

proctype Producer() {
  byte at, seq, n, next, to;

takeOver:
  /* locateTail, and the constructor. Nobody else writes: to the others it is one step. */
  atomic {
    at = tail;
#ifndef SUCCESSOR_AT_PUBLISHED
    if :: commit[CELL(at)] != 0 -> at = at + length[CELL(at)] :: else fi;
#endif
    seq = sequence[CELL(at)];
    assert(at == gEnd && seq == gNext && commit[CELL(at)] == 0);
    tail = at };

  do
  :: atomic { at < END -> if :: n = 1 :: n = 2 fi; next = at + n };

     /* Room: oldest moves over whole records, as far as it must or further, before anything is overwritten. */
     atomic {
       to = oldest;
#ifdef OLDEST_OFF_BOUNDARY
       if :: to + CELLS < next + 1 -> to = next + 1 - CELLS :: else fi;
#else
       if
       :: to + CELLS < next + 1 ->
          do
          :: to + CELLS < next + 1 -> to = to + length[CELL(to)]
          :: to + CELLS >= next + 1 && to < at -> to = to + length[CELL(to)]
          :: to + CELLS >= next + 1 -> break
          od
       :: else
       fi;
#endif
       assert(to <= at);
#ifndef OLDEST_AFTER
       oldest = to; to = 0;
#endif
       mayDie() };

     atomic { length[CELL(at)] = n; mayDie() };
     atomic { payload[CELL(at)] = seq; mayDie(); if :: n == 1 -> goto filled :: else fi };
     atomic { commit[CELL(at + 1)] = WILD; mayDie() };
     atomic { length[CELL(at + 1)] = WILD; mayDie() };
     atomic { sequence[CELL(at + 1)] = WILD; mayDie() };
     atomic { payload[CELL(at + 1)] = seq; mayDie() };
filled:
#ifndef CLEAR_AFTER_COMMIT
     atomic { commit[CELL(next)] = 0; mayDie() };
     atomic { sequence[CELL(next)] = seq + 1; mayDie() };
#endif
     atomic {
       assert(length[CELL(at)] == n && sequence[CELL(at)] == seq && commit[CELL(at)] == 0);
       commit[CELL(at)] = WORD(seq); gEnd = next; gNext = seq + 1;
       mayDie() };
#ifdef CLEAR_AFTER_COMMIT
     atomic { commit[CELL(next)] = 0; mayDie() };
     atomic { sequence[CELL(next)] = seq + 1; mayDie() };
#endif
     atomic {
#ifdef OLDEST_AFTER
       oldest = to; to = 0;
#endif
       tail = next; at = next; seq++; n = 0; next = 0; mayDie() }
  :: atomic { at >= END -> at = 0; seq = 0; gOver = true; break }
  od;
  goto over;

gone:
  atomic { at = 0; seq = 0; n = 0; next = 0; to = 0; goto takeOver };
over:
  skip
}

/* What a reader makes of payload where it expects something else. */
inline takeWord(word, expected) {
  if
  :: word == WILD -> if :: word = 0 :: word = expected :: word = IMPOSSIBLE fi
  :: else
  fi
}

inline takeLength(cells) {
  if
  :: cells == WILD -> if :: cells = 1 :: cells = 2 :: cells = IMPOSSIBLE fi
  :: else
  fi
}

proctype Consumer() {
  byte at, next, cells, word;
  byte from, published, publishedSequence, now; /* while it joins, or goes on at oldest */
  byte account;                                 /* where it began, and what it delivered or counted as lost since */
  bool odd;                                     /* something in the record cannot be */

  if
  :: goto joinOldest
  :: goto joinLatest
  fi;

  /* locateTail, next to a producer that runs. */
joinLatest:
  from = oldest;
  published = tail;
  publishedSequence = sequence[CELL(published)];
  atomic { word = commit[CELL(published)]; takeWord(word, IMPOSSIBLE); at = published;
    if :: word == 0 -> goto look :: else fi };
  atomic { cells = length[CELL(published)]; takeLength(cells);
    if :: cells != IMPOSSIBLE -> at = published + cells :: else fi };
look:
  atomic { cells = 0; word = commit[CELL(at)]; takeWord(word, IMPOSSIBLE) };
  next = sequence[CELL(at)];
  atomic { now = oldest;
    if :: now <= published -> assert(sequence[CELL(published)] == publishedSequence) :: else fi };
  atomic {
    if
    :: tail != published || now != from ->
       if
#ifdef JOIN_UNCHECKED
       :: goto joined
#endif
       :: now <= published -> at = published; next = publishedSequence; goto joined /* too fast to be caught */
       :: true
       fi
    :: else ->
       assert(from <= at && at <= from + CELLS);
       if :: word == 0 -> assert(sequence[CELL(at)] == next); goto joined :: else fi
    fi;
    at = 0; next = 0; word = 0; from = 0; published = 0; publishedSequence = 0; now = 0;
    goto joinLatest };

joinOldest:
  at = oldest;
  next = sequence[CELL(at)];
  atomic {
    if
    :: oldest == at -> assert(sequence[CELL(at)] == next)
    :: else -> at = 0; next = 0; goto joinOldest
    fi };
joined:
  atomic { account = next; word = 0; from = 0; published = 0; publishedSequence = 0; now = 0 };

reading:
  do
  :: atomic { commit[CELL(at)] != 0 -> word = commit[CELL(at)]; takeWord(word, WORD(next));
       if
       :: word == WORD(next) -> word = 0
       :: word == 0 -> goto reading
       :: else -> word = 0; odd = true; goto validate
       fi };
#ifdef VALIDATE_BEFORE_COPY
     atomic { if :: oldest > at -> goto overtaken :: else fi };
#endif
     atomic { cells = length[CELL(at)]; takeLength(cells);
       if :: cells == IMPOSSIBLE -> cells = 0; odd = true; goto validate :: else fi };
     atomic {
       if
       :: sequence[CELL(at)] == next || sequence[CELL(at)] == WILD
       :: sequence[CELL(at)] != next -> cells = 0; odd = true; goto validate
       fi };
     /* Once something is torn the rest of the copy makes no difference. */
     atomic { if :: payload[CELL(at)] != next -> cells = 0; odd = true; goto validate :: else fi };
     atomic { if :: cells == 2 && payload[CELL(at + 1)] != next -> cells = 0; odd = true :: else fi };

validate:
     /* The fence stands between the copy and this load. */
     atomic {
#if !defined(VALIDATE_BEFORE_COPY) && !defined(NO_VALIDATION)
       if :: oldest > at -> cells = 0; odd = false; goto overtaken :: else fi;
#endif
       assert(!odd);
       assert(cells == length[CELL(at)] && sequence[CELL(at)] == next);
       at = at + cells; next++; account++; cells = 0 }

#ifndef NOT_YET_WITHOUT_LOOK
  :: atomic { commit[CELL(at)] == 0 && oldest > at -> goto overtaken }
#endif
  :: atomic { gOver && at == gEnd -> break }
  od;
  goto done;

overtaken:
  atomic { from = oldest;
#ifdef RESUME_OFF_BOUNDARY
    from++ /* so much further on that the producer is not upon it again at once */
#endif
  };
  now = sequence[CELL(from)];
  atomic {
    if
#ifdef RESUME_UNCHECKED
    :: true ->
#else
    :: oldest != from -> from = 0; now = 0; goto overtaken
    :: else ->
#endif
       assert(sequence[CELL(from)] == now);
       assert(from > at && now > next);
#ifdef LOSS_FROM_OVERTAKER
       /* By the record that stands in its place now. */
       account = account + (sequence[CELL(at)] - next);
#else
       account = account + (now - next);
#endif
       at = from; next = now; from = 0; now = 0;
       assert(account == next);
       goto reading
    fi };

done:
  assert(account == gNext && next == gNext)
}

init { atomic { run Producer(); run Consumer() } }
