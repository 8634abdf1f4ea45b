/* SPDX-License-Identifier: GPL-2.0-only
 * Open requests to one device. */
#include "models/packages/asks.h"

#include "sim/err.h"

static bool is_open(const struct asks *a, int i)
{
    return a->open[i].request.state == PKG_REQUEST_OPEN;
}

int asks_find(const struct asks *a, uint8_t cid, uint8_t about)
{
    for (int i = 0; i < ASKS_MAX; i++)
        if (is_open(a, i) && a->open[i].cid == cid && a->open[i].about == about)
            return i;
    return -1;
}

int asks_start(struct asks *a, uint8_t cid, uint8_t about, const struct pkg_retry *retry,
               sim_time at)
{
    int place = asks_find(a, cid, about);
    for (int i = 0; i < ASKS_MAX && place < 0; i++)
        place = is_open(a, i) ? -1 : i;
    if (place < 0)
        return SIM_EBUSY;
    a->open[place].cid = cid;
    a->open[place].about = about;
    pkg_request_start(&a->open[place].request, retry, at);
    return place;
}

void asks_answer(struct asks *a, int place, bool accepted)
{
    pkg_request_answer(&a->open[place].request, accepted);
}

enum pkg_request_act asks_wake(struct asks *a, int place, const struct pkg_retry *retry,
                               sim_time at)
{
    return pkg_request_wake(&a->open[place].request, retry, at);
}

sim_time asks_next(const struct asks *a)
{
    sim_time next = SIM_NEVER;
    for (int i = 0; i < ASKS_MAX; i++) {
        sim_time at = pkg_request_next(&a->open[i].request);
        next = at < next ? at : next;
    }
    return next;
}

void asks_cancel(struct asks *a)
{
    for (int i = 0; i < ASKS_MAX; i++)
        pkg_request_cancel(&a->open[i].request);
}

int asks_n_open(const struct asks *a)
{
    int n = 0;
    for (int i = 0; i < ASKS_MAX; i++)
        n += is_open(a, i);
    return n;
}
