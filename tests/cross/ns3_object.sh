#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The shared object of the ns-3 bridge: it gives one function, takes none of the program's, needs every library of ns-3
# whose type names it uses, and is mapped only by runs that ask for ns-3.
set -euo pipefail
castbed=$BUILD_DIR/castbed
object=$BUILD_DIR/castbed-ns3.so
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# maps SCENARIO: the shared objects that a run of it has loaded, by the loader's own account.
maps()
{
    LD_DEBUG=files LD_DEBUG_OUTPUT=loaded "$castbed" run "$1" -o run.db --quiet
    sed -n 's/.*calling init: .*\///p' loaded.* | sort -u
    rm loaded.*
}
cat >cell.yaml <<'END'
run: {duration: 10min}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices: [{name: dev, placement: {kind: list, points: [{x: 10m, y: 0m}]}}]
END
# none PATTERN WHAT: nothing in the input is like that.
none()
{
    if grep -E -- "$1"; then
        echo "$2" >&2
        exit 1
    fi
}
maps cell.yaml >alone
grep -q '^libc' alone
none ns3 'a LoRaWAN run loads ns-3' <alone

[ -r "$object" ] || { echo "skipped: no bridge"; exit 77; }
cat >ip.yaml <<'END'
run: {duration: 10s}
ip: {nodes: [{name: a}, {name: b}], links: [{name: l, nodes: "a b"}]}
END
maps ip.yaml >with
grep -q '^castbed-ns3.so$' with && grep -q '^libns3-core.so' with

# What others could see of it, templates of C++ left out: one function.
[ "$(nm -D --defined-only "$object" | awk '$2 == "T" || $2 == "D" || $2 == "B" || $2 == "R" { print $3 }')" = \
    castbed_ns3_bridge ]
nm -DC --defined-only "$object" >gives
none 'castbed::' 'it shows its inside' <gives
# Nothing of sim: it would be a second queue.
nm -D --undefined-only "$object" | awk '{ print $2 }' >wants
nm "$object" >>wants 2>/dev/null || true # none when it is stripped
none '(^| )(evq|mem|sim|rng|trace)_' 'it has or takes functions of sim' <wants
# The linker drops libraries of which it sees no symbol used, and with them the names of their types.
for module in core network csma point-to-point mobility propagation buildings; do
    readelf -d "$object" | grep -q "NEEDED.*libns3-$module\.so" || { echo "it does not need $module" >&2; exit 1; }
done
