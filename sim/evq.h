/* SPDX-License-Identifier: GPL-2.0-only
 * The event queue: the one clock of a run. Events run in the order (time, sequence).
 *
 * An event is (time, sequence, kind, object, small argument); a kind is a function with a name.
 * Models decide by comparing times, never by which of two events at one instant ran first:
 * EVQ_LIFO runs them in the opposite order, and must give the same rows. */
#ifndef SIM_EVQ_H
#define SIM_EVQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/time.h"

struct evq;
typedef void (*evq_fn)(void *obj, uint32_t arg);
typedef uint32_t evq_kind; /* 0 is no kind */
typedef uint64_t evq_id;   /* of a cancellable event; 0 is no event */

enum evq_ties { EVQ_FIFO, EVQ_LIFO };

struct evq *evq_open(enum evq_ties ties);
void evq_close(struct evq *q);

/* Make a kind of event. name: kept by reference, for statistics. */
evq_kind evq_kind_add(struct evq *q, evq_fn fn, const char *name);

/* Ask for a hint some events before one of this kind runs, so that it can fetch the memory that the
 * event will touch. Stage 0 comes first (fetch what obj and arg address), then 1 and 2 (what that
 * memory points to). A hint may never change anything; it may be left out, or come for an event
 * that is cancelled. */
enum { EVQ_HINT_STAGES = 3 };
typedef void (*evq_hint_fn)(void *obj, uint32_t arg, unsigned stage);
void evq_kind_hint(struct evq *q, evq_kind kind, evq_hint_fn hint);

/* Run kind's function with obj and arg at a time, not before now (checked). obj is borrowed until
 * then. */
void evq_push(struct evq *q, sim_time at, evq_kind kind, void *obj, uint32_t arg);

/* The same, but evq_cancel can take it back; costs a slot in a table until its time. */
evq_id evq_push_cancellable(struct evq *q, sim_time at, evq_kind kind, void *obj, uint32_t arg);

/* Take an event back. id 0, an event that ran or one already cancelled: nothing happens. */
void evq_cancel(struct evq *q, evq_id id);

sim_time evq_now(const struct evq *q);

/* The time of the next event, which may have been cancelled; SIM_NEVER: there is none. Not with
 * another engine (checked), and not from an event. */
sim_time evq_next(struct evq *q);

/* Run all events with time < end, then set now to end. Returns SIM_OK, or SIM_ESTOPPED after
 * evq_stop. */
int evq_run(struct evq *q, sim_time end);

/* Return from evq_run after the event that is running; its time stays now. */
void evq_stop(struct evq *q);

/* Another engine may keep the order instead: each push becomes exactly one call of its push, with
 * what to give to evq_engine_event when the time has come. Used to run a scenario on ns-3's own
 * simulator and compare; the rows must be the same. */
struct evq_guest {
    void *obj;
    evq_kind kind;
    uint32_t arg, slot;
};
struct evq_engine {
    void *ctx;
    void (*push)(void *ctx, sim_time at, const struct evq_guest *e);
    sim_time (*now)(void *ctx);
    /* Run all events with time < end; end is the same in all calls. SIM_OK or SIM_ESTOPPED. */
    int (*run)(void *ctx, sim_time end);
    void (*stop)(void *ctx);
};
/* Before the first push; copied. Hints are not given then. */
void evq_set_engine(struct evq *q, const struct evq_engine *engine);
void evq_engine_event(struct evq *q, const struct evq_guest *e);

size_t evq_n_pending(const struct evq *q);
uint64_t evq_n_run(const struct evq *q);

#endif
