/* SPDX-License-Identifier: GPL-2.0-only
 * PIM messages for tests. */
#include "tests/support/pim_samples.h"

#include "models/ip/packet.h"
#include "sim/err.h"

static void add(struct pim_samples *s, struct pim_msg m)
{
    SIM_CHECK(s->n < PIM_SAMPLES_MAX, "%zu samples", s->n);
    bool far = pim_ttl((enum pim_kind)m.kind) > 1;
    m.family = s->family;
    s->msgs[s->n] = m;
    s->src[s->n] = far ? s->routable : s->link;
    s->dst[s->n] = pim_destination(s->family, (enum pim_kind)m.kind).family
                       ? (struct ip_addr){.family = IP_NONE}
                       : (far ? s->far : s->peer);
    s->n++;
}

static void set_addresses(struct pim_samples *s)
{
    bool v4 = s->family == IP_V4;
    s->link = ip_addr_of(v4 ? "10.0.0.2" : "fe80::2");
    s->routable = ip_addr_of(v4 ? "10.0.0.2" : "2001:db8::2");
    s->peer = ip_addr_of(v4 ? "10.0.0.1" : "fe80::1");
    s->far = ip_addr_of(v4 ? "10.255.0.2" : "2001:db8:ff::2");
    s->group = ip_addr_of(v4 ? "239.1.2.3" : "ff1e::123");
    for (uint8_t i = 0; i < 4; i++) {
        s->sources[i] = ip_addr_of(v4 ? "10.9.0.1" : "2001:db8:9::1");
        s->sources[i].b[ip_addr_len(s->family) - 1] = (uint8_t)(i + 1);
    }
}

static void add_hellos(struct pim_samples *s)
{
    add(s, (struct pim_msg){.kind = PIM_HELLO});
    add(s, (struct pim_msg){.kind = PIM_HELLO, .u.hello = {.has_holdtime = true}});
    struct pim_hello h = {.has_holdtime = true,
                          .holdtime_s = 105,
                          .has_lan_delay = true,
                          .propagation_ms = 500,
                          .override_ms = 2500,
                          .has_priority = true,
                          .dr_priority = 0xfffffffe,
                          .has_gen_id = true,
                          .gen_id = 0x12345678};
    add(s, (struct pim_msg){.kind = PIM_HELLO, .u.hello = h});
    h.t_bit = true;
    h.has_refresh = true;
    h.refresh_interval_s = 60;
    h.has_list = true;
    add(s, (struct pim_msg){.kind = PIM_HELLO, .u.hello = h});
    h.secondary = s->sources;
    h.n_secondary = 3;
    add(s, (struct pim_msg){.kind = PIM_HELLO, .u.hello = h});
}

static void add_lists(struct pim_samples *s)
{
    uint8_t bits = (uint8_t)(8 * ip_addr_len(s->family));
    for (unsigned i = 0; i < 4; i++)
        s->joins[i] = (struct pim_source){
            .addr = s->sources[i], .sparse = true, .wildcard = i == 0, .rpt = i < 2};
    for (uint8_t i = 0; i < 3; i++) {
        s->groups[i] = (struct pim_group){.prefix = {s->group, bits},
                                          .joins = s->joins,
                                          .n_joins = i + 1u,
                                          .prunes = s->joins + 1,
                                          .n_prunes = i,
                                          .bidir = i == 1,
                                          .zone = i == 2};
        s->groups[i].prefix.addr.b[ip_addr_len(s->family) - 1] = i;
    }
    static const uint8_t kinds[] = {PIM_JOIN_PRUNE, PIM_GRAFT, PIM_GRAFT_ACK};
    for (size_t k = 0; k < 3; k++)
        for (size_t n = 0; n <= 3; n++)
            add(s, (struct pim_msg){.kind = kinds[k],
                                    .u.jp = {.upstream = s->peer,
                                             .holdtime_s = 210,
                                             .groups = s->groups,
                                             .n_groups = n}});
}

static void add_bootstraps(struct pim_samples *s)
{
    for (uint8_t i = 0; i < 3; i++) {
        s->rps[i] = (struct pim_rp){s->sources[i], (uint16_t)(150 + i), (uint8_t)(192 + i)};
        s->ranges[i] = (struct pim_range){.prefix = {s->group, (uint8_t)(8 + i)},
                                          .n_all = (uint8_t)(i + 1),
                                          .rps = s->rps,
                                          .n_rps = i,
                                          .bidir = i == 2,
                                          .zone = i == 1};
    }
    for (uint8_t n = 0; n <= 3; n++)
        add(s, (struct pim_msg){.kind = PIM_BOOTSTRAP,
                                .u.bootstrap = {.fragment_tag = 0x1234,
                                                .hash_mask_len = 30,
                                                .priority = 64,
                                                .no_forward = n == 1,
                                                .bsr = s->far,
                                                .ranges = s->ranges,
                                                .n_ranges = n}});
    s->prefixes[0] = s->ranges[0].prefix;
    s->prefixes[1] = s->ranges[1].prefix;
    for (uint8_t n = 0; n <= 2; n++)
        add(s, (struct pim_msg){.kind = PIM_CANDIDATE_RP,
                                .u.candidate = {.priority = n,
                                                .holdtime_s = 150,
                                                .rp = s->routable,
                                                .groups = s->prefixes,
                                                .n_groups = n}});
}

static void add_registers(struct pim_samples *s)
{
    const struct ip_packet inside = {.src = s->sources[0],
                                     .dst = s->group,
                                     .ttl = 15,
                                     .protocol = 200,
                                     .payload_len = 33,
                                     .payload = s->inner + ip_header_len(s->family, false)};
    int len = ip_packet_build(&inside, s->inner, sizeof s->inner);
    SIM_CHECK(len > 0, "%d", len);
    struct pim_register reg = {
        .source = s->sources[0], .group = s->group, .inner = s->inner, .inner_len = (size_t)len};
    add(s, (struct pim_msg){.kind = PIM_REGISTER, .u.reg = reg});
    reg.border = true;
    add(s, (struct pim_msg){.kind = PIM_REGISTER, .u.reg = reg});
    add(s, (struct pim_msg){.kind = PIM_REGISTER,
                            .u.reg = {.null = true, .source = s->sources[0], .group = s->group}});
}

void pim_samples_init(struct pim_samples *s, uint8_t family)
{
    uint8_t bits = (uint8_t)(8 * ip_addr_len(family));
    *s = (struct pim_samples){.family = family};
    set_addresses(s);
    add_hellos(s);
    add_registers(s);
    const struct ip_prefix group = {s->group, bits};
    add(s, (struct pim_msg){.kind = PIM_REGISTER_STOP, .u.stop = {group, s->sources[0]}});
    add(s, (struct pim_msg){.kind = PIM_REGISTER_STOP, .u.stop = {group, ip_addr_any(family)}});
    add_lists(s);
    add_bootstraps(s);
    add(s,
        (struct pim_msg){.kind = PIM_ASSERT, .u.assert = {group, s->sources[0], false, 110, 20}});
    add(s, (struct pim_msg){.kind = PIM_ASSERT,
                            .u.assert = {group, ip_addr_any(family), true, PIM_PREFERENCE_MAX,
                                         PIM_METRIC_INFINITE}});
    for (unsigned i = 0; i < 4; i++)
        add(s, (struct pim_msg){.kind = PIM_STATE_REFRESH,
                                .u.refresh = {.group = group,
                                              .source = s->sources[0],
                                              .originator = s->far,
                                              .rpt = i == 3,
                                              .preference = 110,
                                              .metric = 20,
                                              .mask_len = 24,
                                              .ttl = 30,
                                              .prune_indicator = i == 0,
                                              .prune_now = i == 1,
                                              .assert_override = i == 2,
                                              .interval_s = 60}});
}
