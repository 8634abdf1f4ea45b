#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# --engine ns3-default of run, check and sweep: on ns-3's own simulator a scenario has the same rows as on our queue, all of them but
# the run's own, and the same captures; it can be stopped; what it cannot run is refused.
set -euo pipefail
castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >cell.yaml <<'END_CELL'
run: {duration: 5min, seed: 3}
networks: [{name: net, gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]}]
devices: [{name: dev, count: 20, placement: {kind: disc}, traffic: {period: 1min}}]
END_CELL

# refused TEXT COMMAND OPTION...: exit code 2 with a text, and no database.
refused()
{
    local text=$1 code=0
    shift
    "$castbed" "$@" 2>err || code=$?
    if [ "$code" -ne 2 ] || ! grep -qF -- "$text" err || [ -e refused.db ] || [ -e refused.db.parts ]; then
        echo "exit code $code, not 2, or no \"$text\", or a database: $*" >&2
        cat err >&2
        exit 1
    fi
}
for command in run sweep; do
    refused "castbed $command: there is no engine 'ns4'; allowed: ns3-default" $command cell.yaml --engine ns4 -o refused.db
    refused 'cell.yaml: --engine ns3-default: ns-3'\''s simulator runs scenarios with IP nodes only' \
        $command cell.yaml --engine ns3-default -o refused.db
done
refused "castbed check: there is no engine 'ns4'" check --engine ns4 cell.yaml
refused 'cell.yaml: --engine ns3-default: ns-3' check --engine ns3-default cell.yaml
[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }

# same NAME SCENARIO OPTION...: on both engines, as a dump of everything but the row of table run.
same()
{
    local name=$1 engine
    shift
    for engine in own ns3; do
        local option=()
        [ "$engine" = own ] || option=(--engine ns3-default)
        "$castbed" run "$@" --set store.level=all --pcap "$name.$engine" -o "$name.$engine.db" "${option[@]}" 2>err
        grep -oE '[0-9]+ events' err | cut -d' ' -f1 >"$name.$engine.n"
        sqlite3 "$name.$engine.db" .dump | sed '/^INSERT INTO run VALUES/d' >"$name.$engine.dump"
        sqlite3 "$name.$engine.db" \
            'SELECT id, scenario, seed, run_number, status, level, start_gps_ns, duration_ns, scenario_text FROM run' \
            >>"$name.$engine.dump"
    done
    [ "$(grep -cE '^INSERT INTO ip_(received|membership|flow_stat|link_stat) ' "$name.own.dump")" -gt 30 ] ||
        { echo "$name: hardly a row" >&2; exit 1; }
    if ! cmp -s "$name.own.dump" "$name.ns3.dump"; then
        echo "$name: other rows on ns-3's simulator:" >&2
        diff "$name.own.dump" "$name.ns3.dump" | head -n 20 >&2
        exit 1
    fi
    diff -r "$name.own" "$name.ns3"
    # What tells where it ran: each of our events is one of ns-3's there, and so are its end and the looks at the run.
    [ "$(cat "$name.ns3.n")" -gt "$(cat "$name.own.n")" ] || { echo "$name: not on ns-3's simulator" >&2; exit 1; }
    [ "$(sqlite3 "$name.ns3.db" 'SELECT options FROM run')" = \
        "--engine ns3-default $(sqlite3 "$name.own.db" 'SELECT options FROM run')" ]
}
scenarios=$SOURCE_DIR/scenarios
same snooping "$scenarios/ip-snooping.yaml" --set run.duration=40s
same proxy "$scenarios/ip-proxy.yaml" --set run.duration=4min
same two-interfaces "$scenarios/ip-two-interfaces.yaml" --set run.duration=1min
same room "$scenarios/ip-room-a.yaml" --set run.duration=10min
same spt "$scenarios/ip-pim-sm-spt.yaml" --set run.duration=25s
same override "$scenarios/ip-pim-lan-override.yaml" --set run.duration=25s
same assert "$scenarios/ip-assert.yaml" --set run.duration=30s
same failure "$scenarios/ip-link-failure.yaml" --set run.duration=1min

# Neighbours ask each other with ARP and neighbour discovery when a Register has to go to the RP.
cat >asking.yaml <<'END_ASKING'
run: {duration: 60s}
ip:
  neighbor_discovery: resolve
  pim: {rps: [{node: rp}]}
  nodes:
    - {name: dr, kind: router, multicast_routing: pim}
    - {name: rp, kind: router, multicast_routing: pim}
    - {name: source}
    - {name: host}
  links: [{name: campus, nodes: "source dr"}, {name: core, nodes: "dr rp", loss: 20%}, {name: lan, nodes: "rp host"}]
  memberships: [{nodes: host, group: 239.1.1.1, join: 1s}, {nodes: host, group: ff15::1, join: 1s}]
  traffic: [{name: t, source: source, group: 239.1.1.1, start: 5s}, {name: u, source: source, group: ff15::1, start: 5s}]
END_ASKING
same asking asking.yaml
[ "$(sqlite3 asking.own.db "SELECT count(*) FROM ip_link_stat JOIN code ON table_name = 'ip_link_stat' AND code = kind WHERE name IN ('arp', 'nd')")" -ge 2 ] ||
    { echo "asking: nobody has asked" >&2; exit 1; }

# Losses, failures, CSMA back-offs of many stations, and LoRaWAN on the same clock.
cat cell.yaml - >both.yaml <<'END_IP'
ip:
  nodes: [{name: r, kind: router}, {name: sw, kind: snooping_switch}, {name: hosts, count: 12}, {name: source}]
  links:
    - {name: lan, each: hosts, to: sw, rate: 10Mbps, loss: 10%}
    - {name: barn, nodes: hosts, loss: 20%}
    - {name: trunk, nodes: "r sw", loss: 5%}
    - {name: wan, nodes: "r source", kind: point_to_point, rate: 2Mbps, delay: 3ms}
  memberships: [{nodes: hosts, group: ff15::1, join: 10s, leave: 2min}]
  traffic: [{name: t, source: source, group: ff15::1, period: 500ms, size: 400B}]
  faults: [{link: lan/3, from: 30s, to: 50s}]
END_IP
same both both.yaml
[ "$(sqlite3 both.ns3.db 'SELECT sum(n_tx) >= 60 FROM device_stat')" = 1 ]

# A sweep hands it to each run, and does not take runs of one engine for those of the other.
cat >small.yaml <<'END_SMALL'
run: {duration: 20s}
ip:
  nodes: [{name: a}, {name: b, count: 2}]
  links: [{name: lan, nodes: "a b", loss: 30%}]
  memberships: [{nodes: b, group: ff15::1}]
  traffic: [{name: t, source: a, group: ff15::1}]
END_SMALL
"$castbed" check --quiet --engine ns3-default small.yaml
for engine in '' '--engine ns3-default'; do
    # shellcheck disable=SC2086
    "$castbed" sweep small.yaml --seeds 1..3 --quiet -o "sweep$engine.db" $engine
    sqlite3 "sweep$engine.db" .dump | sed '/^INSERT INTO run VALUES/d' >"sweep$engine.dump"
    "$castbed" sweep small.yaml --seeds 1..2 --quiet -o both-engines.db $engine
done
cmp sweep.dump 'sweep--engine ns3-default.dump'
grep -q '^INSERT INTO ip_flow_stat VALUES(3,' sweep.dump
[ "$(sqlite3 'sweep--engine ns3-default.db' "SELECT count(*) FROM run WHERE options GLOB '--engine ns3-default*'")" = 3 ]
[ "$(sqlite3 both-engines.db "SELECT sum(options GLOB '--engine*') || ' of ' || count(*) FROM run")" = '2 of 4' ]

# A signal in the one call that goes to the end: an incomplete run, exit code 3.
"$castbed" run both.yaml --engine ns3-default --set run.duration=200h -o stopped.db 2>err &
until [ "$(sqlite3 stopped.db 'SELECT count(*) FROM run' 2>/dev/null)" = 1 ]; do
    kill -0 $! 2>/dev/null || break
    sleep 0.02
done
code=0
kill -TERM $! || true
wait $! || code=$?
if [ "$code" -ne 3 ] || ! grep -q '^stopped at .* is marked incomplete' err ||
    [ "$(sqlite3 stopped.db 'SELECT status FROM run')" != incomplete ]; then
    echo "exit code $code, not 3, after a signal:" >&2
    cat err >&2
    exit 1
fi
