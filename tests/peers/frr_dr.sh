#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# FRR is the designated router of a source and registers it with a simulated RP: Registers reach the member through the
# RP, the RP joins the source's tree and stops the Registers, and datagrams come natively from then on. FRR's
# Null-Registers are answered.
. "$(dirname "$0")/peers.bash"
peers_begin zebra pimd vtysh tshark

tap cast0 10.1.0.1/24
ip route add 10.2.0.0/24 via 10.1.0.2
ip route add 10.3.0.0/24 via 10.1.0.2
ip netns add far
ip link add far0 type veth peer name far1 netns far
ip address add 10.9.0.1/24 dev far0
ip link set far0 up
ip -n far address add 10.9.0.2/24 dev far1
ip -n far link set far1 up
echo 1 >/proc/sys/net/ipv4/ip_forward

frr_start <<'END'
ip pim rp 10.1.0.2 224.0.0.0/4
ip pim join-prune-interval 5
ip pim register-suppress-time 12
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
  pim: {hello_period: 1s, triggered_hello_delay: 100ms, t_periodic: 2s, rps: [{node: rp, link: core}]}
  nodes:
    - {name: rp, kind: router, multicast_routing: pim}
    - {name: last, kind: router, multicast_routing: pim}
    - {name: host}
    - {name: frr, kind: external_router, taps: cast0, networks: 10.9.0.0/24}
  links:
    - {name: core, nodes: "rp frr"}
    - {name: trunk, nodes: "rp last", kind: point_to_point, delay: 1ms}
    - {name: lan, nodes: "last host"}
  addresses:
    - {node: frr, ipv4: 10.1.0.1}
    - {node: rp, link: core, ipv4: 10.1.0.2}
    - {node: rp, link: trunk, ipv4: 10.2.0.1}
    - {node: last, link: trunk, ipv4: 10.2.0.2}
    - {node: last, link: lan, ipv4: 10.3.0.1}
    - {node: host, ipv4: 10.3.0.2}
  memberships:
    - {nodes: host, group: 239.1.1.1, join: 0s}
END
poll 10 "FRR sees a neighbour" frr_shows "show ip pim neighbor" cast0 10.1.0.2
ip netns exec far "$BUILD_DIR/peers_send" far1 239.1.1.1 40000 8 100 2>"$dir/send.log" &
poll 10 "FRR has the source" frr_shows "show ip pim upstream" 10.9.0.2 239.1.1.1
frr "show ip pim upstream" >"$dir/upstream.log"
poll 10 "the RP joins its tree" frr_shows "show ip pim join" cast0 10.9.0.2 239.1.1.1 JOIN
poll 10 "FRR's Registers are stopped" frr_shows "show ip pim upstream" 10.9.0.2 239.1.1.1 RegP
frr "show ip pim upstream" >>"$dir/upstream.log"
poll 10 "FRR forwards natively" frr_shows "show ip mroute" 10.9.0.2 239.1.1.1 far0 cast0
frr "show ip mroute" >"$dir/mroute.log"

# The RP's own capture: messages that FRR and the RP sent, of a type.
messages()
{
    tshark -r "$dir/air/rp-0.pcapng" -Y "pim.type == $1 && ip.src == $2" 2>/dev/null | wc -l
}
sleep 13 # FRR asks with a Null-Register when Registers would begin again, 6 to 18 s after a Register-Stop less 5 s
castbed_stop

[ "$(messages 1 10.9.0.2)" -ge 2 ] || fail "no Register and Null-Register of FRR"
[ "$(messages 2 10.1.0.2)" -ge 2 ] || fail "no Register-Stops of the RP"
echo "ok: $(messages 1 10.9.0.2) Registers of FRR, $(messages 2 10.1.0.2) Register-Stops"
expect "nothing of it is refused" "" "$(rows "SELECT reason FROM ip_drop WHERE protocol = 'pim'")"

# Sent with a TTL of 8: FRR (its kernel) leaves it as it is in Registers, then two routers; natively three.
tshark -r "$dir/air/host-0.pcapng" -Y 'udp.port == 40000 && ip.src == 10.9.0.2' -T fields -e ip.ttl 2>/dev/null >"$dir/ttl.log"
expect "datagrams come through the RP first, then from the source's tree" "6 5 " "$(uniq "$dir/ttl.log" | tr '\n' ' ')"
[ "$(grep -c 5 "$dir/ttl.log")" -ge 50 ] || fail "few datagrams come from the source's tree"
