/* SPDX-License-Identifier: GPL-2.0-only
 * Codes and tables of blocks and firmware at devices; part of sim/rows.h. */
#ifndef SIM_ROWS_CAMPAIGN_H
#define SIM_ROWS_CAMPAIGN_H

/* What one fragment did at a device. */
#define FRAGMENT_RESULT_MAP(X)                                                                     \
    X(USED, "used", "the rank grew")                                                               \
    X(COMPLETE, "complete", "the rank grew to M: the block is there")                              \
    X(NOTHING, "nothing", "repeated, or it told nothing new")                                      \
    X(NO_ROOM, "no_room", "coded, and more was lost than the device can repair")                   \
    X(LATE, "late", "the block was complete before")                                               \
    X(REFUSED, "refused", "no fragment of the session: table message has the reason")

enum fragment_result {
#define X(name, text, help) FRAGMENT_##name,
    FRAGMENT_RESULT_MAP(X)
#undef X
        N_FRAGMENT_RESULT
};

/* What became of a block. */
#define RECOVERY_RESULT_MAP(X)                                                                     \
    X(COMPLETE, "complete", "rebuilt")                                                             \
    X(INCOMPLETE, "incomplete", "fragments were missing at the end")                               \
    X(NO_ROOM, "no_room", "more was lost than the device can repair")                              \
    X(WRONG, "wrong", "taken as complete with more lost than the device can repair")               \
    X(MIC, "mic", "complete, and its integrity code did not fit")

enum recovery_result {
#define X(name, text, help) RECOVERY_##name,
    RECOVERY_RESULT_MAP(X)
#undef X
        N_RECOVERY_RESULT
};

/* How a fragmentation session ended. */
#define SESSION_END_MAP(X)                                                                         \
    X(OPEN, "open", "it was there at the end of the run")                                          \
    X(REPLACED, "replaced", "by another set-up of its index")                                      \
    X(DELETED, "deleted", "by the server")                                                         \
    X(RESTART, "restart", "the device restarted")

enum session_end {
#define X(name, text, help) SESSION_END_##name,
    SESSION_END_MAP(X)
#undef X
        N_SESSION_END
};

/* The image in a device's slot; the codes are those of DevUpgradeImageAns. */
#define IMAGE_STATUS_MAP(X)                                                                        \
    X(NONE, "none", "no image")                                                                    \
    X(BAD, "bad_signature", "corrupt, or its signature is wrong")                                  \
    X(OTHER_HARDWARE, "other_hardware", "for other hardware")                                      \
    X(VALID, "valid", "to be installed at the next reboot")

enum image_status {
#define X(name, text, help) IMAGE_STATUS_##name,
    IMAGE_STATUS_MAP(X)
#undef X
        N_IMAGE_STATUS
};

/* Fragments of blocks that devices received (store: all). */
#define ROW_FRAGMENT_COLS(C)                                                                       \
    C(INT, at_ns, "end of its frame")                                                              \
    C(INT, device, "node.id")                                                                      \
    C(INT, frag_index, "FragIndex of its session")                                                 \
    C(INT, n, "its number: 1 to M uncoded, above M coded")                                         \
    C(INT, multicast, "1: on a group's address, 0: on the device's own")                           \
    C(INT, result, "what it did (table code)")                                                     \
    C(INT, fragment_rank, "independent fragments then; M: the block is there")

/* Fragmentation sessions, when they ended. */
#define ROW_RECOVERY_COLS(C)                                                                       \
    C(INT, device, "node.id")                                                                      \
    C(INT, frag_index, "FragIndex")                                                                \
    C(INT, number, "of the device's sessions, in the order of their ends: 0, 1, ...")              \
    C(INT, m, "NbFrag: uncoded fragments of the block")                                            \
    C(INT, frag_size_bytes, "FragSize")                                                            \
    C(INT, result, "what became of the block (table code)")                                        \
    C(INT, end_reason, "how the session ended (table code)")                                       \
    C(INT, n_uncoded, "different uncoded fragments received until the block was complete")         \
    C(INT, n_coded, "the same, coded ones")                                                        \
    C(INT, n_repeated, "received once more before it was complete")                                \
    C(INT, n_late, "received after it was complete")                                               \
    C(INT, n_refused, "fragments that the session did not take")                                   \
    C(INT, n_missing, "independent fragments still needed")                                        \
    C(INT, first_ns, "first fragment; NULL: none")                                                 \
    C(INT, complete_ns, "when the block was complete, or taken as complete; NULL: never")          \
    C(INT, n_needed, "fragments received until then; NULL: never")                                 \
    C(INT, overhead, "n_needed - m: what was received in vain; NULL: never")                       \
    C(INT, real_bytes, "1: the device kept the bytes, 0: it worked on ranks")                      \
    C(INT, acknowledged, "1: FragDataBlockReceivedReq was answered")

/* Devices with firmware management, at the end of the run. */
#define ROW_FIRMWARE_COLS(C)                                                                       \
    C(INT, device, "node.id")                                                                      \
    C(INT, hw_version, "HWVersion")                                                                \
    C(INT, start_version, "FWVersion at the start")                                                \
    C(INT, version, "FWVersion at the end")                                                        \
    C(INT, image, "in the slot (table code)")                                                      \
    C(INT, last_image, "what the check said of the last image that came; NULL: none came")         \
    C(INT, image_version, "of that one; NULL: none came")                                          \
    C(INT, image_ns, "when it came; NULL: none came")                                              \
    C(INT, n_restarts, "reboots")                                                                  \
    C(INT, reboot_ns, "the last one; NULL: none")                                                  \
    C(INT, n_updates, "reboots into a new version")                                                \
    C(INT, n_rollbacks, "reboots into one that did not start, and back")

#endif
