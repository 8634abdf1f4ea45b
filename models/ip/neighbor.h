/* SPDX-License-Identifier: GPL-2.0-only
 * Neighbours of one interface: their Ethernet addresses, asked for with ARP or neighbour
 * solicitations when a packet is to go to them, kept while they are in use, and asked for again
 * when they may be old. Answers for the interface's own addresses. Decoded messages and times in
 * and out; packets that wait for an address are kept here.
 *
 * INCOMPLETE: asked to all, packets wait. REACHABLE: answered lately. STALE: not lately. DELAY:
 * used since then. PROBE: asked alone. ARP goes through the same states, as in Linux. Left out:
 * detection of duplicates of own addresses, redirects, router discovery, hints from upper layers
 * that a neighbour is there; the reachable time is not drawn. Who cannot be reached is not told to
 * the source by an ICMP error; packets are counted. Sources: RFC 826, RFC 1122 section 2.3.2, RFC
 * 4861 sections 7.2 and 7.3. */
#ifndef IP_NEIGHBOR_H
#define IP_NEIGHBOR_H

#include "models/ip/neighbor_packet.h"
#include "models/ip/socket.h"
#include "sim/time.h"

struct ip_neighbor_cfg {
    sim_time retransmit; /* between questions */
    sim_time reachable;  /* an answer is good for this long */
    sim_time delay;      /* from the use of an old one to the question */
    uint32_t n_asks;     /* questions until a neighbour is given up */
    uint32_t
        n_waiting;  /* packets that wait for one neighbour; a further one drives out the first */
    uint32_t n_max; /* neighbours kept */
};

/* 1 s, 30 s, 5 s, 3 (RFC 4861 section 10); 3 packets; 512 neighbours. */
struct ip_neighbor_cfg ip_neighbor_cfg_default(void);

struct ip_neighbor_io {
    void *obj;
    /* A message goes out to an Ethernet address. Borrowed for the call. */
    void (*send)(void *obj, const struct ip_neighbor_msg *m, const uint8_t dst[6]);
    /* A packet has its address. Neither may call the machine. */
    void (*pass)(void *obj, const uint8_t dst[6], const uint8_t *packet, size_t len);
};

enum ip_neighbor_state {
    IP_NEIGHBOR_INCOMPLETE,
    IP_NEIGHBOR_REACHABLE,
    IP_NEIGHBOR_STALE,
    IP_NEIGHBOR_DELAY,
    IP_NEIGHBOR_PROBE,
};

struct ip_neighbor {
    struct ip_addr addr;
    uint8_t mac[6];
    uint8_t state; /* enum ip_neighbor_state */
    uint32_t n_asked;
    sim_time at;      /* its timer; SIM_NEVER: none */
    sim_time used_at; /* last */
    struct ip_neighbor_packet *first, *last;
    uint32_t n_waiting;
};

/* Fields are for ip_neighbors_* only, but for the counts. */
struct ip_neighbors {
    struct ip_neighbor_cfg cfg;
    const struct ip_neighbor_io *io;
    const struct ip_iface *own;
    uint8_t mac[6];
    bool router;
    struct ip_neighbor *v; /* ascending by address */
    uint32_t n, cap;
    uint64_t n_reasons[N_IP_NEIGHBOR_REASONS]; /* messages that came in */
    uint64_t n_driven_out, n_unreachable;      /* packets that waited in vain */
};

/* cfg is copied; own and io are borrowed for the machine's life. router: what it says of itself. */
void ip_neighbors_init(struct ip_neighbors *t, const struct ip_neighbor_cfg *cfg,
                       const struct ip_neighbor_io *io, const struct ip_iface *own,
                       const uint8_t mac[6], bool router);
void ip_neighbors_fini(struct ip_neighbors *t);

/* Send a packet to a neighbour (its unicast address on this link) now or when its Ethernet address
 * is known. packet: copied if it must wait. */
void ip_neighbors_send(struct ip_neighbors *t, sim_time now, const struct ip_addr *to,
                       const uint8_t *packet, size_t len);
/* A message from the link, or one that could not be read (reason: of its decoding). Returns why it
 * is not used; it is counted here. */
enum ip_neighbor_reason ip_neighbors_receive(struct ip_neighbors *t, sim_time now,
                                             enum ip_neighbor_reason reason,
                                             const struct ip_neighbor_msg *m);
/* Call this at ip_neighbors_next; earlier calls do nothing. Everything else does what is due
 * first. */
void ip_neighbors_wake(struct ip_neighbors *t, sim_time now);
/* SIM_NEVER: no wake is needed. */
sim_time ip_neighbors_next(const struct ip_neighbors *t);
/* NULL: not known. */
const struct ip_neighbor *ip_neighbors_find(const struct ip_neighbors *t, const struct ip_addr *a);

#endif
