#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The firmware campaigns of scenarios/: every device is updated or has a reason, what each scenario asks has its answer in
# the rows, and the demo's run is the same again. Left open: the hundred thousand devices of fuota-100k-devices (a thousand
# of them here).
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# run NAME [OPTION...]: into NAME.db.
run()
{
    local name=$1
    shift
    rm -f "$name.db"
    "$castbed" run "$SOURCE_DIR/scenarios/$name.yaml" -o "$name.db" --quiet "$@"
    is "$name" 0 "SELECT count(*) FROM campaign_device d JOIN code c ON c.table_name = 'campaign_device'
        AND c.column_name = 'state' AND c.code = d.state WHERE (c.name = 'updated') <> (d.reason = 0)
        OR c.name NOT IN ('updated', 'failed')"
}

# is NAME VALUE QUERY
is()
{
    local found
    found=$(sqlite3 "$1.db" "$3")
    [ "$found" = "$2" ] || { echo "$1: found $found, not $2: $3" >&2; exit 1; }
}

updated='SELECT count(*) FROM campaign_device WHERE reason = 0'

# The demo: octets are those of the image (devices check them), repair rounds are needed, a rerun is the same.
run fuota-class-c
is fuota-class-c 200 'SELECT count(*) FROM campaign_device'
is fuota-class-c 1 "SELECT ($updated) > 190"
is fuota-class-c 1 "SELECT ($updated) = (SELECT count(*) FROM firmware WHERE version = 2)"
is fuota-class-c 1 'SELECT count(DISTINCT session) > 1 FROM campaign WHERE phase = "transmit"'
is fuota-class-c 1 'SELECT max(round) >= 1 FROM campaign'
sqlite3 fuota-class-c.db .dump >first.dump
run fuota-class-c
sqlite3 fuota-class-c.db .dump >second.dump
cmp first.dump second.dump

run fuota-class-c --set store.level=frames
is fuota-class-c 0 'SELECT count(*) FROM (SELECT count(*) AS n, max(seq) AS last FROM campaign_state GROUP BY device) WHERE n <> last + 1'
if command -v gnuplot >/dev/null; then
    "$castbed" plot campaign fuota-class-c.db -o campaign.svg
    grep -q '200 devices: 197 updated, 3 given up' campaign.svg
fi

run fuota-interop
is fuota-interop 8 "$updated"
is fuota-interop 25 "SELECT n_frames FROM campaign WHERE phase = 'transmit' AND round = 0"
is fuota-interop 0 'SELECT count(*) FROM recovery WHERE m <> 20 OR frag_size_bytes <> 50 OR result <> 0'

run fuota-duty-cycle
is fuota-duty-cycle 40 "$updated"
is fuota-duty-cycle 1 "SELECT count(*) >= 2 FROM campaign WHERE phase = 'transmit' AND round = 0"
is fuota-duty-cycle 1 'SELECT max(airtime_ns) > 0 AND max(max_hour_ns) <= 360000000000 FROM duty_stat WHERE node IS NOT NULL'

run fuota-bad-clocks
unchecked=$(sqlite3 fuota-bad-clocks.db "$updated")
[ "$unchecked" -lt 90 ] || { echo "wrong clocks cost nothing: $unchecked" >&2; exit 1; }
run fuota-bad-clocks --set campaigns.update.clock.check=session
is fuota-bad-clocks 0 'SELECT count(*) FROM campaign_device WHERE reason NOT IN (0, (SELECT code FROM code
    WHERE table_name = "campaign_device" AND column_name = "reason" AND name = "clock"))'
run fuota-bad-clocks --set campaigns.update.clock.check=ts003
is fuota-bad-clocks 100 "$updated"

run fuota-class-b
is fuota-class-b 50 "$updated"
is fuota-class-b 0 "SELECT count(*) FROM message WHERE name = 'McClassCSessionReq'"
is fuota-class-b 0 'SELECT count(*) FROM session WHERE (planned_ns + (SELECT start_gps_ns FROM run)) % 128000000000 <> 0'

run fragmentation-unicast
is fragmentation-unicast 5 "$updated"
is fragmentation-unicast 0 "SELECT count(*) FROM tx WHERE kind = (SELECT code FROM code WHERE column_name = 'kind' AND name = 'multicast_down')"

run fuota-100k-devices --set devices.meters.count=1000
is fuota-100k-devices 1000 "$updated"
