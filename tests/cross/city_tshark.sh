#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark opens the captures of a quarter of an hour of class-a-city.yaml: as many packets as the gateways
# decoded and sent, none malformed, every MIC good, every payload decrypted.
set -euo pipefail
# shellcheck source=tests/cross/tshark.bash
source "$(dirname "${BASH_SOURCE[0]}")/tshark.bash"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/castbed" run "$SOURCE_DIR/scenarios/class-a-city.yaml" --quiet \
    --set run.duration="${CITY_TIME:-15min}" --set store.level=summary --pcap "$dir/pcap" -o "$dir/city.db"

n_packets=0
: >"$dir/all"
for file in "$dir"/pcap/*.pcap; do
    tshark_fields "$dir/pcap" "$file" >"$dir/fields"
    n_packets=$((n_packets + $(wc -l <"$dir/fields")))
    cat "$dir/fields" >>"$dir/all"
done
judge_frames <"$dir/all"

n_expected=$(sqlite3 "$dir/city.db" 'SELECT sum(n_rx + n_tx) FROM gateway_stat')
if [ "$n_packets" -ne "$n_expected" ]; then
    echo "$n_packets packets in the captures, $n_expected in the database" >&2
    exit 1
fi
