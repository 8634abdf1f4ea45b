#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark opens the captures of multicast groups, given and drawn keys, and of class B, C and A downlinks of the
# application; beacons are there and are not taken for frames.
set -euo pipefail
# shellcheck source=tests/cross/tshark.bash
source "$(dirname "${BASH_SOURCE[0]}")/tshark.bash"

dir=$(mktemp -d)
cat >"$dir/multicast.yaml" <<'EOF2'
run: {duration: 30min}
networks:
  - name: net
    gateways:
      - {name: gw, count: 3, placement: {kind: grid, spacing_x: 2km}}
    server: {rx2_data_rate: 3}
devices:
  - name: lights
    count: 30
    class: C
    activation: otaa
    placement: {kind: disc, radius: 1km}
    traffic: {kind: periodic, period: 10min}
    downlink: {kind: poisson, period: 5min, size: 30B, confirmed: 30%}
  - name: meters
    count: 30
    placement: {kind: disc, radius: 1km}
    traffic: {kind: periodic, period: 5min}
    downlink: {kind: poisson, period: 10min}
multicast:
  - name: drawn
    members: [{devices: lights}]
    data_rate: 3
    gateways: all
    session: {start: 5min, timeout: 8}
    traffic: {count: 20, period: 5s, size: 50B}
  - name: given
    members: [{devices: meters, count: 10}]
    mc_addr: "001fff01"
    mc_key: "000102030405060708090a0b0c0d0e0f"
    min_mc_fcnt: 1000
    data_rate: 5
    schedule: one_by_one
    gateways: all
    session: {start: 15min, timeout: 9}
    traffic: {count: 20, period: 5s, size: 200B}
EOF2
code=0
(check_run "$dir/multicast.yaml") || code=$?
"$BUILD_DIR/castbed" run "$dir/multicast.yaml" --quiet --pcap "$dir/pcap" -o "$dir/run.db"
cat >"$dir/class-b.yaml" <<'EOF2'
run: {duration: 90min}
networks:
  - name: net
    beacons: net_id
    gateways:
      - {name: gw, count: 2, placement: {kind: grid, spacing_x: 1km}}
devices:
  - name: valves
    count: 20
    class: B
    class_b: {periodicity: 1}
    placement: {kind: disc, radius: 1km}
    traffic: {kind: periodic, period: 20min}
    downlink: {kind: poisson, period: 3min, size: 40B, confirmed: 30%}
multicast:
  - name: b
    members: [{devices: valves}]
    class: B
    periodicity: 3
    gateways: all
    session: {start: 3054s, timeout: 3}
    traffic: {count: 20, period: 10s, size: 50B}
EOF2
(check_run "$dir/class-b.yaml" >"$dir/said") || code=1
cat "$dir/said"
grep -q '^84 beacons$' "$dir/said" || { echo "not 42 beacons of each of two gateways"; code=1; }
n=$(cat "$dir"/pcap/encryption_keys_lorawan | grep -ci 01ff1f00) || true
[ "$n" -eq 1 ] || { echo "the keys of the group are $n times in the capture's"; code=1; }
rm -rf "$dir"
exit $code
