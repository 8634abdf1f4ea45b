#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Class B gives the same database however it is worked out: all devices at a beacon in one event or each in its own, with
# same-time events the other way round, other groups beside it. 200 devices for 6 h with drifting
# clocks, lost beacons, uplinks, downlinks, a multicast session in ping slots, failing gateways. Left open: what is right.
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

scenario()
{
    cat <<END
run: {duration: 6h, seed: 5}
networks:
  - name: home
    net_id: "000013"
    beacons: net_id
    gateways:
      - {name: roofs, count: 3, placement: {kind: disc, radius: 2km, z: 20m}}
      - {name: quiet, beacons: false, placement: {kind: disc, radius: 2km, z: 20m}}
devices:
  - name: ppm
    class: B
    count: 80
    class_b: {periodicity: 3, beacon_loss: 20%}
    clock: &clock
      offset: "uniform(-20s, 20s)"
      drift: "normal(0ppm, 10ppm)"
      radio_drift: "uniform(-10ppm, 10ppm)"
      temperature: {kind: daily, mean: 15degC}
      wander: 10ppb
      granularity: 30517ns
      jitter: "uniform(-1ms, 1ms)"
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 10min, phase: 0s, size: 10B}
    downlink: {kind: periodic, period: 20min, size: 10B, confirmed: 30%}
$1
  - name: doubling
    class: B
    activation: otaa
    count: 80
    class_b: {widening: doubling, beacon_loss: 70%, search: cold}
    clock: *clock
    placement: {kind: disc, radius: 3km}
    traffic: {kind: poisson, period: 10min, size: 10B, confirmed: 20%}
    downlink: {kind: periodic, period: 30min, phase: 0s, size: 10B}
  - name: none
    class: B
    count: 40
    start: "uniform(0s, 1h)"
    class_b: {widening: none, beacon_loss: 97%, search: cold, search_pause: 10min}
    placement: {kind: disc, radius: 3km}
    traffic: {kind: periodic, period: 1min, phase: 0s, size: 10B}
multicast:
  - {name: group, members: [{devices: ppm}, {devices: none}], class: B, periodicity: 2,
     session: {start: 10862s, timeout: 3}, traffic: {count: 50, period: 10s}}
faults:
  - {node: roofs/1, from: 1h, to: 65min}
  - {node: roofs, from: 90min, to: 4h}
END
}

group='
  - name: far
    class: B
    count: 20
    class_b: {beacon_loss: 10%}
    clock: {drift: "normal(0ppm, 10ppm)"}
    placement: {kind: disc, x: 900km, radius: 1km}
    traffic: {kind: none}'

run_to()
{
    local db=$1 file=$2
    shift 2
    "$castbed" run "$file" -o "$db" --set store.level=all --quiet "$@"
}

rows()
{
    sqlite3 "$1" "SELECT * FROM $2 WHERE ${3:-1}" | sort
}

# same A.db B.db WHAT [WHERE]: the same rows in every table but those that tell the options.
same()
{
    for table in $(sqlite3 "$1" "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('run', 'param')"); do
        rows "$1" "$table" >one.rows
        rows "$2" "$table" >other.rows
        cmp -s one.rows other.rows && continue
        echo "$3: $table" >&2
        diff one.rows other.rows | head -n 10 >&2
        exit 1
    done
}

scenario '' >class-b.yaml
run_to base.db class-b.yaml
for step in lock beaconless class_b class_a search cold_search pause; do
    n=$(sqlite3 base.db "SELECT count(*) FROM class_b JOIN code ON table_name = 'class_b' AND code = step WHERE name = '$step'")
    [ "$n" -gt 10 ] || { echo "only $n times $step" >&2; exit 1; }
done
n=$(sqlite3 base.db "SELECT count(*) FROM rx WHERE window = 4")
[ "$n" -gt 500 ] || { echo "only $n frames in ping slots" >&2; exit 1; }

run_to other.db class-b.yaml --set run.seed=6
(same base.db other.db "other seed") 2>/dev/null && { echo "another seed gives the same rows" >&2; exit 1; }
run_to events.db class-b.yaml --set run.beacons=events
same base.db events.db "run.beacons: events"
run_to lifo.db class-b.yaml --set run.tie_order=lifo
same base.db lifo.db "run.tie_order: lifo"

# Another group changes nothing.
scenario "$group" >with.yaml
run_to with.db with.yaml
far="(SELECT id FROM node WHERE group_name = 'far')"
for table in tx:node rx:receiver beacon:device class_b:device clock_sample:device device_stat:device window:device; do
    rows base.db "${table%:*}" >one.rows
    rows with.db "${table%:*}" "${table#*:} NOT IN $far" >other.rows
    [ -s one.rows ] || { echo "no rows of $table" >&2; exit 1; }
    cmp -s one.rows other.rows && continue
    echo "$table with another group" >&2
    diff one.rows other.rows | head -n 10 >&2
    exit 1
done
