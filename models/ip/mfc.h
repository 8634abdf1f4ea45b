/* SPDX-License-Identifier: GPL-2.0-only
 * A node's multicast forwarding table: where the datagrams of a source to a group must come in, and
 * by which interfaces they leave. Whoever routes multicast fills it in.
 * Source: the forwarding steps are those of RFC 7761 section 4.2; the table is what kernels have.
 */
#ifndef IP_MFC_H
#define IP_MFC_H

#include "models/ip/address.h"
#include "sim/time.h"

enum { IP_MAX_IFACES = 255 };

/* Interfaces 1 to IP_MAX_IFACES of a node as a set. Zeroed: none. */
struct ip_ifset {
    uint64_t w[4];
};

void ip_ifset_add(struct ip_ifset *s, uint32_t iface);
void ip_ifset_remove(struct ip_ifset *s, uint32_t iface);
bool ip_ifset_has(const struct ip_ifset *s, uint32_t iface);
bool ip_ifset_empty(const struct ip_ifset *s);
bool ip_ifset_equal(const struct ip_ifset *a, const struct ip_ifset *b);
/* The lowest interface above one; 0: there is none. for (i = 0; (i = ip_ifset_next(s, i));) */
uint32_t ip_ifset_next(const struct ip_ifset *s, uint32_t iface);

struct ip_mfc_entry {
    struct ip_addr src, group; /* src any: all others */
    uint32_t iface;            /* they must come in on; 0: on none */
    bool watched;              /* the role sees each of them */
    struct ip_ifset out;
    sim_time used_at;            /* when it was made, or took its last datagram */
    uint64_t n_packets, n_wrong; /* taken; that came in elsewhere */
};

/* Zeroed: empty. Entries stay where they are until they are removed. */
struct ip_mfc {
    struct ip_mfc_entry **entries; /* ascending by group, then by source */
    uint32_t n, cap;
};

void ip_mfc_fini(struct ip_mfc *t);
struct ip_mfc_entry *ip_mfc_find(const struct ip_mfc *t, const struct ip_addr *src,
                                 const struct ip_addr *group);
/* The entry, made when it is not there; *made says so. */
struct ip_mfc_entry *ip_mfc_add(struct ip_mfc *t, const struct ip_addr *src,
                                const struct ip_addr *group, bool *made);
void ip_mfc_remove(struct ip_mfc *t, struct ip_mfc_entry *e);

#endif
