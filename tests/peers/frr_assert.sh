#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# FRR and a simulated router both forward a source's group onto one LAN: FRR, the RP, for a Join from downstream, the other as
# the designated router of a member. FRR's route to the source is the better one, so it wins the Assert: the other stops,
# and the router downstream follows the winner, not whose Assert came first.
. "$(dirname "$0")/peers.bash"
peers_begin zebra pimd vtysh tshark

# source - dr -+- up -------+- lan - host, down - far
#              +- (FRR) ----+
tap cast0 10.1.0.1/24
tap cast1 10.4.0.1/24
echo 1 >/proc/sys/net/ipv4/ip_forward
ip route add 10.5.0.0/24 via 10.4.0.2 metric 100 # in Asserts: preference 0, metric 100

frr_start <<'END'
ip pim rp 10.1.0.1 224.0.0.0/4
ip pim join-prune-interval 5
interface cast0
 ip pim
 ip pim hello 1 4
interface cast1
 ip pim
 ip pim hello 1 4
END

castbed_start <<'END'
run: {duration: 55s, pace: wall}
ip:
  families: ipv4
  membership_protocol: {query_interval: 5s, query_response: 1s}
  pim: {hello_period: 1s, triggered_hello_delay: 100ms, t_periodic: 2s, preference: 110, rps: [{node: frr}]}
  nodes:
    - {name: dr, kind: router, multicast_routing: pim}
    - {name: up, kind: router, multicast_routing: pim, dr_priority: 9}
    - {name: down, kind: router, multicast_routing: pim}
    - {name: source}
    - {name: host}
    - {name: far}
    - {name: frr, kind: external_router, taps: "cast0 cast1"}
  links:
    - {name: lan, nodes: "frr up down host", cost: 6}
    - {name: a, nodes: "dr frr", cost: 2}
    - {name: b, nodes: "dr up", kind: point_to_point, delay: 1ms, cost: 3}
    - {name: campus, nodes: "source dr"}
    - {name: edge, nodes: "down far"}
  addresses:
    - {node: frr, link: lan, ipv4: 10.1.0.1}
    - {node: up, link: lan, ipv4: 10.1.0.2}
    - {node: down, link: lan, ipv4: 10.1.0.3}
    - {node: host, ipv4: 10.1.0.4}
    - {node: frr, link: a, ipv4: 10.4.0.1}
    - {node: dr, link: a, ipv4: 10.4.0.2}
    - {node: source, ipv4: 10.5.0.2}
    - {node: dr, link: campus, ipv4: 10.5.0.1}
  memberships:
    - {nodes: host, group: 239.1.1.1, join: 8s}
    - {nodes: far, group: 239.1.1.1, join: 2s}
  traffic:
    - {name: t, source: source, group: 239.1.1.1, ttl: 8, start: 3s, period: 100ms, size: 100B}
END
poll 10 "FRR sees its neighbours" frr_shows "show ip pim neighbor" cast0 10.1.0.2
poll 10 "FRR sees its neighbours" frr_shows "show ip pim neighbor" cast0 10.1.0.3
poll 10 "FRR forwards to the LAN" frr_shows "show ip mroute" 10.5.0.2 239.1.1.1 ST cast1 cast0
poll 15 "FRR has won an Assert" frr_shows "show ip pim assert" cast0 10.5.0.2 239.1.1.1 WINNER 10.1.0.1
frr "show ip pim assert" >"$dir/assert.log"
sleep 3 # both would send 30 datagrams now
castbed_stop

# The last row of an entry for the source's tree.
out()
{
    rows "SELECT coalesce(out_ifaces, '-') FROM ip_forwarding JOIN node ON id = node WHERE name = '$1' AND source = '10.5.0.2' ORDER BY at_ns DESC LIMIT 1"
}
expect "the other has lost and forwards no more" - "$(out up/0)"
expect "two copies come no more" 1 \
    "$(rows "SELECT coalesce(max(number), 0) + 20 < (SELECT max(number) FROM ip_received) FROM ip_received JOIN node ON id = node WHERE duplicate AND name = 'host/0'")"
tshark -r "$dir/air/down-0.pcapng" -Y 'pim.type == 3 && ip.src == 10.1.0.3 && pim.numjoins > 0' -T fields \
    -e pim.upstream_neighbor -e pim.source 2>/dev/null >"$dir/joins.log"
expect "downstream follows the winner" 10.1.0.1 "$(awk '$2 == "10.5.0.2" { print $1 }' "$dir/joins.log" | tail -n 1)"
expect "nothing of FRR is refused" "" "$(rows "SELECT reason FROM ip_drop WHERE protocol = 'pim'")"
