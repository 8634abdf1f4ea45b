/* SPDX-License-Identifier: GPL-2.0-only
 * Time of one event in the queue, in ns: pop one and push one in a steady state, for several
 * numbers of pending events and kinds of delay. Prints figures; passes no judgement. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/evq.h"

enum delay { UNIFORM, EXPONENTIAL_LIKE, TIMERS, N_DELAYS };

static const char *const delay_names[] = {"uniform", "skewed", "600 s timers + short"};

struct hold {
    struct evq *q;
    evq_kind kind;
    uint64_t x; /* state of xorshift64 */
    sim_time mean;
};

static uint64_t next_random(struct hold *h)
{
    h->x ^= h->x << 13;
    h->x ^= h->x >> 7;
    h->x ^= h->x << 17;
    return h->x;
}

/* arg: which delay; TIMERS is a device's period, TIMERS + 1 one of the short events. */
static sim_time next_delay(struct hold *h, uint32_t arg)
{
    uint64_t r = next_random(h) >> 11;
    switch (arg) {
    case UNIFORM:
        return (sim_time)(r % (uint64_t)(2 * h->mean));
    case EXPONENTIAL_LIKE: /* product of two uniform numbers: most are short, few are long */
        return (sim_time)((r & 0xffff) * (r >> 16 & 0xffff) * (uint64_t)(h->mean / 1024) >> 20);
    case TIMERS:
        return SIM_S(600) + (sim_time)(r % (uint64_t)SIM_S(1));
    default:
        return SIM_MS(50) + (sim_time)(r % (uint64_t)SIM_MS(1950));
    }
}

static void on_hold(void *obj, uint32_t arg)
{
    struct hold *h = obj;
    evq_push(h->q, evq_now(h->q) + next_delay(h, arg), h->kind, h, arg);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill(struct hold *h, enum delay delay, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        sim_time at = delay == TIMERS ? (sim_time)(next_random(h) % (uint64_t)SIM_S(600))
                                      : next_delay(h, delay);
        evq_push(h->q, at, h->kind, h, delay);
    }
    for (uint32_t i = 0; delay == TIMERS && i < 300; i++)
        evq_push(h->q, next_delay(h, TIMERS + 1), h->kind, h, TIMERS + 1);
}

/* Run in small steps of time until n events ran; returns ns of wall time for each. */
static double run_events(struct hold *h, uint64_t n, sim_time step)
{
    uint64_t before = evq_n_run(h->q);
    double start = seconds();
    while (evq_n_run(h->q) - before < n)
        evq_run(h->q, evq_now(h->q) + step);
    return 1e9 * (seconds() - start) / (double)(evq_n_run(h->q) - before);
}

static void measure(enum delay delay, uint32_t n)
{
    struct hold h = {.q = evq_open(EVQ_FIFO), .x = 88172645463325252, .mean = SIM_S(10)};
    h.kind = evq_kind_add(h.q, on_hold, "hold");
    double start = seconds();
    fill(&h, delay, n);
    double filled = 1e9 * (seconds() - start) / n;
    sim_time step = delay == TIMERS ? SIM_S(10) : SIM_S(1);
    double first = run_events(&h, n, step);
    double steady = run_events(&h, 2 * (uint64_t)n + 2000000, step);
    printf("%-22s %8" PRIu32 " %10.1f %10.1f %10.1f\n", delay_names[delay], n, filled, first,
           steady);
    evq_close(h.q);
}

int main(int argc, char **argv)
{
    static const uint32_t sizes[] = {10, 100, 1000, 10000, 100000, 1000000};
    uint32_t max = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    printf("%-22s %8s %10s %10s %10s\n", "ns/event: delays", "pending", "fill", "first", "steady");
    for (enum delay d = UNIFORM; d < N_DELAYS; d++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            if (sizes[i] <= max)
                measure(d, sizes[i]);
    return 0;
}
