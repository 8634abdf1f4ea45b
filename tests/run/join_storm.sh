#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Ten thousand devices that are switched on at one instant join: no live-lock. Pins that a fifth has joined after an
# hour, half after two and a half, all but a few (out of reach, unlucky) after six.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/castbed" run "$SOURCE_DIR/scenarios/class-a-city.yaml" --quiet -o "$dir/storm.db" \
    --set devices.water.start=0s --set devices.parking.start=0s --set devices.alarms.start=0s \
    --set run.duration=361min --set store.level=summary
joined=$(sqlite3 -separator ' ' "$dir/storm.db" "SELECT sum(joined_ns < 3600e9), sum(joined_ns < 9000e9),
    sum(joined_ns < 21600e9) FROM device_stat")
echo "joined after 1 h, 2.5 h, 6 h: $joined"
read -r one two six <<<"$joined"
[ "$one" -ge 2000 ] && [ "$two" -ge 5000 ] && [ "$six" -ge 9990 ]
