/* SPDX-License-Identifier: GPL-2.0-only
 * What the files of the network server share. */
#ifndef SERVER_SERVER_INTERNAL_H
#define SERVER_SERVER_INTERNAL_H

#include "models/lorawan/frame.h"
#include "models/lorawan/maccmd.h"
#include "models/server/join_server.h"
#include "models/server/ping_plan.h"
#include "models/server/server.h"

enum { NS_ADR_HISTORY = 20, NS_COMMANDS = 64, NS_FOPTS = 15, NS_VIA = 4 };
enum { NS_CLASS_A = 0 }; /* window of a wish: RX1 or RX2 of its uplink */

/* A class C downlink is handed over when its gateway is free within twice this time. */
#define NS_QUEUE_AHEAD SIM_MS(50)

/* When a gateway could send a class C downlink; asked once in each round of the queue. */
struct ns_free {
    uint32_t round;
    bool taken;       /* in this round */
    sim_time airtime; /* of the frame that was asked for */
    int64_t frequency_hz;
    sim_time at;
};

/* A gateway that heard a device. */
struct ns_via {
    uint16_t gateway;
    int16_t snr_cdb;
};

/* An application downlink, ready for a frame. */
struct ns_app_frame {
    const struct server_packet *packet; /* of a package; NULL: of the traffic */
    uint32_t message;
    int size, fport;
    sim_time made; /* of the traffic */
    bool confirmed, more;
};

enum { NS_PACKETS = 8 };

/* Packets of the packages that wait for a frame, oldest first. */
struct ns_packets {
    unsigned n;
    struct server_packet q[NS_PACKETS];
};

/* A device as the server knows it. */
struct session {
    uint32_t devaddr, device;
    uint32_t next;               /* session with the same hash of DevAddr: index + 1 */
    uint32_t fcnt_up, fcnt_down; /* next expected, next to be used */
    keyring_id keys;
    bool active, heard; /* has a session; any uplink yet */
    uint8_t version;
    uint8_t dr, power_index, nb_trans; /* as the device last confirmed */
    bool adr_pending;
    uint8_t rx1_dr_offset, rx2_dr, rx1_delay_s; /* in force at the device */
    uint32_t rx2_frequency_100hz;
    int max_power_cdbm;
    uint8_t n_commands, commands[NS_COMMANDS]; /* to be sent, whole commands */
    uint8_t n_sent;  /* octets of them that a downlink has carried: only these can be answered */
    uint8_t n_tries; /* downlinks that carried the first of them without an answer */
    uint16_t plan;   /* channels, as the device confirmed */
    bool down_dwell;
    int16_t snr_cdb[NS_ADR_HISTORY]; /* best copy of each of the latest uplinks */
    uint8_t n_snr, at_snr;
    sim_time status_asked;
    /* Downlinks of the application: made, first not done. */
    uint32_t n_made, head;
    sim_time made_at, sent_until;
    sim_time head_at;                /* when head was made */
    sim_time rx1_at;                 /* class C: of the last uplink */
    uint32_t app_fcnt;               /* counter of the frame that carried the last one */
    bool class_c, wants_ack, on_air; /* on_air: class C: planned or being sent; B: being sent */
    bool timed;      /* class C: what is on_air starts at a GPS time, at sent_until it is over */
    bool by_timeout; /* wants_ack: missed CLASS_x_RESP_TIMEOUT later, not by the next uplink */
    uint8_t n_sends, n_via;
    /* Class B, as the device and its answers told. */
    bool class_b; /* ClassB bit of the last uplink */
    bool asked;   /* a downlink since the last uplink has carried commands */
    uint8_t periodicity, ping_dr;
    uint32_t ping_frequency_100hz; /* 0: default, may hop */
    sim_time ping_from;            /* no ping slot is looked at before: gateways refused */
    uint32_t n_refused;            /* by gateways, since the last uplink or frame that went out */
    sim_time slot_at;              /* when the next ping slot is to be looked at; SIM_NEVER: none */
    struct ns_via via[NS_VIA];     /* gateways of the last uplink, best first */
    struct ns_packets *packets;    /* or NULL */
};

/* A downlink that is wanted, planned 1 ns later in the order of the devices. */
struct wish {
    sim_time at;          /* when it is planned */
    struct medium_tx *up; /* held; NULL: class B or C */
    sim_entity node;      /* of the device */
    uint32_t seq;         /* of the uplink */
    uint8_t window;       /* NS_CLASS_A, MEDIUM_RXC or MEDIUM_PING */
    struct ping_place ping;
    sim_time due;     /* RXC: GPS time at which it is to start, as time of the run; 0: at once */
    bool app;         /* may carry an application downlink */
    bool no_commands; /* carries none of those that are queued */
    uint32_t session; /* index */
    bool join, ack, adrackreq;
    uint32_t joinnonce;
    size_t n_commands; /* octets of the session's commands that the frame carries */
    uint8_t n_answers, answers[NS_FOPTS]; /* to what the device asked */
};

/* The network server of one network. */
struct server {
    struct server_setup s;
    struct clock clock;
    struct session *sessions;
    uint32_t n_sessions;
    uint32_t *session_of_device; /* index + 1 */
    uint32_t *slots;             /* by DevAddr: session index + 1 */
    uint32_t n_slots;
    struct join_server *js;
    struct wish *wishes;
    uint32_t n_wishes, cap_wishes;
    sim_time plan_at;
    struct medium_tx **waiting; /* by an index that events carry */
    uint32_t *free_waiting;
    uint32_t n_waiting, cap_waiting, n_free;
    evq_kind dedup_event, command_event, app_event, retry_event, class_b_event;
    struct ping_plan ping;
    struct traffic_keys downlink_keys;
    struct server_package_ops packages;
    uint32_t *queue; /* class C: sessions that wait for a gateway */
    uint32_t n_queue, cap_queue;
    sim_time queue_at;
    struct ns_free *free; /* of each gateway */
    uint32_t round;
    uint64_t n_foreign, n_repeated, n_late_copies, n_unanswered;
};

/* Sessions. */
void sessions_open(struct server *ns);
/* The session whose key fits a data frame: its index with the 32-bit counter, or -1 and why not.
 * repeated: the counter is that of the last frame. */
int session_find(struct server *ns, const struct lw_frame *f, const struct medium_tx *tx,
                 uint32_t *fcnt32, bool *repeated, enum loss_reason *why);
/* Fetch the session of a frame before it is opened (stages as in evq_kind_hint). */
void session_hint(const struct server *ns, const struct medium_tx *tx, unsigned stage);
/* A new session after a join. */
void session_start(struct server *ns, struct session *ss, const uint8_t nwkskey[16],
                   const uint8_t appskey[16]);
static inline int64_t session_id(const struct server *ns, const struct session *ss)
{
    return devices_identity(ns->s.devices, ss->device).id;
}

/* MAC commands of an uplink; answers to requests go into w. repeated: of a frame that came before,
 * whose answers are known. */
void ns_mac_uplink(struct server *ns, struct session *ss, const uint8_t *commands, size_t len,
                   bool repeated, struct wish *w);
/* Add an answer to what the device asked, if there is room. */
void ns_add_answer(struct wish *w, const struct lw_mac *m);
/* Queue a command for the next downlink; false when there is no room. */
bool ns_queue(struct session *ss, const uint8_t *bytes, size_t len);
bool ns_queue_command(struct session *ss, const struct lw_mac *m);
/* Is a command queued, sent or not? */
bool ns_queued(const struct session *ss, uint8_t cid);
/* As many whole queued commands as fit behind used octets of FOpts; a block of LinkADRReq goes
 * whole. */
size_t ns_take_commands(const struct session *ss, uint8_t *fopts, size_t used);
/* A downlink carried the first n octets of commands: give up those that are never answered. */
void ns_commands_sent(struct session *ss, size_t n);
void ns_adr(struct server *ns, struct session *ss, const struct medium_tx *tx);
/* Did the server have this copy when it worked on the uplink? Other networks' gateways and late
 * copies: no. */
bool ns_has_copy(const struct server *ns, const struct medium_tx *tx, const struct medium_copy *c);
/* SNR of the best copy at this network's gateways, and how many there are. */
int ns_best_snr_cdb(const struct server *ns, const struct medium_tx *tx, unsigned *n_copies);

/* GPS time at which an uplink's reception ended, as far as the server knows. */
int64_t ns_received_gps_ns(struct server *ns, const struct medium_tx *tx);
/* Rows of its clock, unless it is perfect. */
void ns_clock_rows(struct server *ns);

/* A time, or the end of the failure of the server that it lies in. */
sim_time ns_up_at(const struct server *ns, sim_time at);

/* Downlinks of the application. */
void ns_app_start(struct server *ns);
void ns_on_app(void *obj, uint32_t arg);
bool ns_app_waiting(const struct session *ss);
struct ns_app_frame ns_app_next(const struct server *ns, const struct session *ss);
/* Class C: when the next one is to start by GPS; 0: at once. */
sim_time ns_app_due(const struct server *ns, const struct session *ss);
/* A frame with it was handed to a gateway, or that gateway refused the frame. */
void ns_app_sent(struct server *ns, struct session *ss, const struct ns_app_frame *f);
void ns_app_refused(struct session *ss, const struct medium_tx *tx);
/* Class C: RXC can never take it; drop it when it is a package's. */
void ns_app_too_long(struct server *ns, struct session *ss, const struct ns_app_frame *f);
/* An uplink came, sent at a time: does it acknowledge? */
void ns_app_uplink(const struct server *ns, struct session *ss, bool ack, sim_time sent_before);
void ns_on_retry(void *obj, uint32_t arg);
/* Class B and C: plan the next downlink that needs no uplink, if there is one. */
void ns_serve(struct server *ns, struct session *ss);
/* Class C: nothing is planned now, but at a time. */
void ns_class_c_at(struct server *ns, struct session *ss, sim_time at);
/* Class C: no gateway could; once more a little later. */
void ns_class_c_later(struct server *ns, struct session *ss);
/* A gateway has got one: the queue goes on behind it. */
void ns_class_c_sent(struct server *ns, const struct session *ss, unsigned gateway);

/* Class B: look at the next ping slot, if something waits for it; plan for that slot (a wish). */
void ns_class_b_try(struct server *ns, struct session *ss);
void ns_on_class_b(void *obj, uint32_t arg);
void ns_class_b_plan(struct server *ns, struct wish *w);
/* What a session's class B begins with: no ClassB bit yet, the network's ping slots. */
void ns_class_b_reset(struct server *ns, struct session *ss);
/* The ClassB bit of a new uplink; a device that begins class B is told of the network's ping slots
 * (PingSlotChannelReq) where they are not the region's. */
void ns_class_b_bit(struct server *ns, struct session *ss, bool class_b);
/* PingSlotInfoReq, whose answer goes into w; PingSlotChannelAns to a request. */
void ns_class_b_info(struct server *ns, struct session *ss, const struct lw_mac *m, struct wish *w);
void ns_class_b_channel(struct session *ss, const struct lw_mac *answer,
                        const struct lw_mac *request);

void ns_packet_remove(struct session *ss, unsigned i);
/* A payload on an application's FPort: does it belong to a package? */
bool ns_package_received(struct server *ns, const struct session *ss, const struct lw_frame *f,
                         const struct medium_tx *tx, const uint8_t *plain);

/* Downlinks: one wish at a time, in the order of the devices, 1 ns after the wishes were made.
 */
void ns_wish(struct server *ns, const struct wish *w);
/* A data frame with the application's payload (app; or NULL) into the wish's window; false: no
 * gateway can send it. */
bool ns_plan_data(struct server *ns, struct session *ss, struct wish *w,
                  const struct ns_app_frame *app, enum downlink_result *why);
void ns_plan(void *obj); /* struct server */

#endif
