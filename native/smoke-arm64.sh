#!/bin/sh
# The arm64 addon under qemu: its C harness, and in a real arm64 Node.js messages through every channel type and the
# conformance suites of the rings. About two minutes. smoke-arm64.sh [NODE_VERSION...]
# Needs qemu-user-static, gcc-aarch64-linux-gnu and its C++ library; says so and succeeds when they are missing, unless
# REQUIRE_ARM64=1 is set. Compile the package first: npm run build.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "$here/.."
[ $# -gt 0 ] || set -- 20.20.2 22.23.3
system=${ARM64_SYSTEM:-/usr/aarch64-linux-gnu} # where the arm64 loader and libraries are

missing() {
  echo "smoke-arm64: NOT RUN: $1 is missing (Debian: apt-get install qemu-user-static gcc-aarch64-linux-gnu)" >&2
  exit "${REQUIRE_ARM64:-0}"
}
command -v qemu-aarch64-static > /dev/null || missing qemu-aarch64-static
command -v aarch64-linux-gnu-gcc > /dev/null || missing aarch64-linux-gnu-gcc
[ -e "$system/lib/libstdc++.so.6" ] || missing "$system/lib/libstdc++.so.6"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aarch64-linux-gnu-gcc -std=c11 -D_GNU_SOURCE -O2 -o "$work/harness" native/test/harness.c native/test/memory.c \
  native/test/storm.c native/src/clock.c native/src/descriptors.c native/src/fifo.c native/src/files.c \
  native/src/locks.c native/src/mapping.c native/src/placement.c native/src/regions.c native/src/wait.c -lpthread
echo 'arm64 harness (storm):'
qemu-aarch64-static -L "$system" "$work/harness" storm

ALPHAPULSE_BUS_NATIVE=$here/prebuilt/linux-arm64/alphapulse_bus.node
export ALPHAPULSE_BUS_NATIVE
for version in "$@"; do
  node=$(sh native/fetch-node.sh arm64 "$version")
  # Compiled code is disabled, as V8's and qemu's translations do not go together. The bound is on hanging, also of one that
  # gets what others leave of the processors.
  run() { timeout 900 qemu-aarch64-static -L "$system" "$node" --jitless "$@"; }
  run native/smoke.mjs 500
  for suite in rings several-producers; do
    if ! run "build/test/conformance/$suite.test.js" > "$work/suite.tap"; then
      grep -A 20 '^ *not ok' "$work/suite.tap" >&2 || tail -n 20 "$work/suite.tap" >&2
      echo "smoke-arm64: the conformance suite $suite failed under Node.js $version" >&2
      exit 1
    fi
    echo "conformance, $suite:"
    grep -E '^# (tests|pass|fail) ' "$work/suite.tap"
  done
done
