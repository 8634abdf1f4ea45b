/* SPDX-License-Identifier: GPL-2.0-only
 * Functions for the SQL of plots. One search answers for every number of parity fragments, so what
 * was found is kept. */
#include "tools/plot_functions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/tree_links.h"
#include "models/packages/campaign_recovery.h"
#include "models/packages/fragcode.h"
#include "sim/err.h"
#include "sim/mem.h"

enum {
    ARG_VERSION,
    ARG_ROWS,
    ARG_M,
    ARG_MAX_LOST,
    ARG_KIND,
    ARG_LOSS_RATIO,
    ARG_P,
    ARG_R,
    ARG_LOSS_GOOD,
    ARG_LOSS_BAD,
    ARG_MAX_CODED,
    ARG_N_CODED,
    N_ARGS
};

struct question {
    enum frag_code code;
    unsigned m, max_lost, max_coded;
    struct loss_model_cfg loss;
};

struct answer {
    struct question question;
    struct campaign_recovery found;
};

struct answers {
    struct answer *list;
    size_t n;
};

static void release(void *p)
{
    struct answers *a = p;
    for (size_t i = 0; i < a->n; i++)
        campaign_recovery_free(&a->list[i].found);
    free(a->list);
    free(a);
}

static bool same_loss(const struct loss_model_cfg *a, const struct loss_model_cfg *b)
{
    return a->kind == b->kind &&
           !(a->loss_ratio < b->loss_ratio || a->loss_ratio > b->loss_ratio) &&
           !(a->to_bad_ratio < b->to_bad_ratio || a->to_bad_ratio > b->to_bad_ratio) &&
           !(a->to_good_ratio < b->to_good_ratio || a->to_good_ratio > b->to_good_ratio) &&
           !(a->good_loss_ratio < b->good_loss_ratio || a->good_loss_ratio > b->good_loss_ratio) &&
           !(a->bad_loss_ratio < b->bad_loss_ratio || a->bad_loss_ratio > b->bad_loss_ratio);
}

static bool same(const struct question *a, const struct question *b)
{
    return a->code == b->code && a->m == b->m && a->max_lost == b->max_lost &&
           a->max_coded == b->max_coded && same_loss(&a->loss, &b->loss);
}

static bool is_ratio(double x)
{
    return x >= 0 && x <= 1;
}

static bool is_text(sqlite3_value *v, const char *text)
{
    const char *s = (const char *)sqlite3_value_text(v);
    return s && strcmp(s, text) == 0;
}

/* The loss model of the arguments; only the keys that its kind has. */
static bool take_loss(struct loss_model_cfg *loss, sqlite3_value **v)
{
    *loss = (struct loss_model_cfg){.kind = LOSS_MODEL_BERNOULLI};
    if (is_text(v[ARG_KIND], "none"))
        return true; /* of no frame */
    if (is_text(v[ARG_KIND], "bernoulli")) {
        loss->loss_ratio = sqlite3_value_double(v[ARG_LOSS_RATIO]);
        return is_ratio(loss->loss_ratio);
    }
    if (!is_text(v[ARG_KIND], "gilbert_elliott"))
        return false;
    *loss = (struct loss_model_cfg){.kind = LOSS_MODEL_GILBERT_ELLIOTT,
                                    .to_bad_ratio = sqlite3_value_double(v[ARG_P]),
                                    .to_good_ratio = sqlite3_value_double(v[ARG_R]),
                                    .good_loss_ratio = sqlite3_value_double(v[ARG_LOSS_GOOD]),
                                    .bad_loss_ratio = sqlite3_value_double(v[ARG_LOSS_BAD])};
    return is_ratio(loss->to_bad_ratio) && is_ratio(loss->to_good_ratio) &&
           is_ratio(loss->good_loss_ratio) && is_ratio(loss->bad_loss_ratio);
}

static bool take_question(struct question *q, sqlite3_value **v)
{
    sqlite3_int64 m = sqlite3_value_int64(v[ARG_M]), lost = sqlite3_value_int64(v[ARG_MAX_LOST]),
                  coded = sqlite3_value_int64(v[ARG_MAX_CODED]),
                  version = sqlite3_value_int64(v[ARG_VERSION]);
    if (m < 1 || coded < 0 || m > FRAG_MAX_N || coded > FRAG_MAX_N - m || lost < 0 || version < 1 ||
        version > 2)
        return false;
    *q = (struct question){.m = (unsigned)m,
                           .max_coded = (unsigned)coded,
                           .max_lost = lost < m ? (unsigned)lost : (unsigned)m};
    q->code = version == 1                      ? FRAG_CODE_V1
              : is_text(v[ARG_ROWS], "literal") ? FRAG_CODE_V2_LITERAL
                                                : FRAG_CODE_V2;
    return take_loss(&q->loss, v);
}

/* Search, and keep what was found. NULL: no memory for the rows. */
static const struct campaign_recovery *search(struct answers *a, const struct question *q)
{
    struct answer found = {.question = *q};
    struct campaign_recovery_input in = {.max_coded = q->max_coded,
                                         .max_lost = q->max_lost,
                                         .loss = &found.question.loss,
                                         .seed = 1};
    struct sim_error e;
    if (fragrows_open(&in.rows, q->code, q->m) != SIM_OK)
        return NULL;
    int rc = campaign_recovery_find(&found.found, &in, &e);
    fragrows_close(in.rows);
    if (rc)
        return NULL;
    a->list = mem_grow(a->list, a->n + 1, sizeof *a->list);
    a->list[a->n] = found;
    return &a->list[a->n++].found;
}

static void expected_recovery(sqlite3_context *c, int n_args, sqlite3_value **v)
{
    struct answers *a = sqlite3_user_data(c);
    struct question q;
    const struct campaign_recovery *found = NULL;
    (void)n_args;
    sqlite3_int64 n = sqlite3_value_int64(v[ARG_N_CODED]);
    if (!take_question(&q, v) || n < 0 || n > q.max_coded)
        return; /* NULL */
    for (size_t i = 0; i < a->n && !found; i++)
        if (same(&a->list[i].question, &q))
            found = &a->list[i].found;
    if (!found)
        found = search(a, &q);
    if (found)
        sqlite3_result_double(c, campaign_recovery_share(found, (unsigned)n).share);
}

static void k_ary_tree_links(sqlite3_context *c, int n_args, sqlite3_value **v)
{
    sqlite3_int64 k = sqlite3_value_int64(v[0]), depth = sqlite3_value_int64(v[1]),
                  m = sqlite3_value_int64(v[2]);
    (void)n_args;
    if (k < 1 || k > 1000 || depth < 0 || depth > 60 || m < 0 || m > UINT32_MAX)
        return; /* NULL */
    sqlite3_result_double(c, ip_tree_links_k_ary((uint32_t)k, (uint32_t)depth, (uint32_t)m));
}

int plot_functions_add(sqlite3 *db)
{
    struct answers *a = mem_alloc(1, sizeof *a);
    int rc =
        sqlite3_create_function_v2(db, "k_ary_tree_links", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   NULL, k_ary_tree_links, NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        release(a);
        return rc;
    }
    return sqlite3_create_function_v2(db, "expected_recovery", N_ARGS,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC, a, expected_recovery,
                                      NULL, NULL, release);
}
