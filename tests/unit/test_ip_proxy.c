/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the membership proxy: its database is the merge of what is wanted downstream, changes of it
 * are told upstream, and data goes where it is wanted and the proxy is the querier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/proxy.h"
#include "sim/err.h"

enum { UP = 1, DOWN1 = 2, DOWN2 = 4 };

struct rig {
    struct ip_proxy p;
    struct gmp_room room;
    struct ip_addr own[3];
    sim_time now;
    char log[2000];
};

static void note(void *obj, unsigned iface, const struct gmp_msg *m)
{
    struct rig *r = obj;
    size_t len = strlen(r->log);
    char *at = r->log + len, group[IP_TEXT_SIZE];
    size_t room = sizeof r->log - len;
    if (m->kind == GMP_QUERY) {
        snprintf(at, room, "%s%u Q%s", len ? " | " : "", iface,
                 ip_addr_is_any(&m->group) ? "" : " group");
        return;
    }
    for (size_t i = 0; i < m->n_records; i++)
        snprintf(r->log + strlen(r->log), sizeof r->log - strlen(r->log), "%s%u %s %s %zu",
                 *r->log ? " | " : "", iface, gmp_record_name(m->records[i].type),
                 ip_addr_print(&m->records[i].group, group), m->records[i].n_sources);
}

static struct ip_proxy_cfg cfg_of(struct rig *r)
{
    return (struct ip_proxy_cfg){.up = gmp_cfg_default(IP_V4),
                                 .down = gmp_cfg_default(IP_V4),
                                 .n_down = 2,
                                 .own = r->own,
                                 .room = &r->room,
                                 .key = rng_key_make(1, 1, RNG_TEST),
                                 .obj = r,
                                 .send = note};
}

static void until(struct rig *r, sim_time t)
{
    while (ip_proxy_next(&r->p) <= t) {
        r->now = ip_proxy_next(&r->p);
        ip_proxy_wake(&r->p, r->now);
        assert_true(ip_proxy_next(&r->p) > r->now);
    }
    r->now = t;
}

static void said(struct rig *r, const char *want)
{
    assert_string_equal(r->log, want);
    r->log[0] = 0;
}

static struct rig *rig_open(void)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->own[0] = ip_addr_of("10.0.0.2");
    r->own[1] = ip_addr_of("10.1.0.100");
    r->own[2] = ip_addr_of("10.2.0.100");
    struct ip_proxy_cfg cfg = cfg_of(r);
    assert_int_equal(ip_proxy_init(&r->p, &cfg), SIM_OK);
    ip_proxy_start(&r->p, 0);
    until(r, SIM_S(40));
    said(r, "1 Q | 2 Q | 1 Q | 2 Q");
    return r;
}

static void rig_close(struct rig *r)
{
    ip_proxy_fini(&r->p);
    ip_proxy_fini(&r->p);
    gmp_room_fini(&r->room);
    free(r);
}

static enum gmp_reason report(struct rig *r, unsigned iface, enum gmp_record_type type,
                              unsigned source)
{
    struct ip_addr a = ip_addr_v4(0x0a090000 + source), from = ip_addr_of("10.1.0.5");
    const struct gmp_record rec = {.type = (uint8_t)type,
                                   .group = ip_addr_of("239.1.1.1"),
                                   .sources = &a,
                                   .n_sources = source > 0};
    const struct gmp_msg m = {
        .kind = GMP_REPORT, .family = IP_V4, .version = GMP_V3, .records = &rec, .n_records = 1};
    return ip_proxy_receive(&r->p, r->now, iface, &from, &m);
}

static ip_proxy_ifaces data(const struct rig *r, unsigned iface, const char *src, const char *dst)
{
    struct ip_addr s = ip_addr_of(src), d = ip_addr_of(dst);
    return ip_proxy_forward(&r->p, r->now, iface, &s, &d);
}

static void query(struct rig *r, unsigned iface, const char *src)
{
    const struct gmp_msg m = {.kind = GMP_QUERY,
                              .family = IP_V4,
                              .version = GMP_V3,
                              .qrv = 2,
                              .qqi = SIM_S(125),
                              .max_resp = SIM_S(10),
                              .group = ip_addr_any(IP_V4)};
    struct ip_addr from = ip_addr_of(src);
    ip_proxy_receive(&r->p, r->now, iface, &from, &m);
}

/* Joins are told upstream once, leaves when the last one has gone. */
static void test_database(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    report(r, 1, GMP_TO_EX, 0);
    until(r, SIM_S(45));
    said(r, "0 TO_EX 239.1.1.1 0 | 0 TO_EX 239.1.1.1 0");
    report(r, 2, GMP_TO_EX, 0);
    until(r, SIM_S(50));
    said(r, "");
    report(r, 1, GMP_TO_IN, 0);
    until(r, SIM_S(55));
    said(r, "1 Q group | 1 Q group");
    report(r, 2, GMP_TO_IN, 0);
    until(r, SIM_S(60));
    said(r, "2 Q group | 2 Q group | 0 TO_IN 239.1.1.1 0 | 0 TO_IN 239.1.1.1 0");
    query(r, 0, "10.0.0.1");
    until(r, SIM_S(80));
    said(r, "");
    rig_close(r);
}

/* EXCLUDE{1, 2} here and INCLUDE{2} there exclude 1 upstream. */
static void test_merge(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    report(r, 1, GMP_ALLOW, 2);
    until(r, SIM_S(45));
    said(r, "0 ALLOW 239.1.1.1 1 | 0 ALLOW 239.1.1.1 1");
    report(r, 2, GMP_TO_EX, 1);
    until(r, SIM_S(50));
    said(r, "0 TO_EX 239.1.1.1 1 | 0 TO_EX 239.1.1.1 1");
    report(r, 2, GMP_TO_EX, 2); /* 1 is wanted again; 2 is not, but by the other link */
    until(r, SIM_S(60));
    said(r, "2 Q group | 0 ALLOW 239.1.1.1 1 | 0 ALLOW 239.1.1.1 1 | 2 Q group");
    query(r, 0, "10.0.0.1");
    until(r, SIM_S(75));
    said(r, "0 IS_EX 239.1.1.1 0");
    rig_close(r);
}

static void test_forward(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    assert_int_equal(data(r, 0, "10.9.0.1", "239.1.1.1"), 0);
    assert_int_equal(data(r, 1, "10.1.0.1", "239.1.1.1"), UP);
    report(r, 1, GMP_TO_EX, 0);
    report(r, 2, GMP_ALLOW, 1);
    assert_int_equal(data(r, 0, "10.9.0.1", "239.1.1.1"), DOWN1 | DOWN2);
    assert_int_equal(data(r, 0, "10.9.0.2", "239.1.1.1"), DOWN1);
    assert_int_equal(data(r, 1, "10.9.0.1", "239.1.1.1"), UP | DOWN2);
    assert_int_equal(data(r, 2, "10.9.0.9", "239.1.1.1"), UP | DOWN1);
    assert_int_equal(data(r, 1, "10.9.0.1", "224.0.0.5"), 0);
    assert_int_equal(data(r, 1, "169.254.0.1", "239.1.1.1"), 0);
    assert_int_equal(data(r, 1, "0.0.0.0", "239.1.1.1"), 0);
    query(r, 1, "10.1.0.1"); /* somebody else asks there, and forwards */
    assert_int_equal(data(r, 0, "10.9.0.1", "239.1.1.1"), DOWN2);
    assert_int_equal(data(r, 1, "10.9.0.1", "239.1.1.1"), UP | DOWN2);
    rig_close(r);
}

static void test_range(void **state)
{
    (void)state;
    struct rig r = {0};
    struct ip_proxy_cfg cfg = cfg_of(&r);
    cfg.n_down = 0;
    assert_int_equal(ip_proxy_init(&r.p, &cfg), SIM_ERANGE);
    ip_proxy_fini(&r.p);
    cfg.n_down = 32;
    assert_int_equal(ip_proxy_init(&r.p, &cfg), SIM_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_database),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
