#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark decodes every kind of IGMP and MLD packet: types, groups and sources as written, checksums good, nothing malformed.
set -euo pipefail
command -v tshark >/dev/null || { echo "skipped: no tshark"; exit 77; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/make_gmp" "$dir/gmp.pcap" >"$dir/expected"

# fields FIELD...: one line a packet.
fields()
{
    local args=() field
    for field; do
        args+=(-e "$field")
    done
    HOME=$dir XDG_CONFIG_HOME=$dir TZ=UTC tshark -r "$dir/gmp.pcap" -o ip.check_checksum:TRUE -T fields \
        -E separator='|' -E occurrence=a "${args[@]}" 2>/dev/null
}

# MLD's query and report name their fields differently.
fields igmp.type icmpv6.type igmp.maddr icmpv6.mld.multicast_address icmpv6.mldr.mar.multicast_address \
    igmp.saddr icmpv6.mld.source_address icmpv6.mldr.mar.source_address |
    awk -F'|' '{ print $1 $2 "|" $3 $4 $5 "|" $6 $7 $8 }' >"$dir/decoded"
diff "$dir/expected" "$dir/decoded"

# 1: good. IPv6 has no checksum of its own.
fields ip.checksum.status igmp.checksum.status icmpv6.checksum.status _ws.malformed ip.ttl ipv6.hlim |
    LC_ALL=C sort | uniq -c | tee "$dir/status"
diff <(printf '1|1|||1|\n||1|||1\n') <(sed 's/^ *[0-9]* //' "$dir/status")

# A changed octet must be seen: it is in the group of the first packet.
printf '\377' | dd of="$dir/gmp.pcap" bs=1 seek=70 conv=notrunc 2>/dev/null
[ "$(fields igmp.checksum.status | head -n 1)" = 0 ] || { echo "a wrong checksum was not seen" >&2; exit 1; }
