#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark decodes every kind of ARP and neighbour discovery message: kind, addresses and flags as written, checksums good,
# nothing malformed.
set -euo pipefail
command -v tshark >/dev/null || { echo "skipped: no tshark"; exit 77; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/make_neighbor" "$dir/nd.pcap" >"$dir/expected"

# fields FIELD...: one line a packet.
fields()
{
    local args=() field
    for field; do
        args+=(-e "$field")
    done
    HOME=$dir XDG_CONFIG_HOME=$dir TZ=UTC tshark -r "$dir/nd.pcap" -T fields -E separator='|' -E occurrence=a \
        "${args[@]}" 2>/dev/null
}

# ARP, solicitations and advertisements name their fields differently.
fields arp.opcode icmpv6.type arp.src.proto_ipv4 ipv6.src arp.dst.proto_ipv4 icmpv6.nd.ns.target_address \
    icmpv6.nd.na.target_address arp.src.hw_mac icmpv6.opt.linkaddr icmpv6.nd.na.flag.r icmpv6.nd.na.flag.s \
    icmpv6.nd.na.flag.o |
    awk -F'|' '{ print $1 $2 "|" $3 $4 "|" $5 $6 $7 "|" $8 $9 "|" $10 $11 $12 }' >"$dir/decoded"
diff "$dir/expected" "$dir/decoded"
[ "$(wc -l <"$dir/decoded")" = 54 ] || { echo "not every message" >&2; exit 1; }

# 1: good. ARP has no checksum.
fields icmpv6.checksum.status _ws.malformed ipv6.hlim | LC_ALL=C sort | uniq -c | tee "$dir/status"
diff <(printf '1||255\n||\n' | LC_ALL=C sort) <(sed 's/^ *[0-9]* //' "$dir/status" | LC_ALL=C sort)
