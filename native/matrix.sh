#!/bin/sh
# One binary, every supported Node.js: runs the unit and conformance tests (already compiled: `npm run build`) with each
# version, over the prebuilt addon or the file that --native names. matrix.sh [--native FILE] [VERSION...]
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
native=$here/prebuilt/linux-x64/alphapulse_bus.node
if [ "${1:-}" = --native ]; then
  native=$(realpath -- "${2:?--native needs a file}")
  shift 2
fi
[ $# -gt 0 ] || set -- 20.19.0 22.23.3 24.21.0 26.10.0 # the floor of package.json's engines, then tier 1

cd "$here/.."
logs=$(mktemp -d)
unset NODE_EXTRA_CA_CERTS # Node.js 20 reads them in every process
failed=''
for version in "$@"; do
  node=$(sh native/fetch-node.sh x64 "$version")
  log=$logs/$version.tap
  # Found by `find`, as Node.js 20 does not expand patterns itself.
  if find build/test/unit build/test/conformance -name '*.test.js' -print0 | sort -z |
    ALPHAPULSE_BUS_NATIVE=$native xargs -0 "$node" --test --test-concurrency=2 --test-reporter=tap > "$log" 2>&1; then
    outcome=passed
  else
    outcome=FAILED
    failed="$failed $version"
  fi
  count() { sed -n "s/^# $1 //p" "$log" | tail -n 1; }
  echo "Node.js $("$node" --version): $outcome: $(count pass) passed, $(count fail) failed, $(count skipped) skipped ($log)"
done
if [ -n "$failed" ]; then
  echo "matrix: failed under$failed" >&2
  exit 1
fi
rm -rf "$logs"
