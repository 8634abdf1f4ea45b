/* SPDX-License-Identifier: GPL-2.0-only
 * Recovery by Monte Carlo over ranks. Losses are drawn by (seed, trial, fragment number). */
#include "models/packages/campaign_recovery.h"

#include <math.h>
#include <stdlib.h>

#include "models/packages/fragdecode.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Draws of trials are not those of any group: names of groups are not empty. */
static const char group_of_trials[] = "";

struct campaign_recovery_share campaign_recovery_interval(unsigned n, unsigned n_trials)
{
    const double z = 1.959963984540054, z2 = z * z; /* two-sided 5 % of a normal distribution */
    double p = (double)n / n_trials, scale = 1 / (1 + z2 / n_trials);
    double middle = (p + z2 / (2. * n_trials)) * scale;
    double half = z * scale * sqrt(p * (1 - p) / n_trials + z2 / (4. * n_trials * n_trials));
    return (struct campaign_recovery_share){
        .share = p, .low = n == 0 ? 0 : middle - half, .high = n == n_trials ? 1 : middle + half};
}

struct campaign_recovery_share campaign_recovery_share(const struct campaign_recovery *r,
                                                       unsigned n_coded)
{
    SIM_CHECK(n_coded <= r->max_coded, "%u parity fragments, %u at most", n_coded, r->max_coded);
    return campaign_recovery_interval(r->n_whole[n_coded], r->n_trials);
}

/* A trial that is under way. */
struct trial {
    const struct campaign_recovery_input *in;
    struct loss_model *model;
    uint32_t member, first_fcnt;
    bool *lost; /* [0..m + max_coded - 1] */
};

/* Draw what is lost; are as many fragments left as a rank of M needs? */
static bool draw_losses(struct trial *t)
{
    unsigned m = fragrows_m(t->in->rows), n = m + t->in->max_coded, n_received = 0;
    for (unsigned i = 0; i < n; i++) {
        t->lost[i] = loss_model_lost(t->model, t->member, t->first_fcnt + i);
        n_received += !t->lost[i];
    }
    return n_received >= m;
}

/* Parity fragments that had been sent when the block was whole; max_coded + 1: it never was. */
static unsigned coded_needed(const struct trial *t)
{
    const struct fragdec_cfg cfg = {.rows = t->in->rows, .max_lost = t->in->max_lost};
    unsigned m = fragrows_m(t->in->rows), n_last = m + t->in->max_coded, needed = n_last + 1;
    struct fragdec d;
    int rc = fragdec_init(&d, &cfg);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    for (unsigned n = 1; n <= n_last && needed > n_last; n++)
        if (!t->lost[n - 1] && fragdec_push(&d, n, NULL) == FRAGDEC_COMPLETE)
            needed = n;
    fragdec_fini(&d);
    return needed <= m ? 0 : needed - m;
}

/* So that the eliminations stay within the effort: reducing L rows of L columns is L^3 / 128 word
 * operations, and filling one in L. */
static unsigned n_trials_for(const struct campaign_recovery_input *in)
{
    double m = fragrows_m(in->rows);
    double l = in->max_coded < in->max_lost ? in->max_coded : in->max_lost;
    double lost = in->loss->kind == LOSS_MODEL_BERNOULLI ? m * in->loss->loss_ratio * 1.2 + 20 : m;
    l = lost < l ? lost : l;
    double cost = l * l * l / 128 + l * l + 2 * (m + in->max_coded);
    double n = CAMPAIGN_RECOVERY_EFFORT / cost;
    if (n > CAMPAIGN_RECOVERY_MAX_TRIALS)
        return CAMPAIGN_RECOVERY_MAX_TRIALS;
    return n < CAMPAIGN_RECOVERY_MIN_TRIALS ? CAMPAIGN_RECOVERY_MIN_TRIALS : (unsigned)n;
}

/* The trials of one opening of the loss model: its members. */
static void run_members(struct campaign_recovery *r, struct trial *t, uint32_t n_members)
{
    for (t->member = 0; t->member < n_members && r->n_trials; t->member++) {
        unsigned needed = draw_losses(t) ? coded_needed(t) : r->max_coded + 1;
        if (needed <= r->max_coded)
            r->n_whole[needed]++;
        r->n_trials--;
    }
}

/* Devices of their own, as many as trials. */
static struct loss_model_setup own_members(const struct campaign_recovery_input *in, unsigned n)
{
    sim_entity *ids = mem_alloc(n, sizeof *ids);
    uint32_t *members = mem_alloc(n, sizeof *members);
    for (unsigned i = 0; i < n; i++) {
        ids[i] = (sim_entity)i;
        members[i] = i;
    }
    return (struct loss_model_setup){
        .cfg = in->loss, .device_ids = ids, .n_devices = n, .members = members, .n_members = n};
}

int campaign_recovery_find(struct campaign_recovery *r, const struct campaign_recovery_input *in,
                           struct sim_error *e)
{
    unsigned n_trials = in->n_trials ? in->n_trials : n_trials_for(in);
    struct loss_model_setup s = in->members ? *in->members : own_members(in, n_trials);
    SIM_CHECK(s.n_members > 0, "no members");
    *r = (struct campaign_recovery){.n_trials = n_trials, .max_coded = in->max_coded};
    r->n_whole = mem_alloc(in->max_coded + 1, sizeof *r->n_whole);
    struct trial t = {.in = in, .first_fcnt = s.first_fcnt};
    t.lost = mem_alloc(fragrows_m(in->rows) + in->max_coded, sizeof *t.lost);
    s.group = group_of_trials;
    s.seed = in->seed;
    int rc = SIM_OK;
    for (s.run = 1; r->n_trials && !rc; s.run++) {
        rc = loss_model_open(&t.model, &s, e);
        if (!rc)
            run_members(r, &t, s.n_members);
        loss_model_close(t.model);
    }
    for (unsigned k = 1; k <= in->max_coded; k++)
        r->n_whole[k] += r->n_whole[k - 1];
    r->n_trials = n_trials;
    free(t.lost);
    if (!in->members) {
        free((void *)s.device_ids);
        free((void *)s.members);
    }
    if (rc)
        campaign_recovery_free(r);
    return rc;
}

void campaign_recovery_free(struct campaign_recovery *r)
{
    free(r->n_whole);
    *r = (struct campaign_recovery){0};
}
