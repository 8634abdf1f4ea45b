#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A program of the Linux kernel's sockets behind a simulated router joins groups of both families, from any source and
# from one, gets what a simulated host sends, and is sent nothing any more after it has left.
. "$(dirname "$0")/peers.bash"
peers_begin

tap cast0 10.1.0.2/24 fd01::2/64
ip route add 10.2.0.0/24 via 10.1.0.1
ip -6 route add fd02::/64 via fd01::1

castbed_start <<'END'
run: {duration: 55s, pace: wall}
ip:
  membership_protocol: {query_interval: 5s, query_response: 1s}
  nodes:
    - {name: router, kind: router}
    - {name: source}
    - {name: linux, kind: external_host, taps: cast0}
  links:
    - {name: lan, nodes: "router linux", mtu: 1400B}
    - {name: up, nodes: "router source"}
  addresses:
    - {node: router, link: lan, ipv4: 10.1.0.1, ipv6: "fd01::1"}
    - {node: linux, ipv4: 10.1.0.2, ipv6: "fd01::2"}
    - {node: router, link: up, ipv4: 10.2.0.1, ipv6: "fd02::1"}
    - {node: source, ipv4: 10.2.0.2, ipv6: "fd02::2"}
  traffic:
    - {name: any-4, source: source, group: 239.1.1.1, ttl: 8, period: 100ms, size: 104B}
    - {name: one-4, source: source, group: 232.1.1.1, ttl: 8, period: 100ms, size: 105B}
    - {name: any-6, source: source, group: "ff15::1", ttl: 8, period: 100ms, size: 106B}
    - {name: one-6, source: source, group: "ff35::4000:1", ttl: 8, period: 100ms, size: 107B}
    - {name: unwanted, source: source, group: 239.1.1.9, ttl: 8, period: 100ms}
END

"$BUILD_DIR/peers_listen" cast0 40000 239.1.1.1 232.1.1.1,10.2.0.2 ff15::1 ff35::4000:1,fd02::2 >"$dir/heard" 2>"$dir/listen.log" &
listener=$!

# heard LINE N: that many datagrams at least.
heard()
{
    [ "$(grep -c "^$1\$" "$dir/heard")" -ge "$2" ]
}
poll 10 "239.1.1.1 is heard" heard "239.1.1.1 10.2.0.2 104" 5
poll 10 "232.1.1.1 is heard" heard "232.1.1.1 10.2.0.2 105" 5
poll 10 "ff15::1 is heard" heard "ff15::1 fd02::2 106" 5
poll 10 "ff35::4000:1 is heard" heard "ff35::4000:1 fd02::2 107" 5
grep -q ' mtu 1400 ' <(ip link show cast0) || fail "the tap has not the link's MTU"
expect "nothing else is heard" 4 "$(sort -u "$dir/heard" | wc -l)"

kill "$listener"
wait "$listener" 2>/dev/null || true

# The kernel counts what comes in: 40 a second of the flows, or a few of the querier.
quiet()
{
    local before
    before=$(awk "/cast0:/ { print \$3 }" /proc/net/dev)
    sleep 1
    [ $(($(awk "/cast0:/ { print \$3 }" /proc/net/dev) - before)) -lt 10 ]
}
poll 10 "nothing more is forwarded" quiet
castbed_stop

members="FROM ip_membership JOIN node ON node.id = node WHERE node.name = 'router/0' AND group_addr"
expect "the router has seen a member for any source" "exclude|" \
    "$(rows "SELECT mode, coalesce(sources, '') $members = '239.1.1.1' AND mode <> 'none' ORDER BY at_ns LIMIT 1")"
expect "and one for a source" "include|fd02::2" \
    "$(rows "SELECT mode, sources $members = 'ff35::4000:1' AND mode <> 'none' ORDER BY at_ns LIMIT 1")"
expect "and that all have left" "4" \
    "$(rows "SELECT count(*) FROM (SELECT mode, max(at_ns) $members IN ('239.1.1.1', '232.1.1.1', 'ff15::1', 'ff35::4000:1') GROUP BY group_addr) WHERE mode = 'none'")"
expect "nobody wanted 239.1.1.9" "0" "$(rows "SELECT count(*) $members = '239.1.1.9'")"
