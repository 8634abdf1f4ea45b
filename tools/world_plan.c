/* SPDX-License-Identifier: GPL-2.0-only
 * From a scenario's keys and links to plans of its campaigns. */
#include "tools/world_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/lorawan/beacon.h"
#include "models/packages/campaign_say.h"
#include "tools/world_internal.h"

enum { FSK_HZ = 125000 }; /* FSK has one sensitivity, whatever its width */

/* Octets of requests, CID included. */
enum {
    LEN_VERSION_REQ = 1,
    LEN_APP_TIME_ANS = 6,
    LEN_GROUP_SETUP = 30,
    LEN_FRAG_SETUP_V1 = 11,
    LEN_FRAG_SETUP_V2 = 17,
    LEN_SESSION = 11,
    LEN_RESYNC = 2,
    LEN_STATUS_REQ = 2,
    LEN_DELETE_REQ = 2,
    LEN_IMAGE_REQ = 1,
    LEN_REBOOT_COUNTDOWN = 4,
    LEN_REBOOT_TIME = 5,
};

size_t world_n_campaigns(const struct world *w)
{
    return w->cfg.campaigns.n;
}

static size_t index_of_group(const struct world *w, const struct multicast_cfg *g)
{
    return (size_t)(g - (const struct multicast_cfg *)w->cfg.multicast.items);
}

/* The beacon that a first session in class B begins with, at the earliest. */
static int64_t first_beacon(const struct world *w, const struct campaign_cfg *c)
{
    int64_t at = w->cfg.run.start_gps_ns +
                 (c->session.start_ns == SCN_WORD ? c->start_ns : c->session.start_ns);
    return (at + BEACON_PERIOD - 1) / BEACON_PERIOD * BEACON_PERIOD;
}

/* Room for an image in the smallest slot of the members; 0: any size. */
static size_t smallest_slot(const struct world *w, const struct campaign_cfg *c)
{
    const struct scn_list *l = &world_campaign_group(w, c)->members;
    const struct multicast_member_cfg *m = l->items;
    size_t least = 0;
    for (size_t i = 0; c->firmware.check && i < l->n; i++) {
        const struct device_cfg *d = world_device_cfg(w, (size_t)world_find_group(w, m[i].devices));
        int64_t slot = d->packages.firmware_device.slot_bytes;
        if (slot != SCN_WORD && (least == 0 || (size_t)slot < least))
            least = (size_t)slot;
    }
    return least;
}

void world_campaign_find(const struct world *w, size_t i, struct world_campaign *c)
{
    const struct campaign_cfg *cfg = world_campaign_cfg(w, i);
    const struct multicast_cfg *g = world_campaign_group(w, cfg);
    const struct campaign_block *b = &w->blocks[i];
    *c = (struct world_campaign){.cfg = cfg};
    world_group_find(w, index_of_group(w, g), &c->group);
    c->input = (struct campaign_plan_input){
        .region = w->region,
        .frequency_hz = c->group.frequency_hz,
        .dr = c->group.dr,
        .duty_cycle = w->cfg.radio.duty_cycle,
        .duty_rule = (enum radio_duty_rule)w->cfg.radio.duty_rule,
        .image_len = b->len,
        .slot_len = smallest_slot(w, cfg),
        .frag_size = cfg->frag_size_bytes == SCN_WORD ? 0 : (unsigned)cfg->frag_size_bytes,
        .redundancy_ppm = (unsigned)(cfg->redundancy_ratio * CAMPAIGN_PLAN_PPM + .5),
        .n_coded = cfg->n_parity == SCN_WORD ? CAMPAIGN_PLAN_AUTO : (int)cfg->n_parity,
        .code = b->code,
        .n_gateways = c->group.n_gateways,
        .repeats = (unsigned)g->traffic.repeats,
        .schedule = (enum campaign_plan_schedule)g->schedule,
        .period = cfg->period_ns,
        .gap = MULTICAST_GAP,
        .margin = cfg->session.margin_ns,
        .pause = g->set_up == MC_OVER_THE_AIR ? cfg->session.lead_ns : 0,
        .timeout =
            cfg->session.timeout == SCN_WORD ? CAMPAIGN_PLAN_AUTO : (int)cfg->session.timeout,
        .max_sessions = (unsigned)cfg->session.max,
        .class_b = g->group_class == MC_CLASS_B,
        .periodicity = (int)g->periodicity,
        .mc_addr = c->group.mc_addr,
        .start_gps_ns = first_beacon(w, cfg)};
}

void world_campaign_free(struct world_campaign *c)
{
    world_group_free(&c->group);
}

static int eirp_cdbm(const struct world *w, unsigned gateway, int64_t frequency_hz)
{
    int b = region_sub_band(w->region, frequency_hz);
    int limit = b >= 0 ? w->region->sub_bands[b].max_eirp_cdbm : w->region->max_eirp_cdbm;
    int64_t own = w->gw[gateway].cfg->tx_power_cdbm;
    return own != SCN_WORD && own < limit ? (int)own : limit;
}

static const struct device_cfg *cfg_of(const struct world *w, uint32_t device)
{
    size_t g = 0;
    while (g + 1 < w->n_groups && w->groups[g + 1].first <= device)
        g++;
    return w->groups[g].cfg;
}

static bool sends(const struct world_group *g, unsigned gateway)
{
    for (unsigned i = 0; i < g->n_gateways; i++)
        if (g->gateways[i] == gateway)
            return true;
    return false;
}

uint32_t world_n_in_reach(const struct world *w, const struct world_group *g, int dr)
{
    const struct region_dr *rate = &w->region->dr[dr];
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_members; i++) {
        const struct device_cfg *c = cfg_of(w, g->members[i]);
        bool lora = rate->modulation == REGION_LORA;
        int least = radio_sensitivity_cdbm((enum radio_receiver)c->receiver, lora ? rate->sf : 0,
                                           lora ? rate->bw_hz : FSK_HZ, (int)c->noise_figure_cdb);
        bool heard = false;
        for (uint32_t k = w->links.first[g->members[i]]; k < w->links.first[g->members[i] + 1];
             k++) {
            const struct link *l = &w->links.link[k];
            heard = heard || (sends(g, l->gateway) &&
                              eirp_cdbm(w, l->gateway, g->frequency_hz) + l->gain_cdb >= least);
        }
        n += heard;
    }
    return n;
}

const char *world_say_far(const struct world *w, const struct world_group *g, char *buf,
                          size_t size)
{
    uint32_t n_far = g->n_members - world_n_in_reach(w, g, g->dr);
    int best = REGION_N_DR - 1;
    if (n_far == 0)
        return NULL;
    while (best >= 0 &&
           (!w->region->dr[best].down || w->region->dr[best].modulation == REGION_LR_FHSS ||
            world_n_in_reach(w, g, best) < g->n_members))
        best--;
    int n = snprintf(buf, size,
                     "%" PRIu32 " of %" PRIu32 " members hear no gateway of the group at DR%d",
                     n_far, g->n_members, g->dr);
    if (best >= 0)
        snprintf(buf + n, size - (size_t)n, "; all of them do at DR%d", best);
    else
        snprintf(buf + n, size - (size_t)n, ", and at no data rate all of them do; add gateways");
    return buf;
}

bool world_far_is_fatal(const struct world *w, const struct world_campaign *c)
{
    uint32_t n = world_n_in_reach(w, &c->group, c->group.dr);
    return c->cfg->session.max && (n == 0 || (c->cfg->must_reach && n < c->group.n_members));
}

static int check_far(const struct world *w, const struct world_campaign *c, struct sim_error *e)
{
    char why[CAMPAIGN_SAY_SIZE];
    if (!world_far_is_fatal(w, c))
        return SIM_OK;
    bool any = world_n_in_reach(w, &c->group, c->group.dr) > 0;
    return scenario_fail(w->scenario, &c->cfg->name, e, "campaign %s cannot work: %s%s",
                         c->cfg->name, world_say_far(w, &c->group, why, sizeof why),
                         any ? ", or set must_reach: false" : "");
}

static void add(struct campaign_setup_request *r, unsigned *n, const char *name, unsigned len,
                unsigned times)
{
    if (times)
        r[(*n)++] = (struct campaign_setup_request){name, len, times};
}

unsigned world_requests(const struct world_campaign *c, unsigned n_sessions, bool told,
                        struct campaign_setup_request r[WORLD_MAX_REQUESTS])
{
    const struct campaign_cfg *cfg = c->cfg;
    const struct campaign_firmware_cfg *f = &cfg->firmware;
    bool v1 = c->input.code == FRAG_CODE_V1, group = told && cfg->session.max,
         clock = told && cfg->clock.check == CAMPAIGN_CLOCK_TS003,
         firmware = f->check || f->verify || f->reboot != CAMPAIGN_REBOOT_NONE,
         removed = told && cfg->remove, class_b = c->group.cfg->group_class == MC_CLASS_B;
    unsigned n = 0, n_packages = 1u + clock + group + firmware;
    add(r, &n, "PackageVersionReq", LEN_VERSION_REQ, told && cfg->inventory ? n_packages : 0);
    add(r, &n, "ForceDeviceResyncReq", LEN_RESYNC, clock);
    add(r, &n, "AppTimeAns", LEN_APP_TIME_ANS, clock);
    add(r, &n, "McGroupSetupReq", LEN_GROUP_SETUP, group);
    add(r, &n, "FragSessionSetupReq", v1 ? LEN_FRAG_SETUP_V1 : LEN_FRAG_SETUP_V2, told);
    add(r, &n, class_b ? "McClassBSessionReq" : "McClassCSessionReq", LEN_SESSION,
        group ? n_sessions : 0);
    add(r, &n, "FragSessionStatusReq", LEN_STATUS_REQ, cfg->status != CAMPAIGN_STATUS_NONE);
    add(r, &n, "FragSessionDeleteReq", LEN_DELETE_REQ, removed);
    add(r, &n, "McGroupDeleteReq", LEN_DELETE_REQ, removed && group);
    add(r, &n, "DevUpgradeImageReq", LEN_IMAGE_REQ, f->check);
    add(r, &n, f->reboot == CAMPAIGN_REBOOT_TIME ? "DevRebootTimeReq" : "DevRebootCountdownReq",
        f->reboot == CAMPAIGN_REBOOT_TIME ? LEN_REBOOT_TIME : LEN_REBOOT_COUNTDOWN,
        f->reboot != CAMPAIGN_REBOOT_NONE);
    add(r, &n, "DevVersionReq", LEN_VERSION_REQ, f->verify);
    return n;
}

/* Of the member that sends least; traces are taken for often enough. */
static sim_time uplink_period(const struct world *w, const struct world_group *g)
{
    sim_time longest = 0;
    for (uint32_t i = 0; i < g->n_members; i++) {
        const struct traffic_cfg *t = &cfg_of(w, g->members[i])->traffic;
        if (t->kind == TRAFFIC_NONE)
            return SIM_NEVER;
        if (t->kind != TRAFFIC_TRACE && t->period_ns > longest)
            longest = t->period_ns;
    }
    return longest;
}

void world_setup_find(const struct world *w, const struct world_campaign *c,
                      const struct campaign_setup_request *requests, unsigned n,
                      struct campaign_setup *s)
{
    const struct world_network *net = &w->networks[c->group.network];
    const struct server_cfg *server = &net->cfg->server;
    struct campaign_setup_input in = {
        .region = w->region,
        .duty_cycle = w->cfg.radio.duty_cycle,
        .requests = requests,
        .n_requests = n,
        .rx1_hz = net->frequencies_hz,
        .n_rx1 = net->n_frequencies,
        .rx1_dr_offset = (int)server->rx1_dr_offset,
        .rx2_dr = server->rx2_dr == SCN_WORD ? w->region->rx2_dr : (int)server->rx2_dr,
        .rx2_hz = server->rx2_frequency_hz == SCN_WORD ? w->region->rx2_frequency_hz
                                                       : server->rx2_frequency_hz,
        .use_rx1 = server->rx_window != 2,
        .use_rx2 = server->rx_window != 1,
        .uplink_period = uplink_period(w, &c->group)};
    for (size_t g = 0; g < w->n_gw; g++)
        in.n_gateways += w->gateway_network[g] == c->group.network;
    for (uint32_t i = 0; i < c->group.n_members; i++)
        in.n_at_dr[devices_identity(w->devices, c->group.members[i]).dr]++;
    campaign_setup_find(s, &in);
}

int world_check_plans(const struct world *w, struct sim_error *e)
{
    int rc = SIM_OK;
    for (size_t i = 0; !rc && i < world_n_campaigns(w); i++) {
        struct world_campaign c;
        struct campaign_plan p;
        char why[CAMPAIGN_SAY_SIZE];
        world_campaign_find(w, i, &c);
        campaign_plan_make(&p, &c.input);
        if (p.problem != CAMPAIGN_PLAN_POSSIBLE)
            rc = scenario_fail(w->scenario, &c.cfg->name, e,
                               "campaign %s cannot work: %s (castbed plan shows the numbers)",
                               c.cfg->name, campaign_say_problem(&p, &c.input, why, sizeof why));
        campaign_plan_free(&p);
        rc = rc ? rc : check_far(w, &c, e);
        world_campaign_free(&c);
    }
    return rc;
}
