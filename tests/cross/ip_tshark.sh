#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Captures of IP nodes and links as tshark reads them: every checksum is good, nothing is malformed, and what the file
# of a link holds is what the database counted.
set -euo pipefail
command -v tshark mergecap >/dev/null || { echo "skipped: no tshark"; exit 77; }
[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# fields FILE [FILTER]: protocol and checksum states of each frame (1: good).
fields()
{
    HOME=$dir XDG_CONFIG_HOME=$dir TZ=UTC tshark -r "$1" -Y "${2:-frame}" -o ip.check_checksum:TRUE \
        -o udp.check_checksum:TRUE -T fields -E separator='|' -E occurrence=f -e _ws.col.Protocol -e ip.checksum.status \
        -e igmp.checksum.status -e icmpv6.checksum.status -e udp.checksum.status -e pim.cksum.status \
        -e _ws.malformed -e pim.type 2>errors ||
        { cat errors >&2; exit 1; }
}

cat >candidates.yaml <<'END'
# The RP out of two candidates, told by an elected bootstrap router.
run: {duration: 32s, seed: 1}
ip:
  pim: {bs_period: 10s, candidate_bsrs: [{nodes: a}], candidate_rps: [{nodes: "a b", groups: "239.0.0.0/8 ff15::/16"}]}
  nodes:
    - {name: a, kind: router, multicast_routing: pim}
    - {name: b, kind: router, multicast_routing: pim}
    - {name: s}
    - {name: h}
  links: [{name: up, nodes: "s a"}, {name: lan, nodes: "a b"}, {name: down, nodes: "b h"}]
  memberships: [{nodes: h, group: ff15::1, join: 20s, leave: 28s}, {nodes: h, group: 239.1.1.1, join: 20s, leave: 28s}]
  traffic: [{name: t, source: s, group: ff15::1, start: 22s}, {name: u, source: s, group: 239.1.1.1, start: 22s}]
END
for scenario in ip-snooping ip-two-interfaces ip-proxy ip-room-a ip-pim-sm-spt ip-assert candidates; do
    slow=()
    file=$SOURCE_DIR/scenarios/$scenario.yaml
    [ "$scenario" != ip-snooping ] || slow=(--set ip.traffic.video.period=500ms)
    [ "$scenario" != candidates ] || file=candidates.yaml
    "$BUILD_DIR/castbed" run "$file" --set run.duration=32s --pcap "$scenario" -o "$scenario.db" --quiet "${slow[@]}"
    mergecap -w "$scenario.pcapng" "$scenario"/*.pcapng
    fields "$scenario.pcapng" >"$scenario.fields"
    awk -F'|' -v name="$scenario" '
        { n[$1]++ }
        $7 != "" { print name ": malformed: " $0; bad = 1 }
        $2 == "" && $4 == "" && $5 == "" && $6 == "" { print name ": nothing was checked: " $0; bad = 1 }
        { for (i = 2; i <= 6; i++) if ($i != "" && $i != 1) { print name ": checksum: " $0; bad = 1 } }
        $1 ~ /IGMP/ && $3 != 1 { print name ": IGMP: " $0; bad = 1 }
        $1 ~ /PIM/ && $6 != 1 { print name ": PIM: " $0; bad = 1 }
        END { for (p in n) print name ": " p ": " n[p]; exit bad || NR < 20 }' "$scenario.fields"
done
# Every kind of message that sparse mode sends.
cat ./*.fields | awk -F'|' '$1 ~ /PIM/ { n[$8]++ }
    END { for (t in n) print "PIM type " t ": " n[t]; exit !(n[0] && n[1] && n[2] && n[3] && n[4] && n[5] && n[8]) }'
grep -q '^IGMPv3|' ip-proxy.fields
grep -q '^ICMPv6|' ip-proxy.fields

# One file of a link: what was sent on it, once.
"$BUILD_DIR/castbed" run "$SOURCE_DIR/scenarios/ip-proxy.yaml" --set run.duration=70s --set ip.links.access.capture=true \
    --set ip.links.hall.capture=true --set ip.nodes.home.capture=false --pcap links -o links.db --quiet
[ ! -e links/home-0.pcapng ] && [ -e links/edge-0.pcapng ]
for link in access hall; do
    counted=$(sqlite3 links.db "SELECT sum(n_packets) FROM ip_link_stat s JOIN ip_link l ON l.id = s.link AND l.name = '$link'")
    captured=$(fields "links/link-$link.pcapng" | wc -l)
    [ "$counted" -eq "$captured" ] || { echo "$link: $counted counted, $captured captured" >&2; exit 1; }
done
