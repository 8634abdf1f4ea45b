#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# castbed plan: published ends of a campaign of 100,000 octets with a tenth of parity, as people and as programs read them;
# warnings, refusals and exit codes. Left open: that runs agree (run.plan_ends).
set -euo pipefail

castbed=$BUILD_DIR/castbed
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >base.yaml <<'END_OF_FILE'
run: {duration: 2d}
radio: {duty_rule: toff}
networks:
  - name: home
    gateways:
      - {name: roof, placement: {kind: list, points: [{x: 0m, y: 0m}], z: 30m}}
devices:
  - name: meters
    count: 50
    placement: {kind: disc, radius: 2km}
    data_rate: auto
    traffic: {kind: periodic, period: 30min, size: 10B}
    packages: {multicast_setup: 2, fragmentation: 2, firmware: 1}
multicast:
  - {name: fleet, members: [{devices: meters}], data_rate: 3, setup: over_the_air}
campaigns:
  - {name: update, group: fleet, size: 100000B, redundancy: 10%}
END_OF_FILE

# expect CODE TEXT COMMAND...: the exit code, and a text in what it prints.
expect()
{
    local wanted=$1 text=$2 code=0
    shift 2
    "$@" >out 2>&1 </dev/null || code=$?
    if [ "$code" -ne "$wanted" ] || ! grep -qE -- "$text" out; then
        echo "exit code $code, not $wanted, or no \"$text\" in: $*" >&2
        cat out >&2
        exit 1
    fi
}
plan() { "$castbed" plan base.yaml --trials 40 --set devices.meters.count=5 "$@"; }

# Data rate, size, M, parity, air time, total, earliest end.
expect 0 '^  DR0 +48 B +2084 +209 +2.79 s +106.8 min +17.8 h ' plan
expect 0 '^\* DR3 +112 B +893 +90 +0.68 s +11.1 min +110.8 min ' plan
expect 0 '^  DR5 +239 B +419 +42 +0.39 s +3.0 min +30.3 min ' plan
expect 0 '^  DR0 .* 17.1 h ' plan --set radio.duty_rule=sliding_hour
expect 0 '^  DR3 .* 65.1 min ' plan --set radio.duty_rule=sliding_hour --set multicast.fleet.data_rate=5
expect 0 '^\* DR5 .* 3.0 min  +3.0 min ' plan --set radio.duty_rule=sliding_hour --set multicast.fleet.data_rate=5
[ -z "$(grep Warning out)" ] || { cat out >&2; exit 1; }
expect 0 ' 1 McGroupSetupReq \(30 B\)' plan
expect 0 'with the group.s own loss model and 90 parity fragments: [0-9.]+ \([0-9.]+ to [0-9.]+\)' plan \
    --set multicast.fleet.loss.kind=bernoulli --set multicast.fleet.loss.loss_ratio=2%

# The same for programs: every figure of the table, valid JSON.
plan --json >json
python3 - json <<'END_OF_FILE' || [ $? -eq 127 ]
import json, sys
c = json.load(open(sys.argv[1]))["campaigns"][0]
ends = {r["data_rate"]: r["earliest_end_ns"] / 6e10 for r in c["data_rates"]}
for rate, minutes in {0: 17.8 * 60, 3: 110.9, 5: 30.3}.items():
    assert abs(ends[rate] / minutes - 1) < 0.005, (rate, ends[rate])
assert c["possible"] and c["problem"] is None and c["warnings"] == []
assert sum(s["frames"] for s in c["sessions"]) == 983
assert [r["chosen"] for r in c["data_rates"]].index(True) == 3
share = [s for s in c["recovery"] if s["loss"] == 0.05 and s["parity"] == 90][0]
assert share["low"] <= share["share"] <= share["high"] and share["share"] > 0.9
assert c["setup"]["asked"] and c["setup"]["n_requests"] == 5 * 10 and c["setup"]["by_duty_ns"] > 0
END_OF_FILE

# What to look at, with exit code 0.
expect 0 'Warning: M 192 has a blind spot: fragments 66 and 97 .* good are fragments of 47 B \(M 197\), or padding of 48 B \(M 193\)' \
    plan --set campaigns.update.size=9216B --set multicast.fleet.data_rate=0 --set devices.meters.packages.fragmentation=1
expect 0 'Warning: [1-9] of 5 members hear no gateway of the group at DR6; all of them do at DR' \
    plan --set multicast.fleet.data_rate=6 --set devices.meters.placement.radius=7km --set campaigns.update.must_reach=false
expect 0 'Warning: there are members without uplinks' plan --set devices.meters.traffic.kind=none
provisioned=(--set multicast.fleet.setup=provisioned --set campaigns.update.status=none --set campaigns.update.firmware.check=false
    --set campaigns.update.firmware.reboot=none --set campaigns.update.firmware.verify=false --set devices.meters.traffic.kind=none)
expect 0 '2 PackageVersionReq .1 B., 1 McGroupSetupReq .30 B., 1 FragSessionSetupReq .17 B., 1 McClassCSessionReq' \
    plan "${provisioned[@]}" # TS005 and TS004 are asked for
expect 0 'its members are asked nothing' plan "${provisioned[@]}"
! grep -q Warning out || { echo "a warning about members that are asked nothing" >&2; exit 1; }
expect 0 'Warning: the set-up takes .* at least, the first session starts 30.0 min after it begins' \
    plan --set campaigns.update.session.start=30min
expect 0 'Warning: the last frame ends 110.8 min after' plan --set run.duration=1h

# What cannot work: the plan says so, check and run refuse it.
far=(--set multicast.fleet.data_rate=6 --set devices.meters.placement.radius=7km)
expect 1 'This cannot work: [1-9] of 5 members hear no gateway of the group at DR6; all of them do at DR' plan "${far[@]}"
expect 2 'cannot work: [0-9]+ of 50 members hear no gateway .* or set must_reach: false' "$castbed" check base.yaml "${far[@]}"
far+=(--set devices.meters.placement.radius=900km --set campaigns.update.must_reach=false)
expect 2 'cannot work: no gateway can send: none reaches a member' "$castbed" run base.yaml -o far.db "${far[@]}"
expect 1 'This cannot work: 1173 of 2293 frames go into 1 session of 9.1 h; all of them take' \
    plan --set multicast.fleet.data_rate=0 --set campaigns.update.session.max=1
expect 1 'This cannot work: no gateway can send' plan --set devices.meters.placement.x=900km
expect 2 'campaign update cannot work: 1173 of 2293 frames' "$castbed" check base.yaml \
    --set multicast.fleet.data_rate=0 --set campaigns.update.session.max=1
plan --json --set multicast.fleet.data_rate=0 --set campaigns.update.session.max=1 >json && exit 1
grep -q '"possible": false' json

# Wrong use.
expect 2 'one scenario at a time, found 0' "$castbed" plan
expect 2 'one scenario at a time, found 2' "$castbed" plan base.yaml base.yaml
expect 2 'did you mean --json' "$castbed" plan base.yaml --jsno
expect 2 'there is nothing to plan: it has no campaigns' "$castbed" plan "$SOURCE_DIR/scenarios/class-a-cell.yaml"
expect 2 'not-there.yaml' "$castbed" plan not-there.yaml
expect 2 'found "5"; a whole number from 10' "$castbed" plan base.yaml --trials 5
expect 2 'size' "$castbed" plan base.yaml --set campaigns.update.size=0B
expect 0 'usage: castbed plan' "$castbed" plan --help
if [ -e /dev/full ]; then
    code=0
    plan >/dev/full 2>err || code=$?
    [ "$code" -eq 3 ] && grep -q 'cannot be written' err
fi
