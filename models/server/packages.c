/* SPDX-License-Identifier: GPL-2.0-only
 * Application packages over the air: their making, their rows, their end. */
#include "models/server/packages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/server/packages_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"

static bool has(const int64_t *list, size_t n, int64_t value)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == value)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The region's frequencies but for the refused ones: what is left between them. */
static void fill_ranges(struct ts005_device_cfg *c, const struct region *r,
                        const struct scn_list *l)
{
    int64_t refused[TS005_MAX_RANGES], lo = r->min_hz;
    size_t n = l->n < TS005_MAX_RANGES - 1 ? l->n : TS005_MAX_RANGES - 1;
    if (n)
        memcpy(refused, l->items, n * sizeof *refused);
    qsort(refused, n, sizeof *refused, by_value);
    for (size_t i = 0; i <= n; i++) {
        int64_t hi = i < n ? refused[i] - 1 : r->max_hz;
        hi = hi < r->max_hz ? hi : r->max_hz;
        if (hi >= lo) {
            c->ranges[c->n_ranges].lo_hz = (uint32_t)lo;
            c->ranges[c->n_ranges++].hi_hz = (uint32_t)hi;
        }
        if (i < n && refused[i] + 1 > lo)
            lo = refused[i] + 1;
    }
}

/* What the devices of a group support. */
static struct ts005_device_cfg support_of(const struct package_cfg *p, const struct region *r)
{
    struct ts005_device_cfg c = {.version = (uint8_t)p->multicast_setup,
                                 .n_groups = (uint8_t)p->groups,
                                 .past = p->past_session == PACKAGE_PAST_OPEN ? TS005_PAST_OPEN
                                                                              : TS005_PAST_LORAMAC};
    for (int dr = 0; dr < REGION_N_DR; dr++)
        if (r->dr[dr].down && r->dr[dr].modulation != REGION_NO_DR &&
            !has(p->refuse_data_rates.items, p->refuse_data_rates.n, dr))
            c.dr_mask |= (uint16_t)(1 << dr);
    fill_ranges(&c, r, &p->refuse_frequencies);
    return c;
}

/* A packet was sent, or dropped by the device. */
static void device_packet_row(struct packages *ps, uint32_t device, const struct device_packet *p,
                              const char *result)
{
    const struct pk_device *d = &ps->d[ps->of_device[device] - 1];
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = p->fport,
                           .uplink = true,
                           .result = result,
                           .bytes = p->bytes,
                           .len = p->len};
    pk_rows(ps, d, &m);
}

static void on_device_sent(void *ctx, uint32_t device, const struct device_packet *p)
{
    device_packet_row(ctx, device, p, "sent");
}

static void on_device_dropped(void *ctx, uint32_t device, const struct device_packet *p,
                              enum device_packet_drop why)
{
    device_packet_row(ctx, device, p,
                      why == DEVICE_PACKET_FULL ? "not sent: four packets wait"
                                                : "not sent: too long at this data rate");
}

static void server_packet_row(struct packages *ps, uint32_t device, const struct server_packet *p,
                              const char *result)
{
    const struct pk_device *d = &ps->d[ps->of_device[device] - 1];
    struct pk_message m = {.at = evq_now(ps->s.evq),
                           .device = d->id,
                           .fport = p->fport,
                           .result = result,
                           .bytes = p->bytes,
                           .len = p->len};
    pk_rows(ps, d, &m);
}

static void on_server_sent(void *ctx, uint32_t device, const struct server_packet *p)
{
    server_packet_row(ctx, device, p, "sent");
}

static void on_server_dropped(void *ctx, uint32_t device, const struct server_packet *p)
{
    server_packet_row(ctx, device, p, "not sent: too long for RXC");
}

static void hook(struct packages *ps)
{
    struct device_package_ops device = {.ctx = ps,
                                        .received = pk_device_received,
                                        .corrected = pk_device_corrected,
                                        .stamp = pk_device_stamp,
                                        .sent = on_device_sent,
                                        .dropped = on_device_dropped};
    struct server_package_ops server = {.ctx = ps,
                                        .received = pk_server_received,
                                        .sent = on_server_sent,
                                        .dropped = on_server_dropped};
    devices_set_packages(ps->s.devices, &device);
    for (unsigned i = 0; i < ps->s.n_networks; i++)
        server_set_packages(ps->s.servers[i], &server);
}

/* The groups of devices are numbered as in the scenario: one ts005_device_cfg each. */
static void make_devices(struct packages *ps)
{
    uint32_t all = devices_count(ps->s.devices);
    ps->of_device = mem_alloc(all, sizeof *ps->of_device);
    ps->d = mem_alloc(ps->n, sizeof *ps->d);
    for (uint32_t i = 0, at = 0; i < all; i++) {
        struct device_identity id = devices_identity(ps->s.devices, i);
        if (!package_any(&id.cfg->packages))
            continue;
        struct pk_device *d = &ps->d[at++];
        ps->of_device[i] = at;
        d->device = i;
        d->id = id.id;
        d->network = id.network;
        d->cfg = &id.cfg->packages;
        ps->cfgs[id.group] = support_of(d->cfg, ps->s.region);
        pk_device_open(ps, d, &ps->cfgs[id.group]);
    }
}

struct packages *packages_open(const struct packages_setup *s)
{
    uint32_t n = 0;
    unsigned n_groups = 0;
    for (uint32_t i = 0; i < devices_count(s->devices); i++) {
        struct device_identity id = devices_identity(s->devices, i);
        n += package_any(&id.cfg->packages) ? 1 : 0;
        n_groups = id.group + 1u;
    }
    if (!n)
        return NULL;
    struct packages *ps = mem_alloc(1, sizeof *ps);
    ps->s = *s;
    ps->n = n;
    ps->cfgs = mem_alloc(n_groups, sizeof *ps->cfgs);
    ps->key = rng_key_make(s->seed, s->run, RNG_PACKAGES);
    ps->device_event = evq_kind_add(s->evq, pk_on_device, "package on device");
    ps->server_event = evq_kind_add(s->evq, pk_on_server, "package at server");
    make_devices(ps);
    hook(ps);
    return ps;
}

void packages_close(struct packages *ps)
{
    if (!ps)
        return;
    for (uint32_t i = 0; i < ps->n; i++)
        pk_device_close(ps, &ps->d[i]);
    free(ps->d);
    free(ps->of_device);
    free(ps->cfgs);
    free(ps->groups);
    free(ps);
}

void packages_add_group(struct packages *ps, struct multicast *mc, const struct multicast_cfg *cfg,
                        const uint32_t *members, uint32_t n_members)
{
    ps->groups = mem_grow(ps->groups, ps->n_groups + 1, sizeof *ps->groups);
    struct pk_group *g = &ps->groups[ps->n_groups];
    *g = (struct pk_group){.mc = mc, .cfg = cfg, .terms = multicast_terms(mc)};
    int64_t start_gps_ns = ps->s.start_gps_ns + cfg->session.start_ns;
    g->session_gps_s = pkg_gps_s(start_gps_ns);
    g->deadline = cfg->plan.deadline_ns == SCN_WORD ? cfg->session.start_ns : cfg->plan.deadline_ns;
    for (int v = 0; v < 2; v++)
        g->server_cfg[v] = (struct ts005_server_cfg){
            .version = (uint8_t)(v + 1),
            .send_anyway = cfg->plan.send_anyway,
            .retry = {.n_tries = (uint8_t)cfg->plan.tries, .spacing = cfg->plan.spacing_ns}};
    for (uint32_t i = 0; i < n_members; i++) {
        struct pk_device *d = &ps->d[ps->of_device[members[i]] - 1];
        d->members[d->n_members] = (struct pk_member){
            .group = ps->n_groups, .mc_group_id = (uint8_t)d->n_members, .at = -1};
        d->n_members++;
    }
    ps->n_groups++;
}

/* The machines keep pointers to their group's configuration: only now the groups stay in place. */
void packages_start(struct packages *ps)
{
    for (uint32_t i = 0; ps && i < ps->n; i++)
        pk_server_start(ps, &ps->d[i]);
}

/* The error bits of a refusal by their names. */
static const char *reason_of(const struct pk_member *m, char *buf, size_t size)
{
    static const char *const states[] = {
#define X(name, text) text,
        PK_STATE_MAP(X)
#undef X
    };
    static const char *const errors[] = {"IDerror", "McGroupUndefined", "FreqError", "DRError",
                                         "StartMissed"};
    if (m->state != PK_REFUSED)
        return states[m->state];
    int n = snprintf(buf, size, "%s:", ts005_name(m->cid, true));
    for (int i = 0; i < 5; i++)
        if (m->errors >> i & 1 && n > 0 && (size_t)n < size)
            n += snprintf(buf + n, size - (size_t)n, " %s", errors[i]);
    return buf;
}

static void member_row(const struct packages *ps, const struct pk_device *d,
                       const struct pk_member *m)
{
    char reason[120];
    struct row_group_member r = {.group_name = ps->groups[m->group].cfg->name,
                                 .device = d->id,
                                 .mc_group_id = m->mc_group_id,
                                 .ready = m->state == PK_READY,
                                 .at_ns = m->at < 0 ? ROW_NULL : m->at,
                                 .reason = reason_of(m, reason, sizeof reason),
                                 .n_requests = m->n_requests,
                                 .clock_error_s = m->clock_known ? m->clock_error_s : ROW_NULL};
    trace_row(ps->s.trace, ROW_GROUP_MEMBER, &r);
}

void packages_finish(struct packages *ps)
{
    if (!ps)
        return;
    uint32_t *missing = mem_alloc(ps->n_groups, sizeof *missing),
             *all = mem_alloc(ps->n_groups, sizeof *all);
    for (uint32_t i = 0; i < ps->n; i++)
        for (unsigned k = 0; k < ps->d[i].n_members; k++) {
            const struct pk_member *m = &ps->d[i].members[k];
            all[m->group]++;
            missing[m->group] += m->state != PK_READY;
            member_row(ps, &ps->d[i], m);
        }
    for (uint32_t g = 0; g < ps->n_groups; g++) {
        char text[200], place[100];
        if (!missing[g])
            continue;
        snprintf(place, sizeof place, "multicast.%.80s", ps->groups[g].cfg->name);
        snprintf(text, sizeof text,
                 "%" PRIu32 " of %" PRIu32
                 " members were not set up in time and are not expected to receive (table "
                 "group_member says why)",
                 missing[g], all[g]);
        struct row_warning r = {.place = place, .text = text};
        trace_row(ps->s.trace, ROW_WARNING, &r);
    }
    free(missing);
    free(all);
}

void pk_row(const struct packages *ps, const struct pk_message *m)
{
    if (!trace_wants(ps->s.trace, ROW_MESSAGE))
        return;
    char hex[2 * PKG_MAX_PAYLOAD + 1];
    hex_print(m->bytes, m->len < PKG_MAX_PAYLOAD ? m->len : PKG_MAX_PAYLOAD, hex);
    struct row_message r = {.at_ns = m->at,
                            .device = m->device,
                            .fport = m->fport,
                            .uplink = m->uplink,
                            .name = m->name,
                            .payload_hex = hex,
                            .result = m->result};
    trace_row(ps->s.trace, ROW_MESSAGE, &r);
}

void pk_rows(const struct packages *ps, const struct pk_device *d, const struct pk_message *m)
{
    struct ts005 c;
    size_t at = 0, from = 0;
    struct pk_message one = *m;
    int version = (int)d->cfg->multicast_setup;
    while (ts005_next(m->bytes, m->len, &at, m->uplink, version, &c) > 0) {
        one.name = ts005_name(c.cid, m->uplink);
        one.bytes = m->bytes + from;
        one.len = at - from;
        pk_row(ps, &one);
        from = at;
    }
    if (from == m->len)
        return;
    one.name = NULL;
    one.bytes = m->bytes + from;
    one.len = m->len - from;
    pk_row(ps, &one);
}

/* RFU bits are ignored: the command's own octets show whether some were set. */
const char *pk_result(enum pkg_drop drop, const struct ts005 *c, const uint8_t *bytes, size_t len)
{
    uint8_t own[TS005_MAX_LEN];
    size_t n = 0;
    if (drop != PKG_DROP_NONE)
        return pkg_drop_text(drop);
    if (ts005_put(own, sizeof own, &n, c) != SIM_OK || n != len || memcmp(own, bytes, len) != 0)
        return "received, RFU bits ignored";
    return "received";
}
