/* SPDX-License-Identifier: GPL-2.0-only
 * Reasons, times and repeated requests, for the machines of all packages. */
#include "models/packages/package.h"

#include "sim/err.h"

const char *pkg_drop_text(enum pkg_drop drop)
{
    static const char *const texts[] = {
#define X(name, text) text,
        PKG_DROP_MAP(X)
#undef X
    };
    size_t i = (size_t)drop;
    return i < sizeof texts / sizeof *texts ? texts[i] : "unknown reason";
}

enum pkg_drop pkg_drop_of(int rc)
{
    return rc == SIM_EPROTO ? PKG_DROP_UNKNOWN : rc == SIM_ETRUNC ? PKG_DROP_CUT : PKG_DROP_NONE;
}

int64_t pkg_gps_s(int64_t gps_ns)
{
    int64_t s = gps_ns / SIM_S(1);
    return gps_ns % SIM_S(1) < 0 ? s - 1 : s;
}

int64_t pkg_gps_ns(int64_t gps_s)
{
    if (gps_s > INT64_MAX / SIM_S(1))
        return INT64_MAX;
    return gps_s < INT64_MIN / SIM_S(1) ? INT64_MIN : gps_s * SIM_S(1);
}

sim_time pkg_later(sim_time at, sim_time delay)
{
    return at > SIM_NEVER - delay ? SIM_NEVER : at + delay;
}

enum request_event { EV_START, EV_RETRY, EV_EXPIRE, EV_ACCEPT, EV_REFUSE, EV_CANCEL, N_EVENTS };
enum { N_STATES = PKG_REQUEST_FAILED + 1, STAYS = -1 };

/* Where an event leads; STAYS: it has no effect. */
static const int8_t transitions[N_STATES][N_EVENTS] = {
    /*                      START             RETRY             EXPIRE
                            ACCEPT            REFUSE            CANCEL */
    [PKG_REQUEST_IDLE] = {PKG_REQUEST_OPEN, STAYS, STAYS, STAYS, STAYS, STAYS},
    [PKG_REQUEST_OPEN] = {PKG_REQUEST_OPEN, PKG_REQUEST_OPEN, PKG_REQUEST_FAILED, PKG_REQUEST_DONE,
                          PKG_REQUEST_REFUSED, PKG_REQUEST_IDLE},
    [PKG_REQUEST_DONE] = {PKG_REQUEST_OPEN, STAYS, STAYS, STAYS, STAYS, STAYS},
    [PKG_REQUEST_REFUSED] = {PKG_REQUEST_OPEN, STAYS, STAYS, STAYS, STAYS, STAYS},
    [PKG_REQUEST_FAILED] = {PKG_REQUEST_OPEN, STAYS, STAYS, STAYS, STAYS, STAYS},
};

static bool step(struct pkg_request *r, enum request_event event)
{
    SIM_CHECK(r->state < N_STATES, "request in state %u", r->state);
    int8_t to = transitions[r->state][event];
    if (to == STAYS)
        return false;
    r->state = (uint8_t)to;
    if (to != PKG_REQUEST_OPEN)
        r->next_at = SIM_NEVER;
    return true;
}

/* It has just been sent: when is something to be done next? */
static void arm(struct pkg_request *r, const struct pkg_retry *retry, sim_time at)
{
    bool was_last = r->n_sent >= retry->n_tries;
    sim_time next = was_last && retry->limit > 0 ? SIM_NEVER : pkg_later(at, retry->spacing);
    r->next_at = next < r->deadline ? next : r->deadline;
}

void pkg_request_start(struct pkg_request *r, const struct pkg_retry *retry, sim_time at)
{
    step(r, EV_START);
    r->n_sent = 1;
    r->deadline = retry->limit > 0 ? pkg_later(at, retry->limit) : SIM_NEVER;
    arm(r, retry, at);
}

enum pkg_request_act pkg_request_wake(struct pkg_request *r, const struct pkg_retry *retry,
                                      sim_time at)
{
    if (r->state != PKG_REQUEST_OPEN || at < r->next_at)
        return PKG_REQUEST_NOTHING;
    if (at >= r->deadline || r->n_sent >= retry->n_tries) {
        step(r, EV_EXPIRE);
        return PKG_REQUEST_GIVE_UP;
    }
    step(r, EV_RETRY);
    r->n_sent++;
    arm(r, retry, at);
    return PKG_REQUEST_SEND;
}

bool pkg_request_answer(struct pkg_request *r, bool accepted)
{
    return step(r, accepted ? EV_ACCEPT : EV_REFUSE);
}

void pkg_request_cancel(struct pkg_request *r)
{
    step(r, EV_CANCEL);
}

sim_time pkg_request_next(const struct pkg_request *r)
{
    return r->state == PKG_REQUEST_OPEN ? r->next_at : SIM_NEVER;
}
