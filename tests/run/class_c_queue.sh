#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Class C devices that wait for a gateway without duty cycle wait quietly: the number of events follows the
# frames, not the waiting time. Pins a bound; what is sent when is pinned by run.class_c.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/queue.yaml" <<'EOF'
# Thirty class C devices get more than a gateway's duty cycle allows.
run: {duration: 3h}
networks:
  - name: net
    gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}], z: 15m}}]
devices:
  - name: c
    count: 30
    class: C
    placement: {kind: disc, radius: 2km}
    traffic: {period: 300s}
    downlink: {kind: periodic, period: 60s, size: 10B}
EOF
"$BUILD_DIR/castbed" run "$dir/queue.yaml" -o "$dir/queue.db" 2>"$dir/said"
cat "$dir/said"
events=$(sed -n 's/.* \([0-9]*\) events .*/\1/p' "$dir/said")
[ -n "$events" ] && [ "$events" -lt 60000 ]
