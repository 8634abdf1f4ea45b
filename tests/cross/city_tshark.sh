#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark opens the captures of a quarter of an hour of class-a-city.yaml: as many packets as the gateways
# decoded and sent, none malformed, every MIC good, every payload decrypted.
set -euo pipefail
# shellcheck source=tests/cross/tshark.bash
source "$(dirname "${BASH_SOURCE[0]}")/tshark.bash"

check_run "$SOURCE_DIR/scenarios/class-a-city.yaml" --set run.duration=15min --set store.level=summary
