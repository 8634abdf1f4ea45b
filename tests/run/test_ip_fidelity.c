/* SPDX-License-Identifier: GPL-2.0-only
 * Pins that tree fidelity is packet fidelity without packets: random networks (trees, grids,
 * Waxman, Barabasi-Albert, lines, stars; LANs with hubs, switches, snooping switches and proxies;
 * both families; routers that are members) run in both with the same draws. At quiescent instants
 * the memberships, the forwarding tables, the packets and octets on each link and what ended where
 * are equal; what happens in one happens in the other at most one crossing of the network later.
 * Tree fidelity gives the same rows whatever the order of events at one instant. Skipped where the
 * bridge was not built. Leaves open: lossy links, where a loss falls on another packet when two
 * have changed places. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/mem.h"
#include "sim/rng.h"
#include "sim/trace.h"
#include "tools/world.h"

enum { N_NETWORKS = 40, TEXT_SIZE = 32768, KEY_SIZE = 240, N_COUNTS = 6 };

/* A row as text: which one, what it says, its counts, and when (-1: at the end). */
struct line {
    char key[KEY_SIZE], says[KEY_SIZE];
    int64_t at;
    uint32_t order;
    bool of_data; /* counts what becomes of datagrams */
    int64_t count[N_COUNTS];
};

struct log {
    struct line *line;
    uint32_t n, max;
};

static struct line *keep(struct log *l, int64_t at, const char *format, ...)
{
    va_list args;
    if (l->n == l->max) {
        l->max = l->max ? 2 * l->max : 256;
        l->line = mem_grow(l->line, l->max, sizeof *l->line);
    }
    struct line *k = &l->line[l->n];
    *k = (struct line){.at = at, .order = l->n++};
    va_start(args, format);
    vsnprintf(k->key, sizeof k->key, format, args);
    va_end(args);
    return k;
}

static void says(struct line *k, const char *a, const char *b, const char *c)
{
    snprintf(k->says, sizeof k->says, "%s %s %s", a ? a : "-", b ? b : "-", c ? c : "-");
}

static void counts(struct line *k, bool of_data, const int64_t *v, size_t n)
{
    k->of_data = of_data;
    memcpy(k->count, v, n * sizeof *v);
}

static void on_end_row(struct log *l, enum row_table_id table, const void *row)
{
    if (table == ROW_IP_LINK_STAT) {
        const struct row_ip_link_stat *r = row;
        const int64_t v[] = {r->n_packets, r->n_bytes, r->n_queue, r->n_down, r->n_lost, r->n_cut};
        counts(keep(l, -1, "link %" PRId64 " kind %" PRId64, r->link, r->kind),
               r->kind == IP_TRAFFIC_DATA || r->kind == IP_TRAFFIC_PIM, v, 6);
    } else if (table == ROW_IP_FLOW_STAT) {
        const struct row_ip_flow_stat *r = row;
        const int64_t v[] = {r->n_expected, r->n_received, r->n_lost, r->n_duplicate,
                             r->n_unexpected};
        counts(keep(l, -1, "flow %s at %" PRId64, r->flow, r->node), true, v, 5);
    } else if (table == ROW_IP_DROP) {
        const struct row_ip_drop *r = row;
        counts(keep(l, -1, "drop at %" PRId64 " %" PRId64 " %s %s", r->node, r->iface, r->protocol,
                    r->reason),
               true, &r->n, 1);
    }
}

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct log *l = ctx;
    char number[24];
    if (table == ROW_IP_MEMBERSHIP) {
        const struct row_ip_membership *r = row;
        says(keep(l, r->at_ns, "member %" PRId64 " %" PRId64 " %" PRId64 " %s", r->node, r->iface,
                  r->side, r->group_addr),
             r->mode, r->sources, NULL);
    } else if (table == ROW_IP_FORWARDING) {
        const struct row_ip_forwarding *r = row;
        snprintf(number, sizeof number, "%" PRId64, r->in_iface);
        says(keep(l, r->at_ns, "entry %" PRId64 " %s %s", r->node, r->source, r->group_addr),
             number, "->", r->out_ifaces);
    } else {
        on_end_row(l, table, row);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : x->order < y->order ? -1 : 1;
}

static struct log *run(const char *yaml, const char *fidelity, const char *ties, int end_ms)
{
    struct log *l = mem_alloc(1, sizeof *l);
    char *whole = mem_alloc(TEXT_SIZE + 300, 1);
    struct sim_error e = {0};
    struct world *w;
    struct trace trace;
    struct trace_listener listener = {.rows = UINT64_MAX, .row = on_row, .ctx = l};
    trace_init(&trace);
    trace_listen(&trace, &listener);
    int len = snprintf(whole, TEXT_SIZE + 300,
                       "run: {duration: %dms, tie_order: %s}\nip:\n  fidelity: %s\n%s", end_ms,
                       ties, fidelity, yaml);
    if (world_load_text(&w, "test", whole, (size_t)len, "/", &e) || world_place(w, &e))
        fail_msg("%s\n%s", e.text, whole);
    world_build(w, &trace);
    if (world_run_until(w, world_cfg(w)->run.duration_ns))
        fail_msg("%s", world_error(w));
    assert_int_equal(world_finish(w), 0);
    world_close(w);
    free(whole);
    qsort(l->line, l->n, sizeof *l->line, by_key);
    return l;
}

static void log_free(struct log *l)
{
    free(l->line);
    free(l);
}

/* ---- random networks ---- */

struct pen {
    char text[TEXT_SIZE];
    size_t len;
};

static void put(struct pen *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(p->text + p->len, sizeof p->text - p->len, format, args);
    va_end(args);
    p->len += (size_t)n;
    assert_true(p->len < sizeof p->text);
}

static uint32_t between(struct rng *r, uint32_t lo, uint32_t hi)
{
    return lo + (uint32_t)rng_below(r, hi - lo + 1);
}

/* Routers by rule; returns how many. */
static uint32_t put_routers(struct pen *p, struct rng *r, uint32_t number, bool csma)
{
    static const char *const rules[] = {"line", "star",   "k_ary_tree",
                                        "grid", "waxman", "barabasi_albert"};
    uint32_t rule = number % 6, n = between(r, 4, number % 4 == 3 ? 100 : 24);
    put(p,
        "  topologies:\n    - {name: t, topology: %s, multicast_routing: %s, kind: %s, rate: "
        "%uMbps, "
        "delay: %uus",
        rules[rule], number % 2 ? "pim" : "members", csma ? "csma" : "point_to_point",
        between(r, 5, 100), between(r, 1, 2000));
    if (rule == 2) {
        uint32_t arity = between(r, 2, 3), depth = between(r, 1, 4);
        put(p, ", arity: %u, depth: %u}\n", arity, depth);
        for (n = 1; depth > 0; depth--)
            n = n * arity + 1;
        return n;
    }
    if (rule == 3) {
        uint32_t columns = between(r, 2, 6), rows = between(r, 2, 6);
        put(p, ", columns: %u, rows: %u}\n", columns, rows);
        return columns * rows;
    }
    put(p, ", count: %u}\n", n);
    return n + (rule == 1);
}

/* LANs of some routers: a cable, or a box of layer 2 and a link to each host. */
static uint32_t put_lans(struct pen *p, struct rng *r, uint32_t n_routers)
{
    static const char *const boxes[] = {"hub", "switch", "snooping_switch", "proxy"};
    uint32_t n = between(r, 2, 5), box[8];
    put(p, "  nodes:\n");
    for (uint32_t i = 0; i < n; i++) {
        box[i] = between(r, 0, 4);
        put(p, "    - {name: h%u, count: %u}\n", i, between(r, 2, 5));
        if (box[i] < 4)
            put(p, "    - {name: b%u, kind: %s}\n", i, boxes[box[i]]);
    }
    put(p, "  links:\n");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t router = between(r, 0, n_routers - 1);
        if (box[i] == 4) {
            put(p, "    - {name: lan%u, nodes: \"t/%u h%u\", delay: %uus}\n", i, router, i,
                between(r, 1, 50));
            continue;
        }
        put(p, "    - {name: up%u, nodes: \"t/%u b%u\", delay: %uus}\n", i, router, i,
            between(r, 1, 50));
        put(p, "    - {name: lan%u, each: h%u, to: b%u, rate: 10Mbps}\n", i, i, i);
    }
    return n;
}

/* Nothing is reported while routers ask for the first time: a snooping switch passes reports on to
 * routers that it knows already. Memberships and data keep away from one another in time: what is
 * on its way when a tree changes is not the same in both. */
static void put_cast(struct pen *p, struct rng *r, uint32_t n_lans, const char *const *groups)
{
    put(p, "  memberships:\n");
    for (uint32_t i = 0; i < n_lans; i++)
        for (uint32_t g = 0; g < 2; g++) {
            uint32_t join = between(r, 0, 40), leave = between(r, 60, 90);
            put(p, "    - {nodes: h%u/%u, group: \"%s\", join: %u.2%us, leave: %u.2%us}\n", i,
                between(r, 0, 1), groups[g], join, 2 * i + g, leave, 2 * i + g);
        }
    put(p, "    - {nodes: h0/1, group: \"%s\", sources: h%u/0, join: 3.2s, leave: 80.2s}\n",
        groups[2], n_lans - 1);
    put(p, "    - {nodes: t/1, group: \"%s\", join: 4.6s, leave: 58.6s}\n", groups[0]);
    put(p, "  traffic:\n");
    for (uint32_t g = 0; g < 3; g++)
        put(p, "    - {name: f%u, source: h%u/0, group: \"%s\", ttl: 32, start: %u.7%us}\n", g,
            g == 2 ? n_lans - 1 : between(r, 0, n_lans - 1), groups[g], between(r, 1, 20), g);
}

static void make(struct pen *p, uint32_t number)
{
    static const char *const v4[] = {"239.1.1.1", "224.2.3.4", "232.1.1.1"};
    static const char *const v6[] = {"ff15::1", "ff0e::4", "ff35::1"};
    struct rng r = rng_stream(rng_key_make(number, 1, RNG_TEST), 0);
    bool both = number % 3 == 0, old = number % 5 == 4;
    p->len = 0;
    if (!both)
        put(p, "  families: %s\n", number % 3 == 1 ? "ipv4" : "ipv6");
    put(p, "  membership_protocol: {solicited_node: false%s}\n",
        old ? ", igmp_version: 2, mld_version: 1, query_interval: 20s, query_response: 4s" : "");
    uint32_t n = put_routers(p, &r, number, number / 2 % 2);
    uint32_t n_lans = put_lans(p, &r, n);
    const char *const *groups = number % 3 == 1 ? v4 : v6;
    const char *any[] = {groups[0], groups[1], old ? groups[0] : groups[2]};
    put_cast(p, &r, n_lans, any);
    if (number % 2 && number % 3 != 0)
        put(p, "  pim: {rps: [{node: t/%u}]}\n", between(&r, 0, n - 1));
    if (number % 4 == 1)
        put(p, "  faults:\n    - {link: t.links/0, from: 20.4s, to: 33.4s}\n");
}

/* ---- comparison ---- */

/* Later by less than this: a crossing of ten links, with a frame of 1,518 octets at 5 Mbit/s before
 * it on each. */
static const int64_t latest = SIM_MS(25);

/* Quiescent in all these networks: what is sent within a crossing before the end counts in one
 * fidelity and not in the other. Between the first two everybody has joined and nobody left. */
static const int quiet_ms[] = {46900, 57900, 93900};
enum { N_QUIET = 3 };

static void differ(const struct line *p, const struct line *t, const char *yaml)
{
    printf("%s", yaml);
    fail_msg("%s %s %" PRId64 ": %" PRId64 " %" PRId64 " %" PRId64 "; %s %s %" PRId64 ": %" PRId64
             " %" PRId64 " %" PRId64,
             p->key, p->says, p->at, p->count[0], p->count[1], p->count[2], t->key, t->says, t->at,
             t->count[0], t->count[1], t->count[2]);
}

static void compare(const struct log *packet, const struct log *tree, const char *yaml,
                    int64_t *most)
{
    uint32_t n = packet->n < tree->n ? packet->n : tree->n;
    for (uint32_t i = 0; i < n; i++) {
        const struct line *p = &packet->line[i], *t = &tree->line[i];
        if (strcmp(p->key, t->key) != 0 || strcmp(p->says, t->says) != 0 ||
            memcmp(p->count, t->count, sizeof p->count) != 0 || p->at - t->at > latest ||
            p->at < t->at)
            differ(p, t, yaml);
        *most = p->at - t->at > *most ? p->at - t->at : *most;
    }
    assert_int_equal(packet->n, tree->n);
}

/* What became of datagrams since another instant; rows in which nothing did are left out. */
static void subtract(struct log *l, const struct log *before)
{
    static const int64_t nothing[N_COUNTS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        struct line *k = &l->line[i];
        for (uint32_t b = 0; k->of_data && before && b < before->n; b++)
            for (int c = 0; strcmp(before->line[b].key, k->key) == 0 && c < N_COUNTS; c++)
                k->count[c] -= before->line[b].count[c];
        if (!k->of_data || memcmp(k->count, nothing, sizeof nothing) != 0)
            l->line[n++] = *k;
    }
    l->n = n;
}

static void forget_data(struct log *l)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++)
        if (!l->line[i].of_data)
            l->line[n++] = l->line[i];
    l->n = n;
}

/* Of PIM's networks datagrams are compared where the trees stand still: on the way from the shared
 * tree to that of the source a Prune and the next datagram race, and the loser is another one when
 * nothing takes time to be sent. */
static void compare_fidelities(const struct pen *p, bool pim, int64_t *most, uint32_t *n_rows)
{
    struct log *l[2][N_QUIET];
    for (int f = 0; f < 2; f++)
        for (int k = 0; k < N_QUIET; k++)
            l[f][k] = run(p->text, f ? "tree" : "packet", "fifo", quiet_ms[k]);
    for (int f = 0; f < 2 && pim; f++) {
        subtract(l[f][1], l[f][0]);
        forget_data(l[f][0]);
        forget_data(l[f][2]);
    }
    for (int k = 0; k < N_QUIET; k++) {
        compare(l[0][k], l[1][k], p->text, most);
        *n_rows += l[1][k]->n;
        log_free(l[0][k]);
        log_free(l[1][k]);
    }
}

static void random_networks(void **state)
{
    struct pen *p = mem_alloc(1, sizeof *p);
    int64_t most = 0;
    uint32_t n_rows = 0;
    (void)state;
    if (access(BUILD_DIR "/castbed-ns3.so", R_OK))
        skip();
    for (uint32_t i = 0; i < N_NETWORKS; i++) {
        make(p, i);
        compare_fidelities(p, i % 2, &most, &n_rows);
    }
    printf("%d networks, %u rows; at most %" PRId64 " us later\n", N_NETWORKS, n_rows, most / 1000);
    free(p);
}

static void order_within_an_instant(void **state)
{
    struct pen *p = mem_alloc(1, sizeof *p);
    (void)state;
    for (uint32_t i = 0; i < N_NETWORKS; i++) {
        int64_t most = 0;
        make(p, i);
        struct log *fifo = run(p->text, "tree", "fifo", quiet_ms[N_QUIET - 1]);
        struct log *lifo = run(p->text, "tree", "lifo", quiet_ms[N_QUIET - 1]);
        compare(fifo, lifo, p->text, &most);
        assert_int_equal(most, 0);
        log_free(fifo);
        log_free(lifo);
    }
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_networks),
        cmocka_unit_test(order_within_an_instant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
