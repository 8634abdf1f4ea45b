/* SPDX-License-Identifier: GPL-2.0-only
 * Codes and tables of blocks and firmware at devices, and of campaigns; part of sim/rows.h. */
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

/* How far a device is in a firmware campaign. */
#define CAMPAIGN_STATE_MAP(X)                                                                      \
    X(WAITING, "waiting", "nothing was asked yet")                                                 \
    X(INVENTORY, "inventory", "asked for the versions of its packages")                            \
    X(CLOCK, "clock", "told to set its clock")                                                     \
    X(GROUP, "group", "asked to join the multicast group")                                         \
    X(FRAGMENTS, "fragments", "asked to make the fragmentation session")                           \
    X(SET_UP, "set_up", "ready for a session")                                                     \
    X(INVITED, "invited", "asked for the session")                                                 \
    X(RECEIVING, "receiving", "has the session, or is in it")                                      \
    X(SENT, "sent", "the transmission is over, its status not known")                              \
    X(STATUS, "status", "asked for its status")                                                    \
    X(MISSING, "missing", "fragments are missing")                                                 \
    X(COMPLETE, "complete", "the block is there")                                                  \
    X(IMAGE, "image", "asked whether the image is valid")                                          \
    X(REBOOT, "reboot", "asked to reboot")                                                         \
    X(REBOOTING, "rebooting", "will reboot")                                                       \
    X(VERIFY, "verify", "asked for the version that runs")                                         \
    X(UPDATED, "updated", "done")                                                                  \
    X(FAILED, "failed", "given up: see the reason")

enum campaign_state {
#define X(name, text, help) CAMPAIGN_##name,
    CAMPAIGN_STATE_MAP(X)
#undef X
        N_CAMPAIGN_STATE
};

/* Why a device was given up, or did not take part. */
#define CAMPAIGN_REASON_MAP(X)                                                                     \
    X(NONE, "none", "")                                                                            \
    X(UNREACHED, "unreached", "no gateway of the group reaches it")                                \
    X(NO_PACKAGE, "no_package", "it does not have the package")                                    \
    X(NO_VERSION, "no_version", "no answer to PackageVersionReq")                                  \
    X(VERSION, "version", "a package has another version")                                         \
    X(NO_TIME, "no_time", "no AppTimeReq after ForceDeviceResyncReq")                              \
    X(CLOCK, "clock", "its clock is wrong")                                                        \
    X(NO_GROUP, "no_group", "no answer to McGroupSetupReq")                                        \
    X(GROUP_ID, "group_id", "McGroupSetupAns: IDerror")                                            \
    X(NO_FRAGMENTS, "no_fragments", "no answer to FragSessionSetupReq")                            \
    X(ENCODING, "encoding", "FragSessionSetupAns: EncodingUnsupported")                            \
    X(MEMORY, "memory", "FragSessionSetupAns: NotEnoughMemory")                                    \
    X(FRAG_INDEX, "frag_index", "FragSessionSetupAns: FragSessionIndexNotSupported")               \
    X(DESCRIPTOR, "descriptor", "FragSessionSetupAns: WrongDescriptor")                            \
    X(SESSION_CNT, "session_cnt", "FragSessionSetupAns: SessionCntReplay")                         \
    X(NO_SESSION, "no_session", "no answer to a session request in time")                          \
    X(GROUP_UNDEFINED, "group_undefined", "session answer: McGroupUndefined")                      \
    X(FREQUENCY, "frequency", "session answer: FreqError")                                         \
    X(DATA_RATE, "data_rate", "session answer: DRError")                                           \
    X(START_MISSED, "start_missed", "session answer: StartMissed")                                 \
    X(NO_STATUS, "no_status", "no answer to FragSessionStatusReq")                                 \
    X(NO_BLOCK, "no_block", "FragSessionStatusAns: SessionDoesNotExist")                           \
    X(MIC, "mic", "the block's integrity code is wrong")                                           \
    X(LOST_TOO_MANY, "lost_too_many", "more fragments were lost than its memory can repair")       \
    X(INCOMPLETE, "incomplete", "fragments are missing after the last round")                      \
    X(NO_IMAGE_ANS, "no_image_ans", "no answer to DevUpgradeImageReq")                             \
    X(NO_IMAGE, "no_image", "DevUpgradeImageAns: no image")                                        \
    X(IMAGE_BAD, "image_bad", "DevUpgradeImageAns: corrupt, or its signature is wrong")            \
    X(IMAGE_HARDWARE, "image_hardware", "DevUpgradeImageAns: for other hardware")                  \
    X(IMAGE_VERSION, "image_version", "DevUpgradeImageAns: another version")                       \
    X(NO_REBOOT_ANS, "no_reboot_ans", "no answer to the reboot request")                           \
    X(REBOOT_REFUSED, "reboot_refused", "it cannot reboot then")                                   \
    X(REBOOT_TIME, "reboot_time", "the time to its reboot cannot be right")                        \
    X(NO_FW_VERSION, "no_fw_version", "no answer to DevVersionReq after the reboot")               \
    X(FW_VERSION, "fw_version", "it runs another version after the reboot")                        \
    X(ENDED, "ended", "the run ended first")

enum campaign_reason {
#define X(name, text, help) CAMPAIGN_R_##name,
    CAMPAIGN_REASON_MAP(X)
#undef X
        N_CAMPAIGN_REASON
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

/* Phases of firmware campaigns, one row when each is over. */
#define ROW_CAMPAIGN_COLS(C)                                                                       \
    C(TEXT, campaign, "its name")                                                                  \
    C(TEXT, phase, "set_up, invite, transmit, wait, status, feed, firmware")                       \
    C(INT, round, "0: the transmission itself, 1 and up: repair rounds")                           \
    C(INT, session, "sessions so far")                                                             \
    C(INT, start_ns, "since run.start")                                                            \
    C(INT, end_ns, "since run.start")                                                              \
    C(INT, n_devices, "that it was for")                                                           \
    C(INT, n_complete, "devices whose block is known to be complete, at its end")                  \
    C(INT, n_updated, "devices that are done, at its end")                                         \
    C(INT, n_failed, "devices given up so far, at its end")                                        \
    C(INT, n_frames, "frames to the group")                                                        \
    C(INT, first_n, "first fragment number that was sent; NULL: none")                             \
    C(INT, last_n, "last one")

/* What became of each device of a firmware campaign. */
#define ROW_CAMPAIGN_DEVICE_COLS(C)                                                                \
    C(TEXT, campaign, "its name")                                                                  \
    C(INT, device, "node.id")                                                                      \
    C(INT, state, "at the end (table code)")                                                       \
    C(INT, reason, "of a failure (table code)")                                                    \
    C(INT, n_sessions, "sessions that it accepted")                                                \
    C(INT, n_missing, "fragments missing as it last told; NULL: never")                            \
    C(INT, n_fed, "fragments sent to it alone")                                                    \
    C(INT, clock_error_ns, "device clock less server clock, from TimeToStart; NULL: not known")    \
    C(INT, set_up_ns, "when it was ready for a session; NULL: never")                              \
    C(INT, complete_ns, "when the server knew of the block; NULL: never")                          \
    C(INT, over_ns, "when it was done or given up")

/* Devices of firmware campaigns: every change of state. */
#define ROW_CAMPAIGN_STATE_COLS(C)                                                                 \
    C(TEXT, campaign, "its name")                                                                  \
    C(INT, at_ns, "since run.start")                                                               \
    C(INT, device, "node.id")                                                                      \
    C(INT, seq, "number of the change of this device, from 0")                                     \
    C(INT, state, "from then on (table code)")

#endif
