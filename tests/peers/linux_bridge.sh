#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A simulated host on a port of a Linux bridge that is the querier: the bridge's own table lists its groups, of both
# families, with their modes and sources, follows a change of them, and forgets them when it leaves.
. "$(dirname "$0")/peers.bash"
peers_begin bridge

ip link add br0 type bridge mcast_snooping 1 mcast_querier 1 mcast_igmp_version 3 mcast_mld_version 2 \
    mcast_query_use_ifaddr 1 mcast_query_interval 200 mcast_query_response_interval 100 \
    mcast_startup_query_interval 50 mcast_last_member_interval 50 2>/dev/null || skip "no bridges with multicast snooping"
echo 0 >/proc/sys/net/ipv6/conf/br0/accept_dad
ip address add 10.3.0.1/24 dev br0
tap cast0
ip link set cast0 master br0
ip link set br0 up

castbed_start <<'END'
run: {duration: 55s, pace: wall}
ip:
  nodes:
    - {name: host}
    - {name: bridge, kind: external_host, taps: cast0}
  links:
    - {name: lan, nodes: "host bridge"}
  addresses:
    - {node: bridge, ipv4: 10.3.0.1}
    - {node: host, ipv4: 10.3.0.2, ipv6: "fd03::2"}
  memberships:
    - {nodes: host, group: 239.1.1.1, join: 1s, leave: 7s}
    - {nodes: host, group: 239.1.1.2, sources: "10.9.0.7", mode: exclude, join: 1s, leave: 7s}
    - {nodes: host, group: 232.1.1.1, sources: "10.9.0.1 10.9.0.2", join: 1s, leave: 7s}
    - {nodes: host, group: "ff15::1", join: 1s, leave: 7s}
    - {nodes: host, group: "ff35::4000:1", sources: "fd09::1 fd09::2", join: 1s, leave: 7s}
    - {nodes: host, group: "ff35::4000:2", sources: "fd09::3", join: 1s}
END

# port GROUP SOURCE...: the bridge has the group on the port with just these sources, "-": for any source.
port()
{
    local group=$1 found
    shift
    found=$(bridge -d mdb show dev br0 | grep "port cast0 grp $group " || true)
    if [ "$1" = - ]; then
        grep -q "filter_mode exclude" <<<"$found"
        return
    fi
    [ "$(grep -o "src [0-9a-f.:]*" <<<"$found" | sort | tr '\n' ' ')" = "$(printf 'src %s ' "$@")" ]
}
gone()
{
    ! bridge -d mdb show dev br0 | grep "port cast0 grp $1 "
}
poll 10 "239.1.1.1 for any source" port 239.1.1.1 -
poll 10 "ff15::1 for any source" port ff15::1 -
poll 10 "239.1.1.2 but for one source" port 239.1.1.2 -
poll 10 "232.1.1.1 for two sources" port 232.1.1.1 10.9.0.1 10.9.0.2
poll 10 "ff35::4000:1 for two sources" port ff35::4000:1 fd09::1 fd09::2
poll 10 "ff35::4000:2 for one source" port ff35::4000:2 fd09::3
bridge -d mdb show dev br0 >"$dir/mdb.log"
for group in 239.1.1.1 239.1.1.2 232.1.1.1 ff15::1 ff35::4000:1; do
    poll 20 "$group is gone" gone "$group"
done
port ff35::4000:2 fd09::3 || fail "ff35::4000:2 is gone"
castbed_stop
