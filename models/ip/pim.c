/* SPDX-License-Identifier: GPL-2.0-only
 * Names, rooms, destinations and sizes of PIM messages. Sources: see pim.h. */
#include "models/ip/pim.h"

#include <stdlib.h>

#include "models/ip/packet.h"
#include "sim/mem.h"

enum { HEADER = 4, FAR_TTL = 64, DUMMY_HEADER = 4 };

static const char *const kind_names[] = {"Hello",        "Register",  "Register-Stop",
                                         "Join/Prune",   "Bootstrap", "Assert",
                                         "Graft",        "Graft-Ack", "Candidate-RP-Advertisement",
                                         "State Refresh"};

const char *pim_kind_name(int kind)
{
    return kind >= 0 && kind < PIM_N_KINDS ? kind_names[kind] : "unknown";
}

const char *pim_reason_text(enum pim_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        PIM_REASON_MAP(X)
#undef X
    };
    return reason < PIM_N_REASONS ? texts[reason] : "unknown";
}

void pim_room_init(struct pim_room *room)
{
    *room = (struct pim_room){0};
}

void pim_room_fini(struct pim_room *room)
{
    free(room->groups);
    free(room->sources);
    free(room->ranges);
    free(room->rps);
    free(room->addrs);
    free(room->prefixes);
    *room = (struct pim_room){0};
}

/* One more than asked for, so that lists without elements have a place too. */
void *pim_room_reserve(void *p, size_t *max, size_t n, size_t size)
{
    if (n < *max)
        return p;
    *max = n + n / 2 + 8;
    return mem_grow(p, *max, size);
}

struct ip_addr pim_destination(uint8_t family, enum pim_kind kind)
{
    static const uint8_t v4[4] = {224, 0, 0, 13}, v6[16] = {0xff, 2, [15] = 13};
    bool to_one = kind == PIM_REGISTER || kind == PIM_REGISTER_STOP || kind == PIM_GRAFT ||
                  kind == PIM_GRAFT_ACK || kind == PIM_CANDIDATE_RP;
    if (to_one)
        return (struct ip_addr){.family = IP_NONE};
    return ip_addr_make(family, family == IP_V4 ? v4 : v6);
}

uint8_t pim_ttl(enum pim_kind kind)
{
    bool far = kind == PIM_REGISTER || kind == PIM_REGISTER_STOP || kind == PIM_CANDIDATE_RP;
    return far ? FAR_TTL : 1;
}

size_t pim_null_len(uint8_t family)
{
    return ip_header_len(family, false) + (family == IP_V6 ? DUMMY_HEADER : 0);
}

static size_t inner_len(const struct pim_msg *m)
{
    const struct pim_register *reg = &m->u.reg;
    return reg->null && !reg->inner ? pim_null_len(m->family) : reg->inner_len;
}

/* By counting: lengths follow from the layouts. */
size_t pim_size(const struct pim_msg *m)
{
    size_t a = ip_addr_len(m->family), n = ip_header_len(m->family, false) + HEADER;
    const struct pim_hello *h = &m->u.hello;
    switch (m->kind) {
    case PIM_HELLO:
        return n + (h->has_holdtime ? 6 : 0) + (h->has_lan_delay ? 8 : 0) +
               (h->has_priority ? 8 : 0) + (h->has_gen_id ? 8 : 0) + (h->has_refresh ? 8 : 0) +
               (h->has_list ? 4 + h->n_secondary * (2 + a) : 0);
    case PIM_REGISTER:
        return n + 4 + inner_len(m);
    case PIM_REGISTER_STOP:
        return n + 6 + 2 * a;
    case PIM_BOOTSTRAP:
        n += 6 + a;
        for (size_t i = 0; i < m->u.bootstrap.n_ranges; i++)
            n += 8 + a + m->u.bootstrap.ranges[i].n_rps * (6 + a);
        return n;
    case PIM_ASSERT:
        return n + 14 + 2 * a;
    case PIM_CANDIDATE_RP:
        return n + 6 + a + m->u.candidate.n_groups * (4 + a);
    case PIM_STATE_REFRESH:
        return n + 20 + 3 * a;
    default:
        n += 6 + a;
        for (size_t i = 0; i < m->u.jp.n_groups; i++)
            n += 8 + a + (m->u.jp.groups[i].n_joins + m->u.jp.groups[i].n_prunes) * (4 + a);
        return n;
    }
}
