#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tshark decodes every kind of PIM packet of both families: types, upstream neighbours, joins and prunes as written, checksums
# good, nothing malformed.
set -euo pipefail
command -v tshark >/dev/null || { echo "skipped: no tshark"; exit 77; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BUILD_DIR/make_pim" "$dir/pim.pcap" >"$dir/expected"

# fields FIELD...: one line a packet.
fields()
{
    local args=() field
    for field; do
        args+=(-e "$field")
    done
    HOME=$dir XDG_CONFIG_HOME=$dir TZ=UTC tshark -r "$dir/pim.pcap" -o ip.check_checksum:TRUE -T fields \
        -E separator='|' -E occurrence=a "${args[@]}" 2>/dev/null
}

# Addresses of the two families have fields of their own. A null register of IPv6 has a PIM header inside, of type 0.
fields pim.type pim.upstream_neighbor pim.upstream_neighbor_ip6 pim.join_ip pim.join_ip6 pim.prune_ip pim.prune_ip6 |
    awk -F'|' '{ sub(/,0$/, "", $1); print $1 "|" $2 $3 "|" $4 $5 "|" $6 $7 }' >"$dir/decoded"
diff "$dir/expected" "$dir/decoded"

# 1: good; what is in a register has checksums too.
fields ip.checksum.status pim.cksum.status _ws.malformed | LC_ALL=C sort | uniq -c | tee "$dir/status"
diff <(printf '1,1|1|\n1|1|\n|1,1|\n|1|\n') <(sed 's/^ *[0-9]* //' "$dir/status")

# A changed octet must be seen: it is in the checksum of the first packet.
printf '\377' | dd of="$dir/pim.pcap" bs=1 seek=62 conv=notrunc 2>/dev/null
[ "$(fields pim.cksum.status | head -n 1)" = 0 ] || { echo "a wrong checksum was not seen" >&2; exit 1; }
