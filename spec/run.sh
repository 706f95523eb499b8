#!/bin/sh
# Checks the models exhaustively, then that each mutant of them fails. run.sh [long]
# About four minutes of one processor and 1.5 GB of memory; with `long`, wider bounds as well: ten minutes and 2.5 GB. Needs
# spin and a C compiler; without them it ends with 3, or with 0 if SPEC_SKIP_WITHOUT_SPIN=1 is set.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
compiler=${CC:-cc}
if ! command -v spin > /dev/null || ! command -v "$compiler" > /dev/null; then
  echo 'spec: skipped: needs spin and a C compiler' >&2
  [ "${SPEC_SKIP_WITHOUT_SPIN:-}" = 1 ] || exit 3
  exit 0
fi
case "${1:-}" in long | --long) long=1 ;; *) long='' ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=0
model=
base=

# Answers the report of the checker in $work/report, whatever it is.
explore() {
  (
    cd "$work"
    # shellcheck disable=SC2086 -- a list of definitions
    spin -a $1 "$here/$model.pml"
    "$compiler" "$2" -w -DSAFETY -DCOLLAPSE -DMEMLIM=2500 -o pan pan.c
    ./pan -m100000 "-w$3"
  ) > "$work/report" 2>&1 || true
}

# Exhausted: no error, and nothing that says that a part was left out.
holds() {
  explore "$1" -O2 25
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/report")
  if grep -q 'errors: 0$' "$work/report" && ! grep -qE 'depth too|completed|out of memory|limit' "$work/report"; then
    echo "spec: $model holds in all of $states states: ${1:-as it is}"
  else
    echo "spec: FAILED: $model $1" >&2
    cat "$work/report" >&2
    failed=1
  fi
}

# A mistake, with the definitions in $base, or with those given.
fails() {
  explore "${2-$base} -D$1" -O1 22
  if grep -q 'errors: 1$' "$work/report"; then
    echo "spec: $model: the mutant $1 fails, as it must"
  else
    echo "spec: FAILED: $model: the mutant $1 goes unnoticed" >&2
    cat "$work/report" >&2
    failed=1
  fi
}

model=multi-producer
holds '-DRECORDS=2'
holds '-DRECORDS=3 -DCELLS_BY_TURNS'
if [ -n "$long" ]; then holds '-DRECORDS=2 -DCELLS_BY_TURNS -DCONSUMERS=2 -DDEATHS=0'; fi
base='-DRECORDS=2'
fails GATE_OFF_BY_ONE      # a producer believes that there is one cell more than there is
fails GATE_SEEN_BEFORE     # it looks at the cursors before it announces what it gives up, and not after it
fails JOIN_WITHOUT_FENCE   # a consumer looks at oldest before its cursor is visible
fails OLDEST_ON_OPEN_CLAIM # oldest comes to stand on a record that is not committed
fails COMMIT_EARLY         # the claim word says committed before the payload is whole
fails INTENT_AFTER_SWAP    # who helps does not know how long the claim is
fails TAIL_TORN            # a consumer joins with the halves of two tails

holds '-DREPAIR -DRECORDS=1'
base='-DREPAIR -DRECORDS=1'
fails REPAIR_THE_LIVING   # a repairer does not ask whether the producer is dead
fails REPAIR_WITHOUT_LOCK # it does not ask whether somebody else repairs
fails REPAIR_UNCHECKED    # it does not look again whether the claim is what it was
fails REPAIR_WITHOUT_TAIL # it does not move the tail over the claim

holds '-DOVERTAKEN -DRECORDS=3 -DCELLS_BY_TURNS -DDEATHS=0'
base='-DOVERTAKEN -DRECORDS=2 -DDEATHS=0'
fails NO_VALIDATION        # a consumer that can be overtaken does not look at oldest after it has copied
fails RESUME_UNCHECKED     # it does not look again whether the sequence that it read at oldest was still there
fails NOT_YET_WITHOUT_LOOK # it takes a claim word that is not its record's for "not yet", also when it was overtaken

model=single-producer-drop-oldest
holds '-DEND=8'
holds '-DDEATHS=0'
if [ -n "$long" ]; then holds ''; fi
base=
fails VALIDATE_BEFORE_COPY   # the consumer looks at oldest before it copies, and not after it
fails NO_VALIDATION          # it does not look at all
fails OLDEST_AFTER           # oldest is announced after the overwriting
fails OLDEST_OFF_BOUNDARY    # oldest moves as far as needed, not to where a record begins
fails RESUME_OFF_BOUNDARY    # the consumer goes on a cell behind oldest
fails RESUME_UNCHECKED       # it does not look again whether the sequence that it read at oldest was still there
fails LOSS_FROM_OVERTAKER    # it counts up to the record that stands in the place of the lost one
fails NOT_YET_WITHOUT_LOOK   # it takes a cleared word for "not yet", also when it was overtaken
fails JOIN_UNCHECKED         # it joins with a tail and a sequence of two moments
fails CLEAR_AFTER_COMMIT     # the next commit word is cleared after the commit
fails SUCCESSOR_AT_PUBLISHED # a successor overlooks the record that was committed and not published

model=sleep-wake
holds '-DMESSAGES=2 -DROOM=1 -DDEATHS=1'
holds '-DWRITERS=2 -DREADERS=1 -DMESSAGES=2'
holds '-DLATE -DWRITERS=2 -DREADERS=1 -DMESSAGES=1 -DROOM=1'
if [ -n "$long" ]; then
  holds '-DLATE -DMESSAGES=2 -DROOM=1'
  holds ''
  holds '-DWRITERS=2 -DMESSAGES=1 -DROOM=1'
fi
base='-DMESSAGES=2 -DROOM=1'
fails NO_SECOND_LOOK           # a consumer sleeps without having looked again
fails FLAG_AFTER_LOOK          # it looks, then says that it sleeps
fails SIGNAL_AFTER_LOOK        # it reads the futex word after its second look
fails WAITING_BEFORE_SLEEPING  # it sets the flag for all before that of its slot
fails NO_FENCE                 # it does not make the writers fence
fails LOOK_BEFORE_PUBLISH      # a writer looks at the flag before it commits
fails CLEAR_AFTER_WAKE         # it clears a slot's flag after it woke
fails CLEAR_ALL_AFTER_WAKE     # it clears the flag for all after it woke
fails ROOM_WITHOUT_SECOND_LOOK # a producer that waits for room sleeps without having looked again
fails ROOM_WITHOUT_FENCE       # it does not make the consumers fence
fails WAKER_WITHOUT_FENCE      # a consumer that offers room may not see the other one's cursor
fails CLEAR_BEFORE_COMPARE     # it clears the flag, and then finds that there is not enough room to wake anybody
fails WORTH=3                  # a producer waits for more room than there can be
base='-DLATE -DMESSAGES=2 -DROOM=1'
fails NO_LOOK_UNTIL_REGISTERED  # a producer that no fence reaches believes the flag
fails NO_FENCE_UNTIL_REGISTERED # a consumer that no fence reaches does not fence itself

model=failover
holds '-DPRODUCERS=2 -DEND=8 -DDEATHS=1'
base='-DPRODUCERS=2 -DEND=8 -DDEATHS=1'
fails NO_CHECK               # a former primary that wakes up late does not compare the generation
fails NO_CHECK_AT_COMMIT     # nor when it commits a claim that it made before
fails RAISE_AFTER_LOCATE     # its successor finds the tail before it shuts it out
fails TAKEN_BY_ALARM         # a backup believes the alarm, and does not ask for the token
fails SUCCESSOR_AT_PUBLISHED # a successor overlooks the record that was committed and not published
fails CLEAR_AFTER_COMMIT     # the next commit word is cleared after the commit
fails RELEASE_WITHOUT_LOCK   # who closes compares the generation, but does not hold the token meanwhile
fails CALL_UNDER_WAY         # no mutant but a limit: a call of a former primary is under way when it is shut out

# The search is exhaustive and the same each time: what has held of these files holds until one of them changes.
if [ "$failed" = 0 ]; then (cd "$here" && sha256sum run.sh ./*.pml > CHECKED); fi
exit "$failed"
