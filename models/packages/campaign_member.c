/* SPDX-License-Identifier: GPL-2.0-only
 * One device of a campaign: what it is asked next, and what its answers mean for it. */
#include "models/packages/campaign_internal.h"
#include "sim/err.h"

enum { CLOCK_TRIES = 2 };
/* From the time of a reboot to the first question after it, and the steps of such waits. */
static const sim_time BOOT = SIM_S(30), STEP = SIM_S(10);

void cm_changed(struct campaign *c, uint32_t i)
{
    c->members[i].n_changes++;
    c->ops.changed(c->ops.ctx, i);
}

void cm_set(struct campaign *c, uint32_t i, enum campaign_state state)
{
    if (c->members[i].state == state)
        return;
    c->members[i].state = (uint8_t)state;
    cm_changed(c, i);
}

void cm_busy(struct campaign *c, uint32_t i)
{
    c->n_busy += !c->members[i].busy;
    c->members[i].busy = true;
}

void cm_free(struct campaign *c, uint32_t i)
{
    c->n_busy -= c->members[i].busy;
    c->members[i].busy = false;
}

/* It is no longer expected to hear the group. */
static void uninvite(struct campaign *c, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    if (!m->invited)
        return;
    m->invited = false;
    c->n_invited--;
    c->ops.receiver(c->ops.ctx, i, false);
}

void cm_fail(struct campaign *c, sim_time now, uint32_t i, enum campaign_reason reason)
{
    struct campaign_member *m = &c->members[i];
    uninvite(c, i);
    m->reason = (uint8_t)reason;
    m->over_at = now;
    cm_free(c, i);
    cm_set(c, i, CAMPAIGN_FAILED);
}

static void done(struct campaign *c, sim_time now, uint32_t i)
{
    c->members[i].over_at = now;
    c->members[i].reason = CAMPAIGN_R_NONE;
    cm_free(c, i);
    cm_set(c, i, CAMPAIGN_UPDATED);
}

enum campaign_reason cm_silence(const struct campaign_member *m)
{
    static const uint8_t reasons[N_CAMPAIGN_STATE] = {
        [CAMPAIGN_WAITING] = CAMPAIGN_R_NO_VERSION,
        [CAMPAIGN_INVENTORY] = CAMPAIGN_R_NO_VERSION,
        [CAMPAIGN_CLOCK] = CAMPAIGN_R_NO_TIME,
        [CAMPAIGN_GROUP] = CAMPAIGN_R_NO_GROUP,
        [CAMPAIGN_FRAGMENTS] = CAMPAIGN_R_NO_FRAGMENTS,
        [CAMPAIGN_SET_UP] = CAMPAIGN_R_NO_SESSION,
        [CAMPAIGN_INVITED] = CAMPAIGN_R_NO_SESSION,
        [CAMPAIGN_RECEIVING] = CAMPAIGN_R_NO_STATUS,
        [CAMPAIGN_SENT] = CAMPAIGN_R_NO_STATUS,
        [CAMPAIGN_STATUS] = CAMPAIGN_R_NO_STATUS,
        [CAMPAIGN_MISSING] = CAMPAIGN_R_INCOMPLETE,
        [CAMPAIGN_COMPLETE] = CAMPAIGN_R_NO_IMAGE_ANS,
        [CAMPAIGN_IMAGE] = CAMPAIGN_R_NO_IMAGE_ANS,
        [CAMPAIGN_REBOOT] = CAMPAIGN_R_NO_REBOOT_ANS,
        [CAMPAIGN_REBOOTING] = CAMPAIGN_R_NO_FW_VERSION,
        [CAMPAIGN_VERIFY] = CAMPAIGN_R_NO_FW_VERSION};
    return (enum campaign_reason)reasons[m->state];
}

/* Ask; when that is not possible the member is given up. */
static void ask(struct campaign *c, sim_time now, uint32_t i, enum campaign_request what,
                enum campaign_state state)
{
    cm_set(c, i, state);
    int rc = c->ops.ask(c->ops.ctx, i, what);
    if (rc)
        cm_fail(c, now, i, rc == SIM_ENOENT ? CAMPAIGN_R_NO_PACKAGE : cm_silence(&c->members[i]));
}

static void ask_versions(struct campaign *c, sim_time now, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    m->pending = c->rules->packages;
    for (unsigned k = 0; k < 4 && m->state != CAMPAIGN_FAILED; k++)
        if (c->rules->packages >> k & 1)
            ask(c, now, i, (enum campaign_request)(CAMPAIGN_ASK_VERSION_CLOCK + k),
                CAMPAIGN_INVENTORY);
}

void cm_set_up_from(struct campaign *c, sim_time now, uint32_t i, enum campaign_state step)
{
    const struct campaign_rules *r = c->rules;
    struct campaign_member *m = &c->members[i];
    if (step <= CAMPAIGN_INVENTORY && r->inventory && r->packages) {
        ask_versions(c, now, i);
    } else if (step <= CAMPAIGN_CLOCK && r->set_clocks) {
        ask(c, now, i, CAMPAIGN_ASK_CLOCK, CAMPAIGN_CLOCK);
    } else if (step <= CAMPAIGN_GROUP && !r->provisioned && r->max_sessions) {
        ask(c, now, i, CAMPAIGN_ASK_GROUP, CAMPAIGN_GROUP);
    } else if (step <= CAMPAIGN_FRAGMENTS && !r->provisioned) {
        ask(c, now, i, CAMPAIGN_ASK_FRAGMENTS, CAMPAIGN_FRAGMENTS);
    } else {
        m->set_up_at = now;
        m->missing = (uint16_t)r->m;
        cm_free(c, i);
        cm_set(c, i, CAMPAIGN_SET_UP);
        if (c->phase <= CAMPAIGN_PHASE_SET_UP && c->n_sessions && now < c->session.open)
            cm_invite(c, now, i);
    }
}

static void accept(struct campaign *c, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    m->n_sessions++;
    m->invited = true;
    m->reason = CAMPAIGN_R_NONE;
    c->n_invited++;
    cm_free(c, i);
    c->ops.receiver(c->ops.ctx, i, true);
    cm_set(c, i, CAMPAIGN_RECEIVING);
}

/* Not this time; perhaps the next. */
static void not_invited(struct campaign *c, uint32_t i, enum campaign_reason why)
{
    c->members[i].reason = (uint8_t)why;
    cm_free(c, i);
    cm_set(c, i, CAMPAIGN_SET_UP);
}

void cm_invite(struct campaign *c, sim_time now, uint32_t i)
{
    (void)now;
    if (c->rules->provisioned) {
        accept(c, i);
        return;
    }
    cm_busy(c, i);
    cm_set(c, i, CAMPAIGN_INVITED);
    if (c->ops.ask(c->ops.ctx, i, CAMPAIGN_ASK_SESSION))
        not_invited(c, i, CAMPAIGN_R_NO_SESSION);
}

void cm_ask_status(struct campaign *c, sim_time now, uint32_t i)
{
    struct campaign_answer a = {.what = CAMPAIGN_ASK_STATUS};
    cm_set(c, i, CAMPAIGN_STATUS);
    if (c->rules->status == CAMPAIGN_LOOK_NONE) {
        a.missing = (uint16_t)c->ops.look(c->ops.ctx, i);
        cm_answer(c, now, i, &a);
        return;
    }
    cm_busy(c, i);
    ask(c, now, i, CAMPAIGN_ASK_STATUS, CAMPAIGN_STATUS);
}

/* Some of what it misses, behind the last number that went to the group; then its status. */
void cm_feed(struct campaign *c, sim_time now, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    unsigned n = m->missing < CAMPAIGN_MAX_FEED ? m->missing : CAMPAIGN_MAX_FEED;
    m->fed = (uint16_t)(m->fed + c->ops.feed(c->ops.ctx, i, c->next_n + m->fed, n));
    cm_ask_status(c, now, i);
}

void cm_remove(struct campaign *c, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    m->pending = 0;
    for (int k = 0; k < 2; k++) {
        enum campaign_request what = (enum campaign_request)(CAMPAIGN_ASK_REMOVE_FRAGMENTS + k);
        if (what == CAMPAIGN_ASK_REMOVE_GROUP && !c->rules->max_sessions)
            continue; /* there is none */
        if (c->ops.ask(c->ops.ctx, i, what) == SIM_OK)
            m->pending |= (uint8_t)(1u << k);
    }
    if (m->pending)
        cm_busy(c, i);
}

/* Gone, or not there, or silent: it makes no difference to the verdict. */
static void on_removed(struct campaign *c, uint32_t i, enum campaign_request what)
{
    struct campaign_member *m = &c->members[i];
    if (c->phase != CAMPAIGN_PHASE_REMOVE)
        return;
    m->pending &= (uint8_t) ~(1u << (what - CAMPAIGN_ASK_REMOVE_FRAGMENTS));
    if (!m->pending)
        cm_free(c, i);
}

/* Firmware: the image, the reboot, the version that runs then; each may be left out. */
static void after_reboot(struct campaign *c, sim_time now, uint32_t i)
{
    if (!c->rules->verify)
        done(c, now, i);
    else
        ask(c, now, i, CAMPAIGN_ASK_FW_VERSION, CAMPAIGN_VERIFY);
}

static void reboot(struct campaign *c, sim_time now, uint32_t i)
{
    if (!c->rules->reboot)
        done(c, now, i);
    else
        ask(c, now, i, CAMPAIGN_ASK_REBOOT, CAMPAIGN_REBOOT);
}

void cm_check_image(struct campaign *c, sim_time now, uint32_t i)
{
    cm_busy(c, i);
    if (c->rules->check_image)
        ask(c, now, i, CAMPAIGN_ASK_IMAGE, CAMPAIGN_IMAGE);
    else
        reboot(c, now, i);
}

void cm_wake_reboot(struct campaign *c, sim_time now, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    if (m->state == CAMPAIGN_REBOOTING && m->wait_until <= now)
        after_reboot(c, now, i);
    else if (m->state == CAMPAIGN_REBOOTING && m->wait_until < c->timer)
        c->timer = m->wait_until;
}

static void on_version(struct campaign *c, sim_time now, uint32_t i,
                       const struct campaign_answer *a)
{
    struct campaign_member *m = &c->members[i];
    unsigned k = a->what - CAMPAIGN_ASK_VERSION_CLOCK;
    if (m->state != CAMPAIGN_INVENTORY || !(m->pending >> k & 1))
        return;
    if (a->version != c->rules->versions[k]) {
        cm_fail(c, now, i, CAMPAIGN_R_VERSION);
        return;
    }
    m->pending &= (uint8_t) ~(1u << k);
    if (!m->pending)
        cm_set_up_from(c, now, i, CAMPAIGN_CLOCK);
}

static void on_clock(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a)
{
    (void)a;
    if (c->members[i].state != CAMPAIGN_CLOCK)
        return;
    if (c->members[i].set_up_at < 0)
        cm_set_up_from(c, now, i, CAMPAIGN_GROUP);
    else if (now < c->session.open)
        cm_invite(c, now, i);
    else
        not_invited(c, i, CAMPAIGN_R_CLOCK);
}

static void on_group(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a)
{
    (void)a;
    if (c->members[i].state == CAMPAIGN_GROUP)
        cm_set_up_from(c, now, i, CAMPAIGN_FRAGMENTS);
}

static void on_fragments(struct campaign *c, sim_time now, uint32_t i,
                         const struct campaign_answer *a)
{
    (void)a;
    if (c->members[i].state == CAMPAIGN_FRAGMENTS)
        cm_set_up_from(c, now, i, CAMPAIGN_SET_UP);
}

static bool clock_is_wrong(const struct campaign *c, const struct campaign_answer *a)
{
    int64_t max = c->rules->max_clock_error_ns;
    return c->rules->check_clocks && a->clock_known &&
           (a->clock_error_ns > max || a->clock_error_ns < -max);
}

/* Also when it comes late: the device has the session. */
static void on_session(struct campaign *c, sim_time now, uint32_t i,
                       const struct campaign_answer *a)
{
    struct campaign_member *m = &c->members[i];
    if (m->state != CAMPAIGN_INVITED && (m->state != CAMPAIGN_SET_UP || now >= c->session.close))
        return;
    m->clock_known = a->clock_known;
    m->clock_error_ns = a->clock_error_ns;
    if (!clock_is_wrong(c, a)) {
        accept(c, i);
    } else if (c->rules->set_clocks && m->clock_tries < CLOCK_TRIES) {
        m->clock_tries++;
        ask(c, now, i, CAMPAIGN_ASK_CLOCK, CAMPAIGN_CLOCK);
    } else {
        cm_fail(c, now, i, CAMPAIGN_R_CLOCK);
    }
}

static void complete(struct campaign *c, sim_time now, uint32_t i)
{
    struct campaign_member *m = &c->members[i];
    m->complete_at = now;
    m->missing = 0;
    m->reason = CAMPAIGN_R_NONE;
    uninvite(c, i);
    cm_free(c, i);
    cm_set(c, i, CAMPAIGN_COMPLETE);
}

static void on_status(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a)
{
    struct campaign_member *m = &c->members[i];
    bool better = a->missing < m->missing;
    if (m->set_up_at < 0 || m->state >= CAMPAIGN_COMPLETE)
        return;
    m->silent = false;
    if (a->missing == 0) {
        complete(c, now, i);
        return;
    }
    m->missing = a->missing;
    m->reason = a->out_of_memory ? CAMPAIGN_R_LOST_TOO_MANY : CAMPAIGN_R_INCOMPLETE;
    if (m->state != CAMPAIGN_STATUS)
        return; /* the group was asked */
    if (c->phase == CAMPAIGN_PHASE_FEED && better) {
        cm_feed(c, now, i);
        return;
    }
    cm_free(c, i);
    cm_set(c, i, CAMPAIGN_MISSING);
}

static void on_image(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a)
{
    if (c->members[i].state != CAMPAIGN_IMAGE)
        return;
    if (a->fw_version != c->rules->fw_version)
        cm_fail(c, now, i, CAMPAIGN_R_IMAGE_VERSION);
    else
        reboot(c, now, i);
}

static void on_reboot(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a)
{
    struct campaign_member *m = &c->members[i];
    if (m->state != CAMPAIGN_REBOOT)
        return;
    sim_time at = now + a->reboot_in + BOOT;
    m->wait_until = (at + STEP - 1) / STEP * STEP;
    cm_set(c, i, CAMPAIGN_REBOOTING);
    if (m->wait_until < c->timer)
        c->timer = m->wait_until;
}

static void on_fw_version(struct campaign *c, sim_time now, uint32_t i,
                          const struct campaign_answer *a)
{
    if (c->members[i].state != CAMPAIGN_VERIFY)
        return;
    if (a->fw_version != c->rules->fw_version)
        cm_fail(c, now, i, CAMPAIGN_R_FW_VERSION);
    else
        done(c, now, i);
}

/* In which state a request is open. */
static enum campaign_state state_of(enum campaign_request what)
{
    static const uint8_t states[CAMPAIGN_ASK_REMOVE_FRAGMENTS] = {
        [CAMPAIGN_ASK_VERSION_CLOCK] = CAMPAIGN_INVENTORY,
        [CAMPAIGN_ASK_VERSION_GROUP] = CAMPAIGN_INVENTORY,
        [CAMPAIGN_ASK_VERSION_FRAGMENTS] = CAMPAIGN_INVENTORY,
        [CAMPAIGN_ASK_VERSION_FIRMWARE] = CAMPAIGN_INVENTORY,
        [CAMPAIGN_ASK_CLOCK] = CAMPAIGN_CLOCK,
        [CAMPAIGN_ASK_GROUP] = CAMPAIGN_GROUP,
        [CAMPAIGN_ASK_FRAGMENTS] = CAMPAIGN_FRAGMENTS,
        [CAMPAIGN_ASK_SESSION] = CAMPAIGN_INVITED,
        [CAMPAIGN_ASK_STATUS] = CAMPAIGN_STATUS,
        [CAMPAIGN_ASK_IMAGE] = CAMPAIGN_IMAGE,
        [CAMPAIGN_ASK_REBOOT] = CAMPAIGN_REBOOT,
        [CAMPAIGN_ASK_FW_VERSION] = CAMPAIGN_VERIFY};
    return (enum campaign_state)states[what];
}

/* It did not answer, or not as it should. */
static void no_success(struct campaign *c, sim_time now, uint32_t i,
                       const struct campaign_answer *a)
{
    struct campaign_member *m = &c->members[i];
    bool silent = a->outcome == CAMPAIGN_SILENT;
    if (a->what == CAMPAIGN_ASK_STATUS && !silent && m->state < CAMPAIGN_COMPLETE) {
        cm_fail(c, now, i, (enum campaign_reason)a->reason); /* whoever was asked */
    } else if (m->state != state_of(a->what)) {
        return;
    } else if (a->what == CAMPAIGN_ASK_STATUS && c->rules->status == CAMPAIGN_LOOK_MISSING) {
        complete(c, now, i);
    } else if (a->what == CAMPAIGN_ASK_STATUS) {
        m->silent = true;
        cm_free(c, i);
        cm_set(c, i, CAMPAIGN_SENT);
    } else if (a->what == CAMPAIGN_ASK_SESSION && silent) {
        not_invited(c, i, CAMPAIGN_R_NO_SESSION);
    } else if (a->what == CAMPAIGN_ASK_SESSION && a->reason == CAMPAIGN_R_START_MISSED) {
        not_invited(c, i, CAMPAIGN_R_START_MISSED);
    } else {
        cm_fail(c, now, i, silent ? cm_silence(m) : (enum campaign_reason)a->reason);
    }
}

typedef void (*answer_fn)(struct campaign *c, sim_time now, uint32_t i,
                          const struct campaign_answer *a);

void cm_answer(struct campaign *c, sim_time now, uint32_t i, const struct campaign_answer *a)
{
    static const answer_fn fns[CAMPAIGN_ASK_REMOVE_FRAGMENTS] = {
        on_version,   on_version, on_version, on_version, on_clock,  on_group,
        on_fragments, on_session, on_status,  on_image,   on_reboot, on_fw_version};
    if (a->what >= CAMPAIGN_ASK_REMOVE_FRAGMENTS) {
        on_removed(c, i, a->what);
        return;
    }
    if (cm_is_over(&c->members[i]))
        return;
    if (a->outcome == CAMPAIGN_ACCEPTED)
        fns[a->what](c, now, i, a);
    else
        no_success(c, now, i, a);
}
