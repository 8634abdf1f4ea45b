/* SPDX-License-Identifier: GPL-2.0-only
 * Event queue: a ring of time buckets between two heaps.
 *
 *    run[]  near       ring: buckets cur+1 .. cur+n_buckets-1          far
 *    |------------|---------|---------|---------| ... |---------|------------->  time
 *      bucket cur   unsorted, appended in O(1)                     heap
 *
 * A bucket spans 2^shift ns. When the ring comes to a bucket its events are sorted into run[]; what
 * is pushed into it after that goes to the heap near. Events behind the ring wait in the heap far
 * and move in as the ring advances. Width and number of buckets follow the pending events, checked
 * every so many operations. Nothing of this changes the order of events: that is the key's alone.
 *
 * Cancelled events stay in place and are dropped when their time comes, or all at once when they
 * are the greater part. */
#include "sim/evq.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/evq_internal.h"
#include "sim/mem.h"

enum {
    SLOT_BITS = 24,
    SEQ_BITS = 40,
    CHUNK_EVENTS = 4,
    N_BUCKETS_MIN = 64, /* one word of the bitmap */
    N_BUCKETS_MAX = 1 << 21,
    SHIFT_MIN = 4,
    SHIFT_MAX = 56,
    SHIFT_START = 20,   /* about 1 ms */
    TUNE_PERIOD = 1024, /* operations between two looks at the shape, at least */
    TUNE_BACKOFF_MAX = 6,
    N_SAMPLES = 255,
};

struct evq {
    sim_time now;
    uint64_t n_run, seq, seq_flip;
    size_t n_queued, n_dead; /* all events in the queue; those of them that were cancelled */
    bool running, stopped;

    struct evq_list run; /* bucket cur in order, from i_run on */
    size_t i_run;
    struct evq_heap near, far;

    int64_t cur; /* number of the current bucket: time >> shift */
    unsigned shift;
    uint32_t n_buckets; /* a power of 2 */
    size_t n_ring;      /* events in the ring */
    struct evq_bucket *buckets;
    uint64_t *used; /* a bit for each bucket that has events */

    void *pool_mem;
    struct evq_event *pool; /* chunks of CHUNK_EVENTS, aligned to their size */
    uint32_t *next;         /* chunk -> older chunk of the same bucket, or next free one */
    uint32_t n_chunks, cap_chunks, free_chunk;

    size_t tune_left;              /* operations until the next look at the shape */
    size_t tune_near, tune_pushes; /* since the last look */
    size_t drained, drained_buckets;
    unsigned tune_backoff;

    struct evq_list spare; /* sorting and rebuilding */
    struct evq_slot *slots;
    uint32_t n_slots, cap_slots, free_slot;
    struct evq_kind_info *kinds;
    uint32_t n_kinds;
    struct evq_engine engine; /* push is NULL: this queue itself */
};

static const uint32_t no_chunk = UINT32_MAX;
static const sim_time time_max = INT64_MAX / 2;

static uint32_t key_slot(evq_key k)
{
    return (uint32_t)k & ((1U << SLOT_BITS) - 1);
}

/* ---- chunks and buckets ---- */

static void pool_grow(struct evq *q)
{
    const size_t align = CHUNK_EVENTS * sizeof(struct evq_event);
    uint32_t cap = q->cap_chunks ? 2 * q->cap_chunks : 256;
    void *mem = mem_alloc((size_t)cap + 1, align);
    size_t offset = (align - (uintptr_t)mem % align) % align;
    struct evq_event *pool = (void *)((char *)mem + offset);
    if (q->n_chunks)
        memcpy(pool, q->pool, q->n_chunks * align);
    free(q->pool_mem);
    q->pool_mem = mem;
    q->pool = pool;
    q->next = mem_grow(q->next, cap, sizeof *q->next);
    q->cap_chunks = cap;
}

static uint32_t chunk_take(struct evq *q)
{
    uint32_t c = q->free_chunk;
    if (c != no_chunk) {
        q->free_chunk = q->next[c];
        return c;
    }
    if (q->n_chunks == q->cap_chunks)
        pool_grow(q);
    return q->n_chunks++;
}

static void bucket_append(struct evq *q, uint32_t i, const struct evq_event *e)
{
    struct evq_bucket *b = &q->buckets[i];
    uint32_t at = b->n % CHUNK_EVENTS;
    if (at == 0) {
        uint32_t c = chunk_take(q);
        q->next[c] = b->chunk;
        b->chunk = c;
        if (b->n == 0)
            q->used[i / 64] |= UINT64_C(1) << i % 64;
    }
    q->pool[(size_t)b->chunk * CHUNK_EVENTS + at] = *e;
    b->n++;
    q->n_ring++;
}

/* Move the events of a bucket to out (room for all of them), in the order they came. */
static void bucket_drain(struct evq *q, uint32_t i, struct evq_event *out)
{
    struct evq_bucket *b = &q->buckets[i];
    uint32_t n = b->n, c = b->chunk;
    while (n > 0) {
        uint32_t here = (n - 1) % CHUNK_EVENTS + 1;
        n -= here;
        memcpy(out + n, q->pool + (size_t)c * CHUNK_EVENTS, here * sizeof *out);
        uint32_t older = q->next[c];
        q->next[c] = q->free_chunk;
        q->free_chunk = c;
        c = older;
    }
    q->n_ring -= b->n;
    b->n = 0;
    q->used[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static unsigned lowest_bit(uint64_t x)
{
    unsigned n = 0;
    for (unsigned step = 32; step; step /= 2)
        if (!(x & ((UINT64_C(1) << step) - 1))) {
            x >>= step;
            n += step;
        }
    return n;
}

/* The first bucket behind cur that has events; the ring is not empty. */
static int64_t ring_first(const struct evq *q)
{
    uint32_t mask = q->n_buckets - 1;
    uint32_t from = (uint32_t)(q->cur + 1) & mask;
    uint32_t word = from / 64;
    uint64_t bits = q->used[word] & ~UINT64_C(0) << from % 64;
    while (!bits) {
        word = (word + 1) & (mask / 64);
        bits = q->used[word];
    }
    uint32_t i = word * 64 + lowest_bit(bits);
    return q->cur + 1 + (int64_t)((i - from) & mask);
}

/* Put an event where its time belongs. */
static void place(struct evq *q, const struct evq_event *e)
{
    int64_t ahead = (evq_key_time(e->key) >> q->shift) - q->cur;
    if (ahead <= 0) {
        evq_heap_push(&q->near, e);
        q->tune_near++;
    } else if (ahead < q->n_buckets) {
        bucket_append(q, (uint32_t)(q->cur + ahead) & (q->n_buckets - 1), e);
    } else {
        evq_heap_push(&q->far, e);
    }
}

/* Sort the bucket into run, which is empty. */
static void ring_enter(struct evq *q, int64_t bucket)
{
    uint32_t i = (uint32_t)bucket & (q->n_buckets - 1);
    uint32_t n = q->buckets[i].n;
    evq_list_reserve(&q->run, n);
    evq_list_reserve(&q->spare, n);
    bucket_drain(q, i, q->run.v);
    evq_sort(q->run.v, n, q->spare.v);
    q->run.n = n;
    q->i_run = 0;
    q->cur = bucket;
    q->drained += n;
    q->drained_buckets++;
}

/* Make the next bucket with events the current one, if it begins before end; run and near are
 * empty. */
static bool ring_advance(struct evq *q, sim_time end)
{
    int64_t next = INT64_MAX;
    if (q->n_ring)
        next = ring_first(q);
    if (q->far.n) {
        int64_t b = evq_key_time(q->far.v[EVQ_HEAP_ROOT].key) >> q->shift;
        if (b < next)
            next = b;
    }
    if (next == INT64_MAX || (sim_time)((uint64_t)next << q->shift) >= end)
        return false;
    q->cur = next - 1; /* so that bucket next itself can still be filled */
    while (q->far.n &&
           (evq_key_time(q->far.v[EVQ_HEAP_ROOT].key) >> q->shift) - q->cur < q->n_buckets) {
        struct evq_event e;
        evq_heap_pop(&q->far, &e);
        place(q, &e);
    }
    ring_enter(q, next);
    return true;
}

/* ---- slots of cancellable events ---- */

static uint32_t slot_take(struct evq *q)
{
    uint32_t s = q->free_slot;
    if (s) {
        q->free_slot = q->slots[s].next_free;
        return s;
    }
    if (q->n_slots >= q->cap_slots) {
        q->cap_slots = q->cap_slots ? 2 * q->cap_slots : 64;
        q->slots = mem_grow(q->slots, q->cap_slots, sizeof *q->slots);
    }
    s = q->n_slots++;
    SIM_CHECK(s < 1U << SLOT_BITS, "%" PRIu32 " cancellable events", s);
    q->slots[s] = (struct evq_slot){.gen = 1};
    return s;
}

/* The event of this key leaves the queue; returns whether it was still wanted. */
static bool slot_leave(struct evq *q, evq_key key)
{
    uint32_t s = key_slot(key);
    if (s == 0)
        return true;
    struct evq_slot *slot = &q->slots[s];
    bool dead = slot->dead;
    if (dead)
        q->n_dead--;
    else
        slot->gen++;
    slot->dead = false;
    slot->next_free = q->free_slot;
    q->free_slot = s;
    return !dead;
}

/* ---- shape: width and number of buckets ---- */

/* Take every event that is still wanted out of the queue into all. */
static void collect(struct evq *q, struct evq_list *all)
{
    evq_list_reserve(all, q->n_queued);
    all->n = q->run.n - q->i_run;
    if (all->n)
        memcpy(all->v, q->run.v + q->i_run, all->n * sizeof *all->v);
    q->run.n = q->i_run = 0;
    evq_list_take_heap(all, &q->near);
    evq_list_take_heap(all, &q->far);
    for (uint32_t i = 0; i < q->n_buckets; i++) {
        uint32_t n = q->buckets[i].n;
        if (n)
            bucket_drain(q, i, all->v + all->n);
        all->n += n;
    }
    size_t kept = 0;
    for (size_t i = 0; i < all->n; i++)
        if (!key_slot(all->v[i].key) || !q->slots[key_slot(all->v[i].key)].dead)
            all->v[kept++] = all->v[i];
        else
            slot_leave(q, all->v[i].key);
    all->n = kept;
    q->n_queued = kept;
}

static uint32_t wanted_n_buckets(size_t n_events)
{
    uint32_t n = N_BUCKETS_MIN;
    while (n < N_BUCKETS_MAX && n < n_events / 2)
        n *= 2;
    return n;
}

/* Width of buckets, as a power of 2: 8 to 16 times the mean distance of events up to their median,
 * so that the ring reaches over four times the median. Looks at N_SAMPLES events spread over the
 * list. */
static unsigned wanted_shift(const struct evq *q, const struct evq_list *all)
{
    struct evq_event samples[N_SAMPLES], tmp[N_SAMPLES];
    size_t n = all->n < N_SAMPLES ? all->n : N_SAMPLES;
    if (n == 0)
        return q->shift;
    for (size_t i = 0; i < n; i++)
        samples[i] = all->v[i * all->n / n];
    evq_sort(samples, n, tmp);
    uint64_t ahead = (uint64_t)(evq_key_time(samples[n / 2].key) - q->now);
    uint64_t width = ahead / (all->n / 8 + 1);
    unsigned shift = SHIFT_MIN;
    while (shift < SHIFT_MAX && UINT64_C(1) << shift < width)
        shift++;
    return shift;
}

static void set_n_buckets(struct evq *q, uint32_t n)
{
    if (n == q->n_buckets)
        return;
    free(q->buckets);
    free(q->used);
    q->buckets = mem_alloc(n, sizeof *q->buckets);
    q->used = mem_alloc(n / 64, sizeof *q->used);
    q->n_buckets = n;
}

/* Take everything out, drop what was cancelled, choose the shape, put everything back. */
static void rebuild(struct evq *q)
{
    struct evq_list all = {0};
    collect(q, &all);
    unsigned shift = wanted_shift(q, &all);
    uint32_t n_buckets = wanted_n_buckets(all.n);
    bool same = shift + 1 >= q->shift && shift <= q->shift + 1 && n_buckets == q->n_buckets;
    if (!same)
        q->tune_backoff = 0;
    else if (q->tune_backoff < TUNE_BACKOFF_MAX)
        q->tune_backoff++;
    q->shift = shift;
    set_n_buckets(q, n_buckets);
    q->cur = (q->now >> shift) - 1;
    for (size_t i = 0; i < all.n; i++)
        place(q, &all.v[i]);
    free(all.v);
}

/* Does the shape no longer fit: ring too short, too few or too many buckets, or buckets too wide?
 */
static bool shape_is_bad(const struct evq *q)
{
    size_t n = q->n_queued;
    return 4 * q->far.n > n || n > 4 * (size_t)q->n_buckets ||
           (n < q->n_buckets / 16 && q->n_buckets > N_BUCKETS_MIN) ||
           (n > 64 && 2 * q->tune_near > q->tune_pushes && q->tune_pushes > TUNE_PERIOD / 4) ||
           q->drained > 64 * q->drained_buckets;
}

/* Called once in a while, so that a rebuild costs little for each operation. */
static void tune(struct evq *q)
{
    if (q->n_queued && shape_is_bad(q))
        rebuild(q);
    size_t period = q->n_queued / 2;
    q->tune_left = (period > TUNE_PERIOD ? period : TUNE_PERIOD) << q->tune_backoff;
    q->tune_near = q->tune_pushes = q->drained = q->drained_buckets = 0;
}

/* ---- the queue ---- */

struct evq *evq_open(enum evq_ties ties)
{
    struct evq *q = mem_alloc(1, sizeof *q);
    q->seq_flip = ties == EVQ_LIFO ? (UINT64_C(1) << SEQ_BITS) - 1 : 0;
    q->free_chunk = no_chunk;
    q->n_slots = 1; /* slot 0 is none */
    q->n_kinds = 1;
    q->shift = SHIFT_START;
    q->cur = -1;
    q->tune_left = TUNE_PERIOD;
    set_n_buckets(q, N_BUCKETS_MIN);
    return q;
}

void evq_close(struct evq *q)
{
    if (!q)
        return;
    free(q->run.v);
    free(q->spare.v);
    free(q->near.v);
    free(q->far.v);
    free(q->buckets);
    free(q->used);
    free(q->pool_mem);
    free(q->next);
    free(q->slots);
    free(q->kinds);
    free(q);
}

evq_kind evq_kind_add(struct evq *q, evq_fn fn, const char *name)
{
    SIM_CHECK(fn, "kind %s has no function", name);
    q->kinds = mem_grow(q->kinds, (size_t)q->n_kinds + 1, sizeof *q->kinds);
    q->kinds[q->n_kinds] = (struct evq_kind_info){fn, name, NULL};
    return q->n_kinds++;
}

void evq_kind_hint(struct evq *q, evq_kind kind, evq_hint_fn hint)
{
    q->kinds[kind].hint = hint;
}

static void push(struct evq *q, sim_time at, struct evq_event e, uint32_t slot)
{
    SIM_CHECK(e.kind > 0 && e.kind < q->n_kinds, "%" PRIu32 " is no kind of event", e.kind);
    SIM_CHECK(at >= evq_now(q) && at <= time_max, "%s at %" PRId64 " ns, now is %" PRId64 " ns",
              q->kinds[e.kind].name, at, evq_now(q));
    SIM_CHECK(q->seq < UINT64_C(1) << SEQ_BITS, "%" PRIu64 " events", q->seq);
    uint64_t low = (q->seq++ ^ q->seq_flip) << SLOT_BITS | slot;
    e.key = (evq_key)(uint64_t)at << 64 | low;
    q->n_queued++;
    if (q->engine.push) {
        struct evq_guest guest = {e.obj, e.kind, e.arg, slot};
        q->engine.push(q->engine.ctx, at, &guest);
        return;
    }
    q->tune_pushes++;
    place(q, &e);
    if (q->tune_left-- == 0)
        tune(q);
}

void evq_push(struct evq *q, sim_time at, evq_kind kind, void *obj, uint32_t arg)
{
    push(q, at, (struct evq_event){.obj = obj, .kind = kind, .arg = arg}, 0);
}

evq_id evq_push_cancellable(struct evq *q, sim_time at, evq_kind kind, void *obj, uint32_t arg)
{
    uint32_t s = slot_take(q);
    evq_id id = q->slots[s].gen << SLOT_BITS | s;
    push(q, at, (struct evq_event){.obj = obj, .kind = kind, .arg = arg}, s);
    return id;
}

void evq_cancel(struct evq *q, evq_id id)
{
    uint32_t s = (uint32_t)id & ((1U << SLOT_BITS) - 1);
    if (s == 0 || s >= q->n_slots || q->slots[s].gen != id >> SLOT_BITS)
        return;
    q->slots[s].gen++;
    q->slots[s].dead = true;
    q->n_dead++;
    if (!q->engine.push && q->n_dead > TUNE_PERIOD && 2 * q->n_dead > q->n_queued)
        rebuild(q);
}

/* How many events ahead each stage of a hint is given. */
static const size_t hint_ahead[EVQ_HINT_STAGES] = {12, 8, 4};

static void give_hint(const struct evq *q, size_t i, unsigned stage)
{
    if (i >= q->run.n)
        return;
    const struct evq_event *e = &q->run.v[i];
    if (q->kinds[e->kind].hint)
        q->kinds[e->kind].hint(e->obj, e->arg, stage);
}

/* The first events of a new bucket get their hints at once. */
static void give_first_hints(const struct evq *q)
{
    for (unsigned stage = 0; stage < EVQ_HINT_STAGES; stage++)
        for (size_t i = 0; i < hint_ahead[stage]; i++)
            give_hint(q, i, stage);
}

/* The first event up to the current bucket, or NULL. near: it is in the heap. */
static inline const struct evq_event *first_here(const struct evq *q, bool *near)
{
    const struct evq_event *first = q->i_run < q->run.n ? &q->run.v[q->i_run] : NULL;
    *near = q->near.n && (!first || q->near.v[EVQ_HEAP_ROOT].key < first->key);
    return *near ? &q->near.v[EVQ_HEAP_ROOT] : first;
}

/* Take the next wanted event before end. */
static bool take_next(struct evq *q, sim_time end, struct evq_event *e)
{
    for (;;) {
        bool near;
        const struct evq_event *first = first_here(q, &near);
        if (!first) {
            if (!ring_advance(q, end))
                return false;
            give_first_hints(q);
            continue;
        }
        if (evq_key_time(first->key) >= end)
            return false;
        if (near) {
            evq_heap_pop(&q->near, e);
        } else {
            for (unsigned stage = 0; stage < EVQ_HINT_STAGES; stage++)
                give_hint(q, q->i_run + hint_ahead[stage], stage);
            *e = q->run.v[q->i_run++];
        }
        q->n_queued--;
        if (slot_leave(q, e->key))
            return true;
    }
}

int evq_run(struct evq *q, sim_time end)
{
    SIM_CHECK(end >= q->now, "end %" PRId64 " ns, now is %" PRId64 " ns", end, q->now);
    SIM_CHECK(!q->running, "an event at %" PRId64 " ns runs the queue", q->now);
    struct evq_event e;
    q->running = true;
    q->stopped = false;
    if (q->engine.push) {
        int rc = q->engine.run(q->engine.ctx, end);
        q->running = false;
        q->now = rc ? q->now : end;
        return rc;
    }
    while (!q->stopped && take_next(q, end, &e)) {
        q->now = evq_key_time(e.key);
        q->n_run++;
        q->kinds[e.kind].fn(e.obj, e.arg);
        if (q->tune_left-- == 0)
            tune(q);
    }
    q->running = false;
    if (q->stopped)
        return SIM_ESTOPPED;
    q->now = end;
    if ((end >> q->shift) - 1 > q->cur)
        q->cur = (end >> q->shift) - 1; /* every bucket before end is empty */
    return SIM_OK;
}

void evq_stop(struct evq *q)
{
    q->stopped = true;
    if (q->engine.push)
        q->engine.stop(q->engine.ctx);
}

sim_time evq_next(struct evq *q)
{
    bool near;
    const struct evq_event *first;
    SIM_CHECK(!q->engine.push && !q->running, "at %" PRId64 " ns", q->now);
    while (!(first = first_here(q, &near)))
        if (!ring_advance(q, SIM_NEVER))
            return SIM_NEVER;
    return evq_key_time(first->key);
}

sim_time evq_now(const struct evq *q)
{
    return q->engine.push && q->running ? q->engine.now(q->engine.ctx) : q->now;
}

void evq_set_engine(struct evq *q, const struct evq_engine *engine)
{
    SIM_CHECK(q->seq == 0, "%" PRIu64 " events were pushed before", q->seq);
    q->engine = *engine;
}

void evq_engine_event(struct evq *q, const struct evq_guest *e)
{
    q->now = q->engine.now(q->engine.ctx);
    q->n_queued--;
    if (!slot_leave(q, (evq_key)e->slot))
        return;
    q->n_run++;
    q->kinds[e->kind].fn(e->obj, e->arg);
}

size_t evq_n_pending(const struct evq *q)
{
    return q->n_queued - q->n_dead;
}

uint64_t evq_n_run(const struct evq *q)
{
    return q->n_run;
}
