/* SPDX-License-Identifier: GPL-2.0-only
 * The table of a snooping switch. Source: see snoop.h. */
#include "models/ip/snoop.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

void ip_snoop_init(struct ip_snoop *s, const struct gmp_cfg *cfg, bool by_mac)
{
    *s = (struct ip_snoop){.cfg = cfg, .by_mac = by_mac, .next = SIM_NEVER};
}

static void entry_free(struct ip_snoop_entry *e)
{
    gmp_group_fini(&e->g);
    free(e);
}

void ip_snoop_fini(struct ip_snoop *s)
{
    for (uint32_t i = 0; i < s->n_entries; i++)
        entry_free(s->entries[i]);
    free(s->entries);
    *s = (struct ip_snoop){.next = SIM_NEVER};
}

/* The first entry that is not before this one. */
static uint32_t place_of(const struct ip_snoop *s, const struct ip_addr *group, unsigned port)
{
    uint32_t lo = 0, hi = s->n_entries;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int order = ip_addr_cmp(&s->entries[mid]->g.group, group);
        if (order < 0 || (order == 0 && s->entries[mid]->port < port))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct ip_snoop_entry *find_or_add(struct ip_snoop *s, const struct ip_addr *group,
                                          unsigned port)
{
    uint32_t i = place_of(s, group, port);
    if (i < s->n_entries && s->entries[i]->port == port &&
        ip_addr_equal(&s->entries[i]->g.group, group))
        return s->entries[i];
    if (s->n_entries == s->max_entries) {
        s->max_entries = s->max_entries ? 2 * s->max_entries : 8;
        s->entries = mem_grow(s->entries, s->max_entries, sizeof(struct ip_snoop_entry *));
    }
    memmove(s->entries + i + 1, s->entries + i, (s->n_entries - i) * sizeof *s->entries);
    s->n_entries++;
    s->entries[i] = mem_alloc(1, sizeof **s->entries);
    s->entries[i]->port = (uint8_t)port;
    gmp_group_init(&s->entries[i]->g, group);
    return s->entries[i];
}

static void earlier(sim_time *at, sim_time t)
{
    *at = t < *at ? t : *at;
}

/* With fast leave what a router would ask for is gone at once. */
static void leave_fast(struct gmp_group *g, sim_time now)
{
    for (uint32_t i = 0; i < g->n_sources; i++)
        if (g->sources[i].ask)
            gmp_group_lower(g, now, &g->sources[i].addr, 1);
    if (g->ask)
        gmp_group_lower(g, now, NULL, 0);
}

static enum gmp_reason use_record(struct ip_snoop *s, sim_time now, unsigned port,
                                  const struct gmp_record *rec, const struct gmp_msg *m)
{
    const struct gmp_times t = gmp_times_of(s->cfg, s->cfg->robustness, s->cfg->query_interval);
    struct gmp_group *g = &find_or_add(s, &rec->group, port)->g;
    enum gmp_reason reason = gmp_group_record(g, now, &t, rec);
    if (reason == GMP_DROP_NONE && m->version != GMP_V3 && m->kind == GMP_REPORT)
        gmp_group_old(g, now, &t, (enum gmp_version)m->version);
    if (reason == GMP_DROP_NONE && s->cfg->fast_leave)
        leave_fast(g, now);
    sim_time at = gmp_group_next(g);
    earlier(&s->next, at == SIM_NEVER ? now : at);
    return reason;
}

enum gmp_reason ip_snoop_report(struct ip_snoop *s, sim_time now, unsigned port,
                                const struct gmp_msg *m)
{
    SIM_CHECK(port < IP_SWITCH_MAX_PORTS, "port %u", port);
    enum gmp_reason last = GMP_DROP_NONE;
    if (m->kind == GMP_QUERY)
        return GMP_DROP_ROLE;
    if (m->version != GMP_V3) {
        const struct gmp_record rec = {.type = m->kind == GMP_LEAVE ? GMP_TO_IN : GMP_IS_EX,
                                       .group = m->group};
        last = use_record(s, now, port, &rec, m);
    }
    for (size_t i = 0; i < m->n_records; i++) {
        enum gmp_reason reason = use_record(s, now, port, &m->records[i], m);
        last = reason ? reason : last;
    }
    ip_snoop_wake(s, now);
    return last;
}

void ip_snoop_query(struct ip_snoop *s, sim_time now, const struct gmp_msg *m)
{
    if (m->s_flag || ip_addr_is_any(&m->group))
        return;
    const struct gmp_times t = gmp_times_of(s->cfg, s->cfg->robustness, s->cfg->query_interval);
    for (uint32_t i = place_of(s, &m->group, 0); i < s->n_entries; i++) {
        struct gmp_group *g = &s->entries[i]->g;
        if (!ip_addr_equal(&g->group, &m->group))
            break;
        gmp_group_settle(g, now);
        gmp_group_lower(g, now + t.last_member, m->sources, m->n_sources);
        earlier(&s->next, gmp_group_next(g));
    }
}

/* Keep the entries that answer true. */
static void keep(struct ip_snoop *s, sim_time now, int port)
{
    uint32_t n = 0;
    s->next = SIM_NEVER;
    for (uint32_t i = 0; i < s->n_entries; i++) {
        struct ip_snoop_entry *e = s->entries[i];
        if (e->port == port || !gmp_group_settle(&e->g, now)) {
            entry_free(e);
            continue;
        }
        s->entries[n++] = e;
        earlier(&s->next, gmp_group_next(&e->g));
    }
    s->n_entries = n;
}

void ip_snoop_port_down(struct ip_snoop *s, unsigned port)
{
    keep(s, INT64_MIN, (int)port);
}

void ip_snoop_wake(struct ip_snoop *s, sim_time now)
{
    if (s->next <= now)
        keep(s, now, -1);
}

sim_time ip_snoop_next(const struct ip_snoop *s)
{
    return s->next;
}

/* Is anything of the group still wanted? */
static bool is_live(const struct gmp_group *g, sim_time now)
{
    if (g->exclude && g->filter_until > now)
        return true;
    for (uint32_t i = 0; i < g->n_sources; i++)
        if (g->sources[i].until > now)
            return true;
    return false;
}

/* All groups with the same Ethernet address are one. */
static ip_ports ports_by_mac(const struct ip_snoop *s, sim_time now, const struct ip_addr *group)
{
    uint8_t want[6], mac[6];
    ip_ports ports = 0;
    ip_group_mac(group, want);
    for (uint32_t i = 0; i < s->n_entries; i++) {
        ip_group_mac(&s->entries[i]->g.group, mac);
        if (memcmp(mac, want, sizeof mac) == 0 && is_live(&s->entries[i]->g, now))
            ports |= (ip_ports)1 << s->entries[i]->port;
    }
    return ports;
}

ip_ports ip_snoop_ports(const struct ip_snoop *s, sim_time now, const struct ip_addr *group,
                        const struct ip_addr *source, bool *known)
{
    if (s->by_mac) {
        ip_ports all = ports_by_mac(s, now, group);
        *known = all != 0;
        return all;
    }
    ip_ports ports = 0;
    *known = false;
    for (uint32_t i = place_of(s, group, 0); i < s->n_entries; i++) {
        const struct ip_snoop_entry *e = s->entries[i];
        if (!ip_addr_equal(&e->g.group, group))
            break;
        *known |= is_live(&e->g, now);
        if (gmp_group_passes(&e->g, now, source))
            ports |= (ip_ports)1 << e->port;
    }
    return ports;
}
