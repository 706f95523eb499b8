#!/bin/sh
# fetch-node.sh ARCH VERSION: prints the path of that Node.js binary (x64 or arm64, glibc), from the npm registry, kept
# outside the tree in ${XDG_CACHE_HOME:-~/.cache}/alphapulse-bus/nodes. No script of the downloaded package runs.
set -eu

arch=${1:?usage: fetch-node.sh ARCH VERSION}
version=${2:?usage: fetch-node.sh ARCH VERSION}
folder=${XDG_CACHE_HOME:-$HOME/.cache}/alphapulse-bus/nodes/$arch-$version

if [ ! -x "$folder/bin/node" ]; then
  mkdir -p "$folder"
  partial=$(mktemp -d "$folder/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  (cd "$partial" && npm pack --silent "node-linux-$arch@$version" > name)
  tar -xzf "$partial/$(tail -n 1 "$partial/name")" -C "$partial" package/bin/node
  mkdir -p "$folder/bin"
  mv -f "$partial/package/bin/node" "$folder/bin/node"
fi
echo "$folder/bin/node"
