/* SPDX-License-Identifier: GPL-2.0-only
 * Group membership messages: names, destinations, sizes, timers, room. Sources: see gmp.h. */
#include "models/ip/gmp.h"

#include <stdlib.h>

#include "models/ip/maxresp.h"
#include "models/ip/packet.h"
#include "sim/err.h"
#include "sim/mem.h"

enum {
    OLD_IGMP_LEN = 8,
    OLD_MLD_LEN = 24,
    QUERY_TAIL = 4, /* S, QRV, QQIC, number of sources */
    REPORT_HEAD = 8,
    RECORD_HEAD = 4,
};

void gmp_room_init(struct gmp_room *room)
{
    *room = (struct gmp_room){0};
}

void gmp_room_fini(struct gmp_room *room)
{
    free(room->records);
    free(room->sources);
    *room = (struct gmp_room){0};
}

void gmp_room_reserve(struct gmp_room *room, size_t n_records, size_t n_sources)
{
    room->n_records = room->n_sources = 0;
    if (n_records > room->max_records) {
        room->records = mem_grow(room->records, n_records, sizeof *room->records);
        room->max_records = n_records;
    }
    if (n_sources > room->max_sources) {
        room->sources = mem_grow(room->sources, n_sources, sizeof *room->sources);
        room->max_sources = n_sources;
    }
}

struct gmp_record *gmp_room_record(struct gmp_room *room, enum gmp_record_type type,
                                   const struct ip_addr *group)
{
    SIM_CHECK(room->n_records < room->max_records, "%zu records", room->n_records);
    struct gmp_record *r = &room->records[room->n_records++];
    *r = (struct gmp_record){.type = (uint8_t)type, .group = *group};
    return r;
}

void gmp_room_source(struct gmp_room *room, const struct ip_addr *source)
{
    SIM_CHECK(room->n_sources < room->max_sources, "%zu sources", room->n_sources);
    struct ip_addr *at = &room->sources[room->n_sources++];
    *at = *source;
    if (room->n_records == 0)
        return;
    struct gmp_record *r = &room->records[room->n_records - 1];
    if (r->n_sources++ == 0)
        r->sources = at;
}

const char *gmp_reason_text(enum gmp_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        GMP_REASON_MAP(X)
#undef X
    };
    SIM_CHECK(reason < GMP_N_REASONS, "reason %d", (int)reason);
    return texts[reason];
}

const char *gmp_record_name(int type)
{
    static const char *const names[] = {"unknown", "IS_IN", "IS_EX", "TO_IN",
                                        "TO_EX",   "ALLOW", "BLOCK"};
    return names[type >= 1 && type <= GMP_N_RECORD_TYPES ? type : 0];
}

/* 224.0.0.last or ff02::last */
static struct ip_addr link_group(uint8_t family, uint8_t last)
{
    struct ip_addr a = ip_addr_any(family);
    a.b[0] = family == IP_V4 ? 224 : 0xff;
    if (family == IP_V6)
        a.b[1] = 2;
    a.b[ip_addr_len(family) - 1] = last;
    return a;
}

struct ip_addr gmp_destination(const struct gmp_msg *m)
{
    enum { ALL_NODES = 1, ALL_ROUTERS = 2, V3_ROUTERS = 0x16 };
    switch ((enum gmp_kind)m->kind) {
    case GMP_QUERY:
        return ip_addr_is_any(&m->group) ? link_group(m->family, ALL_NODES) : m->group;
    case GMP_LEAVE:
        return link_group(m->family, ALL_ROUTERS);
    case GMP_REPORT:
        break;
    }
    return m->version == GMP_V3 ? link_group(m->family, V3_ROUTERS) : m->group;
}

/* All messages carry Router Alert. */
static size_t old_size(uint8_t family)
{
    return ip_header_len(family, true) + (family == IP_V4 ? OLD_IGMP_LEN : OLD_MLD_LEN);
}

size_t gmp_record_size(uint8_t family, size_t n_sources)
{
    return RECORD_HEAD + (1 + n_sources) * ip_addr_len(family);
}

size_t gmp_size(const struct gmp_msg *m)
{
    if (m->version != GMP_V3)
        return old_size(m->family);
    if (m->kind == GMP_QUERY)
        return old_size(m->family) + QUERY_TAIL + m->n_sources * ip_addr_len(m->family);
    size_t size = ip_header_len(m->family, true) + REPORT_HEAD;
    for (size_t i = 0; i < m->n_records; i++)
        size += gmp_record_size(m->family, m->records[i].n_sources);
    return size;
}

size_t gmp_max_sources(uint8_t family, enum gmp_kind kind, size_t mtu)
{
    size_t head = kind == GMP_QUERY
                      ? old_size(family) + QUERY_TAIL
                      : ip_header_len(family, true) + REPORT_HEAD + gmp_record_size(family, 0);
    return mtu > head ? (mtu - head) / ip_addr_len(family) : 0;
}

static uint32_t whole(sim_time t, sim_time unit, uint32_t max)
{
    sim_time n = t / unit;
    return n > max ? max : (uint32_t)n;
}

/* IGMPv2 has 8 plain bits, MLDv1 16 (RFC 2236 section 2.2, RFC 2710 section 3.4). */
sim_time gmp_coded_max_resp(uint8_t family, uint8_t version, sim_time t)
{
    if (version == GMP_V1)
        return 0;
    if (family == IP_V4) {
        uint32_t n = whole(t, SIM_MS(100), version == GMP_V3 ? MAXRESP8_MAX : UINT8_MAX);
        return SIM_MS(100) * (version == GMP_V3 ? maxresp8_decode(maxresp8_encode(n)) : n);
    }
    uint32_t n = whole(t, SIM_MS(1), version == GMP_V3 ? MAXRESP16_MAX : UINT16_MAX);
    return SIM_MS(1) * (version == GMP_V3 ? maxresp16_decode(maxresp16_encode(n)) : n);
}

sim_time gmp_coded_qqi(sim_time t)
{
    return SIM_S(1) * maxresp8_decode(maxresp8_encode(whole(t, SIM_S(1), MAXRESP8_MAX)));
}

struct gmp_cfg gmp_cfg_default(uint8_t family)
{
    return (struct gmp_cfg){
        .family = family,
        .version = GMP_V3,
        .robustness = 2,
        .mtu = 1500,
        .query_interval = SIM_S(125),
        .query_response = SIM_S(10),
        .last_member_interval = SIM_S(1),
    };
}

struct gmp_times gmp_times_of(const struct gmp_cfg *cfg, unsigned robustness,
                              sim_time query_interval)
{
    struct gmp_times t = {
        .membership = robustness * query_interval + cfg->query_response,
        .other_querier = robustness * query_interval + cfg->query_response / 2,
        .startup_interval = cfg->startup_interval ? cfg->startup_interval : query_interval / 4,
        .startup_count = cfg->startup_count ? cfg->startup_count : robustness,
        .last_member_count = cfg->last_member_count ? cfg->last_member_count : robustness,
        .unsolicited = cfg->unsolicited_interval,
    };
    if (t.unsolicited == 0)
        t.unsolicited = cfg->version == GMP_V3 ? SIM_S(1) : SIM_S(10);
    t.last_member = t.last_member_count * cfg->last_member_interval;
    t.older_host = t.older_querier = t.membership;
    return t;
}
