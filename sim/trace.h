/* SPDX-License-Identifier: GPL-2.0-only
 * The only way out of a model: typed rows, and the frames themselves for captures.
 * The store, the capture writer and tests listen. A row nobody wants costs one branch. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/rows.h"
#include "sim/time.h"

/* A frame as one gateway's antenna saw it: decoded by it, or transmitted by it. */
struct trace_frame {
    int64_t gateway; /* node.id */
    bool uplink;
    bool beacon; /* class B beacon: no LoRaWAN frame */
    sim_time start_ns, end_ns;
    int64_t frequency_hz;
    int64_t bandwidth_hz; /* 0: FSK */
    int sf;               /* 0: FSK */
    int power_cdbm;       /* uplink: at the antenna; downlink: EIRP */
    int snr_cdb;          /* uplink only */
    const uint8_t *bytes; /* PHY payload, borrowed */
    int len;
};

/* Keys of a session when it begins, or the root key of a device that may join; for captures. */
struct trace_session {
    int64_t device; /* node.id */
    uint32_t devaddr;
    uint64_t joineui;
    uint8_t appkey[16]; /* zero for ABP */
    uint8_t nwkskey[16], appskey[16];
    bool root_only; /* no session: the device may join with this AppKey */
};

struct trace_listener {
    uint32_t rows; /* bit i: wants rows of table i */
    void (*row)(void *ctx, enum row_table_id table, const void *row);
    void (*frame)(void *ctx, const struct trace_frame *f);     /* or NULL */
    void (*session)(void *ctx, const struct trace_session *s); /* or NULL */
    void *ctx;
};

enum { TRACE_MAX_LISTENERS = 4 };

struct trace {
    uint32_t rows; /* union of the listeners' wishes */
    bool frames, sessions;
    unsigned n;
    struct trace_listener listeners[TRACE_MAX_LISTENERS];
};

void trace_init(struct trace *t);
void trace_listen(struct trace *t, const struct trace_listener *l);

/* Does anybody want rows of this table? Ask before filling one in on a hot path. */
static inline bool trace_wants(const struct trace *t, enum row_table_id table)
{
    return t->rows >> table & 1;
}

/* Give a row (struct row_... of the table, borrowed for the call) to whoever wants it. */
void trace_row(const struct trace *t, enum row_table_id table, const void *row);
void trace_frame(const struct trace *t, const struct trace_frame *f);
void trace_session(const struct trace *t, const struct trace_session *s);

#endif
