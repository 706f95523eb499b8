#!/bin/sh
# Builds the native addon with the C compiler alone: build.sh [--arch x64|arm64] [--out FILE]
# CC chooses another compiler. The same sources give the same bytes: no times, paths or build ids go in.
# Exit 3: something to build with is missing (a compiler, Node's headers, a supported processor).
set -eu
LC_ALL=C # the order of the files, and so the bytes, must not depend on the language
export LC_ALL

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
case "$(uname -m)" in
  x86_64 | amd64) host=x64 ;;
  aarch64 | arm64) host=arm64 ;;
  *) host=$(uname -m) ;;
esac
arch=$host
out=$here/build/alphapulse_bus.node

while [ $# -gt 0 ]; do
  case "$1" in
    --arch) arch=${2:?--arch needs x64 or arm64}; shift 2 ;;
    --out) out=${2:?--out needs a file}; shift 2 ;;
    *) echo "usage: build.sh [--arch x64|arm64] [--out FILE]" >&2; exit 2 ;;
  esac
done

case "$arch" in
  x64) machine=x86_64; extra='' ;;
  arm64) machine=aarch64; extra='-mno-outline-atomics' ;; # or gcc calls functions of its runtime library
  *) echo "build.sh: supported processors are x64 and arm64, not $arch" >&2; exit 3 ;;
esac

compiler() {
  if [ -n "${CC:-}" ]; then echo "$CC"; return; fi
  if [ "$arch" != "$host" ]; then echo "$machine-linux-gnu-gcc"; return; fi
  for name in cc gcc clang; do
    if command -v "$name" > /dev/null 2>&1; then echo "$name"; return; fi
  done
  echo "build.sh: no C compiler found (cc, gcc or clang); on Debian: apt-get install gcc libc6-dev" >&2
  exit 3
}

headers() {
  node=$(command -v node || true)
  if [ -n "$node" ]; then prefix=$(node -p 'require("path").resolve(process.execPath, "../..")'); else prefix=''; fi
  for folder in "${npm_config_nodedir:-}/include/node" "$prefix/include/node" /usr/include/node /usr/local/include/node; do
    if [ -f "$folder/node_api.h" ]; then echo "$folder"; return; fi
  done
  echo "build.sh: node_api.h not found; set npm_config_nodedir to a Node.js installation" >&2
  exit 3
}

cc=$(compiler)
include=$(headers)
mkdir -p "$(dirname -- "$out")"
out=$(cd -- "$(dirname -- "$out")" && pwd)/$(basename -- "$out")

# Written beside and renamed: a running process keeps the old file, and a half-written one is never loaded.
partial=$out.$$
trap 'rm -f "$partial"' EXIT
# shellcheck disable=SC2086
(cd "$here/src" && $cc -std=c11 -D_GNU_SOURCE -O2 -fPIC -fvisibility=hidden -fno-plt \
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror \
  -fno-stack-protector -U_FORTIFY_SOURCE -fno-asynchronous-unwind-tables -fno-ident $extra \
  "-ffile-prefix-map=$here=native" -isystem "$include" \
  -shared -nostdlib -Wl,-soname,alphapulse_bus.node -Wl,--build-id=none -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack \
  -Wl,-z,noseparate-code -Wl,-s -o "$partial" ./*.c)
mv -f "$partial" "$out"
trap - EXIT
