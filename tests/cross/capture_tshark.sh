#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark opens a capture of every kind of frame: headers as written, MICs good, payloads decrypted.
set -euo pipefail
# shellcheck source=tests/cross/tshark.bash
source "$(dirname "${BASH_SOURCE[0]}")/tshark.bash"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/make_capture" "$dir"
tshark_fields "$dir" "$dir/gw-0.pcap" >"$dir/fields"
judge_frames <"$dir/fields" | tee "$dir/counts"

expected='3 data
1 data on FPort 0
2 data without FPort, not verified
1 join-accepts, not verified
1 join-requests'
diff <(echo "$expected") "$dir/counts"

hello=$(printf 'castbed says hello' | od -An -tx1 | tr -d ' \n')
[ "$(grep -c "|$hello|" "$dir/fields")" -eq 3 ]

# The first uplink's header: time, frequency, bandwidth, SF, and the power in the field that is always dBm + 139.
header=$(HOME=$dir XDG_CONFIG_HOME=$dir TZ=UTC tshark -r "$dir/gw-0.pcap" -c 1 -T fields -E separator='|' \
    -e frame.time_epoch -e loratap.channel.frequency -e loratap.channel.bandwidth \
    -e loratap.channel.sf -e loratap.rssi.max -e loratap.rssi.packet -e loratap.rssi.snr -e loratap.syncword 2>/dev/null)
echo "$header"
[ "$header" = '1767225601.000000000|868300000|1|9|25|100|234|0x34' ]

# A wrong key must be seen.
tail -n 1 "$dir/encryption_keys_lorawan" | sed 's/","[0-9a-f]*"/","00000000000000000000000000000000"/' >"$dir/wrong"
mv "$dir/wrong" "$dir/encryption_keys_lorawan"
tshark_fields "$dir" "$dir/gw-0.pcap" >"$dir/fields"
if judge_frames <"$dir/fields" >/dev/null; then
    echo "a wrong key was not seen" >&2
    exit 1
fi
