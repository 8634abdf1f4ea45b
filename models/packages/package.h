/* SPDX-License-Identifier: GPL-2.0-only
 * What the machines of the application packages share: what they are told with every input, why an
 * input had no effect, and requests that are repeated until they are answered.
 *
 * A machine takes decoded commands and times and gives commands and the time when it wants to be
 * called again. It knows no queue and no radio; nothing happens in it between two calls. */
#ifndef PACKAGES_PACKAGE_H
#define PACKAGES_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/time.h"

enum {
    PKG_MAX_PAYLOAD = 250, /* octets that a frame can bring */
    PKG_MAX_SEND = 24,     /* commands in one output; what is more does not fit */
    PKG_NO_GROUP = 255,    /* McGroupID of a group that the packages do not know */
};

/* The moment of an input, as the machine's owner sees it. */
struct pkg_now {
    sim_time at;     /* a clock that is never corrected: the machine's delays are counted on it */
    int64_t gps_ns;  /* GPS time in ns as the owner's own clock shows it; it may be wrong */
    uint32_t random; /* 32 random bits, new ones each time */
    size_t room;     /* octets of answers that fit into the next uplink (devices only) */
};

/* A decrypted FRMPayload. */
struct pkg_payload {
    const uint8_t *buf;
    size_t len;
    bool multicast;      /* came on a multicast address */
    uint8_t mc_group_id; /* the device's own number of that group; or PKG_NO_GROUP */
};

/* Why an input had no effect, or not all of it. */
#define PKG_DROP_MAP(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(MULTICAST, "on a multicast address")                                                         \
    X(TOO_LONG, "longer than a frame")                                                             \
    X(CUT, "command is cut")                                                                       \
    X(UNKNOWN, "unknown command")                                                                  \
    X(STALE, "answers nothing that was asked")                                                     \
    X(NO_ROOM, "answer does not fit")                                                              \
    X(NOTHING_TO_DO, "asks for nothing")                                                           \
    X(OFF_BEACON, "class B session time is no multiple of 128 s")                                  \
    X(NOT_BELIEVED, "correction of more than 36 years is not believed")                            \
    X(NO_SESSION, "no session has this index")                                                     \
    X(OTHER_GROUP, "from a group that may not feed the session")                                   \
    X(WRONG_SIZE, "fragment of a wrong size")                                                      \
    X(WRONG_NUMBER, "fragment number 0")                                                           \
    X(NOT_ALONE, "fragment behind other commands")                                                 \
    X(COMPLETE, "the block is complete")                                                           \
    X(NO_MATRIX, "more is lost than the device can repair")                                        \
    X(NOTHING_MISSING, "only who misses fragments is asked")                                       \
    X(ENCODING, "encoding that is not supported")                                                  \
    X(MEMORY, "needs more memory than there is")                                                   \
    X(INDEX, "session index that is not supported")                                                \
    X(IN_USE, "session index in use, not deleted")                                                 \
    X(DESCRIPTOR, "wrong descriptor")                                                              \
    X(COUNTER, "session counter was used before")                                                  \
    X(REBOOT_PAST, "reboot time has passed")                                                       \
    X(NO_IMAGE, "no image to delete")                                                              \
    X(IMAGE_VERSION, "image has another version")                                                  \
    X(RESTART, "behind a reboot")

enum pkg_drop {
#define X(name, text) PKG_DROP_##name,
    PKG_DROP_MAP(X)
#undef X
};

/* The reason in words; never NULL. */
const char *pkg_drop_text(enum pkg_drop drop);

/* The reason for what a codec's next function returned: SIM_EPROTO or SIM_ETRUNC; else NONE. */
enum pkg_drop pkg_drop_of(int rc);

/* Whole seconds of a GPS time, towards minus infinity. */
int64_t pkg_gps_s(int64_t gps_ns);
/* And back; the ends of the range where it does not fit. */
int64_t pkg_gps_ns(int64_t gps_s);
/* SIM_NEVER when the sum does not fit. */
sim_time pkg_later(sim_time at, sim_time delay);

/* How a request is repeated. */
struct pkg_retry {
    uint8_t n_tries;  /* transmissions, 1 or more */
    sim_time spacing; /* from one to the next */
    sim_time limit;   /* from the first one to giving up; 0: spacing after the last one */
};

enum pkg_request_state {
    PKG_REQUEST_IDLE,
    PKG_REQUEST_OPEN,
    PKG_REQUEST_DONE,    /* answered without an error */
    PKG_REQUEST_REFUSED, /* answered with one */
    PKG_REQUEST_FAILED,  /* not answered */
};

/* A request under way. All zeros: idle. */
struct pkg_request {
    uint8_t state; /* enum pkg_request_state */
    uint8_t n_sent;
    sim_time next_at; /* when it wants a wake; SIM_NEVER unless it is open */
    sim_time deadline;
};

enum pkg_request_act { PKG_REQUEST_NOTHING, PKG_REQUEST_SEND, PKG_REQUEST_GIVE_UP };

/* Begin (again): the caller sends the request for the first time. */
void pkg_request_start(struct pkg_request *r, const struct pkg_retry *retry, sim_time at);
/* Time has passed; SEND: the caller sends it again. */
enum pkg_request_act pkg_request_wake(struct pkg_request *r, const struct pkg_retry *retry,
                                      sim_time at);
/* An answer has come. Returns false, and does nothing, when none is awaited. */
bool pkg_request_answer(struct pkg_request *r, bool accepted);
/* Give it up without waiting. */
void pkg_request_cancel(struct pkg_request *r);
/* When the next wake is due; SIM_NEVER: none. */
sim_time pkg_request_next(const struct pkg_request *r);

#endif
