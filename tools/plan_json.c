/* SPDX-License-Identifier: GPL-2.0-only
 * castbed plan for programs. Times are nanoseconds, null where there is none. */
#include "tools/plan.h"

static void set(json_t *o, const char *name, json_t *value)
{
    json_object_set_new(o, name, value);
}

static json_t *time_or_null(sim_time t)
{
    return t == SIM_NEVER ? json_null() : json_integer(t);
}

static json_t *json_rate(const struct plan_report *r, const struct plan_rate *x)
{
    const struct campaign_plan *p = &x->plan;
    json_t *o = json_object();
    char why[CAMPAIGN_SAY_SIZE];
    bool possible = p->problem == CAMPAIGN_PLAN_POSSIBLE;
    set(o, "data_rate", json_integer(x->dr));
    set(o, "chosen", json_boolean(x == r->chosen));
    set(o, "problem",
        possible ? json_null() : json_string(campaign_say_problem(p, &x->input, why, sizeof why)));
    set(o, "fragment_size", json_integer(p->frag_size));
    set(o, "m", json_integer(p->m));
    set(o, "padding", json_integer(p->padding));
    set(o, "parity", json_integer(p->n_coded));
    set(o, "airtime_ns", json_integer(p->airtime));
    set(o, "total_airtime_ns", json_integer(p->total_airtime));
    set(o, "earliest_end_ns", p->n_frames ? json_integer(x->earliest_end) : json_null());
    set(o, "end_ns", possible ? json_integer(p->end) : json_null());
    set(o, "sessions", json_integer(p->n_sessions));
    set(o, "in_reach", json_integer(x->n_in_reach));
    return o;
}

static json_t *json_sessions(const struct campaign_plan *p)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < p->n_sessions; i++) {
        const struct campaign_plan_session *s = &p->sessions[i];
        json_t *o = json_object();
        set(o, "open_ns", json_integer(s->open));
        set(o, "close_ns", json_integer(s->close));
        set(o, "timeout", json_integer(s->timeout));
        set(o, "first_frame", json_integer(s->first_frame));
        set(o, "frames", json_integer(s->n_frames));
        set(o, "end_ns", json_integer(s->end));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_share(const struct campaign_recovery_share *s)
{
    json_t *o = json_object();
    set(o, "share", json_real(s->share));
    set(o, "low", json_real(s->low));
    set(o, "high", json_real(s->high));
    return o;
}

static json_t *json_recovery(const struct plan_report *r)
{
    json_t *list = json_array();
    for (unsigned i = 0; r->chosen->plan.n_frames && i < PLAN_N_LOSS; i++)
        for (unsigned k = 0; k < r->n_columns; k++) {
            json_t *o = json_share(&r->shares[i][k]);
            set(o, "loss", json_real(r->losses[i]));
            set(o, "parity", json_integer(r->n_coded[k]));
            set(o, "trials", json_integer(r->n_trials[i]));
            json_array_append_new(list, o);
        }
    return list;
}

static json_t *json_setup(const struct plan_report *r)
{
    json_t *o = json_object(), *list = json_array();
    for (unsigned i = 0; i < r->n_requests; i++) {
        json_t *q = json_object();
        set(q, "name", json_string(r->requests[i].name));
        set(q, "length", json_integer(r->requests[i].len));
        set(q, "per_member", json_integer(r->requests[i].n));
        json_array_append_new(list, q);
    }
    set(o, "asked", json_boolean(!r->not_told));
    set(o, "requests", list);
    set(o, "n_requests", json_integer((json_int_t)r->setup.n_requests));
    set(o, "by_duty_ns", json_integer(r->setup.by_duty));
    set(o, "by_uplinks_ns", time_or_null(r->setup.by_uplinks));
    return o;
}

json_t *plan_json(const struct plan_report *r)
{
    json_t *o = json_object(), *rates = json_array(), *warnings = json_array();
    for (unsigned i = 0; i < r->n_rates; i++)
        json_array_append_new(rates, json_rate(r, &r->rates[i]));
    for (unsigned i = 0; i < r->n_warnings; i++)
        json_array_append_new(warnings, json_string(r->warnings[i]));
    set(o, "name", json_string(r->campaign.cfg->name));
    set(o, "group", json_string(r->campaign.group.cfg->name));
    set(o, "members", json_integer(r->campaign.group.n_members));
    set(o, "gateways", json_integer(r->campaign.group.n_gateways));
    set(o, "image_size", json_integer((json_int_t)r->campaign.input.image_len));
    set(o, "possible", json_boolean(!*r->problem));
    set(o, "problem", *r->problem ? json_string(r->problem) : json_null());
    set(o, "data_rates", rates);
    set(o, "sessions", json_sessions(&r->chosen->plan));
    set(o, "recovery", json_recovery(r));
    set(o, "own_loss", r->has_own ? json_share(&r->own) : json_null());
    set(o, "setup", json_setup(r));
    set(o, "warnings", warnings);
    return o;
}
