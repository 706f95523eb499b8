#!/bin/sh
# Runs the addon's core under sanitizers, without Node.js. run.sh [address|thread|analyze]...; all three by default.
#   address  address and undefined-behaviour sanitizers      thread  thread sanitizer
#   analyze  every source through the compiler's static analyser
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "$here"
[ $# -gt 0 ] || set -- address thread analyze
cc=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
core='../src/clock.c ../src/descriptors.c ../src/fifo.c ../src/files.c ../src/locks.c ../src/mapping.c ../src/placement.c ../src/regions.c ../src/wait.c'

# shellcheck disable=SC2086
sanitized() {
  # gcc's thread sanitizer does not model stand-alone fences, and says so; none of the core's own tables rely on one.
  case "$1" in
    thread) quiet=-Wno-tsan; part=storm ;; # the rest has one thread
    *) quiet=''; part='' ;;
  esac
  echo "native harness: $1"
  "$cc" -std=c11 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -Wall -Wextra -Wconversion -Wshadow -Werror $quiet \
    "-fsanitize=$1" -fno-sanitize-recover=all -o "$work/harness" harness.c memory.c storm.c $core -lpthread
  ASAN_OPTIONS=halt_on_error=1 TSAN_OPTIONS=halt_on_error=1 "$work/harness" $part
}

analyze() {
  headers=$(node -p 'require("path").resolve(process.execPath, "../../include/node")')
  for file in ../src/*.c; do
    "$cc" -std=c11 -D_GNU_SOURCE -O2 -fanalyzer -Werror -isystem "$headers" -c -o "$work/object" "$file"
  done
  echo 'native harness: the static analyser has no finding'
}

for kind in "$@"; do
  case "$kind" in
    address) sanitized address,undefined ;;
    thread) sanitized thread ;;
    analyze) analyze ;;
    *) echo "usage: run.sh [address|thread|analyze]..." >&2; exit 2 ;;
  esac
done
