#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Plots of whole runs: windows, session and energy draw the scenarios that have them, without a word, the same bytes twice, with
# the counts that the run stored; a run without the rows is told which level or key gives them. How they look is not pinned.
. "$(dirname "$0")/plots.bash"

# other_schema CODE COMMAND...: this exit code, and both versions
other_schema()
{
    local code=0 wanted=$1
    shift
    "$@" >/dev/null 2>said || code=$?
    [ "$code" -eq "$wanted" ] || fail "$*: exit code $code, not $wanted"
    grep -qE 'old.db: was written by castbed with schema 1, this one (reads|writes) [1-9][0-9]{5}' said ||
        fail "$* says: $(cat said)"
}

run()
{
    "$castbed" run "$scenarios/$1.yaml" -o "$1.db" --quiet "${@:2}"
}

run multicast-class-c-session
run multicast-class-c --set devices.meters.count=80
run clock-drift --set run.duration=26h
run class-c-streetlights --set devices.lights.count=200
for name in multicast-class-c-session multicast-class-c clock-drift class-c-streetlights; do
    draws windows $name.db
    draws session $name.db
    draws energy $name.db
done
draws session clock-drift.db --group day-1 --devices alone-100ppm
draws windows clock-drift.db --devices alone-100ppm,asked-100ppm/3 --from 86390s --span 90s

# Every member heard what its counter says; nobody is left out.
for name in multicast-class-c-session multicast-class-c class-c-streetlights; do
    "$castbed" plot session $name.db -o script.gp
    same "$(value n_heard script.gp)" "$(sqlite3 $name.db 'SELECT sum(n_multicast) FROM device_stat')" "$name, heard"
    same "$(value n_members script.gp)" "$(sqlite3 $name.db 'SELECT sum(n_members) FROM session')" "$name, members"
done
"$castbed" plot session clock-drift.db --group day-1 -o script.gp
lost="SELECT count(*) FROM loss l JOIN tx t ON t.node = l.node AND t.seq = l.seq JOIN session s ON s.devaddr = t.devaddr
      WHERE s.group_name = 'day-1'"
missed=$(sqlite3 clock-drift.db "$lost")
[ "$missed" -gt 20 ] || fail "only $missed frames missed on day 1"
same $(($(value n_expected script.gp) - $(value n_heard script.gp))) "$missed" "missed on day 1"

# The energy of the middle lamp; shares of a bar end at 1.
"$castbed" plot energy class-c-streetlights.db -o script.gp
median=$(sqlite3 class-c-streetlights.db 'SELECT energy_uj / 1e6 FROM device_stat ORDER BY energy_uj LIMIT 1 OFFSET 99')
same "$(sed -n '/^\$totals/{n;p}' script.gp | cut -f 2)" "$median" "median energy"
same "$(sed -n '/^\$bars/,/^EOD/p' script.gp | grep asleep | cut -f 4)" "" "asleep in class C"
same "$(sed -n '/^\$bars/,/^EOD/p' script.gp | grep RXC | cut -f 4)" 1.0 "upper end of the last state"

# Beacons: of many devices shares, of few each one.
run class-b-downlink --set run.duration=6h --set store.level=all
run multicast-class-b-session
for name in class-b-downlink multicast-class-b-session; do
    draws beacons $name.db
    "$castbed" plot beacons $name.db -o script.gp
    same "$(value n_expected script.gp)" "$(sqlite3 $name.db 'SELECT count(*) FROM beacon')" "$name, beacons"
    same "$(value n_received script.gp)" "$(sqlite3 $name.db 'SELECT count(*) FROM beacon WHERE reason = 0')" "$name, received"
done
same "$(sed -n '/^\$errors/,/^EOD/p' script.gp | grep -c pair)" "$(sqlite3 multicast-class-b-session.db 'SELECT count(*) FROM beacon')" \
    "points of the two devices"
"$castbed" plot beacons class-b-downlink.db -o script.gp
tops=$(sed -n '/^\$shares/,/^EOD/p' script.gp | awk -F '\t' 'NF == 4 { if ($4 > top[$2]) top[$2] = $4 } END { for (t in top) print top[t] }' |
    sort -u)
same "$tops" 1.0 "devices in some state, at each time since they all have one"
draws beacons class-b-downlink.db --devices slot-4s/0 --from 1h --span 1h

# A database of another version of the tables is not read, and not written.
cp class-c-streetlights.db old.db
sqlite3 old.db 'PRAGMA user_version = 1'
before=$(sha256sum <old.db)
other_schema 2 "$castbed" plot energy old.db -o none.svg
grep -q 'run the scenario again$' said || fail "plot says: $(cat said)"
other_schema 2 "$castbed" plot losses multicast-class-c.db old.db -o none.svg
[ ! -e none.svg ] || fail "a picture of an old database"
other_schema 3 "$castbed" run "$scenarios/multicast-class-c-session.yaml" -o old.db --quiet
other_schema 3 "$castbed" sweep "$scenarios/multicast-class-c-session.yaml" --seeds 1..2 -o old.db --quiet
[ "$(sha256sum <old.db)" = "$before" ] || fail "an old database was changed"

run multicast-class-c --set devices.meters.count=5 --set store.level=summary --seed 9
refused 1 --set\ store.level=frames session multicast-class-c.db --run 2
refused 1 --set\ store.level=frames windows multicast-class-c.db --run 2
run class-a-cell --set devices.meters.count=5 --set run.duration=1h --set store.level=frames
refused 1 "no group under multicast" session class-a-cell.db
refused 1 "only downlinks and multicast sessions" windows class-a-cell.db
