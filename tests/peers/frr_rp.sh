#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# FRR is the RP between a simulated designated router and a simulated last hop: it takes the last hop's Join(*,G) and the
# other's Registers, stops these, joins the source's tree; the last hop then joins the source's tree, too. After the leave
# FRR is pruned. (FRR's first datagram of a group may be lost.)
. "$(dirname "$0")/peers.bash"
peers_begin zebra pimd vtysh tshark

tap cast0 10.1.0.1/24
tap cast1 10.4.0.1/24
ip route add 10.2.0.0/24 via 10.1.0.2
ip route add 10.5.0.0/24 via 10.4.0.2
echo 1 >/proc/sys/net/ipv4/ip_forward

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
  pim:
    hello_period: 1s
    triggered_hello_delay: 100ms
    t_periodic: 2s
    register_suppression_time: 6s
    register_probe_time: 2s
    rps: [{node: frr}]
  nodes:
    - {name: last, kind: router, multicast_routing: pim}
    - {name: dr, kind: router, multicast_routing: pim}
    - {name: host}
    - {name: source}
    - {name: frr, kind: external_router, taps: "cast0 cast1"}
  links:
    - {name: left, nodes: "last frr"}
    - {name: right, nodes: "dr frr"}
    - {name: lan, nodes: "last host"}
    - {name: campus, nodes: "dr source"}
  addresses:
    - {node: frr, link: left, ipv4: 10.1.0.1}
    - {node: last, link: left, ipv4: 10.1.0.2}
    - {node: last, link: lan, ipv4: 10.2.0.1}
    - {node: host, ipv4: 10.2.0.2}
    - {node: frr, link: right, ipv4: 10.4.0.1}
    - {node: dr, link: right, ipv4: 10.4.0.2}
    - {node: dr, link: campus, ipv4: 10.5.0.1}
    - {node: source, ipv4: 10.5.0.2}
  memberships:
    - {nodes: host, group: 239.1.1.1, join: 2s, leave: 10s}
  traffic:
    - {name: t, source: source, group: 239.1.1.1, ttl: 8, start: 4s, period: 100ms, size: 100B}
END

poll 10 "FRR sees the last hop" frr_shows "show ip pim neighbor" cast0 10.1.0.2
poll 10 "FRR sees the designated router" frr_shows "show ip pim neighbor" cast1 10.4.0.2
poll 10 "FRR is the RP and is joined" frr_shows "show ip pim join" cast0 '\*' 239.1.1.1 JOIN
poll 10 "FRR has the source" frr_shows "show ip pim upstream" 10.5.0.2 239.1.1.1
poll 10 "FRR has joined the source's tree" frr_shows "show ip pim upstream" cast1 10.5.0.2 239.1.1.1 J
frr "show ip pim upstream" >"$dir/upstream.log"
poll 10 "the last hop joins the source's tree" frr_shows "show ip pim join" cast0 10.5.0.2 239.1.1.1 JOIN
poll 10 "FRR forwards" frr_shows "show ip mroute" 10.5.0.2 239.1.1.1 cast1 cast0
frr "show ip mroute" >"$dir/mroute.log"
not_joined()
{
    ! frr_shows "show ip pim join" cast0 239.1.1.1
}
poll 20 "FRR is pruned" not_joined
castbed_stop

# The designated router's own capture: messages of a type from an address.
messages()
{
    tshark -r "$dir/air/dr-0.pcapng" -Y "pim.type == $1 && ip.src == $2" 2>/dev/null | wc -l
}
[ "$(messages 1 10.5.0.2)" -ge 1 ] || fail "no Registers"
[ "$(messages 2 10.1.0.1)" -ge 1 ] || fail "no Register-Stop of FRR"
echo "ok: $(messages 1 10.5.0.2) Registers and Null-Registers, $(messages 2 10.1.0.1) Register-Stops of FRR"
expect "nothing of FRR is refused" "" "$(rows "SELECT reason FROM ip_drop WHERE protocol = 'pim'")"
expect "both routers forward by the source's tree" "dr/0 2 1,last/0 1 2" "$(rows "SELECT group_concat(t, ',') FROM (SELECT DISTINCT name || ' ' || in_iface || ' ' || out_ifaces AS t FROM ip_forwarding JOIN node ON id = node WHERE source = '10.5.0.2' AND out_ifaces IS NOT NULL ORDER BY t)")"
n=$(rows "SELECT count(DISTINCT number) FROM ip_received")
missed=$(rows "SELECT max(number) - min(number) + 1 - count(DISTINCT number) FROM ip_received")
[ "$n" -ge 30 ] || fail "the host has received only $n datagrams"
[ "$missed" -le 5 ] || fail "the host has missed $missed datagrams in between"
echo "ok: the host has received $n datagrams and missed $missed in between"
