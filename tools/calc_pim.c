/* SPDX-License-Identifier: GPL-2.0-only
 * calc pim: a PIM packet. */
#include <stdio.h>
#include <stdlib.h>

#include "models/ip/pim_packet.h"
#include "sim/mem.h"
#include "tools/calc.h"

static void set_int(json_t *o, const char *name, int64_t value)
{
    json_object_set_new(o, name, json_integer(value));
}

static void set_addr(json_t *o, const char *name, const struct ip_addr *a)
{
    char text[IP_TEXT_SIZE];
    json_object_set_new(o, name, json_string(ip_addr_print(a, text)));
}

static void set_group(json_t *o, const struct ip_prefix *p)
{
    set_addr(o, "group", &p->addr);
    set_int(o, "mask", p->len);
}

static void set_metric(json_t *o, bool rpt, uint32_t preference, uint32_t metric)
{
    set_int(o, "R", rpt);
    set_int(o, "pref", preference);
    set_int(o, "metric", metric);
}

static void set_hello(json_t *o, const struct pim_hello *h)
{
    if (h->has_holdtime)
        set_int(o, "holdtime", h->holdtime_s);
    if (h->has_lan_delay) {
        set_int(o, "T", h->t_bit);
        set_int(o, "prop_delay_ms", h->propagation_ms);
        set_int(o, "override_ms", h->override_ms);
    }
    if (h->has_priority)
        set_int(o, "dr_priority", h->dr_priority);
    if (h->has_gen_id)
        set_int(o, "genid", h->gen_id);
    if (h->has_refresh)
        set_int(o, "state_refresh_interval", h->refresh_interval_s);
    if (!h->has_list)
        return;
    char text[IP_TEXT_SIZE];
    json_t *list = json_array();
    for (size_t i = 0; i < h->n_secondary; i++)
        json_array_append_new(list, json_string(ip_addr_print(&h->secondary[i], text)));
    json_object_set_new(o, "secondary", list);
}

static void set_sources(json_t *o, const char *name, const struct pim_source *s, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        char flags[4];
        json_t *one = json_object();
        snprintf(flags, sizeof flags, "%s%s%s", s[i].sparse ? "S" : "", s[i].wildcard ? "W" : "",
                 s[i].rpt ? "R" : "");
        set_addr(one, "addr", &s[i].addr);
        json_object_set_new(one, "flags", json_string(flags));
        json_array_append_new(list, one);
    }
    json_object_set_new(o, name, list);
}

static void set_join_prune(json_t *o, const struct pim_join_prune *jp)
{
    json_t *list = json_array();
    set_addr(o, "upstream", &jp->upstream);
    set_int(o, "holdtime", jp->holdtime_s);
    for (size_t i = 0; i < jp->n_groups; i++) {
        const struct pim_group *g = &jp->groups[i];
        json_t *one = json_object();
        set_group(one, &g->prefix);
        set_sources(one, "joins", g->joins, g->n_joins);
        set_sources(one, "prunes", g->prunes, g->n_prunes);
        json_array_append_new(list, one);
    }
    json_object_set_new(o, "groups", list);
}

static void set_register(json_t *o, const struct pim_register *reg)
{
    set_int(o, "B", reg->border);
    set_int(o, "N", reg->null);
    set_addr(o, "inner_src", &reg->source);
    set_addr(o, "inner_dst", &reg->group);
    set_int(o, "inner_ttl", reg->inner[reg->source.family == IP_V4 ? 8 : 7]);
    set_int(o, "inner_len", (int64_t)reg->inner_len);
}

static json_t *range_json(const struct pim_range *range)
{
    json_t *one = json_object(), *list = json_array();
    set_group(one, &range->prefix);
    set_int(one, "rp_count", range->n_all);
    set_int(one, "frag_rp", (int64_t)range->n_rps);
    for (size_t i = 0; i < range->n_rps; i++) {
        json_t *rp = json_object();
        set_addr(rp, "rp", &range->rps[i].addr);
        set_int(rp, "holdtime", range->rps[i].holdtime_s);
        set_int(rp, "prio", range->rps[i].priority);
        json_array_append_new(list, rp);
    }
    json_object_set_new(one, "rps", list);
    return one;
}

static void set_bootstrap(json_t *o, const struct pim_bootstrap *b)
{
    json_t *list = json_array();
    set_int(o, "frag_tag", b->fragment_tag);
    set_int(o, "hash_mask_len", b->hash_mask_len);
    set_int(o, "bsr_prio", b->priority);
    set_int(o, "no_forward", b->no_forward);
    set_addr(o, "bsr", &b->bsr);
    for (size_t i = 0; i < b->n_ranges; i++)
        json_array_append_new(list, range_json(&b->ranges[i]));
    json_object_set_new(o, "ranges", list);
}

static void set_candidate(json_t *o, const struct pim_candidate_rp *c)
{
    json_t *list = json_array();
    set_int(o, "prio", c->priority);
    set_int(o, "holdtime", c->holdtime_s);
    set_addr(o, "rp", &c->rp);
    for (size_t i = 0; i < c->n_groups; i++) {
        json_t *one = json_object();
        set_group(one, &c->groups[i]);
        json_array_append_new(list, one);
    }
    json_object_set_new(o, "ranges", list);
}

static void set_refresh(json_t *o, const struct pim_state_refresh *s)
{
    set_group(o, &s->group);
    set_addr(o, "source", &s->source);
    set_addr(o, "originator", &s->originator);
    set_metric(o, s->rpt, s->preference, s->metric);
    set_int(o, "mask_len", s->mask_len);
    set_int(o, "ttl", s->ttl);
    set_int(o, "P", s->prune_indicator);
    set_int(o, "N", s->prune_now);
    set_int(o, "O", s->assert_override);
    set_int(o, "interval", s->interval_s);
}

/* What stands behind the header (dispatch). */
static void set_body(json_t *o, const struct pim_msg *m)
{
    switch (m->kind) {
    case PIM_HELLO:
        set_hello(o, &m->u.hello);
        break;
    case PIM_REGISTER:
        set_register(o, &m->u.reg);
        break;
    case PIM_REGISTER_STOP:
        set_group(o, &m->u.stop.group);
        set_addr(o, "source", &m->u.stop.source);
        break;
    case PIM_BOOTSTRAP:
        set_bootstrap(o, &m->u.bootstrap);
        break;
    case PIM_ASSERT:
        set_group(o, &m->u.assert.group);
        set_addr(o, "source", &m->u.assert.source);
        set_metric(o, m->u.assert.rpt, m->u.assert.preference, m->u.assert.metric);
        break;
    case PIM_CANDIDATE_RP:
        set_candidate(o, &m->u.candidate);
        break;
    case PIM_STATE_REFRESH:
        set_refresh(o, &m->u.refresh);
        break;
    default:
        set_join_prune(o, &m->u.jp);
        break;
    }
}

static json_t *packet_json(const struct pim_packet *p)
{
    json_t *o = json_object();
    json_object_set_new(o, "used", json_boolean(p->reason == PIM_DROP_NONE));
    json_object_set_new(o, "reason", json_string(pim_reason_text(p->reason)));
    set_addr(o, "src", &p->ip.src);
    set_addr(o, "dst", &p->ip.dst);
    set_int(o, "ttl", p->ip.ttl);
    set_int(o, "len", (int64_t)p->ip.payload_len);
    if (!p->readable)
        return o;
    set_int(o, "type", p->msg.kind);
    json_object_set_new(o, "name", json_string(pim_kind_name(p->msg.kind)));
    set_body(o, &p->msg);
    return o;
}

static int answer(const struct calc *c, const struct pim_packet *p)
{
    enum pim_reason r = p->reason;
    if (r == PIM_DROP_IP || r == PIM_DROP_FRAGMENT || r == PIM_DROP_PROTOCOL)
        return calc_fail(c, "HEX is no PIM packet from its IP header on: %s", pim_reason_text(r));
    int rc = calc_print(c, packet_json(p));
    if (r)
        calc_note(c, "the packet is dropped: %s", pim_reason_text(r));
    return r && rc == CALC_OK ? CALC_NO : rc;
}

int calc_pim(const struct calc *c, int argc, char **argv)
{
    const char *hex;
    enum calc_go go = calc_args(c, argc, argv, NULL, 0, &hex, 1);
    if (go != CALC_GO)
        return go == CALC_HELP_SHOWN ? CALC_OK : CALC_USAGE;
    if (!hex)
        return calc_fail(c, "the packet is missing");
    uint8_t *buf = mem_alloc(IP_MAX_PACKET, 1);
    struct pim_room room;
    struct pim_packet p;
    size_t len;
    int rc = CALC_USAGE;
    pim_room_init(&room);
    if (calc_hex(c, "HEX", hex, buf, IP_MAX_PACKET, &len)) {
        pim_packet_decode(&p, buf, len, &room);
        rc = answer(c, &p);
    }
    pim_room_fini(&room);
    free(buf);
    return rc;
}
