#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Plots of IP networks: drawn from whole runs without a word, the same bytes twice, at both widths, with the counts that the run
# stored. How they look is not pinned.
. "$(dirname "$0")/plots.bash"
[ -r "$BUILD_DIR/castbed-ns3.so" ] || { echo "skipped: no bridge"; exit 77; }

run()
{
    "$castbed" run "$scenarios/$1.yaml" -o "$1.db" --quiet "${@:2}"
}

# Octets of the links: of IP runs overhead means ip-overhead.
run ip-snooping --set store.level=frames --set run.duration=320s --set ip.traffic.video.period=100ms
run ip-proxy --set store.level=frames --set ip.traffic.channel.period=100ms
for kind in overhead ip-overhead; do
    draws $kind ip-snooping.db
    same "$(value n_links)" 22 "links of $kind"
    same "$(value control_bytes)" "$(sqlite3 ip-snooping.db "SELECT sum(n_bytes) * 1.0 FROM ip_link_stat s JOIN code c ON c.code = s.kind
        AND c.table_name = 'ip_link_stat' AND c.column_name = 'kind' WHERE c.name IN ('igmp', 'mld')")" "control octets of $kind"
    same "$(block points | wc -l)" "$(sqlite3 ip-snooping.db 'SELECT count(*) FROM ip_link_stat WHERE n_bytes > 0')" "points of $kind"
done
"$castbed" run "$scenarios/ip-snooping.yaml" --set run.duration=320s --set ip.traffic.video.period=100ms \
    --set ip.nodes.hub-host.count=9 -o many.db --quiet
draws ip-overhead many.db
same "$(value n_links)" 25 "links"
same "$(value n_lanes)" 7 "groups of links"

# Joining and leaving: of two leaves one ends the stream on its link, and the last datagram comes within 2 s.
draws join-leave ip-proxy.db
same "$(value n_joins)" 3 "joins into a stream"
same "$(value n_leaves)" 1 "leaves"
same "$(value n_carried_on)" 1 "leaves after which it goes on"
waited=$(sqlite3 ip-proxy.db "SELECT last_after_ms FROM v_joins WHERE receiver = 'tv/0'")
awk -v ms="$waited" 'BEGIN { exit !(ms > 1850 && ms < 2000) }' || fail "the tv's last datagram after $waited ms"
same "$(block leaves | cut -f 2 | head -n 1)" "$(sqlite3 ip-proxy.db "SELECT last_after_ms / 1000 FROM v_joins WHERE receiver = 'tv/0'")" "its place"
draws join-leave ip-snooping.db # nobody joins while something is sent
same "$(value n_joins)" 0 "joins into a stream"

# The tree of a flow: links to members, and of the router to their switches; what was flooded beside it is seen.
draws tree ip-snooping.db
same "$(value n_members) $(value n_tree_links) $(value n_links) $(value any_other)" "6 10 22 1" "tree with all members"
same "$(block lines | awk -F '\t' '$6 == 1' | wc -l)" 10 "lines of the tree"
same "$(block lines | wc -l)" 22 "lines"
same "$(block lines | awk -F '\t' '$6 == 0 && $5 > 0' | wc -l)" 8 "links that are flooded"
same "$(value n_most)" "$(sqlite3 ip-snooping.db 'SELECT max(n_packets) FROM v_link_load')" "datagrams"
draws tree ip-snooping.db --at 310s
same "$(value n_members) $(value n_tree_links)" "5 9" "tree after a leave"
draws tree ip-snooping.db --at 5s
same "$(value n_members) $(value n_tree_links)" "0 0" "tree before anybody joins"
draws tree ip-proxy.db --flow channel
same "$(value n_members) $(value n_tree_links)" "1 3" "tree through a proxy"
draws tree ip-proxy.db --flow door-camera --at 14min
same "$(value n_members) $(value n_tree_links)" "2 3" "tree from behind a proxy"
draws tree ip-proxy.db --flow door-camera --at 16min
same "$(value n_members) $(value n_tree_links)" "1 3" "tree from behind a proxy"
refused 2 'no flow called "film"' tree ip-proxy.db --flow film
refused 2 'no use for --at' ip-overhead ip-proxy.db --at 1s
edges=$(sqlite3 ip-proxy.db "SELECT router, in_link, out_link, to_nodes FROM v_tree_edges WHERE group_addr = '232.1.1.1' AND from_s < 70" | sort -u)
same "$edges" "edge/0|backbone|access|home/0
home/0|access|living-room|tv/0" "edges of the channel"

# Sizes of trees: curves of a sweep beside the closed form; unicast and multicast.
"$castbed" sweep "$scenarios/ip-scaling.yaml" --seeds 1..2 --set ip.topologies.net.depth=5 --vary "ip.memberships[0].choose=1,4,16" \
    --vary ip.traffic.probe.delivery=multicast,unicast -o sweep.db --quiet
draws scaling sweep.db
same "$(value n_runs) $(value n_curves) $(value n_sets_min) $(value any_closed)" "6 1 200 1" "runs of the curve, without unicast"
same "$(block points | awk -F '\t' '$2 == 1 { print $3, $6 }')" "5.0 5" "path to one receiver"
while read -r m known; do
    awk -F '\t' -v m="$m" -v known="$known" '$2 == m { found = $3 } END { exit !(found > known * 0.98 && found < known * 1.02) }' < <(block points) ||
        fail "links to $m receivers"
    same "$(block closed | awk -F '\t' -v m="$m" '$2 == m { printf "%.2f", $3 }')" "$known" "closed form for $m receivers"
done <<EOF
4 15.97
16 41.72
EOF
links=$(block points | cut -f 3)
draws link-load sweep.db
same "$(block loads | wc -l)" 6 "points"
same "$(block loads | awk -F '\t' '$1 ~ /^"unicast/ { print $2, $3 }')" "1.0 5.0
4.0 20.0
16.0 80.0" "unicast copies"
same "$(block loads | awk -F '\t' '$1 ~ /^"multicast/ { print $3 }')" "$links" "multicast copies"
"$castbed" run "$scenarios/ip-scaling.yaml" --set ip.topologies.net.depth=3 --set ip.memberships[0].choose=2 --set ip.traffic.probe.delivery=unicast \
    -o unicast.db --quiet
refused 1 "nothing to show" scaling unicast.db

"$castbed" run "$scenarios/class-a-cell.yaml" --set devices.meters.count=5 --set run.duration=1h -o none.db --quiet
refused 1 "campaigns make them" overhead none.db
refused 1 "IP networks make them" ip-overhead none.db
refused 1 "nothing happened" join-leave none.db
refused 1 "memberships of IP hosts make them" tree none.db
refused 1 "ip.traffic to groups with members makes them" scaling none.db
refused 1 "ip.traffic to groups with members makes them" link-load none.db
run ip-room-a --set store.level=summary --set run.duration=30s
refused 1 --set\ store.level=frames tree ip-room-a.db
