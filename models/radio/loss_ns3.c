/* SPDX-License-Identifier: GPL-2.0-only
 * Path gains from ns-3: places in metres, one row of gateways a call, rounded to centi-dB. */
#include "models/radio/loss_ns3.h"

#include <stdlib.h>

#include "models/radio/path_loss.h"
#include "sim/mem.h"
#include "sim/ns3/ns3.h"

static struct ns3_point point_of(const struct place *p)
{
    return (struct ns3_point){(double)p->x_mm / 1000, (double)p->y_mm / 1000,
                              (double)p->z_mm / 1000};
}

/* The attributes as ns-3 gets them, and one more place; the caller frees. */
static struct ns3_attribute *attributes_of(const struct scn_list *list)
{
    const struct ns3_attribute_cfg *cfg = list->items;
    struct ns3_attribute *a = mem_alloc(list->n + 1, sizeof *a);
    for (size_t i = 0; i < list->n; i++)
        a[i] = (struct ns3_attribute){.name = cfg[i].name, .value = cfg[i].value};
    return a;
}

static int fail(const struct loss_ns3 *l, struct sim_error *e, const char *text)
{
    const struct path_loss_cfg *cfg = &l->in->radio->path_loss;
    if (l->in->scenario)
        return scenario_fail(l->in->scenario, &cfg->ns3_model, e, "%s", text);
    return sim_error_set(e, SIM_ESCENARIO, "%s", text);
}

int loss_ns3_open(struct loss_ns3 *l, const struct links_input *in, struct sim_error *e)
{
    const struct path_loss_cfg *cfg = &in->radio->path_loss;
    *l = (struct loss_ns3){.in = in};
    if (!cfg->ns3_model)
        return fail(l, e,
                    "model ns3 needs the type name of one; write e.g. ns3_model: "
                    "\"ns3::Cost231PropagationLossModel\"");
    struct ns3_loss_spec spec = {.type = cfg->ns3_model,
                                 .attributes = attributes_of(&cfg->ns3_attributes),
                                 .n_attributes = cfg->ns3_attributes.n,
                                 .frequency_hz = (double)in->frequency_hz};
    struct sim_error why = {0};
    int rc = ns3_loss_open(&l->model, &spec, &why);
    free((void *)spec.attributes);
    if (rc)
        return fail(l, e, why.text);
    l->key = rng_key_make(in->seed, in->run, RNG_NS3);
    l->bases = mem_alloc(in->n_gateways, sizeof *l->bases);
    l->streams = mem_alloc(in->n_gateways, sizeof *l->streams);
    l->gain_db = mem_alloc(in->n_gateways, sizeof *l->gain_db);
    for (size_t g = 0; g < in->n_gateways; g++)
        l->bases[g] = point_of(&in->gateways[g]);
    return SIM_OK;
}

void loss_ns3_free(struct loss_ns3 *l)
{
    ns3_loss_close(l->model);
    free(l->bases);
    free(l->streams);
    free(l->gain_db);
    *l = (struct loss_ns3){0};
}

int loss_ns3_row(struct loss_ns3 *l, sim_entity id, const struct place *at, int *gain_cdb,
                 struct sim_error *e)
{
    size_t n = l->in->n_gateways;
    struct ns3_point mobile = point_of(at);
    struct sim_error why = {0};
    for (size_t g = 0; g < n; g++) {
        uint32_t w[4];
        rng_draw(l->key, (uint64_t)id, (uint64_t)l->in->gateway_ids[g], w);
        l->streams[g] = (uint64_t)w[0] << 32 | w[1];
    }
    if (ns3_loss_gains(l->model, &mobile, l->bases, l->streams, n, l->gain_db, &why))
        return fail(l, e, why.text);
    for (size_t g = 0; g < n; g++)
        gain_cdb[g] = path_loss_round_gain(100 * l->gain_db[g]);
    return SIM_OK;
}
