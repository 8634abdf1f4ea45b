/* SPDX-License-Identifier: GPL-2.0-only
 * Real time by libuv: a timer of Linux for the next event, which is exact to microseconds where
 * libuv's own is to milliseconds, and the taps' files. */
#include "tools/pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include "models/ip/plan.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/tap.h"
#include "tools/world.h"

enum { LOOK_MS = 100, MAX_FRAMES = 64 /* from one tap before the others' turn */ };

struct pace_tap {
    struct pace *pace;
    uint32_t index;
    int fd;
    uv_poll_t poll;
    uint64_t n_in, n_out, n_refused;
};

struct pace {
    struct world *w;
    struct pace_tap *taps;
    uint32_t n_taps;
    uv_loop_t loop;
    uv_poll_t timer;
    uv_timer_t looks;
    int timer_fd;
    uint64_t started; /* uv_hrtime at simulated time 0 */
    bool (*look)(void *ctx);
    void *ctx;
    bool stopped;
    /* Batches of events that were due at one waking. */
    uint64_t n_batches;
    sim_time late_sum, late_max;
};

static void on_frame_out(void *ctx, uint32_t tap, const struct ns3_frame *f)
{
    struct pace_tap *t = &((struct pace *)ctx)->taps[tap];
    bool taken = tap_write(t->fd, f);
    t->n_out += taken;
    t->n_refused += !taken;
}

int pace_open(struct pace **out, struct world *w, struct sim_error *e)
{
    const struct ip_plan *plan = world_ip_plan(w);
    struct pace *p = mem_alloc(1, sizeof *p);
    *p = (struct pace){.w = w, .timer_fd = -1};
    p->taps = mem_alloc(plan->n_taps, sizeof *p->taps);
    for (; p->n_taps < plan->n_taps; p->n_taps++) {
        const struct ip_plan_tap *t = &plan->taps[p->n_taps];
        int fd = tap_open(t->name, t->mtu, e);
        if (fd < 0) {
            pace_close(p);
            *out = NULL;
            return fd;
        }
        p->taps[p->n_taps] = (struct pace_tap){.pace = p, .index = p->n_taps, .fd = fd};
    }
    world_set_taps(w, on_frame_out, p);
    *out = p;
    return SIM_OK;
}

void pace_close(struct pace *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->n_taps; i++)
        close(p->taps[i].fd);
    free(p->taps);
    free(p);
}

static sim_time wall_now(const struct pace *p)
{
    return (sim_time)(uv_hrtime() - p->started);
}

static void stop(struct pace *p)
{
    p->stopped = true;
    uv_stop(&p->loop);
}

/* Events whose time has come. */
static void catch_up(struct pace *p)
{
    sim_time end = world_cfg(p->w)->run.duration_ns, now = wall_now(p);
    sim_time next = world_next(p->w);
    if (next < now && next < end) {
        p->n_batches++;
        p->late_sum += now - next;
        p->late_max = now - next > p->late_max ? now - next : p->late_max;
    }
    if (world_run_until(p->w, now < end ? now : end) != SIM_OK || now >= end)
        stop(p);
}

/* Wake at the next event. */
static void set_timer(struct pace *p)
{
    sim_time end = world_cfg(p->w)->run.duration_ns, next = world_next(p->w);
    uint64_t at = p->started + (uint64_t)(next < end ? next : end) + 1;
    struct itimerspec t = {
        .it_value = {.tv_sec = (time_t)(at / 1000000000), .tv_nsec = (long)(at % 1000000000)}};
    timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void on_timer(uv_poll_t *h, int status, int events)
{
    struct pace *p = h->data;
    uint64_t n;
    (void)status;
    (void)events;
    if (read(p->timer_fd, &n, sizeof n) < 0)
        return; /* another event of this round has put it off */
    catch_up(p);
    if (!p->stopped)
        set_timer(p);
}

static void on_tap(uv_poll_t *h, int status, int events)
{
    struct pace_tap *t = h->data;
    struct pace *p = t->pace;
    uint8_t buf[TAP_MAX];
    size_t len;
    (void)status;
    (void)events;
    for (int i = 0; i < MAX_FRAMES && !p->stopped && (len = tap_read(t->fd, buf)) > 0; i++) {
        catch_up(p);
        if (p->stopped)
            return;
        t->n_in++;
        world_tap(p->w, t->index, buf, len);
    }
    if (!p->stopped)
        set_timer(p);
}

static void on_look(uv_timer_t *h)
{
    struct pace *p = h->data;
    if (!p->look(p->ctx))
        stop(p);
}

static void watch(struct pace *p, uv_poll_t *h, int fd, uv_poll_cb cb, void *data)
{
    int rc = uv_poll_init(&p->loop, h, fd);
    h->data = data;
    if (!rc)
        rc = uv_poll_start(h, UV_READABLE, cb);
    SIM_CHECK(rc == 0, "libuv: %s", uv_strerror(rc));
}

/* What the clock counts is uv_hrtime's, CLOCK_MONOTONIC. */
static void begin(struct pace *p)
{
    SIM_CHECK(uv_loop_init(&p->loop) == 0, "libuv: no loop");
    p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    SIM_CHECK(p->timer_fd >= 0, "no timer");
    watch(p, &p->timer, p->timer_fd, on_timer, p);
    for (uint32_t i = 0; i < p->n_taps; i++)
        watch(p, &p->taps[i].poll, p->taps[i].fd, on_tap, &p->taps[i]);
    uv_timer_init(&p->loop, &p->looks);
    p->looks.data = p;
    uv_timer_start(&p->looks, on_look, LOOK_MS, LOOK_MS);
    p->started = uv_hrtime();
}

static void end(struct pace *p)
{
    uv_close((uv_handle_t *)&p->timer, NULL);
    for (uint32_t i = 0; i < p->n_taps; i++)
        uv_close((uv_handle_t *)&p->taps[i].poll, NULL);
    uv_close((uv_handle_t *)&p->looks, NULL);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    uv_loop_close(&p->loop);
    close(p->timer_fd);
}

bool pace_run(struct pace *p, bool (*look)(void *ctx), void *ctx)
{
    p->look = look;
    p->ctx = ctx;
    begin(p);
    catch_up(p);
    set_timer(p);
    if (!p->stopped)
        uv_run(&p->loop, UV_RUN_DEFAULT);
    end(p);
    return world_now(p->w) >= world_cfg(p->w)->run.duration_ns && !*world_error(p->w);
}

char *pace_text(const struct pace *p, char *buf, size_t size)
{
    uint64_t n_in = 0, n_out = 0, n_refused = 0;
    for (uint32_t i = 0; i < p->n_taps; i++) {
        n_in += p->taps[i].n_in;
        n_out += p->taps[i].n_out;
        n_refused += p->taps[i].n_refused;
    }
    int len = snprintf(buf, size, "events late by %.3f ms on average, %.3f ms at most",
                       p->n_batches ? (double)p->late_sum / 1e6 / (double)p->n_batches : 0.0,
                       (double)p->late_max / 1e6);
    if (p->n_taps > 0 && len > 0 && (size_t)len < size)
        snprintf(buf + len, size - (size_t)len,
                 "; frames from taps: %" PRIu64 ", to taps: %" PRIu64 ", refused: %" PRIu64, n_in,
                 n_out, n_refused);
    return buf;
}
