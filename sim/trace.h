/* SPDX-License-Identifier: GPL-2.0-only
 * The only way out of a model: typed rows, and the frames themselves for captures.
 * The store, the capture writer and tests listen. A row nobody wants costs one branch. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>
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

/* An Ethernet frame at an interface of an IP node: sent by it, or heard. */
struct trace_packet {
    int64_t node; /* node.id */
    int64_t link; /* ip_link.id */
    uint32_t iface;
    bool out;
    sim_time at_ns; /* given to the interface, or its last bit heard */
    uint8_t src[6], dst[6];
    uint16_t type;
    const uint8_t *bytes; /* behind the header, without check sum; borrowed */
    size_t len;
};

struct trace_listener {
    uint64_t rows; /* bit i: wants rows of table i */
    void (*row)(void *ctx, enum row_table_id table, const void *row);
    void (*frame)(void *ctx, const struct trace_frame *f);     /* or NULL */
    void (*session)(void *ctx, const struct trace_session *s); /* or NULL */
    void (*packet)(void *ctx, const struct trace_packet *p);   /* or NULL */
    void *ctx;
};

enum { TRACE_MAX_LISTENERS = 4 };

struct trace {
    uint64_t rows; /* union of the listeners' wishes */
    bool frames, sessions, packets;
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
/* Ask t->packets first. */
void trace_packet(const struct trace *t, const struct trace_packet *p);

#endif
