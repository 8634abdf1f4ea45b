/* SPDX-License-Identifier: GPL-2.0-only
 * The phases of a campaign. One is over when its timer has come or when it waits for no member any
 * more; campaign_go_on then begins the next one, after each input. */
#include "models/packages/campaign.h"

#include "models/packages/campaign_internal.h"
#include "models/packages/fragcode.h"
#include "sim/err.h"

enum { MAX_TIMEOUT = 15, MAX_VOID = 2 };

const char *campaign_reason_text(enum campaign_reason reason)
{
    static const char *const texts[] = {
#define X(name, text, help) help,
        CAMPAIGN_REASON_MAP(X)
#undef X
    };
    return texts[reason];
}

const char *campaign_phase_name(enum campaign_phase phase)
{
    static const char *const names[] = {"before", "set_up", "invite", "transmit", "wait",
                                        "status", "feed",   "remove", "firmware", "done"};
    return names[phase];
}

void campaign_init(struct campaign *c, const struct campaign_rules *rules,
                   const struct campaign_ops *ops, struct campaign_member *members, uint32_t n)
{
    *c = (struct campaign){.rules = rules,
                           .ops = *ops,
                           .members = members,
                           .n_members = n,
                           .next_n = 1,
                           .last_n = rules->m + rules->n_parity,
                           .timer = rules->start};
    for (uint32_t i = 0; i < n; i++)
        members[i].set_up_at = members[i].complete_at = members[i].over_at = -1;
}

void campaign_refused(struct campaign *c, uint32_t member, enum campaign_reason reason)
{
    cm_fail(c, 0, member, reason);
}

sim_time campaign_next(const struct campaign *c)
{
    return c->timer;
}

/* The last phase is over; nobody is waited for, no timer runs. */
static void enter(struct campaign *c, sim_time now, enum campaign_phase phase)
{
    if (c->phase != CAMPAIGN_PHASE_BEFORE)
        c->ops.phase_over(c->ops.ctx);
    c->phase = (uint8_t)phase;
    c->phase_start = now;
    c->first_n = c->next_n;
    c->phase_round = c->round;
    c->n_frames = c->n_in_phase = 0;
    c->timer = SIM_NEVER;
    for (uint32_t i = 0; i < c->n_members; i++)
        cm_free(c, i);
}

/* Set up, without the block, and not given up. */
static bool wants_block(const struct campaign_member *m)
{
    return m->set_up_at >= 0 && !cm_has_block(m) && !cm_is_over(m);
}

static sim_time session_length(const struct campaign *c, int timeout)
{
    return c->rules->unit << timeout;
}

/* The shortest session in which what is left goes out, and answers to it come. */
static int timeout_for(const struct campaign *c)
{
    int t = 0;
    unsigned n = c->last_n >= c->next_n ? c->last_n - c->next_n + 1 : 0;
    sim_time need = c->rules->margin + c->ops.frames_take(c->ops.ctx, n) +
                    (c->rules->end == CAMPAIGN_WHEN_SENT ? 0 : c->rules->ack_wait);
    if (c->rules->timeout >= 0)
        return c->rules->timeout;
    while (t < MAX_TIMEOUT && session_length(c, t) < need)
        t++;
    return t;
}

/* SessionTime counts whole GPS seconds, or beacon periods. */
static sim_time align(const struct campaign *c, sim_time at)
{
    sim_time over =
        (sim_time)(((c->rules->gps_at_0 + at) % c->rules->unit + c->rules->unit) % c->rules->unit);
    return over ? at + c->rules->unit - over : at;
}

static void fix_session(struct campaign *c, sim_time open)
{
    int t = timeout_for(c);
    c->n_sessions++;
    c->n_own_sessions += c->round == 0;
    c->full = c->stopped = false;
    c->ask_group = c->group_asked = false;
    c->session = (struct campaign_session){.number = c->n_sessions,
                                           .open = open,
                                           .close = open + session_length(c, t),
                                           .timeout = (uint8_t)t};
    c->ops.session(c->ops.ctx, &c->session);
}

static void begin(struct campaign *c, sim_time now)
{
    enter(c, now, CAMPAIGN_PHASE_SET_UP);
    if (c->rules->max_sessions && c->rules->first_session != SIM_NEVER) {
        fix_session(c, c->rules->first_session);
        c->timer = c->session.open;
    }
    for (uint32_t i = 0; i < c->n_members; i++) {
        if (cm_is_over(&c->members[i]))
            continue;
        c->n_in_phase++;
        cm_changed(c, i);
        cm_busy(c, i);
        cm_set_up_from(c, now, i, CAMPAIGN_WAITING);
    }
}

/* Whoever has the last session has it no more. */
static void end_session(struct campaign *c)
{
    for (uint32_t i = 0; i < c->n_members; i++) {
        struct campaign_member *m = &c->members[i];
        if (m->invited)
            c->ops.receiver(c->ops.ctx, i, false);
        m->invited = false;
        if (m->state == CAMPAIGN_RECEIVING)
            cm_set(c, i, CAMPAIGN_SENT);
    }
    c->n_invited = 0;
}

static void invite(struct campaign *c, sim_time now)
{
    end_session(c);
    sim_time from = now + c->rules->lead;
    enter(c, now, CAMPAIGN_PHASE_INVITE);
    fix_session(c, align(c, from));
    c->timer = c->session.open;
    for (uint32_t i = 0; i < c->n_members; i++) {
        if (!wants_block(&c->members[i]))
            continue;
        c->n_in_phase++;
        cm_invite(c, now, i);
    }
}

static void firmware(struct campaign *c, sim_time now)
{
    end_session(c);
    enter(c, now, CAMPAIGN_PHASE_FIRMWARE);
    for (uint32_t i = 0; i < c->n_members; i++) {
        struct campaign_member *m = &c->members[i];
        if (cm_is_over(m))
            continue;
        c->n_in_phase++;
        if (cm_has_block(m))
            cm_check_image(c, now, i);
        else
            cm_fail(c, now, i,
                    m->reason && !m->silent ? (enum campaign_reason)m->reason : cm_silence(m));
    }
}

/* Nothing more is sent. Also members that were given up have what they were set up with. */
static void finish(struct campaign *c, sim_time now)
{
    if (!c->rules->remove) {
        firmware(c, now);
        return;
    }
    end_session(c);
    enter(c, now, CAMPAIGN_PHASE_REMOVE);
    for (uint32_t i = 0; i < c->n_members; i++)
        if (c->members[i].set_up_at >= 0) {
            c->n_in_phase++;
            cm_remove(c, i);
        }
}

/* Who had fragments is asked, or looked at. */
static void status(struct campaign *c, sim_time now)
{
    end_session(c);
    enter(c, now, CAMPAIGN_PHASE_STATUS);
    for (uint32_t i = 0; i < c->n_members; i++) {
        const struct campaign_member *m = &c->members[i];
        if (!wants_block(m) || (m->n_sessions == 0 && c->rules->max_sessions))
            continue;
        c->n_in_phase++;
        cm_ask_status(c, now, i);
    }
}

static void feed(struct campaign *c, sim_time now)
{
    enter(c, now, CAMPAIGN_PHASE_FEED);
    for (uint32_t i = 0; i < c->n_members; i++) {
        const struct campaign_member *m = &c->members[i];
        if (!wants_block(m) || m->silent)
            continue;
        c->n_in_phase++;
        cm_feed(c, now, i);
    }
}

/* Devices that missed the first session, which had a fixed time: the next round waits for them. */
static void wait_for_late(struct campaign *c)
{
    for (uint32_t i = 0; i < c->n_members; i++)
        if (c->members[i].set_up_at < 0 && !cm_is_over(&c->members[i]))
            cm_busy(c, i);
}

/* Parity fragments of a repair round: as the rules say, or as many as the device misses that misses
 * most, a tenth more for losses and five for rows that tell nothing new. */
static unsigned repair_parity(const struct campaign *c)
{
    unsigned most = 0;
    if (c->rules->repair_parity)
        return c->rules->repair_parity;
    for (uint32_t i = 0; i < c->n_members; i++) {
        const struct campaign_member *m = &c->members[i];
        bool counts = c->n_invited ? m->invited : wants_block(m) && !m->silent;
        if (counts && m->missing > most)
            most = m->missing;
    }
    return most + (most + 9) / 10 + 5;
}

/* The last fragment of a round. */
static void plan_repair(struct campaign *c)
{
    unsigned last = c->next_n - 1 + repair_parity(c);
    c->last_n = last < FRAG_MAX_N ? last : FRAG_MAX_N;
}

/* Everybody's status is known, as far as it will be: one round more, or that is it. */
static void judge(struct campaign *c, sim_time now)
{
    uint32_t n_left = 0;
    if (c->round < c->rules->max_rounds)
        wait_for_late(c);
    if (c->n_busy)
        return;
    for (uint32_t i = 0; i < c->n_members; i++)
        n_left += wants_block(&c->members[i]) && !c->members[i].silent;
    if (n_left == 0 || c->round == c->rules->max_rounds || c->n_void == MAX_VOID) {
        finish(c, now);
        return;
    }
    c->round++;
    if (n_left <= c->rules->unicast || c->rules->max_sessions == 0) {
        feed(c, now);
        return;
    }
    plan_repair(c);
    if (c->last_n < c->next_n)
        finish(c, now); /* fragment numbers have run out */
    else
        invite(c, now);
}

static void after_set_up(struct campaign *c, sim_time now)
{
    bool any = false;
    for (uint32_t i = 0; i < c->n_members && !any; i++)
        any = wants_block(&c->members[i]);
    if (!any)
        finish(c, now);
    else if (c->rules->max_sessions)
        invite(c, now);
    else
        judge(c, now);
}

/* The session begins, if anybody has it; who has not answered may still do so. */
static void transmit(struct campaign *c, sim_time now)
{
    uint32_t n = c->n_invited;
    c->n_void = n ? 0 : c->n_void + 1;
    bool more = c->round == 0 && c->n_own_sessions < c->rules->max_sessions && c->n_void < MAX_VOID;
    if (n == 0 && more) {
        after_set_up(c, now);
        return;
    }
    if (n == 0) {
        status(c, now);
        return;
    }
    enter(c, now, CAMPAIGN_PHASE_TRANSMIT);
    if (c->round)
        plan_repair(c); /* those that take part may miss less */
    for (uint32_t i = 0; i < c->n_members; i++)
        if (c->members[i].state == CAMPAIGN_INVITED) {
            c->members[i].reason = CAMPAIGN_R_NO_SESSION;
            cm_set(c, i, CAMPAIGN_SET_UP);
        }
    c->n_in_phase = n;
    c->timer = c->session.close;
    c->ops.wake_sender(c->ops.ctx);
}

static bool nothing_to_send(const struct campaign *c)
{
    return !c->ask_group && (c->stopped || c->next_n > c->last_n);
}

/* Is time left in the session for a request to the group and its answers? */
static bool time_to_ask(const struct campaign *c, sim_time now)
{
    return c->rules->end == CAMPAIGN_WHEN_STATUS && !c->group_asked && !c->full &&
           now + c->rules->ack_wait < c->session.close && c->n_invited > 0;
}

/* All planned fragments were sent, or more are not needed. */
static void sent(struct campaign *c, sim_time now)
{
    if (time_to_ask(c, now)) {
        c->ask_group = true;
        c->ops.wake_sender(c->ops.ctx);
        return;
    }
    if (c->n_invited == 0 || (c->rules->end == CAMPAIGN_WHEN_SENT) ||
        (c->rules->end == CAMPAIGN_WHEN_STATUS && !c->group_asked)) {
        status(c, now);
        return;
    }
    enter(c, now, CAMPAIGN_PHASE_WAIT);
    c->n_in_phase = c->n_invited;
    c->timer = now + c->rules->ack_wait;
}

/* The session is over, or full, before everything was sent. */
static void cut(struct campaign *c, sim_time now)
{
    if (c->round == 0 && c->n_own_sessions < c->rules->max_sessions) {
        invite(c, now);
        return;
    }
    c->last_n = c->next_n - 1;
    status(c, now);
}

/* Answers to the group have come, as far as they will: go on in this session, or ask one by one.
 */
static void waited(struct campaign *c, sim_time now)
{
    unsigned n = repair_parity(c), last = c->next_n - 1 + n;
    sim_time need = c->ops.frames_take(c->ops.ctx, n) + c->rules->ack_wait;
    if (c->rules->end != CAMPAIGN_WHEN_STATUS || c->n_invited <= c->rules->unicast ||
        c->round == c->rules->max_rounds || last > FRAG_MAX_N || now + need > c->session.close) {
        status(c, now);
        return;
    }
    c->round++;
    c->last_n = last;
    c->group_asked = false;
    enter(c, now, CAMPAIGN_PHASE_TRANSMIT);
    c->n_in_phase = c->n_invited;
    c->timer = c->session.close;
    c->ops.wake_sender(c->ops.ctx);
}

/* A mistake: whoever failed is waited for. */
static bool stalled(const struct campaign *c)
{
    for (uint32_t i = 0; c->rules->stalls && i < c->n_members; i++)
        if (c->members[i].state == CAMPAIGN_FAILED)
            return true;
    return false;
}

/* What the state of things asks for. Returns false when there is nothing to do. */
static bool step(struct campaign *c, sim_time now)
{
    bool fixed = c->timer != SIM_NEVER;
    switch ((enum campaign_phase)c->phase) {
    case CAMPAIGN_PHASE_SET_UP:
        if (c->n_busy || fixed || stalled(c))
            return false;
        after_set_up(c, now);
        return true;
    case CAMPAIGN_PHASE_TRANSMIT:
        if (c->rules->end != CAMPAIGN_WHEN_SENT && c->n_invited == 0)
            c->stopped = true;
        if (c->n_under_way)
            return false;
        if (nothing_to_send(c))
            sent(c, now);
        else if (c->full)
            cut(c, now);
        else
            return false;
        return c->phase != CAMPAIGN_PHASE_TRANSMIT;
    case CAMPAIGN_PHASE_WAIT:
        if (c->n_invited)
            return false;
        status(c, now);
        return true;
    case CAMPAIGN_PHASE_STATUS:
    case CAMPAIGN_PHASE_FEED:
        if (c->n_busy)
            return false;
        judge(c, now);
        return true;
    case CAMPAIGN_PHASE_REMOVE:
        if (c->n_busy)
            return false;
        firmware(c, now);
        return true;
    case CAMPAIGN_PHASE_FIRMWARE:
        if (c->n_busy)
            return false;
        enter(c, now, CAMPAIGN_PHASE_DONE);
        return false;
    default:
        return false;
    }
}

static void go_on(struct campaign *c, sim_time now)
{
    while (step(c, now))
        ;
}

static void wake_firmware(struct campaign *c, sim_time now)
{
    c->timer = SIM_NEVER;
    for (uint32_t i = 0; i < c->n_members; i++)
        cm_wake_reboot(c, now, i);
}

void campaign_wake(struct campaign *c, sim_time now)
{
    if (now < c->timer)
        return;
    switch ((enum campaign_phase)c->phase) {
    case CAMPAIGN_PHASE_BEFORE:
        begin(c, now);
        break;
    case CAMPAIGN_PHASE_SET_UP: /* the first session has a fixed time */
    case CAMPAIGN_PHASE_INVITE:
        transmit(c, now);
        break;
    case CAMPAIGN_PHASE_TRANSMIT:
        c->timer = SIM_NEVER;
        c->full = true;
        break;
    case CAMPAIGN_PHASE_WAIT:
        waited(c, now);
        break;
    case CAMPAIGN_PHASE_FIRMWARE:
        wake_firmware(c, now);
        break;
    default:
        c->timer = SIM_NEVER;
        break;
    }
    go_on(c, now);
}

void campaign_answer(struct campaign *c, sim_time now, uint32_t member,
                     const struct campaign_answer *a)
{
    SIM_CHECK(member < c->n_members, "member %u of %u", member, c->n_members);
    cm_answer(c, now, member, a);
    go_on(c, now);
}

enum campaign_frame_kind campaign_next_frame(const struct campaign *c, unsigned *n)
{
    if (c->phase != CAMPAIGN_PHASE_TRANSMIT)
        return CAMPAIGN_FRAME_NONE;
    if (c->ask_group)
        return CAMPAIGN_FRAME_STATUS;
    if (nothing_to_send(c))
        return CAMPAIGN_FRAME_END;
    *n = c->next_n;
    return CAMPAIGN_FRAME_FRAGMENT;
}

void campaign_frame_taken(struct campaign *c, sim_time now)
{
    (void)now;
    if (c->ask_group) {
        c->ask_group = false;
        c->group_asked = true;
    } else {
        c->next_n++;
    }
    c->n_under_way++;
    c->n_frames++;
}

/* A mistake: receivers are told to forget the group while it is being sent to. */
static void remove_group(struct campaign *c)
{
    if (c->group_removed || !c->rules->group_removed_after ||
        c->next_n <= c->rules->group_removed_after)
        return;
    c->group_removed = true;
    for (uint32_t i = 0; i < c->n_members; i++)
        if (c->members[i].invited)
            c->ops.ask(c->ops.ctx, i, CAMPAIGN_ASK_REMOVE_GROUP);
}

void campaign_frame_over(struct campaign *c, sim_time now)
{
    c->n_under_way--;
    remove_group(c);
    go_on(c, now);
}

void campaign_session_full(struct campaign *c, sim_time now)
{
    if (c->phase != CAMPAIGN_PHASE_TRANSMIT)
        return;
    c->full = true;
    go_on(c, now);
}

void campaign_end(struct campaign *c, sim_time now)
{
    if (c->phase != CAMPAIGN_PHASE_DONE && c->phase != CAMPAIGN_PHASE_BEFORE)
        c->ops.phase_over(c->ops.ctx);
    c->phase = CAMPAIGN_PHASE_DONE;
    c->timer = SIM_NEVER;
    for (uint32_t i = 0; i < c->n_members; i++)
        if (!cm_is_over(&c->members[i]))
            cm_fail(c, now, i, CAMPAIGN_R_ENDED);
}
