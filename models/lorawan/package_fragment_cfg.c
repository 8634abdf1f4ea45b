/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of fragmented blocks on the devices of a group. */
#include "models/lorawan/package_fragment_cfg.h"

#include <stddef.h>

#define M(field) offsetof(struct package_fragment_memory_cfg, field)
#define R(field) offsetof(struct package_fragment_rules_cfg, field)
#define F(field) offsetof(struct package_fragment_cfg, field)

static const char *const rows_names[] = {"deployed", "literal", NULL};
static const char *const in_use_names[] = {"refuse", "replace", NULL};
static const char *const delay_names[] = {"multicast", "always", NULL};
static const char *const no_session_names[] = {"short", "long", NULL};
static const char *const after_names[] = {"stay", "leave", NULL};
static const char *const overflow_names[] = {"incomplete", "complete", NULL};

static const struct scn_key memory_keys[] = {
    {.name = "sessions",
     .kind = SCN_INT,
     .offset = M(sessions),
     .min = "1",
     .max = "4",
     .def = "4",
     .help = "Sessions at once: FragIndex 0 to sessions - 1, others get "
             "FragSessionIndexNotSupported."},
    {.name = "fragments",
     .kind = SCN_INT,
     .offset = M(fragments),
     .min = "1",
     .max = "16383",
     .def = "16383",
     .help = "Largest NbFrag; more gets NotEnoughMemory, as for the keys that follow."},
    {.name = "fragment_size",
     .kind = SCN_QUANTITY,
     .unit = SCN_SIZE,
     .offset = M(frag_size_bytes),
     .min = "1B",
     .max = "255B",
     .def = "255B",
     .help = "Largest FragSize."},
    {.name = "lost",
     .kind = SCN_INT,
     .offset = M(lost),
     .min = "0",
     .max = "16383",
     .def = "all",
     .word = "all",
     .help = "Uncoded fragments that it can repair; while more are missing, coded fragments are of "
             "no use; 0: no repair at all."},
    {.name = "block",
     .kind = SCN_QUANTITY,
     .unit = SCN_SIZE,
     .offset = M(block_bytes),
     .min = "1B",
     .max = "4177665B",
     .def = "4177665B",
     .help = "Largest block, padding included: NbFrag times FragSize."},
    {.name = "total",
     .kind = SCN_QUANTITY,
     .unit = SCN_SIZE,
     .offset = M(total_bytes),
     .min = "1B",
     .max = "1000000kB",
     .def = "unlimited",
     .word = "unlimited",
     .help = "Memory of all sessions: blocks, and L (L + 1) / 16 + 2 NbFrag octets for a decoder "
             "that repairs L fragments (annex of TS004)."},
    {.name = NULL},
};
static const struct scn_section memory_section = {.name = "memory",
                                                  .help = "What a device has for blocks.",
                                                  .keys = memory_keys,
                                                  .size =
                                                      sizeof(struct package_fragment_memory_cfg)};

static const struct scn_key rules_keys[] = {
    {.name = "rows",
     .kind = SCN_ENUM,
     .offset = R(rows),
     .names = rows_names,
     .def = "deployed",
     .help = "Seed of parity rows in version 2; deployed: N - M, as all who run it; literal: N, as "
             "the text reads."},
    {.name = "index_in_use",
     .kind = SCN_ENUM,
     .offset = R(in_use),
     .names = in_use_names,
     .def = "refuse",
     .help = "Version 1: a set-up for an index whose session was not deleted; refuse: "
             "FragSessionIndexNotSupported; replace: as version 2. What repeats the session's own "
             "set-up is accepted in any case."},
    {.name = "status_delay",
     .kind = SCN_ENUM,
     .offset = R(status_delay),
     .names = delay_names,
     .def = "multicast",
     .help = "Status requests whose answer waits up to 2^(4 + BlockAckDelay) s; multicast: those "
             "to a group; always: all, as LoRaMac-node."},
    {.name = "unknown_session",
     .kind = SCN_ENUM,
     .offset = R(no_session),
     .names = no_session_names,
     .def = "short",
     .help = "Version 2, status of a session that is not there; short: one octet, as the text; "
             "long: with counts of 0, as other implementations."},
    {.name = "overflow",
     .kind = SCN_ENUM,
     .offset = R(overflow),
     .names = overflow_names,
     .def = "incomplete",
     .help = "A coded fragment comes while more is lost than memory.lost; complete: the block is "
             "taken as complete though it is wrong, as LoRaMac-node does."},
    {.name = "after_block",
     .kind = SCN_ENUM,
     .offset = R(after_block),
     .names = after_names,
     .def = "stay",
     .help = "A block is complete while a multicast session that feeds it is open; leave: the "
             "device closes the session; stay: it listens to the session's end, with the energy "
             "that this takes."},
    {.name = "descriptor",
     .kind = SCN_HEX,
     .offset = R(descriptor),
     .len = 4,
     .help = "Descriptor of set-ups that it accepts, in the bits of descriptor_mask; others get "
             "WrongDescriptor."},
    {.name = "descriptor_mask",
     .kind = SCN_HEX,
     .offset = R(descriptor_mask),
     .len = 4,
     .help = "Bits of the descriptor that must agree; left out: none."},
    {.name = "receipts",
     .kind = SCN_INT,
     .offset = R(receipts),
     .min = "1",
     .max = "255",
     .def = "3",
     .help = "Version 2: transmissions of FragDataBlockReceivedReq, unless it is answered."},
    {.name = "receipt_spacing",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = R(receipt_spacing_ns),
     .min = "1s",
     .max = "1d",
     .def = "60s",
     .help = "Time from one of them to the next."},
    {.name = NULL},
};
static const struct scn_section rules_section = {
    .name = "rules",
    .help = "What a device does where TS004 leaves a choice, or against it.",
    .keys = rules_keys,
    .size = sizeof(struct package_fragment_rules_cfg)};

static const struct scn_key fragment_keys[] = {
    {.name = "memory",
     .kind = SCN_SECTION,
     .offset = F(memory),
     .sub = &memory_section,
     .help = "What a device has for blocks."},
    {.name = "rules",
     .kind = SCN_SECTION,
     .offset = F(rules),
     .sub = &rules_section,
     .help = "What a device does where TS004 leaves a choice, or against it."},
    {.name = "real_bytes",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = F(real_bytes_ratio),
     .min = "0%",
     .max = "100%",
     .def = "100%",
     .help = "Share of the devices that keep the bytes of their blocks, and compare image and MIC "
             "with them; the others decode on ranks alone, with the same outcome, in a fraction "
             "of the memory."},
    {.name = NULL},
};
const struct scn_section package_fragment_section = {.name = "fragments",
                                                     .help = "Fragmented blocks on the devices.",
                                                     .keys = fragment_keys,
                                                     .size = sizeof(struct package_fragment_cfg)};
