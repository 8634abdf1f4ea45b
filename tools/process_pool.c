/* SPDX-License-Identifier: GPL-2.0-only
 * Runs child processes, some at once, over libuv. A slot holds one child; when the child and its
 * pipes have all ended, the slot takes the next task. */
#include "tools/process_pool.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "sim/err.h"
#include "sim/mem.h"

enum { TICK_MS = 500, MAX_TEXT = 16 << 20, N_STDIO = 3 };

struct slot {
    struct pool *pool;
    struct pool_task *task; /* NULL: idle */
    uv_process_t process;
    uv_pipe_t out, err;
    int n_open; /* handles not yet closed */
    char buf[4096];
};

struct pool {
    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t interrupt, terminate;
    const struct pool_options *options;
    struct pool_task *tasks;
    size_t n, n_started, n_done, n_failed;
    int n_running;
    struct slot *slots;
    bool stopped, progress;
    uint64_t start_ms;
};

static void start_next(struct slot *s);

void pool_clear_line(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

static void draw_progress(struct pool *p)
{
    uint64_t spent_s = (uv_now(&p->loop) - p->start_ms) / 1000;

    if (!p->progress)
        return;
    pool_clear_line();
    fprintf(stderr, "%s: %zu of %zu done, %d running", p->options->label, p->n_done, p->n,
            p->n_running);
    if (p->n_failed > 0)
        fprintf(stderr, ", %zu failed", p->n_failed);
    if (p->n_done > 0 && p->n_done < p->n) {
        uint64_t left_s = spent_s * (p->n - p->n_done) / p->n_done;
        fprintf(stderr, ", about %llu min %02llu s left", (unsigned long long)left_s / 60,
                (unsigned long long)left_s % 60);
    }
    fflush(stderr);
}

static void on_tick(uv_timer_t *t)
{
    draw_progress(t->data);
}

static void close_plain(uv_handle_t *h)
{
    if (!uv_is_closing(h))
        uv_close(h, NULL);
}

/* Nothing is left to do: let the loop end. */
static void close_pool(struct pool *p)
{
    close_plain((uv_handle_t *)&p->timer);
    close_plain((uv_handle_t *)&p->interrupt);
    close_plain((uv_handle_t *)&p->terminate);
}

static void finish_task(struct slot *s)
{
    struct pool *p = s->pool;
    struct pool_task *t = s->task;

    s->task = NULL;
    p->n_running--;
    p->n_done++;
    t->ran = !p->stopped;
    if (t->exit_code != 0)
        p->n_failed++;
    p->options->done(p->options->ctx, t);
    free(t->out.p);
    free(t->err.p);
    t->out = t->err = (struct pool_text){0};
    draw_progress(p);
    start_next(s);
    if (p->n_running == 0)
        close_pool(p);
}

static void on_closed(uv_handle_t *h)
{
    struct slot *s = h->data;

    if (--s->n_open == 0)
        finish_task(s);
}

static void close_handle(uv_handle_t *h)
{
    if (!uv_is_closing(h))
        uv_close(h, on_closed);
}

static void on_child_exit(uv_process_t *process, int64_t status, int signal)
{
    struct slot *s = process->data;

    s->task->exit_code = signal ? 128 + signal : status;
    close_handle((uv_handle_t *)process);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct slot *s = h->data;

    (void)suggested;
    *buf = uv_buf_init(s->buf, sizeof s->buf);
}

/* Keep what was said, up to a limit; the rest is read and dropped so that the child is not blocked.
 */
static void on_read(uv_stream_t *stream, ssize_t n_read, const uv_buf_t *buf)
{
    struct slot *s = stream->data;
    struct pool_text *t = stream == (uv_stream_t *)&s->out ? &s->task->out : &s->task->err;

    if (n_read < 0) {
        close_handle((uv_handle_t *)stream);
        return;
    }
    if (t->len + (size_t)n_read > MAX_TEXT)
        return;
    t->p = mem_grow(t->p, t->len + (size_t)n_read + 1, 1);
    for (ssize_t i = 0; i < n_read; i++)
        t->p[t->len++] = buf->base[i];
    t->p[t->len] = 0;
}

static void spawn_failed(struct slot *s, int err)
{
    char text[300];
    int len = snprintf(text, sizeof text, "%s: cannot be started: %s\n", s->task->argv[0],
                       uv_strerror(err));

    s->task->exit_code = -1;
    s->task->err = (struct pool_text){mem_text(text), (size_t)len};
    close_handle((uv_handle_t *)&s->process);
    close_handle((uv_handle_t *)&s->out);
    close_handle((uv_handle_t *)&s->err);
}

static void start_next(struct slot *s)
{
    struct pool *p = s->pool;
    uv_stdio_container_t stdio[N_STDIO] = {{.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t o = {.exit_cb = on_child_exit, .stdio = stdio, .stdio_count = N_STDIO};
    int err;

    if (p->stopped || p->n_started == p->n)
        return;
    s->task = &p->tasks[p->n_started++];
    p->n_running++;
    o.file = s->task->argv[0];
    o.args = s->task->argv;
    uv_pipe_init(&p->loop, &s->out, 0);
    uv_pipe_init(&p->loop, &s->err, 0);
    s->process.data = s->out.data = s->err.data = s;
    s->n_open = 3;
    if (s->task->keep_out) {
        stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[1].data.stream = (uv_stream_t *)&s->out;
    }
    stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[2].data.stream = (uv_stream_t *)&s->err;
    err = uv_spawn(&p->loop, &s->process, &o);
    if (err != 0) {
        spawn_failed(s, err);
        return;
    }
    if (s->task->keep_out)
        uv_read_start((uv_stream_t *)&s->out, on_alloc, on_read);
    else
        close_handle((uv_handle_t *)&s->out);
    uv_read_start((uv_stream_t *)&s->err, on_alloc, on_read);
}

/* First signal: ask the children to end; second: end them. */
static void on_signal(uv_signal_t *h, int signal)
{
    struct pool *p = h->data;
    int how = p->stopped ? SIGKILL : SIGTERM;

    (void)signal;
    p->stopped = true;
    for (int i = 0; i < p->options->jobs; i++) {
        struct slot *s = &p->slots[i];
        if (s->task && uv_is_active((uv_handle_t *)&s->process))
            uv_process_kill(&s->process, how);
    }
}

static void start_signal(struct pool *p, uv_signal_t *h, int signal)
{
    uv_signal_init(&p->loop, h);
    h->data = p;
    uv_signal_start(h, on_signal, signal);
}

int pool_run(struct pool_task *tasks, size_t n, const struct pool_options *o)
{
    struct pool p = {.options = o, .tasks = tasks, .n = n};

    if (n == 0)
        return SIM_OK;
    SIM_CHECK(uv_loop_init(&p.loop) == 0, "no event loop");
    p.progress = o->label && isatty(STDERR_FILENO);
    p.start_ms = uv_now(&p.loop);
    uv_timer_init(&p.loop, &p.timer);
    p.timer.data = &p;
    uv_timer_start(&p.timer, on_tick, TICK_MS, TICK_MS);
    start_signal(&p, &p.interrupt, SIGINT);
    start_signal(&p, &p.terminate, SIGTERM);
    p.slots = mem_alloc((size_t)o->jobs, sizeof *p.slots);
    for (int i = 0; i < o->jobs; i++) {
        p.slots[i].pool = &p;
        start_next(&p.slots[i]);
    }
    uv_run(&p.loop, UV_RUN_DEFAULT);
    SIM_CHECK(uv_loop_close(&p.loop) == 0, "handles left open");
    if (p.progress)
        pool_clear_line();
    free(p.slots);
    return p.stopped ? SIM_ESTOPPED : SIM_OK;
}
