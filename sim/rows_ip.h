/* SPDX-License-Identifier: GPL-2.0-only
 * The part of sim/rows.h about IP networks: codes and columns; see there. */
#ifndef SIM_ROWS_IP_H
#define SIM_ROWS_IP_H

/* Who says what is wanted of a group. */
#define IP_SIDE_MAP(X)                                                                             \
    X(HOST, "host", "a host's interface: its sockets together")                                    \
    X(ROUTER, "router", "a router's view of a link, from reports")

enum ip_side {
#define X(name, text, help) IP_SIDE_##name,
    IP_SIDE_MAP(X)
#undef X
        N_IP_SIDE
};

#define IP_TRAFFIC_MAP(X)                                                                          \
    X(DATA, "data", "datagrams to groups")                                                         \
    X(UNICAST, "unicast", "datagrams to one node")                                                 \
    X(IGMP, "igmp", "IGMP")                                                                        \
    X(MLD, "mld", "MLD")                                                                           \
    X(PIM, "pim", "PIM")                                                                           \
    X(ARP, "arp", "ARP")                                                                           \
    X(ND, "nd", "IPv6 neighbour discovery, of routers too")                                        \
    X(OTHER, "other", "anything else")

enum ip_traffic {
#define X(name, text, help) IP_TRAFFIC_##name,
    IP_TRAFFIC_MAP(X)
#undef X
        N_IP_TRAFFIC
};

/* Failures and repairs; all links are up at the start. */
#define ROW_IP_LINK_STATE_COLS(C)                                                                  \
    C(INT, at_ns, "when")                                                                          \
    C(INT, link, "ip_link.id")                                                                     \
    C(INT, up, "0: nothing is heard on it from now on; 1: it is back")

/* IP: links, interfaces, members, forwarding, traffic. */
#define ROW_IP_LINK_COLS(C)                                                                        \
    C(INT, id, "24 bits of the group name's hash, 24 bits of the index in the group")              \
    C(TEXT, name, "group, or group/index")                                                         \
    C(TEXT, medium, "csma or point_to_point")                                                      \
    C(INT, rate_bps, "of the link")                                                                \
    C(INT, delay_ns, "from one end to another")                                                    \
    C(INT, segment, "links that switches join have one number")

#define ROW_IP_INTERFACE_COLS(C)                                                                   \
    C(INT, node, "node.id")                                                                        \
    C(INT, iface, "1, 2, ... within the node; of a switch its ports")                              \
    C(INT, link, "ip_link.id")                                                                     \
    C(TEXT, mac, "Ethernet address; NULL: a port, or of an external node")                         \
    C(TEXT, ipv4, "NULL: none")                                                                    \
    C(TEXT, ipv6, "global or unique local; NULL: none")                                            \
    C(TEXT, ipv6_link, "link-local; NULL: none")

/* Each change. */
#define ROW_IP_MEMBERSHIP_COLS(C)                                                                  \
    C(INT, at_ns, "when")                                                                          \
    C(INT, node, "node.id")                                                                        \
    C(INT, iface, "of the node")                                                                   \
    C(INT, side, "whose view (table code)")                                                        \
    C(TEXT, group_addr, "multicast address")                                                       \
    C(TEXT, mode, "include, exclude, or none: nothing is wanted any more")                         \
    C(TEXT, sources, "of the mode, with spaces between; NULL: none")

#define ROW_IP_FORWARDING_COLS(C)                                                                  \
    C(INT, at_ns, "when the entry was made, changed or removed")                                   \
    C(INT, node, "node.id")                                                                        \
    C(TEXT, source, "address; *: all others")                                                      \
    C(TEXT, group_addr, "multicast address")                                                       \
    C(INT, in_iface,                                                                               \
      "where datagrams must come in; 0: nowhere, e.g. without a route; NULL: entry removed")       \
    C(TEXT, out_ifaces, "where they leave, with spaces between; NULL: nowhere")

#define ROW_IP_LINK_STAT_COLS(C)                                                                   \
    C(INT, link, "ip_link.id")                                                                     \
    C(INT, kind, "what was sent (table code)")                                                     \
    C(INT, n_packets, "given to the link, by all its interfaces")                                  \
    C(INT, n_bytes, "of IP, without link headers")                                                 \
    C(INT, n_queue, "of these, gone because a queue was full")                                     \
    C(INT, n_down, "of these, gone because the link had failed when they were sent")               \
    C(INT, n_lost, "copies lost on the way to a receiver, drawn")                                  \
    C(INT, n_cut, "copies lost on the way to a receiver, because the link failed meanwhile")

#define ROW_IP_FLOW_COLS(C)                                                                        \
    C(TEXT, name, "of the scenario")                                                               \
    C(INT, node, "node.id of the source")                                                          \
    C(TEXT, source, "address; NULL: nothing was sent")                                             \
    C(TEXT, group_addr, "multicast address")                                                       \
    C(INT, port, "UDP")                                                                            \
    C(INT, n_sent, "datagrams")                                                                    \
    C(INT, n_refused, "datagrams that the socket did not take")                                    \
    C(INT, first_ns, "when the first datagram was sent; NULL: none")                               \
    C(INT, last_ns, "when the last was sent")

/* One row a flow and receiver that was a member: n_expected = n_received + n_lost. */
#define ROW_IP_FLOW_STAT_COLS(C)                                                                   \
    C(TEXT, flow, "ip_flow.name")                                                                  \
    C(INT, node, "node.id of the receiver")                                                        \
    C(INT, n_expected, "datagrams sent while a socket of it was a member")                         \
    C(INT, n_received, "of these, received")                                                       \
    C(INT, n_lost, "of these, not received, those under way at the end included")                  \
    C(INT, n_duplicate, "further copies of datagrams that it had")                                 \
    C(INT, n_unexpected, "received, but sent before it was a member")                              \
    C(INT, delay_min_ns, "from sending to receiving; NULL: nothing received")                      \
    C(INT, delay_max_ns, "longest")                                                                \
    C(INT, delay_sum_ns, "sum over n_received + n_unexpected")

/* One row a stay of a socket in a group. */
#define ROW_IP_JOIN_COLS(C)                                                                        \
    C(INT, node, "node.id")                                                                        \
    C(INT, iface, "of the node")                                                                   \
    C(TEXT, group_addr, "multicast address")                                                       \
    C(INT, port, "UDP")                                                                            \
    C(INT, join_ns, "when the socket joined")                                                      \
    C(INT, first_ns, "when it got its first datagram; NULL: none")                                 \
    C(INT, leave_ns, "when it left; NULL: it stayed to the end")                                   \
    C(INT, n_after, "datagrams of the group that came to the interface after that, unwanted")      \
    C(INT, last_ns, "when the last of these came; NULL: none")                                     \
    C(INT, n_missed,                                                                               \
      "datagrams sent to the group after the last of these (or the leave) that did not come, "     \
      "though they would have before the end or the node's next join; 0: the link carries the "    \
      "group on, or nothing is sent; NULL: it stayed to the end")

#define ROW_IP_RECEIVED_COLS(C)                                                                    \
    C(INT, at_ns, "when")                                                                          \
    C(TEXT, flow, "ip_flow.name")                                                                  \
    C(INT, number, "of the datagram in the flow: 0, 1, ...")                                       \
    C(INT, node, "node.id of the receiver")                                                        \
    C(INT, iface, "it came in on")                                                                 \
    C(INT, delay_ns, "since it was sent")                                                          \
    C(INT, duplicate, "1: the node had it already")

#define ROW_IP_DROP_COLS(C)                                                                        \
    C(INT, node, "node.id")                                                                        \
    C(INT, iface, "they came in on")                                                               \
    C(TEXT, protocol, "data, igmp, mld, pim, or neighbor: ARP and neighbour discovery")            \
    C(TEXT, reason, "the first found")                                                             \
    C(INT, n, "packets")

/* The tables; see ROW_MAP. */
#define ROW_IP_MAP(R)                                                                              \
    R(IP_LINK, ip_link, ROW_SUMMARY, "links of the IP network")                                    \
    R(IP_LINK_STATE, ip_link_state, ROW_FRAMES, "failures and repairs of links")                   \
    R(IP_INTERFACE, ip_interface, ROW_SUMMARY, "interfaces of IP nodes, ports of switches")        \
    R(IP_MEMBERSHIP, ip_membership, ROW_FRAMES, "what interfaces and links want of groups")        \
    R(IP_FORWARDING, ip_forwarding, ROW_FRAMES, "entries of multicast forwarding tables")          \
    R(IP_LINK_STAT, ip_link_stat, ROW_SUMMARY, "packets on each link by kind")                     \
    R(IP_FLOW, ip_flow, ROW_SUMMARY, "what was sent to groups")                                    \
    R(IP_FLOW_STAT, ip_flow_stat, ROW_SUMMARY, "datagrams by flow and receiver")                   \
    R(IP_JOIN, ip_join, ROW_SUMMARY, "stays of sockets in groups, from join to leave")             \
    R(IP_RECEIVED, ip_received, ROW_FRAMES, "datagrams that nodes' sockets got")                   \
    R(IP_DROP, ip_drop, ROW_SUMMARY, "packets that ended at a node, with their one reason")

#endif
