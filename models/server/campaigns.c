/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware campaigns over the air: making them, what their machine asks for, and their rows. */
#include "models/server/campaigns.h"

#include <stdlib.h>
#include <string.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/device_packages.h"
#include "models/server/campaigns_internal.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Later than the machine says: behind what uplinks and frames of that instant bring. */
static const sim_time AFTER = 3;
/* Keys of fragments to one device, beside those of its requests. */
enum { FEED_KEY = 1 << 20 };

/* The next wake of a campaign's machine. */
static void post(struct campaign_run *r)
{
    sim_time next = campaign_next(&r->machine), now = evq_now(r->all->s.evq);
    if (next == SIM_NEVER)
        return;
    next = next + AFTER > now ? next + AFTER : now + 1;
    if (next >= r->all->s.duration || next == r->wake)
        return;
    r->wake = next;
    evq_push(r->all->s.evq, next, r->all->event, r, 0);
}

static void on_wake(void *obj, uint32_t arg)
{
    struct campaign_run *r = obj;
    sim_time now = evq_now(r->all->s.evq);
    (void)arg;
    if (r->wake != now)
        return; /* another event took its place */
    r->wake = -1;
    campaign_wake(&r->machine, now);
    post(r);
}

/* What the machine asks for. */
static int op_ask(void *ctx, uint32_t member, enum campaign_request what)
{
    return campaign_ask(ctx, member, what);
}

static void op_session(void *ctx, const struct campaign_session *s)
{
    struct campaign_run *r = ctx;
    struct multicast_session m = {
        .open = s->open, .close = s->close, .margin = r->s.cfg->session.margin_ns};
    r->session = *s;
    multicast_add_session(r->s.mc, &m);
}

/* A provisioned member opens the session by itself. */
static void open_session(const struct campaign_run *r, uint32_t device)
{
    struct multicast_terms t = multicast_terms(r->s.mc);
    int64_t start = r->all->s.start_gps_ns;
    struct device_mc_session s = {.frequency_hz = t.frequency_hz,
                                  .dr = t.dr,
                                  .class_b = t.class_b,
                                  .periodicity = t.periodicity,
                                  .open_gps_ns = start + r->session.open,
                                  .close_gps_ns = start + r->session.close};
    devices_set_session(r->all->s.devices, device, t.mc_addr, &s);
}

static void op_receiver(void *ctx, uint32_t member, bool yes)
{
    struct campaign_run *r = ctx;
    if (yes)
        multicast_ready(r->s.mc, r->devices[member]);
    else
        multicast_not_ready(r->s.mc, r->devices[member]);
    if (yes && r->provisioned)
        open_session(r, r->devices[member]);
}

static void op_wake_sender(void *ctx)
{
    struct campaign_run *r = ctx;
    multicast_wake(r->s.mc);
}

static unsigned op_feed(void *ctx, uint32_t member, unsigned first, unsigned n)
{
    struct campaign_run *r = ctx;
    uint8_t data[FRAG_MAX_SIZE];
    unsigned k = 0;
    for (; k < n && first + k <= FRAG_MAX_N; k++) {
        struct package_command c = campaign_fragment(r, first + k, data);
        if (packages_send(r->all->s.packages, r->devices[member], &c, FEED_KEY | (first + k)))
            break;
    }
    return k;
}

static unsigned op_look(void *ctx, uint32_t member)
{
    const struct campaign_run *r = ctx;
    int n = packages_missing(r->all->s.packages, r->devices[member], (uint8_t)r->s.cfg->frag_index);
    return n < 0 ? r->s.block->m : (unsigned)n;
}

static sim_time op_frames_take(void *ctx, unsigned n)
{
    struct campaign_run *r = ctx;
    return r->s.frames_take(r->s.ctx, n);
}

static sim_entity id_of(const struct campaign_run *r, uint32_t member)
{
    return devices_identity(r->all->s.devices, r->devices[member]).id;
}

/* For what a member uses its energy. */
static enum energy_phase energy_phase(enum campaign_state state, unsigned round)
{
    switch (state) {
    case CAMPAIGN_INVENTORY:
    case CAMPAIGN_CLOCK:
    case CAMPAIGN_GROUP:
    case CAMPAIGN_FRAGMENTS:
        return ENERGY_PHASE_SETUP;
    case CAMPAIGN_SET_UP:
    case CAMPAIGN_INVITED:
        return round ? ENERGY_PHASE_REPAIR : ENERGY_PHASE_SETUP;
    case CAMPAIGN_RECEIVING:
    case CAMPAIGN_SENT:
    case CAMPAIGN_STATUS:
        return round ? ENERGY_PHASE_REPAIR : ENERGY_PHASE_SESSION;
    case CAMPAIGN_MISSING:
        return ENERGY_PHASE_REPAIR;
    default: /* waiting, or the block is there, or it was given up */
        return ENERGY_PHASE_REST;
    }
}

static void op_changed(void *ctx, uint32_t member)
{
    const struct campaign_run *r = ctx;
    if (!trace_wants(r->all->s.trace, ROW_CAMPAIGN_STATE))
        return;
    enum campaign_state state = r->members[member].state;
    devices_energy_phase(r->all->s.devices, r->devices[member],
                         energy_phase(state, r->machine.round));
    struct row_campaign_state row = {.campaign = r->s.cfg->name,
                                     .at_ns = evq_now(r->all->s.evq),
                                     .device = id_of(r, member),
                                     .seq = r->members[member].n_changes - 1,
                                     .state = r->members[member].state};
    trace_row(r->all->s.trace, ROW_CAMPAIGN_STATE, &row);
}

static void op_phase_over(void *ctx)
{
    const struct campaign_run *r = ctx;
    const struct campaign *c = &r->machine;
    struct row_campaign row = {.campaign = r->s.cfg->name,
                               .phase = campaign_phase_name((enum campaign_phase)c->phase),
                               .round = c->phase_round,
                               .session = c->n_sessions,
                               .start_ns = c->phase_start,
                               .end_ns = evq_now(r->all->s.evq),
                               .n_devices = c->n_in_phase,
                               .n_frames = c->n_frames,
                               .first_n = c->next_n > c->first_n ? c->first_n : ROW_NULL,
                               .last_n = c->next_n > c->first_n ? c->next_n - 1 : ROW_NULL};
    for (uint32_t i = 0; i < c->n_members; i++) {
        row.n_complete += r->members[i].complete_at >= 0;
        row.n_updated += r->members[i].state == CAMPAIGN_UPDATED;
        row.n_failed += r->members[i].state == CAMPAIGN_FAILED;
    }
    trace_row(r->all->s.trace, ROW_CAMPAIGN, &row);
}

/* What the group's sender asks for. */
static enum multicast_next source_ready(void *ctx, int *len)
{
    const struct campaign_run *r = ctx;
    struct ts004 status = {.cid = TS004_SESSION_STATUS};
    unsigned n;
    switch (campaign_next_frame(&r->machine, &n)) {
    case CAMPAIGN_FRAME_FRAGMENT:
        *len = (int)r->s.block->frag_size + TS004_FRAGMENT_OVERHEAD;
        return MULTICAST_FRAME;
    case CAMPAIGN_FRAME_STATUS:
        *len = ts004_size(&status, r->s.block->version);
        return MULTICAST_FRAME;
    case CAMPAIGN_FRAME_END:
        return MULTICAST_DONE;
    default:
        return MULTICAST_WAIT;
    }
}

static void source_take(void *ctx, uint32_t frame, struct multicast_payload *p)
{
    struct campaign_run *r = ctx;
    uint8_t data[FRAG_MAX_SIZE];
    size_t len = 0;
    unsigned n = 0;
    struct package_command c;
    (void)frame;
    if (campaign_next_frame(&r->machine, &n) == CAMPAIGN_FRAME_FRAGMENT) {
        c = campaign_fragment(r, n, data);
    } else {
        c = (struct package_command){.u.ts004.cid = TS004_SESSION_STATUS};
        c.u.ts004.u.status_req.frag_index = (uint8_t)r->s.cfg->frag_index;
        c.u.ts004.u.status_req.participants = r->s.cfg->status != CAMPAIGN_STATUS_MISSING;
    }
    int rc = ts004_put(p->bytes, sizeof p->bytes, &len, r->s.block->version, &c.u.ts004);
    SIM_CHECK(rc == SIM_OK, "campaign %s: %s", r->s.cfg->name, sim_strerror(rc));
    p->fport = TS004_FPORT;
    p->len = (uint8_t)len;
    campaign_frame_taken(&r->machine, evq_now(r->all->s.evq));
}

static void source_over(void *ctx, uint32_t frame, bool sent)
{
    struct campaign_run *r = ctx;
    (void)frame;
    (void)sent;
    campaign_frame_over(&r->machine, evq_now(r->all->s.evq));
    post(r);
}

static void source_full(void *ctx)
{
    struct campaign_run *r = ctx;
    campaign_session_full(&r->machine, evq_now(r->all->s.evq));
    post(r);
}

static void on_news(void *ctx, const struct package_news *n)
{
    struct campaigns *cs = ctx;
    struct campaign_answer a;
    if (!cs->of_device[n->device].run)
        return;
    struct campaign_run *r = cs->runs[cs->of_device[n->device].run - 1];
    if (!campaign_answer_of(r, n, &a))
        return;
    campaign_answer(&r->machine, evq_now(cs->s.evq), cs->of_device[n->device].member, &a);
    post(r);
}

static void on_member(void *ctx, uint32_t group, uint32_t device, bool ready)
{
    (void)ctx; /* groups of campaigns are set up by campaigns */
    (void)group;
    (void)device;
    (void)ready;
}

struct campaigns *campaigns_open(const struct campaigns_setup *s)
{
    struct campaigns *cs = mem_alloc(1, sizeof *cs);
    struct package_plan plan = {.ctx = cs, .news = on_news, .member = on_member};
    cs->s = *s;
    cs->of_device = mem_alloc(devices_count(s->devices), sizeof *cs->of_device);
    cs->event = evq_kind_add(s->evq, on_wake, "campaign");
    int rc = packages_add_plan(s->packages, &plan);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    return cs;
}

void campaigns_close(struct campaigns *cs)
{
    if (!cs)
        return;
    for (uint32_t i = 0; i < cs->n; i++) {
        fragrows_close(cs->runs[i]->rows);
        free(cs->runs[i]->members);
        free(cs->runs[i]->devices);
        free(cs->runs[i]->mc_group_ids);
        free(cs->runs[i]);
    }
    free(cs->runs);
    free(cs->of_device);
    free(cs);
}

static void fill_rules(struct campaign_run *r)
{
    const struct campaign_cfg *c = r->s.cfg;
    const struct package_cfg *p = &devices_identity(r->all->s.devices, r->devices[0]).cfg->packages;
    bool told = !r->provisioned, clocks = c->clock.check == CAMPAIGN_CLOCK_TS003 && told,
         firmware =
             c->firmware.check || c->firmware.verify || c->firmware.reboot != CAMPAIGN_REBOOT_NONE;
    r->rules = (struct campaign_rules){
        .provisioned = r->provisioned,
        .inventory = c->inventory && told,
        .set_clocks = clocks,
        .check_clocks = c->clock.check != CAMPAIGN_CLOCK_NONE,
        .check_image = c->firmware.check,
        .reboot = c->firmware.reboot != CAMPAIGN_REBOOT_NONE,
        .verify = c->firmware.verify,
        .packages = (uint8_t)((clocks ? 1 : 0) | (c->session.max ? 2 : 0) | 4 | (firmware ? 8 : 0)),
        .versions = {(uint8_t)p->clock_sync, (uint8_t)p->multicast_setup,
                     (uint8_t)r->s.block->version, 1},
        .max_clock_error_ns = c->clock.max_error_ns,
        .m = r->s.block->m,
        .n_parity = r->s.block->n_parity,
        .repair_parity = campaign_block_parity(r->s.block->m, c->repair.redundancy_ratio),
        .max_sessions = (unsigned)c->session.max,
        .max_rounds = (unsigned)c->repair.rounds,
        .unicast = (uint32_t)c->repair.unicast,
        .end = (enum campaign_when)c->end,
        .status = (enum campaign_look)c->status,
        .ack_wait = SIM_S(INT64_C(1) << (c->block_ack_delay + 4)) + SIM_S(10),
        .start = c->start_ns,
        .first_session = c->session.start_ns == SCN_WORD ? SIM_NEVER : c->session.start_ns,
        .lead = c->session.lead_ns,
        .margin = c->session.margin_ns,
        .unit = multicast_terms(r->s.mc).class_b ? BEACON_PERIOD : SIM_S(1),
        .timeout = c->session.timeout == SCN_WORD ? -1 : (int)c->session.timeout,
        .gps_at_0 = r->all->s.start_gps_ns,
        .reboot_delay = c->firmware.reboot_delay_ns,
        .fw_version = (uint32_t)c->firmware.version,
        .remove = c->remove && told,
        .group_removed_after = c->mistakes.group_removed_after == SCN_WORD
                                   ? 0
                                   : (unsigned)c->mistakes.group_removed_after,
        .stalls = c->mistakes.set_up_stalls};
}

static void sign(const struct campaign_run *r)
{
    struct package_image image = {.version = (uint32_t)r->s.cfg->firmware.version,
                                  .hw_version = (uint32_t)r->s.cfg->firmware.hardware,
                                  .bytes = r->s.block->data,
                                  .len = r->s.block->len};
    memcpy(image.descriptor, r->s.cfg->descriptor, sizeof image.descriptor);
    packages_sign(r->all->s.packages, &image);
}

static void add_member(struct campaign_run *r, uint32_t i, uint32_t device)
{
    struct campaigns *cs = r->all;
    r->devices[i] = device;
    cs->of_device[device].run = cs->n;
    cs->of_device[device].member = i;
    if (r->provisioned)
        r->mc_group_ids[i] =
            (uint8_t)devices_group_id(cs->s.devices, device, multicast_terms(r->s.mc).mc_addr);
    else if (r->s.cfg->session.max)
        r->mc_group_ids[i] = packages_take_group_id(cs->s.packages, device);
}

void campaigns_add(struct campaigns *cs, const struct campaign_job *s)
{
    struct campaign_run *r = mem_alloc(1, sizeof *r);
    cs->runs = mem_grow(cs->runs, cs->n + 1, sizeof *cs->runs);
    cs->runs[cs->n++] = r;
    r->all = cs;
    r->s = *s;
    r->s.members = NULL;
    r->wake = r->reboot_at = -1;
    r->provisioned = s->group->set_up == MC_PROVISIONED;
    r->members = mem_alloc(s->n_members, sizeof *r->members);
    r->devices = mem_alloc(s->n_members, sizeof *r->devices);
    r->mc_group_ids = mem_alloc(s->n_members, sizeof *r->mc_group_ids);
    for (uint32_t i = 0; i < s->n_members; i++)
        add_member(r, i, s->members[i]);
    int rc = fragrows_open(&r->rows, s->block->code, s->block->m);
    SIM_CHECK(rc == SIM_OK, "campaign %s: %s", s->cfg->name, sim_strerror(rc));
    fill_rules(r);
    sign(r);
    struct campaign_ops ops = {r,       op_ask,  op_session,     op_receiver, op_wake_sender,
                               op_feed, op_look, op_frames_take, op_changed,  op_phase_over};
    campaign_init(&r->machine, &r->rules, &ops, r->members, s->n_members);
    struct multicast_source source = {r, source_ready, source_take, source_over, source_full};
    multicast_set_source(s->mc, &source);
}

/* A provisioned member has its fragmentation session from the start. */
static void provision(struct campaign_run *r, uint32_t member)
{
    enum pkg_drop why;
    struct ts004_setup_req q = campaign_setup_req(r, member);
    if (packages_provision(r->all->s.packages, r->devices[member], &q, &why) == SIM_OK)
        return;
    campaign_refused(&r->machine, member,
                     why == PKG_DROP_MEMORY ? CAMPAIGN_R_MEMORY : CAMPAIGN_R_NO_FRAGMENTS);
}

void campaigns_start(struct campaigns *cs)
{
    for (uint32_t k = 0; cs && k < cs->n; k++) {
        struct campaign_run *r = cs->runs[k];
        for (uint32_t i = 0; i < r->s.n_members; i++) {
            if (!multicast_is_reached(r->s.mc, r->devices[i]) && r->rules.max_sessions)
                campaign_refused(&r->machine, i, CAMPAIGN_R_UNREACHED);
            else if (r->provisioned)
                provision(r, i);
        }
        post(r);
    }
}

static void row_member(const struct campaign_run *r, uint32_t i)
{
    const struct campaign_member *m = &r->members[i];
    struct row_campaign_device row = {.campaign = r->s.cfg->name,
                                      .device = id_of(r, i),
                                      .state = m->state,
                                      .reason = m->reason,
                                      .n_sessions = m->n_sessions,
                                      .n_missing = m->set_up_at < 0 ? ROW_NULL : m->missing,
                                      .n_fed = m->fed,
                                      .clock_error_ns =
                                          m->clock_known ? m->clock_error_ns : ROW_NULL,
                                      .set_up_ns = m->set_up_at < 0 ? ROW_NULL : m->set_up_at,
                                      .complete_ns = m->complete_at < 0 ? ROW_NULL : m->complete_at,
                                      .over_ns = m->over_at};
    trace_row(r->all->s.trace, ROW_CAMPAIGN_DEVICE, &row);
}

void campaigns_finish(struct campaigns *cs)
{
    for (uint32_t k = 0; cs && k < cs->n; k++) {
        struct campaign_run *r = cs->runs[k];
        campaign_end(&r->machine, evq_now(cs->s.evq));
        for (uint32_t i = 0; i < r->s.n_members; i++)
            row_member(r, i);
    }
}
