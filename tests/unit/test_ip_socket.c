/* SPDX-License-Identifier: GPL-2.0-only
 * Pins what sockets do with groups. Tests called sock_NN are measurements on Linux 6.18 in network
 * namespaces, one each; the others are limits, source filters and calls that are refused. Not here:
 * that a host without a routing daemon forwards nothing (it has no forwarding at all). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/ip/route.h"
#include "models/ip/socket.h"

enum { E0 = 1, E1 = 2, PORT = 5683, MAX_ROUTES = 4 };

/* A host with e0 and e1, as in the measurements. */
struct rig {
    struct ip_iface ifaces[2];
    struct ip_route routes[MAX_ROUTES];
    size_t n_routes;
    struct ip_sockets s;
    char log[2000]; /* what interfaces want: "e0 EX" */
    struct ip_socket *got[8];
    uint32_t n_got;
};

static struct ip_addr g1(void)
{
    return ip_addr_of("239.1.1.1");
}

static struct ip_addr src(unsigned n)
{
    return ip_addr_v4(0x0a630000 + n);
}

static uint32_t find_route(void *obj, const struct ip_addr *dst)
{
    const struct rig *r = obj;
    const struct ip_route *found = ip_route_find(r->routes, r->n_routes, dst);
    return found ? found->iface : 0;
}

static void note_wanted(void *obj, uint32_t iface, const struct ip_addr *group,
                        const struct ip_filter *f)
{
    struct rig *r = obj;
    (void)group;
    size_t len = strlen(r->log);
    snprintf(r->log + len, sizeof r->log - len, "%se%u %s%u", len ? ", " : "", iface - 1,
             f->exclude ? "EX" : "IN", f->sources.n);
}

static void note_got(void *obj, struct ip_socket *k)
{
    struct rig *r = obj;
    r->got[r->n_got++] = k;
}

static struct rig *rig_open(void)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->ifaces[0] = (struct ip_iface){E0, ip_addr_of("10.50.0.1"), ip_addr_of("fe80::50"),
                                     ip_addr_of("2001:db8:50::1")};
    r->ifaces[1] = (struct ip_iface){
        .index = E1, .v4 = ip_addr_of("10.51.0.1"), .v6_link = ip_addr_of("fe80::51")};
    struct ip_sockets_cfg cfg = ip_sockets_cfg_default();
    cfg.ifaces = r->ifaces;
    cfg.n_ifaces = 2;
    cfg.obj = r;
    cfg.route = find_route;
    cfg.wanted = note_wanted;
    ip_sockets_init(&r->s, &cfg);
    return r;
}

static void rig_close(struct rig *r)
{
    ip_sockets_fini(&r->s);
    free(r);
}

static void add_route(struct rig *r, const char *net, uint8_t len, uint32_t iface)
{
    r->routes[r->n_routes++] = (struct ip_route){.prefix = {ip_addr_of(net), len}, .iface = iface};
}

static void wanted(struct rig *r, const char *want)
{
    assert_string_equal(r->log, want);
    r->log[0] = 0;
}

/* A socket on the port. */
static struct ip_socket *open_bound(struct rig *r, const char *addr)
{
    struct ip_addr a = ip_addr_of(addr);
    struct ip_socket *k = ip_socket_open(&r->s, a.family);
    assert_int_equal(ip_socket_bind(&r->s, k, &a, PORT), IP_SOCK_OK);
    return k;
}

static enum ip_sock join(struct rig *r, struct ip_socket *k, uint32_t iface)
{
    struct ip_addr group = g1();
    return ip_socket_join(&r->s, k, &group, iface);
}

static enum ip_sock with_source(struct rig *r, struct ip_socket *k, enum ip_sock_source what,
                                unsigned n)
{
    struct ip_addr group = g1(), source = src(n);
    return ip_socket_source(&r->s, k, what, &group, E0, &source);
}

/* A datagram from 10.99.0.n to the group; returns how many sockets get it. */
static uint32_t arrive(struct rig *r, uint32_t iface, const char *group, unsigned n)
{
    const struct ip_datagram d = {
        .iface = iface, .src = src(n), .dst = ip_addr_of(group), .port = PORT};
    r->n_got = 0;
    uint32_t n_got = ip_sockets_deliver(&r->s, &d, r, note_got);
    assert_int_equal(n_got, r->n_got);
    return n_got;
}

static void sock_02(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    assert_int_equal(join(r, ip_socket_open(&r->s, IP_V4), 0), IP_SOCK_ENODEV);
    wanted(r, "");
    rig_close(r);
}

static void sock_04(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    add_route(r, "0.0.0.0", 0, E1);
    assert_int_equal(join(r, ip_socket_open(&r->s, IP_V4), 0), IP_SOCK_OK);
    wanted(r, "e1 EX0");
    rig_close(r);
}

static void sock_05(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    add_route(r, "0.0.0.0", 0, E1);
    add_route(r, "224.0.0.0", 4, E0);
    assert_int_equal(join(r, ip_socket_open(&r->s, IP_V4), 0), IP_SOCK_OK);
    wanted(r, "e0 EX0");
    rig_close(r);
}

static void sock_06(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = ip_socket_open(&r->s, IP_V4);
    assert_int_equal(join(r, k, E0), IP_SOCK_OK);
    assert_int_equal(join(r, k, E0), IP_SOCK_EADDRINUSE);
    assert_int_equal(join(r, k, E1), IP_SOCK_OK); /* another interface is another membership */
    rig_close(r);
}

static void sock_07(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *a = ip_socket_open(&r->s, IP_V4), *b = ip_socket_open(&r->s, IP_V4);
    struct ip_addr group = g1();
    join(r, a, E0);
    join(r, b, E0);
    assert_int_equal(ip_sockets_users(&r->s, E0, &group), 2);
    wanted(r, "e0 EX0, e0 EX0"); /* the same: the interface has nothing to report */
    ip_socket_close(&r->s, a);
    assert_int_equal(ip_sockets_users(&r->s, E0, &group), 1);
    wanted(r, "e0 EX0");
    ip_socket_close(&r->s, b);
    wanted(r, "e0 IN0");
    rig_close(r);
}

static void sock_10(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = ip_socket_open(&r->s, IP_V4), *other = ip_socket_open(&r->s, IP_V4);
    struct ip_addr group;
    for (unsigned i = 0; i < 20; i++) {
        group = ip_addr_v4(0xef020000 + i);
        assert_int_equal(ip_socket_join(&r->s, k, &group, E0), IP_SOCK_OK);
    }
    group = ip_addr_v4(0xef030000);
    assert_int_equal(ip_socket_join(&r->s, k, &group, E0), IP_SOCK_ENOBUFS);
    assert_int_equal(ip_socket_join(&r->s, other, &group, E0), IP_SOCK_OK);
    group = ip_addr_v4(0xef020000);
    assert_int_equal(ip_socket_leave(&r->s, k, &group, E0), IP_SOCK_OK);
    assert_int_equal(ip_socket_join(&r->s, k, &group, E0), IP_SOCK_OK);
    rig_close(r);
}

static void sock_11(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *a = open_bound(r, "0.0.0.0"), *b = open_bound(r, "0.0.0.0");
    join(r, a, E0);
    assert_int_equal(arrive(r, E0, "239.1.1.1", 1), 2);
    assert_ptr_equal(r->got[0], a);
    assert_ptr_equal(r->got[1], b);
    b->all = false; /* IP_MULTICAST_ALL=0 */
    assert_int_equal(arrive(r, E0, "239.1.1.1", 1), 1);
    rig_close(r);
}

static void sock_13(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *a = open_bound(r, "0.0.0.0");
    join(r, a, E0);
    assert_int_equal(arrive(r, E1, "239.1.1.1", 1), 0);
    join(r, a, E1);
    assert_int_equal(arrive(r, E1, "239.1.1.1", 1), 1);
    rig_close(r);
}

static void sock_15(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = open_bound(r, "0.0.0.0");
    struct ip_addr group = g1();
    struct ip_send out;
    join(r, k, E0);
    k->multicast_if = E0;
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_OK);
    assert_true(out.loop && out.wire);
    k->loop = false;
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_OK);
    assert_true(!out.loop && out.wire);
    rig_close(r);
}

static void sock_18(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = ip_socket_open(&r->s, IP_V4);
    struct ip_addr group = g1(), e0 = ip_addr_of("10.50.0.1"), e1 = ip_addr_of("10.51.0.1");
    struct ip_send out;
    add_route(r, "224.0.0.0", 4, E0);
    assert_int_equal(ip_socket_set_if(&r->s, k, E1), IP_SOCK_OK);
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_OK);
    assert_int_equal(out.iface, E1);
    assert_true(ip_addr_equal(&out.src, &e1));
    assert_int_equal(ip_socket_set_if(&r->s, k, 0), IP_SOCK_OK); /* the route decides again */
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_OK);
    assert_int_equal(out.iface, E0);
    assert_true(ip_addr_equal(&out.src, &e0));
    rig_close(r);
}

static void test_send(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = ip_socket_open(&r->s, IP_V4);
    struct ip_addr group = g1(), unicast = ip_addr_of("10.50.0.9"), own = ip_addr_of("10.51.0.1");
    struct ip_send out;
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_ENETUNREACH);
    assert_int_equal(ip_socket_send(&r->s, k, &unicast, &out), IP_SOCK_EINVAL);
    assert_int_equal(ip_socket_set_if(&r->s, k, 9), IP_SOCK_ENODEV);
    ip_socket_set_if(&r->s, k, E0);
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_OK); /* without a route */
    assert_int_equal(out.ttl, 1);
    k->ttl = 0;
    assert_int_equal(ip_socket_send(&r->s, k, &group, &out), IP_SOCK_OK);
    assert_true(out.loop && !out.wire);
    /* Bound to a group: still a device's address; bound to one: that one. */
    ip_socket_bind(&r->s, k, &group, PORT);
    ip_socket_send(&r->s, k, &group, &out);
    assert_true(ip_addr_equal(&out.src, &r->ifaces[0].v4));
    ip_socket_bind(&r->s, k, &own, PORT);
    ip_socket_send(&r->s, k, &group, &out);
    assert_true(ip_addr_equal(&out.src, &own));
    assert_int_equal(ip_socket_bind(&r->s, k, &unicast, PORT), IP_SOCK_EADDRNOTAVAIL);
    rig_close(r);
}

static void test_send_v6(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = ip_socket_open(&r->s, IP_V6);
    struct ip_addr link = ip_addr_of("ff02::5"), site = ip_addr_of("ff05::5"),
                   node = ip_addr_of("ff01::5"), v4 = g1();
    struct ip_send out;
    add_route(r, "ff00::", 8, E0);
    assert_int_equal(ip_socket_send(&r->s, k, &link, &out), IP_SOCK_OK);
    assert_true(ip_addr_equal(&out.src, &r->ifaces[0].v6_link));
    assert_int_equal(ip_socket_send(&r->s, k, &site, &out), IP_SOCK_OK);
    assert_true(ip_addr_equal(&out.src, &r->ifaces[0].v6));
    assert_true(out.wire);
    assert_int_equal(ip_socket_send(&r->s, k, &node, &out), IP_SOCK_OK);
    assert_false(out.wire);
    ip_socket_set_if(&r->s, k, E1); /* it has a link-local address only */
    assert_int_equal(ip_socket_send(&r->s, k, &site, &out), IP_SOCK_OK);
    assert_true(ip_addr_equal(&out.src, &r->ifaces[1].v6_link));
    assert_int_equal(ip_socket_send(&r->s, k, &v4, &out), IP_SOCK_EINVAL);
    /* 64 sources, and any number of memberships. */
    for (unsigned i = 0; i < 30; i++) {
        site.b[15] = (uint8_t)i;
        assert_int_equal(ip_socket_join(&r->s, k, &site, E0), IP_SOCK_OK);
    }
    rig_close(r);
}

/* Bound to a group: a filter of destinations. Another port: not for it. */
static void test_bound_to_group(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *a = open_bound(r, "0.0.0.0"), *b = open_bound(r, "239.1.1.1");
    struct ip_addr any = ip_addr_any(IP_V4), other = ip_addr_of("239.1.1.2");
    struct ip_socket *c = ip_socket_open(&r->s, IP_V4);
    ip_socket_bind(&r->s, c, &any, PORT + 1);
    join(r, a, E0);
    ip_socket_join(&r->s, a, &other, E0);
    assert_int_equal(arrive(r, E0, "239.1.1.1", 1), 2);
    assert_int_equal(arrive(r, E0, "239.1.1.2", 1), 1);
    assert_ptr_equal(r->got[0], a);
    assert_int_equal(arrive(r, E0, "239.1.1.3", 1), 0);
    assert_int_equal(arrive(r, E1, "224.0.0.1", 1), 1); /* everybody is in that one */
    assert_int_equal(arrive(r, E1, "224.0.0.2", 1), 0);
    assert_ptr_equal(b, r->s.sockets[1]);
    rig_close(r);
}

/* Source filters decide per socket, and their union at the interface. */
static void test_source_filters(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *a = open_bound(r, "0.0.0.0"), *b = open_bound(r, "0.0.0.0"),
                     *c = open_bound(r, "0.0.0.0");
    assert_int_equal(with_source(r, a, IP_SOCK_JOIN_SOURCE, 1), IP_SOCK_OK);
    wanted(r, "e0 IN1");
    assert_int_equal(arrive(r, E0, "239.1.1.1", 1), 3); /* b and c hear what others joined */
    assert_int_equal(arrive(r, E0, "239.1.1.1", 2), 0);
    assert_int_equal(with_source(r, b, IP_SOCK_JOIN_SOURCE, 2), IP_SOCK_OK);
    wanted(r, "e0 IN2");
    assert_int_equal(arrive(r, E0, "239.1.1.1", 2), 2);
    join(r, c, E0);
    assert_int_equal(with_source(r, c, IP_SOCK_BLOCK, 1), IP_SOCK_OK);
    assert_int_equal(with_source(r, c, IP_SOCK_BLOCK, 3), IP_SOCK_OK);
    wanted(r, "e0 EX0, e0 EX0, e0 EX1"); /* 1 is a's */
    assert_int_equal(arrive(r, E0, "239.1.1.1", 1), 1);
    assert_int_equal(arrive(r, E0, "239.1.1.1", 3), 0);
    assert_int_equal(arrive(r, E0, "239.1.1.1", 4), 1);
    assert_ptr_equal(r->got[0], c);
    assert_int_equal(with_source(r, c, IP_SOCK_UNBLOCK, 3), IP_SOCK_OK);
    assert_int_equal(arrive(r, E0, "239.1.1.1", 3), 1);
    assert_int_equal(with_source(r, a, IP_SOCK_LEAVE_SOURCE, 1), IP_SOCK_OK);
    assert_int_equal(a->n_members, 0); /* the last source ends the membership */
    rig_close(r);
}

static void test_source_errors(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *ssm = open_bound(r, "0.0.0.0"), *asm_ = open_bound(r, "0.0.0.0");
    struct ip_addr group = g1(), bad = ip_addr_of("224.0.0.9");
    assert_int_equal(with_source(r, ssm, IP_SOCK_LEAVE_SOURCE, 1), IP_SOCK_EADDRNOTAVAIL);
    assert_int_equal(with_source(r, ssm, IP_SOCK_BLOCK, 1), IP_SOCK_EINVAL);
    assert_int_equal(with_source(r, ssm, IP_SOCK_JOIN_SOURCE, 1), IP_SOCK_OK);
    assert_int_equal(with_source(r, ssm, IP_SOCK_JOIN_SOURCE, 1), IP_SOCK_EADDRNOTAVAIL);
    assert_int_equal(with_source(r, ssm, IP_SOCK_LEAVE_SOURCE, 2), IP_SOCK_EADDRNOTAVAIL);
    assert_int_equal(with_source(r, ssm, IP_SOCK_BLOCK, 2), IP_SOCK_EINVAL);
    assert_int_equal(join(r, ssm, E0), IP_SOCK_EINVAL);
    join(r, asm_, E0);
    assert_int_equal(with_source(r, asm_, IP_SOCK_JOIN_SOURCE, 1), IP_SOCK_EINVAL);
    assert_int_equal(with_source(r, asm_, IP_SOCK_UNBLOCK, 1), IP_SOCK_EADDRNOTAVAIL);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(with_source(r, asm_, IP_SOCK_BLOCK, i), IP_SOCK_OK);
    assert_int_equal(with_source(r, asm_, IP_SOCK_BLOCK, 10), IP_SOCK_ENOBUFS);
    assert_int_equal(with_source(r, asm_, IP_SOCK_BLOCK, 9), IP_SOCK_EADDRNOTAVAIL);
    assert_int_equal(ip_socket_source(&r->s, ssm, IP_SOCK_JOIN_SOURCE, &group, E0, &bad),
                     IP_SOCK_EINVAL);
    assert_int_equal(ip_socket_source(&r->s, ssm, IP_SOCK_JOIN_SOURCE, &bad, 9, &group),
                     IP_SOCK_EINVAL);
    bad = src(1);
    assert_int_equal(ip_socket_source(&r->s, ssm, IP_SOCK_JOIN_SOURCE, &group, 9, &bad),
                     IP_SOCK_ENODEV);
    rig_close(r);
}

static void test_whole_filter(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = open_bound(r, "0.0.0.0");
    struct ip_addr group = g1();
    struct ip_filter f = {0};
    assert_int_equal(ip_socket_set_filter(&r->s, k, &group, E0, &f), IP_SOCK_EINVAL);
    join(r, k, E0);
    for (unsigned i = 0; i < 10; i++) {
        struct ip_addr a = src(i);
        ip_set_add(&f.sources, &a);
    }
    assert_int_equal(ip_socket_set_filter(&r->s, k, &group, E0, &f), IP_SOCK_OK);
    struct ip_addr eleventh = src(10);
    ip_set_add(&f.sources, &eleventh);
    assert_int_equal(ip_socket_set_filter(&r->s, k, &group, E0, &f), IP_SOCK_ENOBUFS);
    ip_set_clear(&f.sources);
    assert_int_equal(ip_socket_set_filter(&r->s, k, &group, E0, &f), IP_SOCK_OK);
    assert_int_equal(k->n_members, 0);
    wanted(r, "e0 EX0, e0 IN10, e0 IN0");
    ip_filter_fini(&f);
    rig_close(r);
}

static void test_leave(void **state)
{
    (void)state;
    struct rig *r = rig_open();
    struct ip_socket *k = open_bound(r, "0.0.0.0");
    struct ip_addr group = g1(), unicast = src(1), v6 = ip_addr_of("ff05::1");
    assert_int_equal(ip_socket_leave(&r->s, k, &group, E0), IP_SOCK_EADDRNOTAVAIL);
    assert_int_equal(ip_socket_leave(&r->s, k, &group, 9), IP_SOCK_ENODEV);
    assert_int_equal(ip_socket_leave(&r->s, k, &unicast, E0), IP_SOCK_EINVAL);
    assert_int_equal(ip_socket_join(&r->s, k, &unicast, E0), IP_SOCK_EINVAL);
    assert_int_equal(ip_socket_join(&r->s, k, &v6, E0), IP_SOCK_EINVAL);
    join(r, k, E1);
    join(r, k, E0);
    wanted(r, "e1 EX0, e0 EX0");
    assert_int_equal(ip_socket_leave(&r->s, k, &group, 0), IP_SOCK_OK); /* the oldest */
    wanted(r, "e1 IN0");
    assert_int_equal(ip_socket_leave(&r->s, k, &group, E1), IP_SOCK_EADDRNOTAVAIL);
    assert_string_equal(ip_sock_name(IP_SOCK_EADDRNOTAVAIL), "EADDRNOTAVAIL");
    assert_non_null(strstr(ip_sock_text(IP_SOCK_ENODEV), "route"));
    rig_close(r);
}

static void test_routes(void **state)
{
    (void)state;
    const struct ip_route routes[] = {
        {{ip_addr_of("0.0.0.0"), 0}, 0, 1},   {{ip_addr_of("239.0.0.0"), 8}, 5, 2},
        {{ip_addr_of("239.0.0.0"), 8}, 4, 3}, {{ip_addr_of("239.0.0.0"), 8}, 4, 4},
        {{ip_addr_of("::"), 0}, 0, 5},
    };
    struct ip_addr a = ip_addr_of("239.9.9.9"), b = ip_addr_of("224.1.1.1"),
                   c = ip_addr_of("ff05::1");
    assert_int_equal(ip_route_find(routes, 5, &a)->iface, 3);
    assert_int_equal(ip_route_find(routes, 5, &b)->iface, 1);
    assert_int_equal(ip_route_find(routes, 5, &c)->iface, 5);
    assert_null(ip_route_find(routes, 4, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sock_02),
        cmocka_unit_test(sock_04),
        cmocka_unit_test(sock_05),
        cmocka_unit_test(sock_06),
        cmocka_unit_test(sock_07),
        cmocka_unit_test(sock_10),
        cmocka_unit_test(sock_11),
        cmocka_unit_test(sock_13),
        cmocka_unit_test(sock_15),
        cmocka_unit_test(sock_18),
        cmocka_unit_test(test_send),
        cmocka_unit_test(test_send_v6),
        cmocka_unit_test(test_bound_to_group),
        cmocka_unit_test(test_source_filters),
        cmocka_unit_test(test_source_errors),
        cmocka_unit_test(test_whole_filter),
        cmocka_unit_test(test_leave),
        cmocka_unit_test(test_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
