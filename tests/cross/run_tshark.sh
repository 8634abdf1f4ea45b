#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark opens the captures of a small network with everything in it: joins, ABP, ADR, confirmed traffic, commands.
set -euo pipefail
# shellcheck source=tests/cross/tshark.bash
source "$(dirname "${BASH_SOURCE[0]}")/tshark.bash"

scenario=$(mktemp --suffix=.yaml)
cat >"$scenario" <<'EOF'
run: {duration: 30min}
networks:
  - name: net
    gateways:
      - {name: gw, count: 3, placement: {kind: grid}}
    server: {dev_status_period: 10min}
devices:
  - name: joiners
    count: 100
    activation: otaa
    adr: true
    placement: {kind: disc, radius: 3km}
    start: uniform(0s, 5min)
    link_check_every: 5
    device_time_every: 7
    traffic: {kind: poisson, period: 120s, confirmed: 30%}
  - name: fixed
    count: 50
    version: 1.0.3
    placement: {kind: disc, radius: 3km}
    traffic: {kind: poisson, period: 120s, confirmed: 30%}
EOF
code=0
(check_run "$scenario") || code=$?
rm -f "$scenario"
exit $code
