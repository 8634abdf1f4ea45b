/* SPDX-License-Identifier: GPL-2.0-only
 * What a snooping switch has overheard: for each group and port what the port's hosts want. One
 * family and one VLAN a table. It never asks: timers are lowered when a querier does.
 * Source: RFC 4541 sections 2.1.1, 2.1.2 and 3. */
#ifndef IP_SNOOP_H
#define IP_SNOOP_H

#include "models/ip/gmp_group.h"

enum { IP_SWITCH_MAX_PORTS = 64 };

/* Ports as a set: bit i is port i. */
typedef uint64_t ip_ports;

struct ip_snoop_entry {
    struct gmp_group g;
    uint8_t port;
};

/* Fields may be read. */
struct ip_snoop {
    const struct gmp_cfg *cfg; /* robustness, intervals and fast leave of the link's queriers */
    bool by_mac; /* the table knows Ethernet addresses only: no sources, aliases leak */
    struct ip_snoop_entry **entries; /* ascending by group, then by port */
    uint32_t n_entries, max_entries;
    sim_time next; /* not after the first timer */
};

/* cfg is borrowed for the table's life. */
void ip_snoop_init(struct ip_snoop *s, const struct gmp_cfg *cfg, bool by_mac);
void ip_snoop_fini(struct ip_snoop *s);

/* A report or leave came in on a port, from whatever source address. Returns why it is not used. */
enum gmp_reason ip_snoop_report(struct ip_snoop *s, sim_time now, unsigned port,
                                const struct gmp_msg *m);
/* A query went through: members of what it asks for must answer. */
void ip_snoop_query(struct ip_snoop *s, sim_time now, const struct gmp_msg *m);
/* A port has lost its link: its hosts are gone. */
void ip_snoop_port_down(struct ip_snoop *s, unsigned port);

/* The ports with members that want what the source sends to the group. *known: the group is in the
 * table, for any source. */
ip_ports ip_snoop_ports(const struct ip_snoop *s, sim_time now, const struct ip_addr *group,
                        const struct ip_addr *source, bool *known);

/* Forget what has run out; only needed to keep the table small. */
void ip_snoop_wake(struct ip_snoop *s, sim_time now);
/* When that is worth it; SIM_NEVER: the table is empty. */
sim_time ip_snoop_next(const struct ip_snoop *s);

#endif
