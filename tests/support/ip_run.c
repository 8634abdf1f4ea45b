/* SPDX-License-Identifier: GPL-2.0-only
 * Whole runs of IP scenarios for tests. */
#include "tests/support/ip_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/ip/udp.h"
#include "sim/entity.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/trace.h"
#include "tools/world.h"

/* Room for one more. */
#define ROOM(r, name)                                                                              \
    (((r)->n_##name == (r)->max_##name)                                                            \
         ? ((r)->max_##name = 2 * (r)->max_##name + 64,                                            \
            (r)->name = mem_grow((r)->name, (r)->max_##name, sizeof *(r)->name))                   \
         : (r)->name,                                                                              \
     &(r)->name[(r)->n_##name++])

static void add_hash(struct ip_run *r, const void *p, size_t len)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < len; i++)
        r->hash = (r->hash ^ b[i]) * UINT64_C(0x100000001b3);
}

static void hash_row(struct ip_run *r, enum row_table_id table, const void *row)
{
    const struct row_table *t = &row_tables[table];
    add_hash(r, &table, sizeof table);
    for (unsigned i = 0; i < t->n_cols; i++) {
        const char *field = (const char *)row + 8 * i;
        const char *text;
        if (t->cols[i].type != ROW_COL_TEXT) {
            add_hash(r, field, 8);
            continue;
        }
        memcpy(&text, field, sizeof text);
        add_hash(r, text ? text : "", text ? strlen(text) : 0);
    }
}

static void keep_entry(struct ip_run *r, const struct row_ip_forwarding *row)
{
    struct ip_run_entry *e = ROOM(r, entry);
    *e = (struct ip_run_entry){.at = row->at_ns, .node = row->node, .iface = row->in_iface};
    snprintf(e->source, sizeof e->source, "%s", row->source);
    snprintf(e->group, sizeof e->group, "%s", row->group_addr);
    snprintf(e->out, sizeof e->out, "%s", row->out_ifaces ? row->out_ifaces : "");
}

static void keep_stat(struct ip_run *r, const struct row_ip_flow_stat *row)
{
    r->stat_flow = mem_grow(r->stat_flow, r->n_stat + 1, sizeof *r->stat_flow);
    snprintf(r->stat_flow[r->n_stat], sizeof *r->stat_flow, "%s", row->flow);
    *ROOM(r, stat) = *row;
}

static void keep_drop(struct ip_run *r, const struct row_ip_drop *row)
{
    struct ip_run_drop *d = ROOM(r, drop);
    d->row = *row;
    snprintf(d->protocol, sizeof d->protocol, "%s", row->protocol);
    snprintf(d->reason, sizeof d->reason, "%s", row->reason);
}

static void keep_got(struct ip_run *r, const struct row_ip_received *row)
{
    struct ip_run_got *g = ROOM(r, got);
    g->row = *row;
    snprintf(g->flow, sizeof g->flow, "%s", row->flow);
}

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct ip_run *r = ctx;
    hash_row(r, table, row);
    switch (table) {
    case ROW_IP_FLOW_STAT:
        keep_stat(r, row);
        break;
    case ROW_IP_LINK_STAT:
        *ROOM(r, link) = *(const struct row_ip_link_stat *)row;
        break;
    case ROW_IP_LINK_STATE: {
        const struct row_ip_link_state *s = row;
        *ROOM(r, state) = (struct ip_run_state){s->at_ns, s->link, s->up};
        break;
    }
    case ROW_IP_FORWARDING:
        keep_entry(r, row);
        break;
    case ROW_IP_RECEIVED:
        keep_got(r, row);
        break;
    case ROW_IP_DROP:
        keep_drop(r, row);
        break;
    case ROW_WARNING:
        r->n_warnings++;
        snprintf(r->warning, sizeof r->warning, "%s", ((const struct row_warning *)row)->text);
        break;
    default:
        break;
    }
}

static void count_sources(struct ip_run_packet *k, const struct pim_msg *m)
{
    for (size_t i = 0; m->kind == PIM_JOIN_PRUNE && i < m->u.jp.n_groups; i++) {
        k->n_joins = (uint16_t)(k->n_joins + m->u.jp.groups[i].n_joins);
        k->n_prunes = (uint16_t)(k->n_prunes + m->u.jp.groups[i].n_prunes);
    }
}

static bool read_gmp(struct ip_run *r, const struct trace_packet *p, struct ip_run_packet *k)
{
    struct gmp_packet g;
    if (gmp_packet_decode(&g, p->bytes, p->len, &r->gmp_room) != GMP_DROP_NONE)
        return false;
    k->gmp = g.msg.kind == GMP_REPORT       ? IP_RUN_REPORT
             : g.msg.kind != GMP_QUERY      ? IP_RUN_NO_GMP
             : ip_addr_is_any(&g.msg.group) ? IP_RUN_GENERAL_QUERY
                                            : IP_RUN_OTHER_QUERY;
    return k->gmp != IP_RUN_NO_GMP;
}

static void on_packet(void *ctx, const struct trace_packet *p)
{
    struct ip_run *r = ctx;
    struct ip_packet ip;
    struct ip_udp u;
    struct pim_packet m;
    if (!p->out || ip_packet_parse(&ip, p->bytes, p->len))
        return;
    struct ip_run_packet k = {.at = p->at_ns,
                              .node = p->node,
                              .link = p->link,
                              .protocol = ip.protocol,
                              .family = ip.src.family,
                              .ttl = ip.ttl,
                              .len = (uint16_t)((size_t)(ip.payload - p->bytes) + ip.payload_len)};
    if (ip.protocol == IP_PROTO_PIM) {
        k.readable = pim_packet_decode(&m, p->bytes, p->len, &r->room) == PIM_DROP_NONE;
        k.kind = m.msg.kind;
        if (k.readable) {
            count_sources(&k, &m.msg);
            k.encoded = (uint16_t)pim_size(&m.msg);
        }
    } else if (ip.protocol == IP_PROTO_UDP && ip_udp_parse(&u, &ip) == SIM_OK && u.len >= 8) {
        k.flow = (uint32_t)u.data[0] << 24 | (uint32_t)u.data[1] << 16 | (uint32_t)u.data[2] << 8 |
                 u.data[3];
        k.number = (uint32_t)u.data[4] << 24 | (uint32_t)u.data[5] << 16 |
                   (uint32_t)u.data[6] << 8 | u.data[7];
    } else if (!read_gmp(r, p, &k)) {
        return;
    }
    *ROOM(r, packet) = k;
}

static struct ip_run *run(struct world *w, int rc, struct sim_error *e)
{
    struct ip_run *r = mem_alloc(1, sizeof *r);
    struct trace trace;
    struct trace_listener listener = {
        .rows = UINT64_MAX, .row = on_row, .packet = on_packet, .ctx = r};
    trace_init(&trace);
    trace_listen(&trace, &listener);
    pim_room_init(&r->room);
    gmp_room_init(&r->gmp_room);
    rc = rc ? rc : world_place(w, e);
    SIM_CHECK(rc == SIM_OK, "%s", e->text);
    world_build(w, &trace);
    rc = world_run_until(w, world_cfg(w)->run.duration_ns);
    SIM_CHECK(rc == SIM_OK, "%s", world_error(w));
    unsigned bad = world_finish(w);
    SIM_CHECK(bad == 0, "%u counts do not balance", bad);
    world_close(w);
    return r;
}

bool ip_run_possible(const char *build_dir)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/castbed-ns3.so", build_dir);
    return access(path, R_OK) == 0;
}

struct ip_run *ip_run_text(const char *yaml)
{
    struct world *w = NULL;
    struct sim_error e = {0};
    int rc = world_load_text(&w, "test", yaml, strlen(yaml), "/", &e);
    return run(w, rc, &e);
}

struct ip_run *ip_run_file(const char *path, const char *const *set, size_t n)
{
    struct world *w = NULL;
    struct sim_error e = {0};
    int rc = world_load(&w, path, set, n, &e);
    return run(w, rc, &e);
}

void ip_run_free(struct ip_run *r)
{
    pim_room_fini(&r->room);
    gmp_room_fini(&r->gmp_room);
    free(r->entry);
    free(r->state);
    free(r->got);
    free(r->drop);
    free(r->packet);
    free(r->stat);
    free(r->stat_flow);
    free(r->link);
    free(r);
}

const struct row_ip_flow_stat *ip_run_stat(const struct ip_run *r, const char *flow,
                                           const char *group, uint32_t index)
{
    for (size_t i = 0; i < r->n_stat; i++)
        if (strcmp(r->stat_flow[i], flow) == 0 && r->stat[i].node == entity_make(group, index))
            return &r->stat[i];
    return NULL;
}

static const struct row_ip_link_stat *find_link(const struct ip_run *r, const char *link,
                                                uint32_t index, int kind)
{
    for (size_t i = 0; i < r->n_link; i++)
        if (r->link[i].link == entity_make(link, index) && r->link[i].kind == kind)
            return &r->link[i];
    return NULL;
}

int64_t ip_run_on_link(const struct ip_run *r, const char *link, uint32_t index, int kind)
{
    const struct row_ip_link_stat *s = find_link(r, link, index, kind);
    return s ? s->n_packets : 0;
}

int64_t ip_run_octets_on_link(const struct ip_run *r, const char *link, uint32_t index, int kind)
{
    const struct row_ip_link_stat *s = find_link(r, link, index, kind);
    return s ? s->n_bytes : 0;
}

int64_t ip_run_dropped(const struct ip_run *r, const char *group, uint32_t index,
                       const char *protocol, const char *reason)
{
    int64_t n = 0;
    for (size_t i = 0; i < r->n_drop; i++)
        if (r->drop[i].row.node == entity_make(group, index) &&
            strcmp(r->drop[i].protocol, protocol) == 0 && strcmp(r->drop[i].reason, reason) == 0)
            n += r->drop[i].row.n;
    return n;
}

const struct ip_run_entry *ip_run_entry(const struct ip_run *r, sim_time at, const char *group_of,
                                        uint32_t index, const char *source, const char *group)
{
    const struct ip_run_entry *found = NULL;
    for (size_t i = 0; i < r->n_entry && r->entry[i].at <= at; i++) {
        const struct ip_run_entry *e = &r->entry[i];
        if (e->node == entity_make(group_of, index) && strcmp(e->group, group) == 0 &&
            strcmp(e->source, source ? source : "*") == 0)
            found = e;
    }
    return found;
}
