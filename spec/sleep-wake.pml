/*
 * How endpoints put themselves to sleep and wake each other: consumers that wait for messages, producers that wait for
 * room (src/channel/wakeups.ts). README.md beside this file says what is modelled and what is not.
 *
 * Memory is that of x86-64: a plain store waits in its processor's buffer, in order, while later loads go ahead; atomic
 * operations wait until the buffer is empty. Plain stores that matter here are the commits of producers and the cursors
 * of consumers. A sleep ends by a wake-up and in no other way: the time-outs of the code are a safety net which the model
 * takes away. Who is asleep when nothing can happen any more would sleep for ever, and SPIN reports it.
 *
 * Names that begin with g are ghosts. Code under a macro that run.sh calls a mutant is wrong on purpose.
 */

#ifndef WRITERS
#define WRITERS 1   /* several: they claim by a swap, which empties their buffers */
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 3  /* of each writer */
#endif
#ifndef ROOM
#define ROOM 2      /* messages that the ring holds */
#endif
#ifndef WORTH
#define WORTH 1     /* so much must be free before a sleeping writer is woken */
#endif
#ifndef DEATHS
#define DEATHS 0    /* readers that may die, anywhere */
#endif

#define TOTAL (WRITERS * MESSAGES)
#define NOBODY 255

#define AWAKE 0
#define FUTEX 1     /* blocks its thread */
#define FIFO 2      /* sleeps in its event loop */

bool there[TOTAL + 1];                  /* which messages are committed, as memory has it */
chan stores[WRITERS] = [2] of { byte }; /* commits in the writers' buffers */
byte tail;

byte cursor[READERS], stored[READERS];  /* as memory has it, and as the reader has stored it last */
bool gates[READERS];

bool consumersWaiting;
byte sleeping[READERS], wakeSignal[READERS];
bool asleep[READERS];                   /* in the kernel, on the futex */
bool pending[READERS];                  /* bytes in the FIFO: several are as one */

bool producersWaiting;
byte spaceWanted, spaceSignal;
bool asleepForRoom[WRITERS];

/* Whether its process is registered for membarrier, which reaches nobody else. */
#ifdef LATE
bool writerIsRegistered[WRITERS], readerIsRegistered[READERS];
#define isWriterReached(who) writerIsRegistered[who]
#define isReaderReached(who) readerIsRegistered[who]
#else
#define isWriterReached(who) true
#define isReaderReached(who) true
#endif

byte gDeaths, gTotal = TOTAL;
bool gDead[READERS];
byte gTimeouts[WRITERS];                /* a writer looks for the dead every 10 ms: once for each death is enough here */

proctype WriterBuffer(byte me) {
  byte at;
end:
  do
  :: atomic { stores[me]?at -> there[at] = true; at = 0 }
  od
}

proctype ReaderBuffer(byte me) {
end:
  do
  :: atomic { cursor[me] < stored[me] -> cursor[me]++ }
  od
}

/* membarrier: every running thread that it reaches empties its buffer at some moment before this is over. */
inline fenceWriters() {
  (!isWriterReached(0) || empty(stores[0]));
#if WRITERS > 1
  (!isWriterReached(1) || empty(stores[1]));
#endif
}

inline fenceReaders() {
  (!isReaderReached(0) || cursor[0] == stored[0]);
#if READERS > 1
  (!isReaderReached(1) || cursor[1] == stored[1]);
#endif
}

/* The slowest cursor, one load after the other. */
inline scan(mine) {
  atomic { gate = NOBODY; if :: gates[0] -> gate = (mine == 0 -> stored[0] : cursor[0]) :: else fi };
#if READERS > 1
  atomic {
    if
    :: gates[1] && (mine == 1 -> stored[1] : cursor[1]) < gate -> gate = (mine == 1 -> stored[1] : cursor[1])
    :: else
    fi };
#endif
}

#ifdef WRITER_DIES
#define MAY_DIE_WAKING if :: gTotal = gTotal - (MESSAGES - 1 - k); goto gone :: true fi
#else
#define MAY_DIE_WAKING skip
#endif

proctype Writer(byte me) {
  byte k, at, gate, signal, r, kind;
  bool announced, flag;

  do
#ifdef LATE
  :: atomic { !writerIsRegistered[me] && empty(stores[me]) -> writerIsRegistered[me] = true }
#endif
  :: k < MESSAGES ->
try:
     at = tail;
     scan(NOBODY);
#if WRITERS > 1
     empty(stores[me]);
#endif
     atomic {
       if
       :: gate != NOBODY && at + 1 > gate + ROOM -> at = 0; gate = 0; goto noRoom
       :: else -> gate = 0;
          if
          :: tail != at -> at = 0; goto try
          :: else -> tail++; announced = false; signal = 0
          fi
       fi };
#ifdef LOOK_BEFORE_PUBLISH
     flag = consumersWaiting;
     stores[me]!at;
#else
     stores[me]!at;
     flag = consumersWaiting;
#endif
#if defined(LATE) && !defined(NO_LOOK_UNTIL_REGISTERED)
     /* It looks as if the flag was set. */
     flag = flag || !writerIsRegistered[me];
#endif
     atomic { at = 0; if :: !flag -> goto written :: else -> flag = false fi };

     /* ConsumerWaker.wakeAll: the swaps wait until what was published is visible. */
#ifndef CLEAR_ALL_AFTER_WAKE
     atomic { empty(stores[me]) -> consumersWaiting = false; MAY_DIE_WAKING };
#endif
     r = 0;
     do
     :: atomic { r < READERS && sleeping[r] == AWAKE -> r++ }
     :: atomic { r < READERS && sleeping[r] != AWAKE -> kind = sleeping[r];
#ifndef CLEAR_AFTER_WAKE
          empty(stores[me]); sleeping[r] = AWAKE;
#endif
          if
          :: kind == FIFO -> pending[r] = true; goto signalled
          :: kind == FUTEX
          :: kind == AWAKE -> goto signalled
          fi };
        wakeSignal[r]++;
        atomic { asleep[r] = false; MAY_DIE_WAKING };
signalled:
        atomic {
#ifdef CLEAR_AFTER_WAKE
          sleeping[r] = AWAKE;
#endif
          kind = 0; r++ }
     :: atomic { r == READERS -> r = 0; break }
     od;
#ifdef CLEAR_ALL_AFTER_WAKE
     atomic { empty(stores[me]) -> consumersWaiting = false };
#endif
written:
     k++
  :: atomic { k == MESSAGES -> break }
  od;
  goto gone;

noRoom:
  if
  :: atomic { announced -> announced = false; goto sleepNow }
  :: else
  fi;
  /* A plain store before an atomic one: it may be visible before or after the load between them. */
  if
  :: spaceWanted = tail + WORTH - ROOM; signal = spaceSignal
  :: signal = spaceSignal; spaceWanted = tail + WORTH - ROOM
  fi;
  atomic { empty(stores[me]) -> producersWaiting = true };
#ifndef ROOM_WITHOUT_FENCE
  fenceReaders();
#endif
#ifndef ROOM_WITHOUT_SECOND_LOOK
  announced = true;
  goto try;
#endif
sleepNow:
  atomic { if :: spaceSignal != signal -> signal = 0; goto try :: else -> signal = 0; asleepForRoom[me] = true fi };
  if
  :: atomic { !asleepForRoom[me] -> goto try }
  :: atomic { asleepForRoom[me] && gTimeouts[me] < gDeaths -> asleepForRoom[me] = false; gTimeouts[me]++ }
  fi;
  /* reapDeadConsumers */
  atomic {
    r = 0;
    do
    :: r < READERS -> if :: gDead[r] -> gates[r] = false :: else fi; r++
    :: else -> r = 0; break
    od;
    goto try };
gone:
  atomic { k = 0; at = 0; r = 0; kind = 0 }
}

inline mayDie() {
  if
  :: gDeaths < DEATHS -> gDeaths++; gDead[me] = true; goto over
  :: true
  fi
}

proctype Reader(byte me) {
  byte at, signal, kind, gate;
  bool flag, unpublished;

reading:
  do
  :: atomic { there[at] -> at++; unpublished = true; mayDie();
       if :: true :: goto publish fi } /* at the end of a poll, or within a long one */
  :: atomic { !there[at] && unpublished ->
publish:
       unpublished = false; stored[me] = at; mayDie() };
#if defined(LATE) && !defined(NO_FENCE_UNTIL_REGISTERED)
     (readerIsRegistered[me] || cursor[me] == stored[me]);
#endif
     flag = producersWaiting;
     atomic { if :: !flag -> goto published :: else -> flag = false; mayDie() fi };
     /* wakeProducersForRoom. Every reader reads its own cursor as it has stored it. */
#ifndef WAKER_WITHOUT_FENCE
     cursor[me] == stored[me];
#endif
#ifdef CLEAR_BEFORE_COMPARE
     atomic { cursor[me] == stored[me] -> producersWaiting = false };
#endif
     scan(me);
     atomic { if :: gate != NOBODY && gate < spaceWanted -> gate = 0; goto published :: else -> gate = 0 fi };
     atomic { cursor[me] == stored[me] -> producersWaiting = false; mayDie() };
     atomic { spaceSignal++; mayDie() };
     atomic {
       asleepForRoom[0] = false;
#if WRITERS > 1
       asleepForRoom[1] = false;
#endif
       mayDie() };
published:
     skip
#ifdef LATE
  :: atomic { !readerIsRegistered[me] && cursor[me] == stored[me] -> readerIsRegistered[me] = true }
#endif
  :: atomic { !there[at] && !unpublished && at < gTotal -> mayDie(); goto idle }
  :: atomic { at == gTotal && !unpublished -> goto over }
  od;

idle:
#ifdef FLAG_AFTER_LOOK
  atomic { if :: there[at] -> goto woken :: else fi };
#endif
  /* A signal that comes while nobody is parked is dropped. */
  atomic { if :: kind = FUTEX; signal = wakeSignal[me] :: kind = FIFO; if :: pending[me] = false :: true fi fi };
#ifdef WAITING_BEFORE_SLEEPING
  consumersWaiting = true;
#endif
  atomic { cursor[me] == stored[me] -> sleeping[me] = kind; mayDie() };
#ifndef WAITING_BEFORE_SLEEPING
  atomic { consumersWaiting = true; mayDie() };
#endif
#ifndef NO_FENCE
  fenceWriters();
#endif
#if !defined(NO_SECOND_LOOK) && !defined(FLAG_AFTER_LOOK)
  atomic { if :: there[at] -> goto woken :: else fi };
#endif
#ifdef SIGNAL_AFTER_LOOK
  if :: kind == FUTEX -> signal = wakeSignal[me] :: else fi;
#endif
  atomic {
    if
    :: kind == FUTEX && wakeSignal[me] != signal -> goto woken
    :: kind == FUTEX && wakeSignal[me] == signal -> asleep[me] = true; signal = 0
    :: kind == FIFO
    fi };
  if
  :: atomic { kind == FUTEX && !asleep[me] }
  :: atomic { kind == FIFO && pending[me] -> pending[me] = false }
  :: atomic { gDeaths < DEATHS -> gDeaths++; gDead[me] = true; goto over }
  :: atomic { at == gTotal -> goto over }
  fi;
woken:
  atomic { sleeping[me] = AWAKE; kind = 0; signal = 0; mayDie(); goto reading };
over:
  atomic { at = 0; signal = 0; kind = 0; unpublished = false; flag = false; gate = 0 }
}

init {
  atomic {
    gates[0] = true;
    run Writer(0); run WriterBuffer(0); run Reader(0); run ReaderBuffer(0);
#if READERS > 1
    gates[1] = true; run Reader(1); run ReaderBuffer(1);
#endif
#if WRITERS > 1
    run Writer(1); run WriterBuffer(1);
#endif
  }
}
