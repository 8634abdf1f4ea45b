/* SPDX-License-Identifier: GPL-2.0-only
 * Entries of the forwarding table that nothing uses any more, for roles that do not care for that
 * themselves (PIM has its keepalive timer). One time serves all entries of a node; a datagram does
 * not move it. */
#include "models/ip/node_internal.h"

void node_entry_made(struct ip_node *n, struct ip_mfc_entry *e)
{
    sim_time now = evq_now(n->cfg.env->q);
    e->used_at = now;
    if (n->cfg.env->entry_life == 0 || n->mrouting->data || n->expire_at != SIM_NEVER)
        return;
    n->expire_at = now + n->cfg.env->entry_life;
    node_arm(n, n->expire_at);
}

void node_expire(struct ip_node *n, sim_time now)
{
    const struct ip_mfc *t = &n->mfc;
    n->expire_at = SIM_NEVER;
    for (uint32_t i = 0; i < t->n;) {
        const struct ip_mfc_entry *e = t->entries[i];
        sim_time end = e->used_at + n->cfg.env->entry_life;
        if (end <= now) {
            ip_node_remove_entry(n, &e->src, &e->group);
            continue;
        }
        n->expire_at = end < n->expire_at ? end : n->expire_at;
        i++;
    }
}
