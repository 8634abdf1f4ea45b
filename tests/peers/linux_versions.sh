#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Older versions, both ways: a Linux listener that speaks IGMPv2 and MLDv1 only behind a simulated router of versions 3 and
# 2; and one that speaks all, behind a simulated router of the older ones, to which it falls back. Each joins, receives and
# leaves.
. "$(dirname "$0")/peers.bash"
peers_begin tshark

tap cast0 10.1.0.2/24 fd01::2/64
ip route add 10.2.0.0/24 via 10.1.0.1
ip -6 route add fd02::/64 via fd01::1

# scenario IGMP MLD: versions of the router.
scenario()
{
    cat <<END
run: {duration: 55s, pace: wall}
ip:
  membership_protocol: {igmp_version: $1, mld_version: $2, query_interval: 3s, query_response: 1s}
  nodes:
    - {name: router, kind: router}
    - {name: source}
    - {name: linux, kind: external_host, taps: cast0}
  links:
    - {name: lan, nodes: "router linux"}
    - {name: up, nodes: "router source"}
  addresses:
    - {node: router, link: lan, ipv4: 10.1.0.1, ipv6: "fd01::1"}
    - {node: linux, ipv4: 10.1.0.2, ipv6: "fd01::2"}
    - {node: router, link: up, ipv4: 10.2.0.1, ipv6: "fd02::1"}
    - {node: source, ipv4: 10.2.0.2, ipv6: "fd02::2"}
  traffic:
    - {name: v4, source: source, group: 239.1.1.1, ttl: 8, period: 100ms, size: 104B}
    - {name: v6, source: source, group: "ff15::1", ttl: 8, period: 100ms, size: 106B}
END
}

heard()
{
    [ "$(grep -c "^$1\$" "$dir/heard")" -ge 5 ]
}
packets()
{
    awk '/cast0:/ { print $3 }' /proc/net/dev
}
quiet()
{
    local before
    before=$(packets)
    sleep 1
    [ $(($(packets) - before)) -lt 8 ]
}

# play IGMP MLD: a run with a listener that comes and goes.
play()
{
    rm -rf "$dir/run.db" "$dir/air"
    castbed_start < <(scenario "$1" "$2")
    sleep 2 # the router has asked: Linux knows what it speaks
    "$BUILD_DIR/peers_listen" cast0 40000 239.1.1.1 ff15::1 >"$dir/heard" 2>"$dir/listen.log" &
    local listener=$!
    poll 10 "239.1.1.1 is heard" heard "239.1.1.1 10.2.0.2 104"
    poll 10 "ff15::1 is heard" heard "ff15::1 fd02::2 106"
    kill "$listener"
    wait "$listener" 2>/dev/null || true
    poll 10 "nothing more is forwarded" quiet
    castbed_stop
    expect "the router has seen members come and go" "exclude,none exclude,none" "$(rows "SELECT group_concat(modes, ' ') FROM (SELECT group_concat(mode) AS modes FROM (SELECT group_addr, mode FROM ip_membership JOIN node ON id = node WHERE name = 'router/0' AND group_addr IN ('239.1.1.1', 'ff15::1') ORDER BY at_ns) GROUP BY group_addr)")"
}

# said: types of messages about the two groups that Linux sent.
said()
{
    tshark -r "$dir/air/linux-0.pcapng" -T fields -e igmp.type -e icmpv6.type \
        -Y '(ip.src == 10.1.0.2 && igmp) || (ipv6.src != fe80::ff:fe00:0 && icmpv6.type in {131,132,143})' 2>/dev/null |
        tr -d '\t' | sort -u | tr '\n' ' '
}

echo "--- a router of IGMPv2 and MLDv1"
play 2 1
expect "Linux has spoken IGMPv2 and MLDv1 for the groups" 1 "$(said | grep -c '^0x16 0x17 131 132 ')"

echo "--- a listener of IGMPv2 and MLDv1"
echo 2 >/proc/sys/net/ipv4/conf/cast0/force_igmp_version
echo 1 >/proc/sys/net/ipv6/conf/cast0/force_mld_version
play 3 2
expect "Linux has spoken IGMPv2 and MLDv1 only" "0x16 0x17 131 132 " "$(said)"
