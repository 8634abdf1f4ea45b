#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# FRR is the IGMPv3 querier and router of a link with a simulated host and a simulated membership proxy: it lists the host's
# group, and the group and source that a host behind the proxy wants; both get the data of a Linux sender, FRR forgets them
# after they have left.
. "$(dirname "$0")/peers.bash"
peers_begin zebra pimd vtysh tshark

tap cast0 10.1.0.1/24
ip netns add far
ip link add far0 type veth peer name far1 netns far
ip address add 10.9.0.1/24 dev far0
ip link set far0 up
ip -n far address add 10.9.0.2/24 dev far1
ip -n far link set far1 up
echo 1 >/proc/sys/net/ipv4/ip_forward

frr_start <<'END'
ip pim rp 10.1.0.1 224.0.0.0/4
interface cast0
 ip pim
 ip igmp
 ip igmp version 3
 ip igmp query-interval 3
 ip igmp query-max-response-time 10
interface far0
 ip pim
END

castbed_start <<'END'
run: {duration: 55s, pace: wall}
ip:
  families: ipv4
  membership_protocol: {query_interval: 3s, query_response: 1s}
  nodes:
    - {name: near}
    - {name: proxy, kind: proxy}
    - {name: behind}
    - {name: frr, kind: external_router, taps: cast0, networks: 10.9.0.0/24}
  links:
    - {name: lan, nodes: "frr near proxy"}
    - {name: home, nodes: "proxy behind"}
  addresses:
    - {node: frr, ipv4: 10.1.0.1}
    - {node: near, ipv4: 10.1.0.3}
    - {node: proxy, link: lan, ipv4: 10.1.0.4}
  memberships:
    - {nodes: near, group: 239.1.1.1, join: 4s, leave: 12s}
    - {nodes: behind, group: 232.1.1.1, sources: 10.9.0.2, join: 4s, leave: 12s}
END
for group in 239.1.1.1 232.1.1.1; do
    ip netns exec far "$BUILD_DIR/peers_send" far1 $group 40000 8 100 2>>"$dir/send.log" &
done
poll 10 "FRR has the host's group" frr_shows "show ip igmp groups" cast0 239.1.1.1 EXCL
poll 10 "and that of the host behind the proxy" frr_shows "show ip igmp sources" cast0 232.1.1.1 10.9.0.2
poll 10 "FRR forwards the one" frr_shows "show ip mroute" 10.9.0.2 239.1.1.1 far0
poll 10 "and the other" frr_shows "show ip mroute" 10.9.0.2 232.1.1.1 far0 cast0
gone()
{
    ! frr_shows "show ip igmp groups" 239.1.1.1 && ! frr_shows "show ip igmp sources" 232.1.1.1
}
poll 20 "FRR has forgotten both" gone
castbed_stop

heard()
{
    tshark -r "$dir/air/$1-0.pcapng" -Y "udp.port == 40000 && ip.dst == $2 && ip.ttl == $3" 2>/dev/null | wc -l
}
[ "$(heard near 239.1.1.1 7)" -ge 20 ] || fail "the host has heard only $(heard near 239.1.1.1 7) datagrams"
[ "$(heard behind 232.1.1.1 6)" -ge 20 ] || fail "the one behind the proxy has heard only $(heard behind 232.1.1.1 6)"
expect "the one behind the proxy has heard nothing else" 0 "$(heard behind 239.1.1.1 6)"
expect "no message of FRR is refused" "" "$(rows "SELECT reason FROM ip_drop WHERE protocol = 'igmp'")"
