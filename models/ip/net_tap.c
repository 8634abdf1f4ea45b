/* SPDX-License-Identifier: GPL-2.0-only
 * External nodes on links of ns-3: what reaches one of their interfaces goes to its tap, and what
 * comes from the tap goes onto the link, both octet for octet, with the addresses that the real
 * program uses. The interface is a node of ns-3 like others, so that rate, delay, back-off, loss
 * and failures of the link hold for the real program, too. */
#include <string.h>

#include "models/ip/net_internal.h"
#include "sim/mem.h"
#include "sim/ns3/ns3_net.h"

enum { HEADER = 14, FIRST_TYPE = 0x0600 }; /* Ethernet; numbers below are lengths, no types */

void net_taps_open(struct ip_net *net)
{
    const struct ip_plan *p = net->s.plan;
    net->tap_of = p->n_taps ? mem_alloc(p->graph.n_ends, sizeof *net->tap_of) : NULL;
    for (uint32_t i = 0; i < p->n_taps; i++)
        net->tap_of[p->graph.first_of[p->taps[i].node] + p->taps[i].iface] = i + 1;
}

void net_tap_out(struct ip_net *net, const struct net_frame *f)
{
    uint32_t place = net->s.plan->graph.first_of[f->node] + f->iface;
    struct ns3_frame out = {.type = f->type, .bytes = f->parcel->packet, .len = f->parcel->len};
    memcpy(out.src, f->src, 6);
    memcpy(out.dst, f->dst, 6);
    if (net->s.tap)
        net->s.tap(net->s.tap_ctx, net->tap_of[place] - 1, &out);
}

void ip_net_tap(struct ip_net *net, uint32_t tap, const uint8_t *frame, size_t len)
{
    const struct ip_plan_tap *t = &net->s.plan->taps[tap];
    struct gmp_room gmp;
    struct pim_room pim;
    struct ip_parcel_room room = {.gmp = &gmp, .pim = &pim};
    struct ip_parcel p;
    struct net_frame f = {.node = t->node, .iface = t->iface, .bridged = true, .parcel = &p};
    if (len < HEADER || len > HEADER + IP_PARCEL_MTU)
        return;
    memcpy(f.dst, frame, 6);
    memcpy(f.src, frame + 6, 6);
    f.type = (uint16_t)(frame[12] << 8 | frame[13]);
    if (f.type < FIRST_TYPE)
        return;
    gmp_room_init(&gmp);
    pim_room_init(&pim);
    ip_parcel_read(&p, frame + HEADER, len - HEADER, &room);
    net_put(net, &f);
    gmp_room_fini(&gmp);
    pim_room_fini(&pim);
}
