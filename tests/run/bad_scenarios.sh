#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every wrong scenario of tests/run/bad is refused with the message in its first line, with exit code 2, by check and by
# run, and run leaves nothing behind: neither a new database nor a change to one that is there.
# A first line "# 3:5: text" is a message about the scenario itself, "# file.csv:2: text" one about a data file; folders
# are left out of both.
set -euo pipefail

castbed=$BUILD_DIR/castbed
cd "$SOURCE_DIR/tests/run/bad"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail()
{
    echo "$*" >&2
    failed=$((failed + 1))
}

# expect SCENARIO COMMAND...: its exit code, its message, and that it says nothing else.
expect()
{
    local scenario=$1 code=0 wanted found
    shift
    "$@" "$scenario" >"$dir/out" 2>"$dir/err" || code=$?
    [ "$code" -eq 2 ] || fail "$scenario: $2: exit code $code, not 2"
    [ ! -s "$dir/out" ] || fail "$scenario: $2: writes to standard output"
    wanted=$(sed -n '1s/^# //p' "$scenario")
    found=$(sed -e "s|$PWD/||g" -e "s|^$scenario:||" "$dir/err")
    [ "$found" = "$wanted" ] || fail "$scenario: $2: says
  $found
not
  $wanted"
}

cat >"$dir/good.yaml" <<'END'
run: {duration: 1min}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices: [{name: dev, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]
END
"$castbed" run "$dir/good.yaml" -o "$dir/old.db" --quiet
before=$(sha256sum <"$dir/old.db")

n=0
for scenario in *.yaml; do
    expect "$scenario" "$castbed" check --quiet
    expect "$scenario" "$castbed" run --quiet --pcap "$dir/pcap" -o "$dir/new.db"
    expect "$scenario" "$castbed" run --quiet -o "$dir/old.db"
    n=$((n + 1))
done
[ -z "$(ls "$dir" | grep -v -e '^old.db$' -e '^good.yaml$' -e '^out$' -e '^err$')" ] ||
    fail "left behind: $(ls "$dir")"
[ "$(sha256sum <"$dir/old.db")" = "$before" ] || fail "a refused scenario changed a database"
[ "$n" -ge 100 ] || fail "only $n wrong scenarios"

if [ "$failed" -gt 0 ]; then
    echo "$failed failed" >&2
    exit 1
fi
echo "$n wrong scenarios are refused"
