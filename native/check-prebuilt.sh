#!/bin/sh
# Fails unless the committed prebuilt addons come from the sources as they are now. Always: the recorded hashes of
# sources and binaries, and that the binaries need nothing but Node-API and clock_gettime. Where the same compilers are
# present (CI), also builds both again and compares the bytes.
set -eu
LC_ALL=C
export LC_ALL

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "$here"
stale() {
  echo "check-prebuilt: $1; run \`sh native/prebuild.sh\` and commit native/prebuilt" >&2
  exit 1
}

sha256sum --check --strict --quiet prebuilt/SHA256SUMS || stale 'the prebuilt addons are older than the sources'
for file in build.sh src/*; do
  grep -qF "  $file" prebuilt/SHA256SUMS || stale "$file is not in prebuilt/SHA256SUMS"
done

if command -v readelf > /dev/null; then
  for file in prebuilt/linux-*/alphapulse_bus.node; do
    if readelf --dynamic "$file" | grep -q '(NEEDED)'; then stale "$file links a library"; fi
    foreign=$(readelf --dyn-syms --wide "$file" | awk '$7 == "UND" && NF > 7 { print $8 }' | grep -v -e '^napi_' -e '^clock_gettime$' || true)
    [ -z "$foreign" ] || stale "$file needs $foreign"
  done
else
  echo 'check-prebuilt: the binaries were not inspected: readelf is not installed'
fi

for compiler in x86_64-linux-gnu-gcc aarch64-linux-gnu-gcc; do
  version=$("$compiler" --version 2> /dev/null | head -n 1 || true)
  if [ -z "$version" ] || ! grep -qF " $version" prebuilt/COMPILERS; then
    echo "check-prebuilt: hashes agree; bytes not compared: needs $(tr '\n' ',' < prebuilt/COMPILERS) has '$version' as $compiler"
    exit 0
  fi
done

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
sh prebuild.sh --into "$fresh/prebuilt"
for arch in x64 arm64; do
  cmp "prebuilt/linux-$arch/alphapulse_bus.node" "$fresh/prebuilt/linux-$arch/alphapulse_bus.node" ||
    stale "a fresh build for $arch has other bytes"
done
echo 'check-prebuilt: both prebuilt addons are byte for byte what the sources give'
