/* SPDX-License-Identifier: GPL-2.0-only
 * Membership machines without packets: links of a router and ten hosts, each host in one of ten
 * groups, an hour of queries and answers. Prints time a message and memory a host. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "models/ip/gmp_host.h"
#include "models/ip/gmp_router.h"
#include "sim/mem.h"

enum { N_HOSTS = 10, N_LINKS = 20000, N_GROUPS = 10 };

struct link;

struct host {
    struct link *link;
    struct gmp_host machine;
    struct gmp_host_io io;
};

struct link {
    struct gmp_router router;
    struct gmp_router_io io;
    struct host hosts[N_HOSTS];
    sim_time now;
    uint64_t *n_messages;
};

/* A report reaches the router at once. */
static void report(void *obj, const struct gmp_msg *m)
{
    struct host *h = obj;
    struct ip_addr src = ip_addr_v4(0x0a000002);
    ++*h->link->n_messages;
    gmp_router_receive(&h->link->router, h->link->now, &src, m);
}

static void query(void *obj, const struct gmp_msg *m)
{
    struct link *l = obj;
    ++*l->n_messages;
    for (int i = 0; i < N_HOSTS; i++)
        gmp_host_receive(&l->hosts[i].machine, l->now, m);
}

static void link_init(struct link *l, const struct gmp_cfg *cfg, struct gmp_room *room,
                      uint64_t *n_messages, uint64_t index)
{
    const struct ip_filter all = {.exclude = true};
    struct ip_addr own = ip_addr_v4(0x0a000001);
    l->n_messages = n_messages;
    l->io = (struct gmp_router_io){.obj = l, .send = query};
    gmp_router_init(&l->router, cfg, &l->io, &own);
    gmp_router_start(&l->router, 0);
    for (uint64_t i = 0; i < N_HOSTS; i++) {
        struct host *h = &l->hosts[i];
        h->link = l;
        h->io = (struct gmp_host_io){.obj = h,
                                     .send = report,
                                     .room = room,
                                     .key = rng_key_make(1, 1, RNG_TEST),
                                     .entity = index * N_HOSTS + i};
        gmp_host_init(&h->machine, cfg, &h->io);
        struct ip_addr group = ip_addr_v4(0xef000000u + (uint32_t)(i % N_GROUPS));
        gmp_host_set(&h->machine, 0, &group, &all);
    }
}

/* The link's next wakes, in order of time, until the end. */
static void link_run(struct link *l, sim_time end)
{
    for (;;) {
        sim_time at = gmp_router_next(&l->router);
        struct host *next = NULL;
        for (int i = 0; i < N_HOSTS; i++)
            if (gmp_host_next(&l->hosts[i].machine) < at) {
                next = &l->hosts[i];
                at = gmp_host_next(&next->machine);
            }
        if (at >= end)
            return;
        l->now = at;
        if (next)
            gmp_host_wake(&next->machine, at);
        else
            gmp_router_wake(&l->router, at);
    }
}

int main(void)
{
    struct link *links = mem_alloc(N_LINKS, sizeof *links);
    struct gmp_cfg cfg = gmp_cfg_default(IP_V4);
    struct gmp_room room;
    uint64_t n_messages = 0;
    gmp_room_init(&room);
    clock_t start = clock();
    for (uint64_t i = 0; i < N_LINKS; i++)
        link_init(&links[i], &cfg, &room, &n_messages, i);
    for (int i = 0; i < N_LINKS; i++)
        link_run(&links[i], SIM_S(3600));
    double s = (double)(clock() - start) / CLOCKS_PER_SEC;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("%d links, %d hosts, an hour: %.2f s, %.0f ns a message, %.0f bytes a host\n", N_LINKS,
           N_LINKS * N_HOSTS, s, s * 1e9 / (double)n_messages,
           (double)use.ru_maxrss * 1024 / (N_LINKS * N_HOSTS));
    for (int i = 0; i < N_LINKS; i++) {
        gmp_router_fini(&links[i].router);
        for (int k = 0; k < N_HOSTS; k++)
            gmp_host_fini(&links[i].hosts[k].machine);
    }
    gmp_room_fini(&room);
    free(links);
    return 0;
}
