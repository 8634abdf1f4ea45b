#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A host of a simulated PIM router joins a source-specific group of a source behind FRR: FRR is joined, forwards, is joined
# again in time, and is pruned after the leave. (FRR's first datagram of a group may be lost.)
. "$(dirname "$0")/peers.bash"
peers_begin zebra pimd vtysh tshark

tap cast0 10.1.0.1/24
ip route add 10.2.0.0/24 via 10.1.0.2
ip netns add far
ip link add far0 type veth peer name far1 netns far
ip address add 10.9.0.1/24 dev far0
ip link set far0 up
ip -n far address add 10.9.0.2/24 dev far1
ip -n far link set far1 up
echo 1 >/proc/sys/net/ipv4/ip_forward

frr_start <<'END'
ip pim join-prune-interval 5
interface cast0
 ip pim
 ip pim hello 1 4
interface far0
 ip pim
 ip pim hello 1 4
 ip igmp
END

castbed_start <<'END'
run: {duration: 55s, pace: wall}
ip:
  families: ipv4
  membership_protocol: {query_interval: 5s, query_response: 1s}
  pim: {hello_period: 1s, triggered_hello_delay: 100ms, t_periodic: 1s}
  nodes:
    - {name: router, kind: router, multicast_routing: pim}
    - {name: host}
    - {name: frr, kind: external_router, taps: cast0, networks: 10.9.0.0/24}
  links:
    - {name: core, nodes: "router frr"}
    - {name: lan, nodes: "router host"}
  addresses:
    - {node: frr, ipv4: 10.1.0.1}
    - {node: router, link: core, ipv4: 10.1.0.2}
    - {node: router, link: lan, ipv4: 10.2.0.1}
    - {node: host, ipv4: 10.2.0.2}
  memberships:
    - {nodes: host, group: 232.1.1.1, sources: 10.9.0.2, join: 1s, leave: 9s}
END
ip netns exec far "$BUILD_DIR/peers_send" far1 232.1.1.1 40000 8 100 2>"$dir/send.log" &

poll 10 "FRR sees a neighbour" frr_shows "show ip pim neighbor" cast0 10.1.0.2
poll 10 "FRR is joined" frr_shows "show ip pim join" cast0 10.9.0.2 232.1.1.1 JOIN
poll 10 "FRR forwards" frr_shows "show ip mroute" 10.9.0.2 232.1.1.1 far0 cast0
frr "show ip mroute" >"$dir/mroute.log"
sleep 4 # the hold time of the Join is 3 s
frr_shows "show ip pim join" cast0 10.9.0.2 232.1.1.1 JOIN || fail "FRR is not joined any more"
echo "ok: FRR is joined after the hold time of the first Join"
not_joined()
{
    ! frr_shows "show ip pim join" cast0 232.1.1.1
}
poll 20 "FRR is pruned" not_joined
castbed_stop

expect "the router forwards from the source's tree" "1|2" \
    "$(rows "SELECT in_iface, out_ifaces FROM ip_forwarding WHERE group_addr = '232.1.1.1' AND source = '10.9.0.2' AND out_ifaces IS NOT NULL LIMIT 1")"
n=$(tshark -r "$dir/air/host-0.pcapng" -Y 'udp.port == 40000 && ip.src == 10.9.0.2 && ip.ttl == 6' 2>/dev/null | wc -l)
[ "$n" -ge 50 ] || fail "the host has heard only $n datagrams"
echo "ok: the host has heard $n datagrams, through two routers"
