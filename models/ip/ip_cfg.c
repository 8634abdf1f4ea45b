/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of the section ip. */
#include "models/ip/ip_cfg.h"

#include <stddef.h>

#define P(field) offsetof(struct ip_snooping_cfg, field)
#define N(field) offsetof(struct ip_node_group_cfg, field)
#define L(field) offsetof(struct ip_link_cfg, field)
#define T(field) offsetof(struct ip_topology_cfg, field)
#define A(field) offsetof(struct ip_address_cfg, field)
#define I(field) offsetof(struct ip_cfg, field)

static const char *const fidelity_names[] = {"packet", "tree", NULL};
static const char *const family_names[] = {"both", "ipv4", "ipv6", NULL};
static const char *const kind_names[] = {"host",          "router",          "proxy",
                                         "external_host", "external_router", "hub",
                                         "switch",        "snooping_switch", NULL};
static const char *const neighbor_names[] = {"known", "resolve", NULL};
static const char *const routed_names[] = {"host", "router", NULL};
static const char *const routing_names[] = {"none", "members", "pim", NULL};
static const char *const hosts_names[] = {"none", "leaves", "all", NULL};
static const char *const link_names[] = {"csma", "point_to_point", NULL};
static const char *const topology_names[] = {
    "line", "star", "k_ary_tree", "grid", "waxman", "barabasi_albert", "edges", "graphml", NULL};
static const char *const parallel_names[] = {"refuse", "first", "all", NULL};
/* In the order of the scopes: 0 to 8. */
static const char *const scope_names[] = {
    "none",       "interface_local", "link_local", "realm_local",        "admin_local",
    "site_local", "scope_6",         "scope_7",    "organization_local", NULL};

const char *ip_cfg_kind_name(int kind)
{
    return kind_names[kind];
}

static const struct scn_key snooping_keys[] = {
    {.name = "by_mac",
     .kind = SCN_BOOL,
     .offset = P(by_mac),
     .def = "false",
     .help = "The table knows Ethernet addresses only: groups that share one leak."},
    {.name = "flood_unknown",
     .kind = SCN_BOOL,
     .offset = P(flood_unknown),
     .def = "false",
     .help = "Groups that nobody has reported go everywhere, instead of to routers only."},
    {.name = "flood_without_querier",
     .kind = SCN_BOOL,
     .offset = P(flood_without_querier),
     .def = "false",
     .help = "Groups go everywhere while no querier is heard, as in Linux bridges."},
    {.name = "fast_leave",
     .kind = SCN_BOOL,
     .offset = P(fast_leave),
     .def = "false",
     .help = "A leave ends a port's membership at once: for one host a port."},
    {.name = NULL},
};
static const struct scn_section snooping_section = {.name = "snooping",
                                                    .help = "How a snooping switch works.",
                                                    .keys = snooping_keys,
                                                    .size = sizeof(struct ip_snooping_cfg)};

static const struct scn_key node_keys[] = {
    {.name = "name",
     .kind = SCN_TEXT,
     .offset = N(name),
     .required = true,
     .help = "Name of the group; its nodes are name/0, name/1, ... Nodes are numbered in the "
             "order of the file, and their Ethernet and link-local addresses follow from that."},
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = N(kind),
     .names = kind_names,
     .def = "host",
     .help = "What the nodes are; a proxy forwards groups by membership (RFC 4605); external_host "
             "and external_router are real programs behind tap devices, the first the end of every "
             "path."},
    {.name = "count",
     .kind = SCN_INT,
     .offset = N(count),
     .min = "1",
     .max = "100000",
     .def = "1",
     .help = "Nodes in the group."},
    {.name = "multicast_routing",
     .kind = SCN_ENUM,
     .offset = N(routing),
     .names = routing_names,
     .def = "members",
     .only = "kind=router",
     .help = "none: forwards no group, as Linux without a routing daemon; members: from links to "
             "others of its own where it is the querier and has members; pim: PIM sparse mode with "
             "its source-specific part (RFC 7761)."},
    {.name = "dr_priority",
     .kind = SCN_INT,
     .offset = N(dr_priority),
     .min = "0",
     .max = "4294967295",
     .def = "1",
     .only = "multicast_routing=pim",
     .help = "Of its PIM Hellos: the highest on a link is the designated router."},
    {.name = "upstream",
     .kind = SCN_TEXT,
     .offset = N(upstream),
     .only = "kind=proxy",
     .help = "Link on the proxy's upstream side; not given: that of its first interface."},
    {.name = "taps",
     .kind = SCN_TEXT,
     .offset = N(taps),
     .only = "kind=external_host|external_router",
     .help = "Tap devices of this machine, one for each of the node's links and in their order; "
             "they are made if they are not there. Needs run.pace: wall."},
    {.name = "networks",
     .kind = SCN_TEXT,
     .offset = N(networks),
     .only = "kind=external_router",
     .help = "What is reached through it besides its own addresses, e.g. \"10.9.0.0/24 "
             "fd09::/64\"."},
    {.name = "snooping",
     .kind = SCN_SECTION,
     .offset = N(snooping),
     .sub = &snooping_section,
     .only = "kind=snooping_switch",
     .help = "How a snooping switch works."},
    {.name = "capture",
     .kind = SCN_BOOL,
     .offset = N(capture),
     .def = "true",
     .help = "castbed run --pcap writes what the nodes' interfaces send and hear."},
    {.name = NULL},
};
static const struct scn_section node_section = {.name = "nodes",
                                                .help = "Hosts, routers, switches.",
                                                .keys = node_keys,
                                                .size = sizeof(struct ip_node_group_cfg),
                                                .named = "name"};

#define MEDIUM_KEYS(base)                                                                          \
    {.name = "kind",                                                                               \
     .kind = SCN_ENUM,                                                                             \
     .offset = (base) + offsetof(struct ip_medium_cfg, kind),                                      \
     .names = link_names,                                                                          \
     .def = "csma",                                                                                \
     .help = "csma: Ethernet on a shared medium, any number of nodes; point_to_point: PPP, two."}, \
        {.name = "rate",                                                                           \
         .kind = SCN_QUANTITY,                                                                     \
         .unit = SCN_BIT_RATE,                                                                     \
         .offset = (base) + offsetof(struct ip_medium_cfg, rate_bps),                              \
         .min = "1kbps",                                                                           \
         .max = "1000Gbps",                                                                        \
         .def = "100Mbps",                                                                         \
         .help = "Bits per second on the link."},                                                  \
        {.name = "delay",                                                                          \
         .kind = SCN_QUANTITY,                                                                     \
         .unit = SCN_TIME,                                                                         \
         .offset = (base) + offsetof(struct ip_medium_cfg, delay_ns),                              \
         .min = "0s",                                                                              \
         .max = "10s",                                                                             \
         .def = "1us",                                                                             \
         .help = "From one end to another."},                                                      \
        {.name = "mtu",                                                                            \
         .kind = SCN_QUANTITY,                                                                     \
         .unit = SCN_SIZE,                                                                         \
         .offset = (base) + offsetof(struct ip_medium_cfg, mtu_bytes),                             \
         .min = "1280B",                                                                           \
         .max = "1500B",                                                                           \
         .def = "1500B",                                                                           \
         .help = "Largest IP packet; routers drop larger ones without a word (nothing is "         \
                 "fragmented), and senders refuse them. One for all links of a segment."},         \
        {.name = "loss",                                                                           \
         .kind = SCN_REAL,                                                                         \
         .unit = SCN_RATIO,                                                                        \
         .offset = (base) + offsetof(struct ip_medium_cfg, loss),                                  \
         .min = "0%",                                                                              \
         .max = "100%",                                                                            \
         .def = "0%",                                                                              \
         .help = "Frames lost, drawn for each receiver."},                                         \
        {.name = "cost",                                                                           \
         .kind = SCN_INT,                                                                          \
         .offset = (base) + offsetof(struct ip_medium_cfg, cost),                                  \
         .min = "1",                                                                               \
         .max = "65535",                                                                           \
         .def = "1",                                                                               \
         .help = "Of crossing it, for routes; a segment of several links has the highest."},       \
        {.name = "ttl_threshold",                                                                  \
         .kind = SCN_INT,                                                                          \
         .offset = (base) + offsetof(struct ip_medium_cfg, ttl_threshold),                         \
         .min = "0",                                                                               \
         .max = "255",                                                                             \
         .def = "0",                                                                               \
         .help = "Routers forward groups onto the link with a TTL above it only."},                \
        {.name = "boundary",                                                                       \
         .kind = SCN_ENUM,                                                                         \
         .offset = (base) + offsetof(struct ip_medium_cfg, boundary),                              \
         .names = scope_names,                                                                     \
         .def = "none",                                                                            \
         .help = "The link is the edge of this zone: routers forward no group of this scope or a " \
                 "smaller one from or onto it."},                                                  \
    {                                                                                              \
        .name = "capture", .kind = SCN_BOOL,                                                       \
        .offset = (base) + offsetof(struct ip_medium_cfg, capture), .def = "false",                \
        .help = "castbed run --pcap writes one file of what is sent on the link."                  \
    }

static const struct scn_key link_keys[] = {
    {.name = "name",
     .kind = SCN_TEXT,
     .offset = L(name),
     .required = true,
     .help = "Name; links of each are name/0, name/1, ..."},
    {.name = "nodes",
     .kind = SCN_TEXT,
     .offset = L(nodes),
     .help = "Nodes that one link joins, e.g. \"hosts router/0\"; a group's name means all of it."},
    {.name = "each",
     .kind = SCN_TEXT,
     .offset = L(each),
     .help = "Instead of nodes: a link of its own from each of these nodes to the node to."},
    {.name = "to", .kind = SCN_TEXT, .offset = L(to), .help = "The other end of each."},
    MEDIUM_KEYS(L(medium)),
    {.name = NULL},
};
static const struct scn_section link_section = {.name = "links",
                                                .help = "Links; a node's interfaces are numbered "
                                                        "from 1 in the order of its links.",
                                                .keys = link_keys,
                                                .size = sizeof(struct ip_link_cfg),
                                                .named = "name"};

static const struct scn_key topology_keys[] = {
    {.name = "name",
     .kind = SCN_TEXT,
     .offset = T(name),
     .required = true,
     .help = "Nodes are name/0, name/1, ..., links name.links/0, ..."},
    {.name = "topology",
     .kind = SCN_ENUM,
     .offset = T(kind),
     .names = topology_names,
     .def = "line",
     .help = "line; star: node 0 in the middle; k_ary_tree: node 0 the root; grid: row by row; "
             "waxman; barabasi_albert; edges: a CSV file with columns from and to; graphml: a "
             "GraphML file. Nodes of files are called name/NAME."},
    {.name = "nodes",
     .kind = SCN_ENUM,
     .offset = T(node_kind),
     .names = routed_names,
     .def = "router",
     .help = "What its nodes are."},
    {.name = "multicast_routing",
     .kind = SCN_ENUM,
     .offset = T(routing),
     .names = routing_names,
     .def = "members",
     .only = "nodes=router",
     .help = "As of nodes."},
    {.name = "hosts",
     .kind = SCN_ENUM,
     .offset = T(hosts),
     .names = hosts_names,
     .def = "none",
     .only = "nodes=router",
     .help = "Hosts name.hosts/0, ..., one at each router, or at each with one link only (leaves), "
             "on links name.access/0, ... of their own."},
    {.name = "hosts_per_router",
     .kind = SCN_INT,
     .offset = T(hosts_per_router),
     .min = "1",
     .max = "10000",
     .def = "1",
     .only = "hosts=leaves|all",
     .help = "Hosts at each of these routers; several share one Ethernet (csma), whatever kind the "
             "topology's links are."},
    {.name = "count",
     .kind = SCN_INT,
     .offset = T(count),
     .min = "2",
     .max = "100000",
     .def = "10",
     .only = "topology=line|star|waxman|barabasi_albert",
     .help = "Nodes; of a star its leaves."},
    {.name = "arity",
     .kind = SCN_INT,
     .offset = T(arity),
     .min = "1",
     .max = "200",
     .def = "2",
     .only = "topology=k_ary_tree",
     .help = "Children of each inner node."},
    {.name = "depth",
     .kind = SCN_INT,
     .offset = T(depth),
     .min = "1",
     .max = "20",
     .def = "3",
     .only = "topology=k_ary_tree",
     .help = "Links from the root to a leaf."},
    {.name = "columns",
     .kind = SCN_INT,
     .offset = T(columns),
     .min = "1",
     .max = "10000",
     .def = "3",
     .only = "topology=grid",
     .help = "Nodes in a row."},
    {.name = "rows",
     .kind = SCN_INT,
     .offset = T(rows),
     .min = "1",
     .max = "10000",
     .def = "3",
     .only = "topology=grid",
     .help = "Rows."},
    {.name = "edges_per_node",
     .kind = SCN_INT,
     .offset = T(edges_per_node),
     .min = "1",
     .max = "100",
     .def = "2",
     .only = "topology=barabasi_albert",
     .help = "Links that each further node comes with."},
    {.name = "alpha",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = T(alpha),
     .min = "0",
     .max = "1",
     .def = "0.4",
     .only = "topology=waxman",
     .help = "Probability of a link between nodes at one place."},
    {.name = "beta",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = T(beta),
     .min = "0.001",
     .max = "1",
     .def = "0.2",
     .only = "topology=waxman",
     .help = "How far links reach, as a share of the square's diagonal."},
    {.name = "file",
     .kind = SCN_FILE,
     .offset = T(edges.file),
     .only = "topology=edges|graphml",
     .help = "The file of nodes and edges."},
    {.name = "node_name",
     .kind = SCN_TEXT,
     .offset = T(edges.node_name),
     .only = "topology=graphml",
     .help = "Attribute (attr.name, or id of a key) that names the nodes; not given: their ids."},
    {.name = "edge_cost",
     .kind = SCN_TEXT,
     .offset = T(edges.cost),
     .only = "topology=edges|graphml",
     .help = "Column or attribute with the edges' costs; not given: cost, if there is one. Edges "
             "without it have the key cost."},
    {.name = "edge_rate",
     .kind = SCN_TEXT,
     .offset = T(edges.rate),
     .only = "topology=edges|graphml",
     .help = "Column or attribute with the edges' rates, e.g. LinkSpeedRaw; edges without it have "
             "the key rate."},
    {.name = "edge_rate_unit",
     .kind = SCN_QUANTITY,
     .unit = SCN_BIT_RATE,
     .offset = T(edges.rate_unit_bps),
     .min = "1bps",
     .max = "1Gbps",
     .def = "1bps",
     .only = "topology=edges|graphml",
     .help = "What a rate of 1 means in the file."},
    {.name = "edge_delay",
     .kind = SCN_TEXT,
     .offset = T(edges.delay),
     .only = "topology=edges|graphml",
     .help = "Column or attribute with the edges' delays; edges without it have the key delay."},
    {.name = "edge_delay_unit",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = T(edges.delay_unit_ns),
     .min = "1ns",
     .max = "1s",
     .def = "1ms",
     .only = "topology=edges|graphml",
     .help = "What a delay of 1 means in the file; 5us for km of fibre."},
    {.name = "parallel_edges",
     .kind = SCN_ENUM,
     .offset = T(edges.parallel),
     .names = parallel_names,
     .def = "refuse",
     .only = "topology=edges|graphml",
     .help =
         "Edges between nodes that are joined already: refuse the file, keep the first, or make "
         "each a link."},
    MEDIUM_KEYS(T(medium)),
    {.name = NULL},
};
static const struct scn_section topology_section = {.name = "topologies",
                                                    .help = "Nodes and links by rule.",
                                                    .keys = topology_keys,
                                                    .size = sizeof(struct ip_topology_cfg),
                                                    .named = "name"};

static const struct scn_key address_keys[] = {
    {.name = "node",
     .kind = SCN_TEXT,
     .offset = A(node),
     .required = true,
     .help = "One node, e.g. router/0."},
    {.name = "link",
     .kind = SCN_TEXT,
     .offset = A(link),
     .help = "Its interface's link; not given: its first interface."},
    {.name = "ipv4", .kind = SCN_TEXT, .offset = A(v4), .help = "Not given: out of 10.0.0.0/8."},
    {.name = "ipv6", .kind = SCN_TEXT, .offset = A(v6), .help = "Not given: out of fd00::/8."},
    {.name = NULL},
};
static const struct scn_section address_section = {.name = "addresses",
                                                   .help = "Addresses that are not assigned.",
                                                   .keys = address_keys,
                                                   .size = sizeof(struct ip_address_cfg)};

static const struct scn_key ip_keys[] = {
    {.name = "fidelity",
     .kind = SCN_ENUM,
     .offset = I(fidelity),
     .names = fidelity_names,
     .def = "packet",
     .help = "packet: whole packets over links of ns-3; tree: the same protocols without packets: "
             "messages and datagrams take the links' delays only, nothing queues, and their octets "
             "are counted; for large networks."},
    {.name = "families",
     .kind = SCN_ENUM,
     .offset = I(families),
     .names = family_names,
     .def = "both",
     .help = "Which IP the nodes speak."},
    {.name = "neighbor_discovery",
     .kind = SCN_ENUM,
     .offset = I(neighbor_discovery),
     .names = neighbor_names,
     .def = "known",
     .help = "Ethernet addresses of neighbours on csma links: known from the topology, but for "
             "those of external nodes; or asked for by all with ARP and IPv6 neighbour discovery."},
    {.name = "entry_lifetime",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = I(entry_life_ns),
     .min = "1s",
     .max = "3650d",
     .def = "210s",
     .word = "never",
     .help = "Forwarding entries of proxies and of routers with multicast_routing: members go when "
             "they have taken no datagram for so long; PIM has keepalive times of its own."},
    {.name = "convergence",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = I(convergence_ns),
     .min = "0s",
     .max = "1h",
     .def = "1s",
     .help = "Unicast routes follow a link's failure or repair after this time."},
    {.name = "membership_protocol",
     .kind = SCN_SECTION,
     .offset = I(gmp),
     .sub = &ip_gmp_section,
     .help = "IGMP and MLD, of all nodes."},
    {.name = "pim",
     .kind = SCN_SECTION,
     .offset = I(pim),
     .sub = &ip_pim_section,
     .help = "PIM, of all routers that route by it."},
    {.name = "nodes",
     .kind = SCN_LIST,
     .offset = I(nodes),
     .sub = &node_section,
     .help = "Hosts, routers, switches."},
    {.name = "links", .kind = SCN_LIST, .offset = I(links), .sub = &link_section, .help = "Links."},
    {.name = "topologies",
     .kind = SCN_LIST,
     .offset = I(topologies),
     .sub = &topology_section,
     .help = "Nodes and links by rule."},
    {.name = "addresses",
     .kind = SCN_LIST,
     .offset = I(addresses),
     .sub = &address_section,
     .help = "Addresses that are not assigned."},
    {.name = "memberships",
     .kind = SCN_LIST,
     .offset = I(memberships),
     .sub = &ip_membership_section,
     .help = "Who joins which group, and when."},
    {.name = "traffic",
     .kind = SCN_LIST,
     .offset = I(traffic),
     .sub = &ip_traffic_section,
     .help = "What is sent to groups."},
    {.name = "faults",
     .kind = SCN_LIST,
     .offset = I(faults),
     .sub = &ip_fault_section,
     .help = "Failures of links."},
    {.name = NULL},
};
const struct scn_section ip_section = {
    .name = "ip", .help = "A network of IP nodes.", .keys = ip_keys, .size = sizeof(struct ip_cfg)};
