/* SPDX-License-Identifier: GPL-2.0-only
 * Where a frame leaves a hub, a plain switch or a snooping switch. Loops are not broken here: the
 * network of switches is a tree.
 * Sources: RFC 4541, RFC 4286; IEEE 802.1D section 7 for learning. */
#ifndef IP_SWITCH_H
#define IP_SWITCH_H

#include "models/ip/snoop.h"

enum ip_switch_kind {
    IP_SWITCH_HUB,   /* repeats everything */
    IP_SWITCH_PLAIN, /* learns where stations are; groups go everywhere */
    IP_SWITCH_SNOOP, /* groups go where they are wanted */
};

struct ip_switch_cfg {
    uint8_t kind; /* enum ip_switch_kind */
    uint8_t n_ports;
    bool by_mac;                /* snooping: a table of Ethernet addresses */
    bool flood_unknown;         /* snooping: groups that nobody reports go everywhere */
    bool flood_without_querier; /* snooping: off while nobody asks (Linux bridges) */
    ip_ports flood_ports;       /* snooping: groups that nobody reports go there, too */
    ip_ports router_ports;      /* snooping: routers are known to be there */
    struct gmp_cfg v4, v6;      /* snooping: of the queriers on the link */
    sim_time learn;             /* a station is forgotten after: 300 s */
};

/* A snooping switch with the link's default timers and an IP table. */
struct ip_switch_cfg ip_switch_cfg_default(enum ip_switch_kind kind, unsigned n_ports);

/* A frame as the switch sees it. */
struct ip_frame {
    unsigned port; /* it came in on */
    uint8_t src_mac[6], dst_mac[6];
    bool is_ip; /* src and dst are there */
    struct ip_addr src, dst;
    /* Membership messages: m is there when it is readable; reason: GMP_DROP_NONE, or what is wrong
     * with the packet. Others: m NULL, GMP_DROP_PROTOCOL. */
    const struct gmp_msg *m;
    enum gmp_reason reason;
    bool router_hello; /* PIM Hello, or multicast router advertisement */
};

struct ip_station {
    uint8_t mac[6];
    uint8_t port;
    sim_time heard;
};

/* Fields may be read. */
struct ip_switch {
    struct ip_switch_cfg cfg;
    struct ip_snoop v4, v6;
    struct ip_station *stations; /* ascending by address */
    uint32_t n_stations, max_stations;
    sim_time router_until[IP_SWITCH_MAX_PORTS];
    sim_time querier_until[2]; /* IPv4, IPv6 */
};

/* Error: SIM_ERANGE (no port, or more than IP_SWITCH_MAX_PORTS). */
int ip_switch_init(struct ip_switch *s, const struct ip_switch_cfg *cfg);
void ip_switch_fini(struct ip_switch *s);

/* The ports that a frame leaves by, never the one it came in on; what it teaches is learnt. */
ip_ports ip_switch_forward(struct ip_switch *s, sim_time now, const struct ip_frame *f);

/* Ports with routers at a time. */
ip_ports ip_switch_routers(const struct ip_switch *s, sim_time now);

/* A port has lost its link. Returns the ports on which to ask (general queries from 0.0.0.0 or ::)
 * because others may have moved: all but those of routers. */
ip_ports ip_switch_port_down(struct ip_switch *s, sim_time now, unsigned port);

#endif
