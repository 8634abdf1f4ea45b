/* SPDX-License-Identifier: GPL-2.0-only
 * The links of every device, computed once: path gain and shadowing, the weak ones cut off. */
#include "models/radio/links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/radio/loss_matrix.h"
#include "models/radio/loss_ns3.h"
#include "models/radio/path_loss.h"
#include "sim/detmath.h"
#include "sim/mem.h"

/* A matrix and ns-3 are asked for devices and gateways only: two of a kind do not hear each other.
 */
enum { MAX_GATEWAYS = 65535, MISSING_CDB = -30000 };

/* What is at work while the links are made. */
struct making {
    const struct links_input *in;
    struct path_loss loss;
    struct rng_key shadow_key;
    double sigma_cdb;            /* 0: no shadowing */
    struct shadow_field *fields; /* one a gateway; NULL: links are independent */
    struct loss_matrix matrix;
    struct loss_ns3 ns3;
    int *gain_cdb;    /* n_gateways: what ns-3 says of the current device */
    struct link *row; /* n_gateways: links of the current device */
    size_t cap;       /* of links->link */
    struct sim_error *e;
};

static bool has_formula(int model)
{
    return model == LOSS_LOG_DISTANCE || model == LOSS_OKUMURA_HATA;
}

static double shadowing_cdb(const struct making *m, size_t d, size_t g)
{
    if (m->fields)
        return m->sigma_cdb * shadow_field_at(&m->fields[g], &m->in->devices[d]);
    uint32_t w[4];
    rng_draw(m->shadow_key, (uint64_t)m->in->device_ids[d], (uint64_t)m->in->gateway_ids[g], w);
    return m->sigma_cdb * rng_word_normal(w);
}

/* Stronger first; equal ones by gateway. */
static bool link_before(const struct link *a, const struct link *b)
{
    return a->gain_cdb != b->gain_cdb ? a->gain_cdb > b->gain_cdb : a->gateway < b->gateway;
}

static int link_compare(const void *a, const void *b)
{
    return link_before(a, b) ? -1 : 1;
}

static void sort_row(struct link *row, size_t n)
{
    if (n > 32) {
        qsort(row, n, sizeof *row, link_compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct link x = row[i];
        size_t k = i;
        for (; k > 0 && link_before(&x, &row[k - 1]); k--)
            row[k] = row[k - 1];
        row[k] = x;
    }
}

static int extra_of(const int16_t *extra_cdb, size_t i)
{
    return extra_cdb ? extra_cdb[i] : 0;
}

/* Keep one link in the row, or count it as cut. */
static void row_push(struct links *l, struct making *m, size_t *n, size_t d, size_t gateway,
                     int gain_cdb)
{
    int extra = extra_of(m->in->device_extra_cdb, d) + extra_of(m->in->gateway_extra_cdb, gateway);
    if (gain_cdb < l->limit_cdb + extra)
        l->n_cut++;
    else
        m->row[(*n)++] = (struct link){(uint16_t)gateway, (int16_t)gain_cdb};
}

static size_t row_of_model(struct links *l, struct making *m, size_t d)
{
    const struct links_input *in = m->in;
    size_t n = 0;
    for (size_t g = 0; g < in->n_gateways; g++) {
        double gain = m->gain_cdb ? m->gain_cdb[g]
                                  : path_loss_gain_cdb(&m->loss, &in->devices[d], &in->gateways[g]);
        if (m->sigma_cdb > 0)
            gain += shadowing_cdb(m, d, g);
        row_push(l, m, &n, d, g, path_loss_round_gain(gain));
    }
    return n;
}

static size_t row_of_matrix(struct links *l, struct making *m, size_t d)
{
    size_t n = 0;
    for (; m->matrix.next < m->matrix.n && m->matrix.entry[m->matrix.next].device == d;
         m->matrix.next++) {
        const struct loss_entry *x = &m->matrix.entry[m->matrix.next];
        row_push(l, m, &n, d, x->gateway, -x->loss_cdb);
    }
    return n;
}

static void append_row(struct links *l, struct making *m, size_t used, size_t n)
{
    sort_row(m->row, n);
    if (used + n > m->cap) {
        m->cap = 2 * m->cap + n;
        l->link = mem_grow(l->link, m->cap, sizeof *l->link);
    }
    if (n)
        memcpy(l->link + used, m->row, n * sizeof *m->row);
}

static int make_rows(struct links *l, struct making *m)
{
    const struct links_input *in = m->in;
    bool matrix = in->radio->path_loss.model == LOSS_MATRIX;
    size_t used = 0;
    for (size_t d = 0; d < l->n_devices; d++) {
        if (m->gain_cdb &&
            loss_ns3_row(&m->ns3, in->device_ids[d], &in->devices[d], m->gain_cdb, m->e))
            return SIM_ESCENARIO;
        size_t n = matrix ? row_of_matrix(l, m, d) : row_of_model(l, m, d);
        append_row(l, m, used, n);
        used += n;
        SIM_CHECK(used <= UINT32_MAX, "%zu links", used);
        l->first[d + 1] = (uint32_t)used;
    }
    l->link = mem_grow(l->link, used, sizeof *l->link);
    return SIM_OK;
}

/* Between gateways the higher one counts as the base, so that the matrix is symmetric. */
static int gain_between_gateways(const struct making *m, size_t a, size_t b)
{
    const struct place *at = m->in->gateways;
    if (a == b)
        return 0;
    if (!has_formula(m->in->radio->path_loss.model))
        return MISSING_CDB;
    bool a_lower = at[a].z_mm < at[b].z_mm;
    return path_loss_round_gain(
        path_loss_gain_cdb(&m->loss, a_lower ? &at[a] : &at[b], a_lower ? &at[b] : &at[a]));
}

static void make_gateway_gains(struct links *l, const struct making *m)
{
    size_t n = l->n_gateways;
    l->gateway_gain_cdb = mem_alloc(n * n, sizeof *l->gateway_gain_cdb);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            l->gateway_gain_cdb[a * n + b] = (int16_t)gain_between_gateways(m, a, b);
}

static void prepare_shadowing(struct making *m)
{
    const struct shadowing_cfg *cfg = &m->in->radio->shadowing;
    m->sigma_cdb = (double)cfg->sigma_cdb;
    m->shadow_key = rng_key_make(m->in->seed, m->in->run, RNG_SHADOWING);
    if (cfg->sigma_cdb <= 0 || cfg->correlation_distance_mm == SCN_WORD ||
        cfg->correlation_distance_mm <= 0)
        return;
    m->fields = mem_alloc(m->in->n_gateways, sizeof *m->fields);
    for (size_t g = 0; g < m->in->n_gateways; g++)
        shadow_field_init(&m->fields[g], m->shadow_key, m->in->gateway_ids[g],
                          cfg->correlation_distance_mm);
}

int links_make(struct links *l, const struct links_input *in, struct sim_error *e)
{
    *l = (struct links){
        .n_devices = in->n_devices, .n_gateways = in->n_gateways, .limit_cdb = in->limit_cdb};
    struct making m = {.in = in, .e = e};
    if (in->n_gateways > MAX_GATEWAYS)
        return sim_error_set(e, SIM_ESCENARIO, "%zu gateways; at most %d are possible",
                             in->n_gateways, MAX_GATEWAYS);
    int rc = SIM_OK;
    if (in->radio->path_loss.model == LOSS_MATRIX)
        rc = loss_matrix_read(&m.matrix, in, e);
    else if (in->radio->path_loss.model == LOSS_NS3)
        rc = loss_ns3_open(&m.ns3, in, e);
    else
        path_loss_init(&m.loss, &in->radio->path_loss, in->frequency_hz);
    if (rc) {
        loss_ns3_free(&m.ns3);
        return rc;
    }
    prepare_shadowing(&m);
    l->first = mem_alloc(in->n_devices + 1, sizeof *l->first);
    m.row = mem_alloc(in->n_gateways, sizeof *m.row);
    if (in->radio->path_loss.model == LOSS_NS3)
        m.gain_cdb = mem_alloc(in->n_gateways, sizeof *m.gain_cdb);
    rc = make_rows(l, &m);
    make_gateway_gains(l, &m);
    loss_ns3_free(&m.ns3);
    free(m.gain_cdb);
    free(m.row);
    free(m.fields);
    loss_matrix_free(&m.matrix);
    return rc;
}

void links_free(struct links *l)
{
    free(l->first);
    free(l->link);
    free(l->gateway_gain_cdb);
    *l = (struct links){0};
}

int links_path_gain_cdb(const struct path_loss_cfg *cfg, int64_t frequency_hz,
                        const struct place *a, const struct place *b)
{
    struct path_loss loss;
    if (!has_formula(cfg->model))
        return MISSING_CDB;
    path_loss_init(&loss, cfg, frequency_hz);
    return path_loss_round_gain(path_loss_gain_cdb(&loss, a, b));
}

/* Power of a Rician channel, mean 1: a direct ray of power K / (K + 1), plus scatter whose power is
 * exponential with mean 1 / (K + 1) and whose phase is uniform. */
static double rician_ratio(double k, const uint32_t w[4])
{
    double direct = k / (k + 1);
    double scatter = rng_word_exponential(w[0], w[1]) / (k + 1);
    double cosine = det_cos_turn(rng_word_uniform(w[2], w[3]));
    return direct + scatter + 2 * sqrt(direct * scatter) * cosine;
}

/* A drawn power ratio in centi-dB; fades deeper than 120 dB count as 120 dB. */
static int fade_cdb(double ratio)
{
    return det_cdb_of_ratio(ratio > 1e-12 ? ratio : 1e-12);
}

int links_fading_cdb(const struct fading_cfg *cfg, struct rng_key key, sim_entity transmitter,
                     uint64_t n, uint32_t receiver)
{
    if (cfg->model == FADING_NONE)
        return 0;
    uint32_t w[4];
    rng_draw(key, (uint64_t)transmitter, n ^ (uint64_t)receiver << 40, w);
    switch (cfg->model) {
    case FADING_RAYLEIGH:
        return fade_cdb(rng_word_exponential(w[0], w[1]));
    case FADING_RICIAN:
        return fade_cdb(rician_ratio(det_ratio_of_cdb((int)cfg->rician_k_cdb), w));
    default:
        return (int)det_round((double)cfg->lognormal_sigma_cdb * rng_word_normal(w));
    }
}
