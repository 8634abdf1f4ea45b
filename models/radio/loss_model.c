/* SPDX-License-Identifier: GPL-2.0-only
 * Random loss of multicast frames. Draws are 32-bit words of the device's stream for the group,
 * four a block: bernoulli takes the word of the counter, gilbert_elliott two a frame (state, loss).
 * Each member keeps its last block, so that frames in order cost a comparison each. */
#include "models/radio/loss_model.h"

#include <stdlib.h>

#include "models/radio/node_index.h"
#include "sim/csv.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/rng.h"

enum { WORDS = 4, FRAMES_OF_BLOCK = WORDS / 2, RATIO_DECIMALS = 6, RATIO_ONE = 1000000 };
#define NO_BLOCK   UINT64_MAX
#define WORD_RANGE 4294967296.0

struct heard { /* trace: one counter that a member has received */
    uint32_t member, mc_fcnt;
};

struct member {
    uint64_t entity;
    uint64_t block; /* whose words those are, or NO_BLOCK */
    uint64_t limit; /* a word below it: lost */
    uint32_t words[WORDS];
    uint32_t next_step; /* gilbert_elliott: of the chain */
    bool bad;
    size_t first, end, at; /* trace: its counters, and where the last question ended */
};

struct loss_model {
    struct loss_model_cfg cfg;
    struct rng_key key;
    uint64_t stream; /* the group's blocks */
    uint32_t first_fcnt, n_members;
    struct member *members;
    uint64_t to_bad, to_good, good_limit, bad_limit, stationary; /* as limits of words */
    struct heard *heard;
    size_t n_heard, cap_heard;
};

static uint64_t limit_of(double ratio)
{
    return (uint64_t)(ratio * WORD_RANGE + 0.5);
}

static int fail(const struct loss_model_setup *s, const void *field, struct sim_error *e,
                const char *text)
{
    return s->scenario ? scenario_fail(s->scenario, field, e, "%s", text)
                       : sim_error_set(e, SIM_ESCENARIO, "%s", text);
}

static int check(const struct loss_model_setup *s, struct sim_error *e)
{
    const struct loss_model_cfg *c = s->cfg;
    if (c->kind == LOSS_MODEL_GILBERT_ELLIOTT && c->to_bad_ratio + c->to_good_ratio <= 0)
        return fail(s, &c->to_good_ratio, e,
                    "p and r are both 0: no state would ever change; give at least one of them");
    if (c->kind == LOSS_MODEL_PER_DEVICE && !c->file)
        return fail(s, &c->file, e,
                    "loss kind per_device needs file: a CSV with device,loss_ratio");
    if (c->kind == LOSS_MODEL_TRACE && !c->file)
        return fail(s, &c->file, e, "loss kind trace needs file: a CSV with device,mc_fcnt");
    return SIM_OK;
}

/* A file that is being read. */
struct reading {
    const struct loss_model_setup *s;
    struct csv csv;
    int device, value; /* columns */
    struct node_index *index;
    uint32_t *position; /* of a device among the members + 1; 0: none */
    bool *seen;         /* per_device: of each member */
};

static int read_ratio(struct loss_model *m, struct reading *r, uint32_t member, struct sim_error *e)
{
    int64_t ratio;
    int rc = csv_decimal(&r->csv, r->value, RATIO_DECIMALS, 0, RATIO_ONE, &ratio, e);
    if (rc)
        return rc;
    if (r->seen[member])
        return csv_fail(&r->csv, r->device, SIM_ESCENARIO, e,
                        "this device has a rate in an earlier line");
    r->seen[member] = true;
    m->members[member].limit = limit_of((double)ratio / RATIO_ONE);
    return SIM_OK;
}

static int read_counter(struct loss_model *m, struct reading *r, uint32_t member,
                        struct sim_error *e)
{
    int64_t mc_fcnt;
    int rc = csv_int(&r->csv, r->value, m->first_fcnt, UINT32_MAX, &mc_fcnt, e);
    if (rc)
        return rc;
    if (m->n_heard == m->cap_heard) {
        m->cap_heard = m->cap_heard ? 2 * m->cap_heard : 256;
        m->heard = mem_grow(m->heard, m->cap_heard, sizeof *m->heard);
    }
    m->heard[m->n_heard++] = (struct heard){member, (uint32_t)mc_fcnt};
    return SIM_OK;
}

/* Rows of devices that are no members are those of other groups. */
static int read_rows(struct loss_model *m, struct reading *r, struct sim_error *e)
{
    bool ratios = m->cfg.kind == LOSS_MODEL_PER_DEVICE;
    int rc = csv_need(&r->csv, "device", &r->device, e);
    if (!rc)
        rc = csv_need(&r->csv, ratios ? "loss_ratio" : "mc_fcnt", &r->value, e);
    for (bool more = true; !rc;) {
        uint32_t device;
        rc = csv_next(&r->csv, &more, e);
        if (rc || !more)
            break;
        rc = node_index_field(r->index, &r->csv, r->device, &device, e);
        if (rc || !r->position[device])
            continue;
        uint32_t member = r->position[device] - 1;
        rc = ratios ? read_ratio(m, r, member, e) : read_counter(m, r, member, e);
    }
    return rc;
}

static int check_all_seen(const struct reading *r, struct sim_error *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->s->n_members; i++)
        n += !r->seen[i];
    if (n == 0)
        return SIM_OK;
    return sim_error_set(
        e, SIM_ESCENARIO, "%s: %lu of %lu members of group %s have no row; give each a loss_ratio",
        r->s->cfg->file, (unsigned long)n, (unsigned long)r->s->n_members, r->s->group);
}

static int compare_heard(const void *a, const void *b)
{
    const struct heard *x = a, *y = b;
    if (x->member != y->member)
        return x->member < y->member ? -1 : 1;
    return x->mc_fcnt < y->mc_fcnt ? -1 : x->mc_fcnt > y->mc_fcnt;
}

static void sort_heard(struct loss_model *m)
{
    if (m->n_heard)
        qsort(m->heard, m->n_heard, sizeof *m->heard, compare_heard);
    size_t at = 0;
    for (uint32_t i = 0; i < m->n_members; i++) {
        struct member *x = &m->members[i];
        x->first = x->at = at;
        while (at < m->n_heard && m->heard[at].member == i)
            at++;
        x->end = at;
    }
}

static int read_file(struct loss_model *m, const struct loss_model_setup *s, struct sim_error *e)
{
    struct reading r = {.s = s};
    struct sim_error why;
    int rc = csv_open(&r.csv, s->cfg->file, &why);
    if (rc)
        fail(s, &s->cfg->file, e, why.text);
    r.index = node_index_open(s->device_ids, s->n_devices);
    r.position = mem_alloc(s->n_devices, sizeof *r.position);
    r.seen = mem_alloc(s->n_members, sizeof *r.seen);
    for (uint32_t i = 0; i < s->n_members; i++)
        r.position[s->members[i]] = i + 1;
    if (!rc)
        rc = read_rows(m, &r, e);
    if (!rc && m->cfg.kind == LOSS_MODEL_PER_DEVICE)
        rc = check_all_seen(&r, e);
    if (!rc)
        sort_heard(m);
    free(r.seen);
    free(r.position);
    node_index_close(r.index);
    csv_close(&r.csv);
    if (rc && e)
        e->code = SIM_ESCENARIO;
    return rc ? SIM_ESCENARIO : SIM_OK;
}

static struct loss_model *make(const struct loss_model_setup *s)
{
    const struct loss_model_cfg *c = s->cfg;
    struct loss_model *m = mem_alloc(1, sizeof *m);
    *m = (struct loss_model){.cfg = *c,
                             .key = rng_key_make(s->seed, s->run, RNG_MULTICAST_LOSS),
                             .stream = (uint64_t)entity_hash(s->group) << 32,
                             .first_fcnt = s->first_fcnt,
                             .n_members = s->n_members,
                             .to_bad = limit_of(c->to_bad_ratio),
                             .to_good = limit_of(c->to_good_ratio),
                             .good_limit = limit_of(c->good_loss_ratio),
                             .bad_limit = limit_of(c->bad_loss_ratio)};
    if (c->kind == LOSS_MODEL_GILBERT_ELLIOTT)
        m->stationary = limit_of(c->to_bad_ratio / (c->to_bad_ratio + c->to_good_ratio));
    m->members = mem_alloc(s->n_members, sizeof *m->members);
    for (uint32_t i = 0; i < s->n_members; i++)
        m->members[i] = (struct member){.entity = (uint64_t)s->device_ids[s->members[i]],
                                        .block = NO_BLOCK,
                                        .limit = limit_of(c->loss_ratio)};
    return m;
}

int loss_model_open(struct loss_model **out, const struct loss_model_setup *s, struct sim_error *e)
{
    *out = NULL;
    int rc = check(s, e);
    if (rc || s->cfg->kind == LOSS_MODEL_NONE)
        return rc;
    struct loss_model *m = make(s);
    if (s->cfg->kind == LOSS_MODEL_PER_DEVICE || s->cfg->kind == LOSS_MODEL_TRACE)
        rc = read_file(m, s, e);
    if (rc) {
        loss_model_close(m);
        return rc;
    }
    *out = m;
    return SIM_OK;
}

void loss_model_close(struct loss_model *m)
{
    if (!m)
        return;
    free(m->heard);
    free(m->members);
    free(m);
}

/* The words of a block of a member's stream. */
static const uint32_t *words_of(const struct loss_model *m, struct member *x, uint64_t block)
{
    if (x->block != block) {
        rng_draw(m->key, x->entity, m->stream | block, x->words);
        x->block = block;
    }
    return x->words;
}

/* The two words of a frame: one moves the state, one decides in it. */
static const uint32_t *words_of_step(const struct loss_model *m, struct member *x, uint32_t step)
{
    return words_of(m, x, step / FRAMES_OF_BLOCK) + step % FRAMES_OF_BLOCK * 2;
}

static bool lost_in_chain(const struct loss_model *m, struct member *x, uint32_t step)
{
    if (step + 1 < x->next_step) /* back in time: from the beginning */
        x->next_step = 0;
    for (; x->next_step <= step; x->next_step++) {
        uint32_t word = *words_of_step(m, x, x->next_step);
        if (x->next_step == 0)
            x->bad = word < m->stationary;
        else if (word < (x->bad ? m->to_good : m->to_bad))
            x->bad = !x->bad;
    }
    return words_of_step(m, x, step)[1] < (x->bad ? m->bad_limit : m->good_limit);
}

static bool was_heard(const struct loss_model *m, struct member *x, uint32_t mc_fcnt)
{
    size_t lo = x->first, hi = x->end;
    if (x->at > x->first && m->heard[x->at - 1].mc_fcnt < mc_fcnt)
        lo = x->at; /* in order: go on where the last question ended */
    if (lo < hi && m->heard[lo].mc_fcnt >= mc_fcnt)
        hi = lo;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (m->heard[mid].mc_fcnt < mc_fcnt)
            lo = mid + 1;
        else
            hi = mid;
    }
    x->at = lo;
    return lo < x->end && m->heard[lo].mc_fcnt == mc_fcnt;
}

bool loss_model_lost(struct loss_model *m, uint32_t member, uint32_t mc_fcnt)
{
    if (!m)
        return false;
    struct member *x = &m->members[member];
    switch (m->cfg.kind) {
    case LOSS_MODEL_GILBERT_ELLIOTT:
        return lost_in_chain(m, x, mc_fcnt - m->first_fcnt);
    case LOSS_MODEL_TRACE:
        return !was_heard(m, x, mc_fcnt);
    default:
        return words_of(m, x, mc_fcnt / WORDS)[mc_fcnt % WORDS] < x->limit;
    }
}

uint32_t loss_model_n_silent(const struct loss_model *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; m && m->cfg.kind == LOSS_MODEL_TRACE && i < m->n_members; i++)
        n += m->members[i].first == m->members[i].end;
    return n;
}

double loss_model_ratio(const struct loss_model *m, uint32_t member)
{
    if (!m)
        return 0;
    if (m->cfg.kind == LOSS_MODEL_TRACE)
        return -1;
    if (m->cfg.kind != LOSS_MODEL_GILBERT_ELLIOTT)
        return (double)m->members[member].limit / WORD_RANGE;
    double bad = (double)m->stationary / WORD_RANGE;
    return bad * m->cfg.bad_loss_ratio + (1 - bad) * m->cfg.good_loss_ratio;
}
