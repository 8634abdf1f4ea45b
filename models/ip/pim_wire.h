/* SPDX-License-Identifier: GPL-2.0-only
 * Constants of PIM on the wire that reader and writer share. Inside of models/ip only.
 *
 * Header: | version 4 = 2, type 4 | reserved 8 | checksum 16 |, IP protocol 103
 * Encoded address: | family 8 | encoding 8 = 0 | address |
 * Encoded group:   | family 8 | encoding 8 = 0 | B 1, reserved 6, Z 1 | mask length 8 | address |
 * Encoded source:  | family 8 | encoding 8 = 0 | reserved 5, S W R | mask length 8 | address |
 * Hello:           | type 16, length 16, value | ...
 * Join/Prune:      | address: upstream | 0 8 | groups 8 | hold time 16 |
 *                  { | group | joins 16 | prunes 16 | sources: joins, then prunes | } ...
 * Register:        | B 1, N 1, reserved 30 | IP packet |
 * Register-Stop:   | group | address: source |
 * Assert:          | group | address: source | R 1, preference 31 | metric 32 |
 * Bootstrap:       | tag 16 | hash mask length 8 | priority 8 | address: BSR |
 *                  { | group | RPs 8 | RPs here 8 | 0 16 |
 *                    { | address: RP | hold time 16 | priority 8 | 0 8 | } ... } ...
 * Candidate RP:    | groups 8 | priority 8 | hold time 16 | address: RP | groups |
 * State Refresh:   | group | address: source | address: originator | R 1, preference 31 |
 *                  | metric 32 | mask length 8 | TTL 8 | P N O 3, 0 5 | interval 8 |
 * Sources: RFC 7761 section 4.9, RFC 5059 section 4, RFC 3973 section 4.7. */
#ifndef IP_PIM_WIRE_H
#define IP_PIM_WIRE_H

enum {
    PIM_WIRE_VERSION = 2,
    PIM_WIRE_HEADER = 4,
    PIM_WIRE_REGISTER_SUM = 8, /* octets under a Register's checksum */
    PIM_AF_V4 = 1,
    PIM_AF_V6 = 2,
    PIM_OPT_HOLDTIME = 1,
    PIM_OPT_LAN_DELAY = 2,
    PIM_OPT_PRIORITY = 19,
    PIM_OPT_GEN_ID = 20,
    PIM_OPT_REFRESH = 21,
    PIM_OPT_LIST = 24,
    PIM_GROUP_BIDIR = 0x80,
    PIM_GROUP_ZONE = 0x01,
    PIM_SOURCE_SPARSE = 0x04,
    PIM_SOURCE_WILDCARD = 0x02,
    PIM_SOURCE_RPT = 0x01,
    PIM_NO_FORWARD = 0x80, /* in the header's reserved octet of a Bootstrap message */
    PIM_REFRESH_PRUNE = 0x80,
    PIM_REFRESH_NOW = 0x40,
    PIM_REFRESH_OVERRIDE = 0x20,
};

#endif
