/* SPDX-License-Identifier: GPL-2.0-only
 * The program's side of nodes and links: its queue as ns-3's host. */
#include "sim/ns3/ns3_net.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/err.h"
#include "sim/evq.h"
#include "sim/mem.h"
#include "sim/ns3/bridge.h"

struct ns3_net {
    const struct ns3_bridge *bridge;
    struct ns3_host host;
    struct ns3_net_ops ops;
    struct evq *q;
    evq_kind event;
    sim_time end;         /* of the loop that is running */
    sim_time default_end; /* of ns-3's own simulator */
    bool stopped;
};

static int64_t host_now(void *ctx)
{
    const struct ns3_net *net = ctx;
    return evq_now(net->q);
}

static void host_push(void *ctx, int64_t at_ns, void *event)
{
    const struct ns3_net *net = ctx;
    evq_push(net->q, at_ns, net->event, event, 0);
}

static void host_stop(void *ctx)
{
    const struct ns3_net *net = ctx;
    evq_stop(net->q);
}

static void host_frame(void *ctx, const struct ns3_frame *f)
{
    const struct ns3_net *net = ctx;
    net->ops.frame(net->ops.ctx, f);
}

static int host_lost(void *ctx, int node, int iface)
{
    const struct ns3_net *net = ctx;
    return net->ops.lost(net->ops.ctx, node, iface);
}

static int failed(const struct ns3_net *net, int code, struct sim_error *e)
{
    return sim_error_set(e, code, "%s", net->bridge->error());
}

static void host_event(void *ctx, const struct evq_guest *e)
{
    const struct ns3_net *net = ctx;
    evq_engine_event(net->q, e);
}

static void engine_push(void *ctx, sim_time at, const struct evq_guest *e)
{
    const struct ns3_net *net = ctx;
    net->bridge->engine_push(at, e);
}

static sim_time engine_now(void *ctx)
{
    const struct ns3_net *net = ctx;
    return net->bridge->engine_now();
}

/* ns-3 ends at the time that it was opened with; what was to end sooner has to ask for that. */
static int engine_run(void *ctx, sim_time end)
{
    struct ns3_net *net = ctx;
    SIM_CHECK(end == net->default_end, "end %" PRId64 " ns, not %" PRId64, end, net->default_end);
    net->stopped = false;
    net->bridge->engine_run();
    return net->stopped ? SIM_ESTOPPED : SIM_OK;
}

static void engine_stop(void *ctx)
{
    struct ns3_net *net = ctx;
    net->stopped = true;
    net->bridge->engine_stop();
}

static struct ns3_net *make_net(struct evq *q, const struct ns3_net_ops *ops, struct sim_error *e)
{
    const struct ns3_bridge *b = ns3_bridge_open(e);
    if (!b)
        return NULL;
    struct ns3_net *net = mem_alloc(1, sizeof *net);
    *net = (struct ns3_net){.bridge = b,
                            .host = {.ctx = net,
                                     .now = host_now,
                                     .push = host_push,
                                     .stop = host_stop,
                                     .event = host_event,
                                     .frame = host_frame,
                                     .lost = ops->lost ? host_lost : NULL},
                            .ops = *ops,
                            .q = q,
                            .event = evq_kind_add(q, b->run_event, "ns-3")};
    return net;
}

/* There is a network already: nothing is made. */
static int not_opened(struct ns3_net *net, struct sim_error *e)
{
    failed(net, SIM_EBUSY, e);
    free(net);
    return SIM_EBUSY;
}

int ns3_net_open(struct ns3_net **out, struct evq *q, const struct ns3_net_ops *ops,
                 struct sim_error *e)
{
    *out = NULL;
    struct ns3_net *net = make_net(q, ops, e);
    if (!net)
        return SIM_EIO;
    if (net->bridge->net_open(&net->host) < 0)
        return not_opened(net, e);
    *out = net;
    return SIM_OK;
}

int ns3_net_open_default(struct ns3_net **out, struct evq *q, const struct ns3_net_ops *ops,
                         int64_t end_ns, struct sim_error *e)
{
    *out = NULL;
    struct ns3_net *net = make_net(q, ops, e);
    if (!net)
        return SIM_EIO;
    net->default_end = end_ns;
    if (net->bridge->net_open_default(&net->host, end_ns) < 0)
        return not_opened(net, e);
    struct evq_engine engine = {
        .ctx = net, .push = engine_push, .now = engine_now, .run = engine_run, .stop = engine_stop};
    evq_set_engine(q, &engine);
    *out = net;
    return SIM_OK;
}

void ns3_net_close(struct ns3_net *net)
{
    if (!net)
        return;
    net->bridge->net_close();
    free(net);
}

int ns3_net_node(struct ns3_net *net, int *node, struct sim_error *e)
{
    *node = net->bridge->net_node();
    return *node < 0 ? failed(net, SIM_EGUEST, e) : SIM_OK;
}

int ns3_net_link(struct ns3_net *net, const struct ns3_link_spec *spec, int *ifaces,
                 struct sim_error *e)
{
    return net->bridge->net_link(spec, ifaces) < 0 ? failed(net, SIM_EINVAL, e) : SIM_OK;
}

int ns3_net_send(struct ns3_net *net, const struct ns3_frame *f, struct sim_error *e)
{
    int taken = net->bridge->net_send(f);
    if (taken < 0)
        return failed(net, SIM_EINVAL, e);
    return taken ? SIM_OK : SIM_ENOSPC;
}

/* evq_run's own codes, kept apart from the guard's -1. */
static int loop(void *arg)
{
    struct ns3_net *net = arg;
    return evq_run(net->q, net->end) == SIM_OK ? 0 : 1;
}

int ns3_net_run(struct ns3_net *net, int64_t end_ns, struct sim_error *e)
{
    net->end = end_ns;
    int rc = net->bridge->net_run(loop, net);
    if (rc < 0)
        return failed(net, SIM_EGUEST, e);
    return rc == 0 ? SIM_OK : SIM_ESTOPPED;
}

uint64_t ns3_net_n_events(const struct ns3_net *net)
{
    return net->bridge->net_n_events();
}
