#!/bin/sh
# Builds the files that the package ships, native/prebuilt/linux-{x64,arm64}/alphapulse_bus.node, and records in
# native/prebuilt/SHA256SUMS which sources they came from and in COMPILERS what built them. Needs gcc and
# aarch64-linux-gnu-gcc (Debian: apt-get install gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross).
# prebuild.sh [--into FOLDER] puts them elsewhere.
set -eu
LC_ALL=C
export LC_ALL

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
into=$here/prebuilt
case "${1:-}" in
  '') ;;
  --into) into=${2:?--into needs a folder} ;;
  *) echo "usage: prebuild.sh [--into FOLDER]" >&2; exit 2 ;;
esac
mkdir -p "$into"
into=$(cd -- "$into" && pwd)

: > "$into/COMPILERS"
for pair in x64:x86_64-linux-gnu-gcc arm64:aarch64-linux-gnu-gcc; do
  arch=${pair%%:*}
  compiler=${pair#*:}
  CC=$compiler sh "$here/build.sh" --arch "$arch" --out "$into/linux-$arch/alphapulse_bus.node"
  chmod 644 "$into/linux-$arch/alphapulse_bus.node"
  echo "$arch $("$compiler" --version | head -n 1)" >> "$into/COMPILERS"
done

(cd "$here" && sha256sum build.sh src/*) > "$into/SHA256SUMS"
(cd "$into/.." && sha256sum "$(basename -- "$into")"/linux-*/alphapulse_bus.node) >> "$into/SHA256SUMS"
