#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The mistakes of scenarios/mistake-*.yaml, of servers and of devices: what each costs and which rows tell it, and that all
# devices are updated without it. Left open: the machine's side of them (unit.campaign).
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# run NAME [OPTION...]: into run.db.
run()
{
    name=$1
    shift
    rm -f run.db
    "$castbed" run "$SOURCE_DIR/scenarios/mistake-$name.yaml" -o run.db --quiet --set store.level=frames "$@"
}

# is VALUE QUERY
is()
{
    local found
    found=$(sqlite3 run.db "$2")
    [ "$found" = "$1" ] || { echo "mistake-$name: found $found, not $1: $2" >&2; exit 1; }
}

# code TABLE COLUMN NAME: for a query.
code()
{
    echo "(SELECT code FROM code WHERE table_name = '$1' AND column_name = '$2' AND name = '$3')"
}

# reason N NAME: so many devices end for it.
reason()
{
    is "$1" "SELECT count(*) FROM campaign_device WHERE reason = $(code campaign_device reason "$2")"
}

all_updated()
{
    reason 20 none
}

run group-removed
reason 20 group_undefined
is 20 "SELECT count(*) FROM message WHERE name = 'McGroupDeleteReq' AND result = 'received'"
is 0 "SELECT count(*) FROM campaign WHERE phase = 'transmit' AND n_frames <> 96" # the server sends on
is 1 "SELECT count(*) > 1000 FROM loss WHERE reason = $(code loss reason window)"
run group-removed --set campaigns.update.mistakes.group_removed_after=never
all_updated
is 0 "SELECT count(*) FROM message WHERE name LIKE 'McGroupDelete%'"

# All frames but the last one of an odd number have a partner.
run counters-swapped
reason 20 incomplete
is 1 "SELECT count(*) > 1300 FROM loss WHERE reason = $(code loss reason replay)"
is 2 "SELECT count(*) FROM campaign WHERE phase = 'transmit'"
is '1 0 3 2' "SELECT group_concat(fcnt, ' ') FROM (SELECT fcnt FROM tx WHERE kind = $(code tx kind multicast_down) ORDER BY start_ns LIMIT 4)"
run counters-swapped --set multicast.fleet.mistakes.counters=in_order
all_updated
is 0 "SELECT count(*) FROM loss WHERE reason = $(code loss reason replay)"

run session-left-open
all_updated
is 1 "SELECT min(rxc_ns) > 16300e9 FROM energy WHERE phase = $(code energy phase run)" # of 16,384 s
run session-left-open --set devices.meters.packages.fragments.rules.after_block=leave
all_updated
is 1 "SELECT max(rxc_ns) < 1000e9 FROM energy WHERE phase = $(code energy phase run)"

run no-repair
is 0 "SELECT count(*) FROM campaign_device d JOIN recovery r USING (device) WHERE d.reason <>
    CASE WHEN r.n_uncoded = r.m THEN 0 ELSE $(code campaign_device reason lost_too_many) END"
is 1 "SELECT count(*) > 10 FROM recovery WHERE result = $(code recovery result no_room)"
run no-repair --set devices.meters.packages.fragments.memory.lost=all
all_updated

run reboot-time
reason 5 reboot_time
reason 15 none
is 20 'SELECT count(*) FROM firmware WHERE version = 2' # they reboot all the same
run reboot-time --set devices.others.packages.firmware_device.reboot_answer=seconds
all_updated

run setup-stalls
reason 1 no_version
reason 19 ended
is set_up 'SELECT group_concat(phase) FROM campaign'
run setup-stalls --set campaigns.update.mistakes.set_up_stalls=false
reason 1 no_version
reason 19 none
