/* SPDX-License-Identifier: GPL-2.0-only
 * Pins nodes and links of ns-3 on our queue: when frames come out, order at one instant across its
 * events and ours, the end of a run, losses, and that runs of one process do not touch each other.
 * Skipped where the bridge was not built. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/err.h"
#include "sim/evq.h"
#include "sim/ns3/ns3_net.h"

enum { MAX_LOG = 4000 };

struct heard {
    sim_time at;
    int node, iface; /* -1: an event of ours */
    uint16_t type;
    size_t len;
    uint8_t first; /* octet */
};

struct air {
    struct evq *q;
    struct ns3_net *net;
    struct heard log[MAX_LOG];
    int n;
    int lose_node; /* -1: none */
    evq_kind send, mark;
};

static void on_frame(void *ctx, const struct ns3_frame *f)
{
    struct air *a = ctx;
    uint8_t mac[6];
    assert_true(a->n < MAX_LOG);
    a->log[a->n++] =
        (struct heard){evq_now(a->q), f->node, f->iface, f->type, f->len, f->len ? f->bytes[0] : 0};
    ns3_net_address(f->node, f->iface, mac);
    assert_int_not_equal(f->src[0] | f->src[4], 0);
    assert_memory_not_equal(f->src, mac, 6); /* nobody hears itself */
}

static bool is_lost(void *ctx, int node, int iface)
{
    const struct air *a = ctx;
    (void)iface;
    return node == a->lose_node;
}

static void send_to_all(struct air *a, int node, size_t len, uint8_t first)
{
    static uint8_t bytes[1500];
    struct sim_error e = {0};
    struct ns3_frame f = {.node = node, .type = 0x86dd, .bytes = bytes, .len = len};
    memset(f.dst, 0xff, 6);
    bytes[0] = first;
    if (ns3_net_send(a->net, &f, &e))
        fail_msg("%s", e.text);
}

/* arg: node << 16 | length. */
static void on_send(void *obj, uint32_t arg)
{
    send_to_all(obj, (int)(arg >> 16), arg & 0xffff, 7);
}

static void on_mark(void *obj, uint32_t arg)
{
    struct air *a = obj;
    assert_true(a->n < MAX_LOG);
    a->log[a->n++] = (struct heard){evq_now(a->q), -1, (int)arg, 0, 0, 0};
}

/* end: of a run on ns-3's own simulator; 0: on our queue. */
static void air_open_on(struct air *a, int n_nodes, sim_time end)
{
    struct sim_error e = {0};
    if (access(BUILD_DIR "/castbed-ns3.so", R_OK))
        skip();
    *a = (struct air){.q = evq_open(EVQ_FIFO), .lose_node = -1};
    struct ns3_net_ops ops = {.ctx = a, .frame = on_frame, .lost = is_lost};
    if (end ? ns3_net_open_default(&a->net, a->q, &ops, end, &e)
            : ns3_net_open(&a->net, a->q, &ops, &e))
        fail_msg("%s", e.text);
    a->send = evq_kind_add(a->q, on_send, "send");
    a->mark = evq_kind_add(a->q, on_mark, "mark");
    for (int i = 0; i < n_nodes; i++) {
        int node;
        assert_int_equal(ns3_net_node(a->net, &node, &e), SIM_OK);
        assert_int_equal(node, i);
    }
}

static void air_open(struct air *a, int n_nodes)
{
    air_open_on(a, n_nodes, 0);
}

static void air_close(struct air *a)
{
    ns3_net_close(a->net);
    evq_close(a->q);
}

static void link_up(struct air *a, enum ns3_link_kind kind, int first, int n, int *ifaces)
{
    int nodes[8];
    struct sim_error e = {0};
    for (int i = 0; i < n; i++)
        nodes[i] = first + i;
    struct ns3_link_spec spec = {.kind = kind,
                                 .nodes = nodes,
                                 .n_nodes = (size_t)n,
                                 .bits_per_s = 8000000, /* 1 us an octet */
                                 .delay_ns = 1000,
                                 .stream = UINT64_C(0xfedcba9876543210)};
    if (ns3_net_link(a->net, &spec, ifaces, &e))
        fail_msg("%s", e.text);
}

static void run_to(struct air *a, sim_time end)
{
    struct sim_error e = {0};
    if (ns3_net_run(a->net, end, &e))
        fail_msg("%s", e.text);
}

/* PPP: 2 octets before the payload; rate 1 us an octet, delay 1 us. */
static void point_to_point_times(void **state)
{
    struct air a;
    int i[2];
    (void)state;
    air_open(&a, 3);
    link_up(&a, NS3_POINT_TO_POINT, 0, 2, i);
    link_up(&a, NS3_POINT_TO_POINT, 1, 2, i);
    assert_int_equal(i[0], 1);
    assert_int_equal(i[1], 0);
    evq_push(a.q, SIM_MS(5), a.send, &a, 100);
    evq_push(a.q, SIM_MS(5), a.send, &a, 50); /* waits for the first */
    run_to(&a, SIM_S(1));
    assert_int_equal(a.n, 2);
    assert_int_equal(a.log[0].at, SIM_MS(5) + SIM_US(102 + 1));
    assert_int_equal(a.log[1].at, SIM_MS(5) + SIM_US(102 + 52 + 1));
    assert_int_equal(a.log[1].node, 1);
    assert_int_equal(a.log[1].len, 50);
    assert_int_equal(a.log[1].first, 7);
    air_close(&a);
}

/* CSMA: 14 octets of header and 4 of check sum, at least 46 of payload; all hear it at once, but
 * for the one that loses it. */
static void csma_times_and_losses(void **state)
{
    struct air a;
    int i[4];
    (void)state;
    air_open(&a, 4);
    link_up(&a, NS3_CSMA, 0, 4, i);
    a.lose_node = 2;
    evq_push(a.q, 0, a.send, &a, 1 << 16 | 20);
    run_to(&a, SIM_S(1));
    assert_int_equal(a.n, 2);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(a.log[k].at, SIM_US(64 + 1));
        assert_int_equal(a.log[k].node, k ? 3 : 0);
        assert_int_equal(a.log[k].type, 0x86dd);
    }
    air_close(&a);
}

/* Our event pushed before a frame's last event at the same instant runs before it, the one pushed
 * after it runs after it. */
static void order_at_one_instant(void **state)
{
    struct air a;
    int i[2];
    (void)state;
    air_open(&a, 2);
    link_up(&a, NS3_POINT_TO_POINT, 0, 2, i);
    evq_push(a.q, SIM_US(103), a.mark, &a, 1);
    run_to(&a, 0);
    send_to_all(&a, 0, 100, 7); /* its arrival at 103 us is pushed now */
    evq_push(a.q, SIM_US(103), a.mark, &a, 2);
    run_to(&a, SIM_US(104));
    assert_int_equal(a.n, 3);
    assert_int_equal(a.log[0].iface, 1);
    assert_int_equal(a.log[1].node, 1);
    assert_int_equal(a.log[2].iface, 2);
    air_close(&a);
}

/* An event at the end does not run; the next run begins with it. */
static void end_of_a_run(void **state)
{
    struct air a;
    int i[2];
    (void)state;
    air_open(&a, 2);
    link_up(&a, NS3_POINT_TO_POINT, 0, 2, i);
    evq_push(a.q, 0, a.send, &a, 100);
    run_to(&a, SIM_US(103));
    assert_int_equal(a.n, 0);
    run_to(&a, SIM_US(103) + 1);
    assert_int_equal(a.n, 1);
    air_close(&a);
}

static void what_cannot_be(void **state)
{
    struct air a;
    int i[8], none = 5;
    struct sim_error e = {0};
    struct ns3_net *second;
    struct ns3_net_ops ops = {.frame = on_frame};
    (void)state;
    air_open(&a, 3);
    assert_int_equal(ns3_net_open(&second, a.q, &ops, &e), SIM_EBUSY);
    struct ns3_link_spec spec = {.kind = NS3_CSMA, .nodes = &none, .n_nodes = 1, .bits_per_s = 1};
    assert_int_equal(ns3_net_link(a.net, &spec, i, &e), SIM_EINVAL);
    assert_non_null(strstr(e.text, "there is no node 5"));
    int three[] = {0, 1, 2};
    spec = (struct ns3_link_spec){NS3_POINT_TO_POINT, three, 3, 1000, 0, 0};
    assert_int_equal(ns3_net_link(a.net, &spec, i, &e), SIM_EINVAL);
    assert_non_null(strstr(e.text, "joins 2 nodes, not 3"));
    link_up(&a, NS3_POINT_TO_POINT, 0, 2, i);
    static uint8_t bytes[2000];
    struct ns3_frame f = {.node = 0, .iface = 1, .type = 0x86dd, .bytes = bytes, .len = 10};
    assert_int_equal(ns3_net_send(a.net, &f, &e), SIM_EINVAL);
    f.iface = 0;
    f.type = 0x0806;
    assert_int_equal(ns3_net_send(a.net, &f, &e), SIM_EINVAL);
    f.type = 0x0800;
    f.len = 1501;
    assert_int_equal(ns3_net_send(a.net, &f, &e), SIM_EINVAL);
    air_close(&a);
}

/* Four stations that all send at once: back-offs are drawn. */
static void storm_on(struct air *a, sim_time end)
{
    int i[4];
    air_open_on(a, 4, end);
    link_up(a, NS3_CSMA, 0, 4, i);
    for (uint32_t k = 0; k < 25; k++)
        for (uint32_t node = 0; node < 4; node++)
            evq_push(a->q, SIM_MS(2) * k, a->send, a, node << 16 | (60 + k));
    run_to(a, SIM_S(5));
}

static void storm(struct air *a)
{
    storm_on(a, 0);
}

static long resident_kb(void)
{
    long pages = 0, size = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &size, &pages), 2);
    fclose(f);
    return pages * 4;
}

/* 200 runs in one process: the same frames at the same times, and memory stays. */
static void runs_do_not_touch_each_other(void **state)
{
    static struct air first, again;
    long at_20 = 0;
    (void)state;
    storm(&first);
    assert_true(first.n > 250);
    air_close(&first);
    for (int run = 2; run <= 200; run++) {
        storm(&again);
        assert_int_equal(again.n, first.n);
        assert_memory_equal(again.log, first.log, sizeof first.log);
        air_close(&again);
        if (run == 20)
            at_20 = resident_kb();
    }
    print_message("resident: %ld kB at run 20, %ld kB at run 200\n", at_20, resident_kb());
#ifndef __SANITIZE_ADDRESS__
    assert_true(resident_kb() - at_20 < 1024);
#endif
}

/* Events of ours at the instants of frames, cancelled ones among them, and all kinds at the end. */
static void mixed_on(struct air *a, sim_time end, bool own_simulator)
{
    int i[2];
    air_open_on(a, 2, own_simulator ? end : 0);
    link_up(a, NS3_POINT_TO_POINT, 0, 2, i);
    for (uint32_t k = 0; k < 200; k++) {
        sim_time at = SIM_US(103) * k;
        evq_push(a->q, at, a->send, a, 100); /* arrives at the next of these instants */
        evq_push(a->q, at, a->mark, a, k);
        evq_id gone = evq_push_cancellable(a->q, at, a->mark, a, 1000 + k),
               stays = evq_push_cancellable(a->q, at, a->mark, a, 2000 + k);
        if (k % 3 == 0)
            evq_cancel(a->q, gone);
        if (k % 5 == 0)
            evq_cancel(a->q, stays);
    }
    run_to(a, end);
}

/* Our queue and ns-3's own simulator give the same order, up to the same end. */
static void both_engines(void **state)
{
    static struct air ours, theirs;
    (void)state;
    storm_on(&ours, 0);
    uint64_t n_ours = ns3_net_n_events(ours.net) + 100; /* our pushes are events of ns-3 there, */
    air_close(&ours);
    storm_on(&theirs, SIM_S(5));
    assert_int_equal(ns3_net_n_events(theirs.net), n_ours + 1); /* and its end is one */
    assert_int_equal(theirs.n, ours.n);
    assert_memory_equal(theirs.log, ours.log, sizeof ours.log);
    air_close(&theirs);
    for (sim_time end = SIM_US(103) * 50; end <= SIM_US(103) * 50 + 1; end++) {
        mixed_on(&ours, end, false);
        assert_int_equal(evq_now(ours.q), end);
        assert_true(ours.n > 100);
        uint64_t n_run = evq_n_run(ours.q) - ns3_net_n_events(ours.net);
        air_close(&ours);
        mixed_on(&theirs, end, true);
        assert_int_equal(evq_now(theirs.q), end);
        assert_int_equal(evq_n_run(theirs.q), n_run);
        air_close(&theirs);
        assert_int_equal(theirs.n, ours.n);
        assert_memory_equal(theirs.log, ours.log, sizeof ours.log);
    }
}

static bool is_mapped(void)
{
    char line[1000];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        found = found || strstr(line, "castbed-ns3.so");
    fclose(f);
    return found;
}

/* Its symbol is nobody else's, and it stays when its network has gone. */
static void stays_apart(void **state)
{
    struct air a;
    (void)state;
    air_open(&a, 1);
    assert_null(dlsym(RTLD_DEFAULT, "castbed_ns3_bridge"));
    air_close(&a);
    assert_true(is_mapped());
}

/* ns-3 is there when it is asked for, not before. */
static void not_before_it_is_needed(void **state)
{
    struct air a;
    (void)state;
    assert_false(is_mapped());
    air_open(&a, 1);
    assert_true(is_mapped());
    air_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(not_before_it_is_needed),
                                       cmocka_unit_test(stays_apart),
                                       cmocka_unit_test(point_to_point_times),
                                       cmocka_unit_test(csma_times_and_losses),
                                       cmocka_unit_test(order_at_one_instant),
                                       cmocka_unit_test(end_of_a_run),
                                       cmocka_unit_test(what_cannot_be),
                                       cmocka_unit_test(both_engines),
                                       cmocka_unit_test(runs_do_not_touch_each_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
