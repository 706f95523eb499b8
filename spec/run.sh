#!/bin/sh
# Checks the model of the multi-producer ring exhaustively, then that each mutant of it fails. run.sh [--long]
# Two minutes of one processor and 2 GB of memory; with --long, two consumers as well, a minute more. Needs spin and a C
# compiler; without them it ends with 3, or with 0 if SPEC_SKIP_WITHOUT_SPIN=1 is set.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
compiler=${CC:-cc}
if ! command -v spin > /dev/null || ! command -v "$compiler" > /dev/null; then
  echo 'spec: skipped: needs spin and a C compiler' >&2
  [ "${SPEC_SKIP_WITHOUT_SPIN:-}" = 1 ] || exit 3
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=0

# Answers the report of the checker in $work/report, whatever it is.
explore() {
  (
    cd "$work"
    # shellcheck disable=SC2086 -- a list of definitions
    spin -a $1 "$here/multi-producer.pml"
    "$compiler" -O2 -w -DSAFETY -DCOLLAPSE -DMEMLIM=2500 -o pan pan.c
    ./pan -m100000 -w25
  ) > "$work/report" 2>&1 || true
}

# Exhausted: no error, and nothing that says that a part was left out.
holds() {
  explore "$1"
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/report")
  if grep -q 'errors: 0$' "$work/report" && ! grep -qE 'depth too|completed|out of memory|limit' "$work/report"; then
    echo "spec: holds in all of $states states: $1"
  else
    echo "spec: FAILED: $1" >&2
    cat "$work/report" >&2
    failed=1
  fi
}

fails() {
  explore "-DRECORDS=2 -D$1"
  if grep -q 'errors: 1$' "$work/report"; then
    echo "spec: the mutant $1 fails, as it must"
  else
    echo "spec: FAILED: the mutant $1 goes unnoticed" >&2
    cat "$work/report" >&2
    failed=1
  fi
}

holds '-DRECORDS=2'
holds '-DRECORDS=3 -DCELLS_BY_TURNS'
if [ "${1:-}" = --long ]; then holds '-DRECORDS=2 -DCELLS_BY_TURNS -DCONSUMERS=2 -DDEATHS=0'; fi

fails GATE_OFF_BY_ONE      # a producer believes that there is one cell more than there is
fails GATE_SEEN_BEFORE     # it looks at the cursors before it announces what it gives up, and not after it
fails JOIN_WITHOUT_FENCE   # a consumer looks at oldest before its cursor is visible
fails OLDEST_ON_OPEN_CLAIM # oldest comes to stand on a record that is not committed
fails COMMIT_EARLY         # the claim word says committed before the payload is whole
fails INTENT_AFTER_SWAP    # who helps does not know how long the claim is
fails TAIL_TORN            # a consumer joins with the halves of two tails

exit "$failed"
