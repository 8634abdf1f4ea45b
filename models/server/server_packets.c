/* SPDX-License-Identifier: GPL-2.0-only
 * Packets of the application packages at the network server: a short queue a device, that goes
 * before the downlinks of the traffic. */
#include <string.h>

#include "models/server/server_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

void server_set_packages(struct server *ns, const struct server_package_ops *ops)
{
    ns->packages = *ops;
}

const struct server_cfg *server_config(const struct server *ns)
{
    return &ns->s.cfg->server;
}

static struct session *session_of(struct server *ns, uint32_t device)
{
    uint32_t i = ns->session_of_device[device];
    SIM_CHECK(i, "device %u is of another network", device);
    return &ns->sessions[i - 1];
}

/* Place of a packet in the queue, -1 when it is not there. */
static int find(const struct ns_packets *p, uint8_t fport, uint32_t key)
{
    for (unsigned i = 0; p && i < p->n; i++)
        if (p->q[i].fport == fport && p->q[i].key == key)
            return (int)i;
    return -1;
}

void ns_packet_remove(struct session *ss, unsigned i)
{
    struct ns_packets *p = ss->packets;
    memmove(&p->q[i], &p->q[i + 1], (--p->n - i) * sizeof *p->q);
}

int server_send_packet(struct server *ns, uint32_t device, const struct server_packet *packet)
{
    struct session *ss = session_of(ns, device);
    if (!ss->packets)
        ss->packets = mem_alloc(1, sizeof *ss->packets);
    int i = find(ss->packets, packet->fport, packet->key);
    if (i < 0 && ss->packets->n == NS_PACKETS)
        return SIM_ENOSPC;
    ss->packets->q[i < 0 ? (int)ss->packets->n++ : i] = *packet;
    ns_serve(ns, ss);
    return SIM_OK;
}

void server_drop_packet(struct server *ns, uint32_t device, uint8_t fport, uint32_t key)
{
    struct session *ss = session_of(ns, device);
    int i = find(ss->packets, fport, key);
    if (i >= 0)
        ns_packet_remove(ss, (unsigned)i);
}

void ns_app_too_long(struct server *ns, struct session *ss, const struct ns_app_frame *f)
{
    if (!f->packet || region_max_mac_payload(ns->s.region, ss->rx2_dr, ss->down_dwell) >=
                          f->size + LW_DATA_OVERHEAD - 5)
        return;
    ns->packages.dropped(ns->packages.ctx, ss->device, f->packet);
    ns_packet_remove(ss, 0);
}

bool ns_package_received(struct server *ns, const struct session *ss, const struct lw_frame *f,
                         const struct medium_tx *tx, const uint8_t *plain)
{
    struct server_received r = {.device = ss->device,
                                .first_bit_gps_ns =
                                    ns_received_gps_ns(ns, tx) - (tx->end - tx->start),
                                .fport = f->fport,
                                .bytes = plain,
                                .len = f->payload_len};
    return ns->packages.received(ns->packages.ctx, &r);
}
