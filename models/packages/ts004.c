/* SPDX-License-Identifier: GPL-2.0-only
 * TS004 commands: | CID 1 | payload |, one after another, little endian; the table at the end
 * drives both directions. RFU bits are sent as 0 and ignored. Source: TS004-1.0.0, section 3;
 * TS004-2.0.0, section 3. */
#include "models/packages/ts004.h"

#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"

enum {
    MAX_U2 = 3,
    MAX_U3 = 7,
    MAX_U4 = 15,
    MAX_U14 = 0x3FFF,
    INDEX_SHIFT = 14, /* FragIndex over a 14-bit number */
    PARTICIPANTS = 0x01,
    ACK_RECEPTION = 0x40,
    DELETE_NO_SESSION = 0x04,
    RECEIVED_MIC_ERROR = 0x04,
    STATUS_MEMORY = 0x01, /* status answers */
    STATUS_MIC = 0x02,
    STATUS_NO_SESSION = 0x04,
    STATUS_COUNTS_LEN = 3,
    SETUP_ENCODING = 0x01, /* set-up answers */
    SETUP_MEMORY = 0x02,
    SETUP_INDEX = 0x04,
    SETUP_DESCRIPTOR = 0x08,
    SETUP_REPLAY = 0x10,
};

static int put_index(struct wr *w, uint8_t frag_index, uint8_t flags)
{
    if (frag_index > MAX_U2)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(flags | frag_index));
    return SIM_OK;
}

static void dec_none(struct rd *r, struct ts004 *c)
{
    (void)r;
    (void)c;
}

static int enc_none(struct wr *w, const struct ts004 *c)
{
    (void)w;
    (void)c;
    return SIM_OK;
}

/* | PackageIdentifier 1 | PackageVersion 1 | */
static void dec_package_version_ans(struct rd *r, struct ts004 *c)
{
    c->u.package_version_ans.identifier = rd_u8(r);
    c->u.package_version_ans.version = rd_u8(r);
}

static int enc_package_version_ans(struct wr *w, const struct ts004 *c)
{
    wr_u8(w, c->u.package_version_ans.identifier);
    wr_u8(w, c->u.package_version_ans.version);
    return SIM_OK;
}

/* | RFU 7:3, FragIndex 2:1, Participants 0 | */
static void dec_status_req(struct rd *r, struct ts004 *c)
{
    uint8_t v = rd_u8(r);
    c->u.status_req.frag_index = v >> 1 & MAX_U2;
    c->u.status_req.participants = v & PARTICIPANTS;
}

static int enc_status_req(struct wr *w, const struct ts004 *c)
{
    if (c->u.status_req.frag_index > MAX_U2)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(c->u.status_req.frag_index << 1 |
                       (c->u.status_req.participants ? PARTICIPANTS : 0)));
    return SIM_OK;
}

/* | FragIndex 15:14, NbFragReceived 13:0 | MissingFrag 1 | */
static void dec_counts(struct rd *r, struct ts004_status_ans *a)
{
    uint16_t v = rd_u16le(r);
    a->frag_index = (uint8_t)(v >> INDEX_SHIFT);
    a->nb_frag_received = v & MAX_U14;
    a->missing_frag = rd_u8(r);
    a->has_counts = true;
}

static int enc_counts(struct wr *w, const struct ts004_status_ans *a)
{
    if (a->frag_index > MAX_U2 || a->nb_frag_received > MAX_U14)
        return SIM_ERANGE;
    wr_u16le(w, (uint16_t)(a->frag_index << INDEX_SHIFT | a->nb_frag_received));
    wr_u8(w, a->missing_frag);
    return SIM_OK;
}

/* | Received&Index 2 | MissingFrag 1 | RFU 7:1, NotEnoughMatrixMemory 0 | */
static void dec_status_ans_v1(struct rd *r, struct ts004 *c)
{
    dec_counts(r, &c->u.status_ans);
    c->u.status_ans.memory_error = rd_u8(r) & STATUS_MEMORY;
}

static int enc_status_ans_v1(struct wr *w, const struct ts004 *c)
{
    const struct ts004_status_ans *a = &c->u.status_ans;
    if (a->mic_error || a->session_does_not_exist || !a->has_counts)
        return SIM_ERANGE;
    int rc = enc_counts(w, a);
    wr_u8(w, a->memory_error ? STATUS_MEMORY : 0);
    return rc;
}

/* | RFU 7:3, SessionDoesNotExist 2, MICError 1, MemoryError 0 | Received&Index 2 | MissingFrag 1 |
 */
static void dec_status_ans_v2(struct rd *r, struct ts004 *c)
{
    struct ts004_status_ans *a = &c->u.status_ans;
    uint8_t v = rd_u8(r);
    a->memory_error = v & STATUS_MEMORY;
    a->mic_error = v & STATUS_MIC;
    a->session_does_not_exist = v & STATUS_NO_SESSION;
    if (rd_left(r))
        dec_counts(r, a);
}

static int enc_status_ans_v2(struct wr *w, const struct ts004 *c)
{
    const struct ts004_status_ans *a = &c->u.status_ans;
    if (!a->has_counts && !a->session_does_not_exist)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)((a->memory_error ? STATUS_MEMORY : 0) | (a->mic_error ? STATUS_MIC : 0) |
                       (a->session_does_not_exist ? STATUS_NO_SESSION : 0)));
    return a->has_counts ? enc_counts(w, a) : SIM_OK;
}

/* | RFU 7:6, FragIndex 5:4, McGroupBitMask 3:0 | NbFrag 2 | FragSize 1 | Control 1 | Padding 1 |
 * Descriptor 4 |, Control: | RFU 7, AckReception 6 (version 2), FragAlgo 5:3, BlockAckDelay 2:0 |
 */
static void dec_setup_req_v1(struct rd *r, struct ts004 *c)
{
    struct ts004_setup_req *q = &c->u.setup_req;
    uint8_t session = rd_u8(r);
    q->frag_index = session >> 4 & MAX_U2;
    q->mc_group_mask = session & MAX_U4;
    q->nb_frag = rd_u16le(r);
    q->frag_size = rd_u8(r);
    uint8_t control = rd_u8(r);
    q->frag_algo = control >> 3 & MAX_U3;
    q->block_ack_delay = control & MAX_U3;
    q->padding = rd_u8(r);
    const uint8_t *descriptor = rd_bytes(r, sizeof q->descriptor);
    if (descriptor)
        memcpy(q->descriptor, descriptor, sizeof q->descriptor);
    q->ack_reception = control & ACK_RECEPTION;
}

static void dec_setup_req_v1_only(struct rd *r, struct ts004 *c)
{
    dec_setup_req_v1(r, c);
    c->u.setup_req.ack_reception = false; /* RFU */
}

static int enc_setup_req(struct wr *w, const struct ts004_setup_req *q)
{
    if (q->frag_index > MAX_U2 || q->mc_group_mask > MAX_U4 || q->frag_algo > MAX_U3 ||
        q->block_ack_delay > MAX_U3)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(q->frag_index << 4 | q->mc_group_mask));
    wr_u16le(w, q->nb_frag);
    wr_u8(w, q->frag_size);
    wr_u8(w, (uint8_t)((q->ack_reception ? ACK_RECEPTION : 0) | q->frag_algo << 3 |
                       q->block_ack_delay));
    wr_u8(w, q->padding);
    wr_bytes(w, q->descriptor, sizeof q->descriptor);
    return SIM_OK;
}

static int enc_setup_req_v1(struct wr *w, const struct ts004 *c)
{
    return c->u.setup_req.ack_reception ? SIM_ERANGE : enc_setup_req(w, &c->u.setup_req);
}

/* version 1's | SessionCnt 2 | MIC 4 | */
static void dec_setup_req_v2(struct rd *r, struct ts004 *c)
{
    struct ts004_setup_req *q = &c->u.setup_req;
    dec_setup_req_v1(r, c);
    q->session_cnt = rd_u16le(r);
    const uint8_t *mic = rd_bytes(r, sizeof q->mic);
    if (mic)
        memcpy(q->mic, mic, sizeof q->mic);
}

static int enc_setup_req_v2(struct wr *w, const struct ts004 *c)
{
    const struct ts004_setup_req *q = &c->u.setup_req;
    int rc = enc_setup_req(w, q);
    wr_u16le(w, q->session_cnt);
    wr_bytes(w, q->mic, sizeof q->mic);
    return rc;
}

/* | FragIndex 7:6, RFU 5, SessionCntReplay 4 (version 2), WrongDescriptor 3,
 * FragSessionIndexNotSupported 2, NotEnoughMemory 1, EncodingUnsupported 0 | */
static void dec_setup_ans_v2(struct rd *r, struct ts004 *c)
{
    uint8_t v = rd_u8(r);
    c->u.setup_ans.frag_index = v >> 6;
    c->u.setup_ans.session_cnt_replay = v & SETUP_REPLAY;
    c->u.setup_ans.wrong_descriptor = v & SETUP_DESCRIPTOR;
    c->u.setup_ans.index_not_supported = v & SETUP_INDEX;
    c->u.setup_ans.not_enough_memory = v & SETUP_MEMORY;
    c->u.setup_ans.encoding_unsupported = v & SETUP_ENCODING;
}

static void dec_setup_ans_v1(struct rd *r, struct ts004 *c)
{
    dec_setup_ans_v2(r, c);
    c->u.setup_ans.session_cnt_replay = false; /* RFU */
}

static int enc_setup_ans_v2(struct wr *w, const struct ts004 *c)
{
    if (c->u.setup_ans.frag_index > MAX_U2)
        return SIM_ERANGE;
    wr_u8(w, (uint8_t)(c->u.setup_ans.frag_index << 6 |
                       (c->u.setup_ans.session_cnt_replay ? SETUP_REPLAY : 0) |
                       (c->u.setup_ans.wrong_descriptor ? SETUP_DESCRIPTOR : 0) |
                       (c->u.setup_ans.index_not_supported ? SETUP_INDEX : 0) |
                       (c->u.setup_ans.not_enough_memory ? SETUP_MEMORY : 0) |
                       (c->u.setup_ans.encoding_unsupported ? SETUP_ENCODING : 0)));
    return SIM_OK;
}

static int enc_setup_ans_v1(struct wr *w, const struct ts004 *c)
{
    return c->u.setup_ans.session_cnt_replay ? SIM_ERANGE : enc_setup_ans_v2(w, c);
}

/* | RFU 7:2, FragIndex 1:0 | */
static void dec_delete_req(struct rd *r, struct ts004 *c)
{
    c->u.delete_req.frag_index = rd_u8(r) & MAX_U2;
}

static int enc_delete_req(struct wr *w, const struct ts004 *c)
{
    return put_index(w, c->u.delete_req.frag_index, 0);
}

/* | RFU 7:3, SessionDoesNotExist 2, FragIndex 1:0 | */
static void dec_delete_ans(struct rd *r, struct ts004 *c)
{
    uint8_t v = rd_u8(r);
    c->u.delete_ans.frag_index = v & MAX_U2;
    c->u.delete_ans.session_does_not_exist = v & DELETE_NO_SESSION;
}

static int enc_delete_ans(struct wr *w, const struct ts004 *c)
{
    return put_index(w, c->u.delete_ans.frag_index,
                     c->u.delete_ans.session_does_not_exist ? DELETE_NO_SESSION : 0);
}

/* | RFU 7:3, MICError 2, FragIndex 1:0 | */
static void dec_block_received_req(struct rd *r, struct ts004 *c)
{
    uint8_t v = rd_u8(r);
    c->u.block_received_req.frag_index = v & MAX_U2;
    c->u.block_received_req.mic_error = v & RECEIVED_MIC_ERROR;
}

static int enc_block_received_req(struct wr *w, const struct ts004 *c)
{
    return put_index(w, c->u.block_received_req.frag_index,
                     c->u.block_received_req.mic_error ? RECEIVED_MIC_ERROR : 0);
}

/* | RFU 7:2, FragIndex 1:0 | */
static void dec_block_received_ans(struct rd *r, struct ts004 *c)
{
    c->u.block_received_ans.frag_index = rd_u8(r) & MAX_U2;
}

static int enc_block_received_ans(struct wr *w, const struct ts004 *c)
{
    return put_index(w, c->u.block_received_ans.frag_index, 0);
}

/* | FragIndex 15:14, N 13:0 | fragment, to the end | */
static void dec_data_fragment(struct rd *r, struct ts004 *c)
{
    uint16_t v = rd_u16le(r);
    c->u.data_fragment.frag_index = (uint8_t)(v >> INDEX_SHIFT);
    c->u.data_fragment.n = v & MAX_U14;
    c->u.data_fragment.len = rd_left(r);
    c->u.data_fragment.data = rd_bytes(r, rd_left(r));
}

static int enc_data_fragment(struct wr *w, const struct ts004 *c)
{
    if (c->u.data_fragment.frag_index > MAX_U2 || c->u.data_fragment.n > MAX_U14)
        return SIM_ERANGE;
    wr_u16le(w, (uint16_t)(c->u.data_fragment.frag_index << INDEX_SHIFT | c->u.data_fragment.n));
    wr_bytes(w, c->u.data_fragment.data, c->u.data_fragment.len);
    return SIM_OK;
}

/* Octets behind the fixed part; p: the payload, of which left octets are there, len at least. */
static size_t more_status_v2(const uint8_t *p, size_t left)
{
    return p[0] & STATUS_NO_SESSION && left - 1 != STATUS_COUNTS_LEN ? 0 : STATUS_COUNTS_LEN;
}

static size_t more_fragment(const uint8_t *p, size_t left)
{
    (void)p;
    return left - 2;
}

struct command {
    uint8_t cid;
    bool uplink;
    uint8_t versions; /* bit 0: version 1, bit 1: version 2 */
    const char *name;
    uint8_t len; /* payload octets behind the CID; with more: the least */
    size_t (*more)(const uint8_t *p, size_t left);
    void (*decode)(struct rd *r, struct ts004 *c);
    int (*encode)(struct wr *w, const struct ts004 *c);
};

enum { UP = true, DOWN = false, V1 = 1, V2 = 2, ALL = 3 };

static const struct command commands[] = {
    {TS004_PACKAGE_VERSION, DOWN, ALL, "PackageVersionReq", 0, NULL, dec_none, enc_none},
    {TS004_PACKAGE_VERSION, UP, ALL, "PackageVersionAns", 2, NULL, dec_package_version_ans,
     enc_package_version_ans},
    {TS004_SESSION_STATUS, DOWN, ALL, "FragSessionStatusReq", 1, NULL, dec_status_req,
     enc_status_req},
    {TS004_SESSION_STATUS, UP, V1, "FragSessionStatusAns", 4, NULL, dec_status_ans_v1,
     enc_status_ans_v1},
    {TS004_SESSION_STATUS, UP, V2, "FragSessionStatusAns", 1, more_status_v2, dec_status_ans_v2,
     enc_status_ans_v2},
    {TS004_SESSION_SETUP, DOWN, V1, "FragSessionSetupReq", 10, NULL, dec_setup_req_v1_only,
     enc_setup_req_v1},
    {TS004_SESSION_SETUP, DOWN, V2, "FragSessionSetupReq", 16, NULL, dec_setup_req_v2,
     enc_setup_req_v2},
    {TS004_SESSION_SETUP, UP, V1, "FragSessionSetupAns", 1, NULL, dec_setup_ans_v1,
     enc_setup_ans_v1},
    {TS004_SESSION_SETUP, UP, V2, "FragSessionSetupAns", 1, NULL, dec_setup_ans_v2,
     enc_setup_ans_v2},
    {TS004_SESSION_DELETE, DOWN, ALL, "FragSessionDeleteReq", 1, NULL, dec_delete_req,
     enc_delete_req},
    {TS004_SESSION_DELETE, UP, ALL, "FragSessionDeleteAns", 1, NULL, dec_delete_ans,
     enc_delete_ans},
    {TS004_BLOCK_RECEIVED, UP, V2, "FragDataBlockReceivedReq", 1, NULL, dec_block_received_req,
     enc_block_received_req},
    {TS004_BLOCK_RECEIVED, DOWN, V2, "FragDataBlockReceivedAns", 1, NULL, dec_block_received_ans,
     enc_block_received_ans},
    {TS004_DATA_FRAGMENT, DOWN, ALL, "DataFragment", 2, more_fragment, dec_data_fragment,
     enc_data_fragment},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find_command(uint8_t cid, bool uplink, int version)
{
    uint8_t bit = version >= 2 ? V2 : V1;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (commands[i].cid == cid && commands[i].uplink == uplink && commands[i].versions & bit)
            return &commands[i];
    return NULL;
}

const char *ts004_name(uint8_t cid, bool uplink, int version)
{
    const struct command *c = find_command(cid, uplink, version);
    return c ? c->name : NULL;
}

int ts004_next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int version,
               struct ts004 *c)
{
    if (*at >= len)
        return 0;
    const struct command *k = find_command(buf[*at], uplink, version);
    if (!k)
        return SIM_EPROTO;
    size_t left = len - *at - 1, need = k->len;
    if (left < need)
        return SIM_ETRUNC;
    if (k->more)
        need += k->more(buf + *at + 1, left);
    if (left < need)
        return SIM_ETRUNC;
    struct rd r;
    rd_init(&r, buf + *at + 1, need);
    *c = (struct ts004){.cid = k->cid, .uplink = uplink};
    k->decode(&r, c);
    *at += 1 + need;
    return 1;
}

int ts004_size(const struct ts004 *c, int version)
{
    const struct command *k = find_command(c->cid, c->uplink, version);
    if (!k)
        return SIM_ENOENT;
    size_t more = 0;
    if (c->cid == TS004_DATA_FRAGMENT)
        more = c->u.data_fragment.len;
    else if (k->more)
        more = c->u.status_ans.has_counts ? STATUS_COUNTS_LEN : 0;
    return (int)(1 + k->len + more);
}

int ts004_put(uint8_t *buf, size_t size, size_t *at, int version, const struct ts004 *c)
{
    const struct command *k = find_command(c->cid, c->uplink, version);
    if (!k)
        return SIM_ENOENT;
    size_t len = (size_t)ts004_size(c, version);
    if (*at > size || size - *at < len)
        return SIM_ENOSPC;
    struct wr w;
    wr_init(&w, buf + *at, len);
    wr_u8(&w, k->cid);
    int rc = k->encode(&w, c);
    if (rc)
        return rc;
    SIM_CHECK(w.err == SIM_OK && wr_len(&w) == len, "%s is not %zu octets", k->name, len);
    *at += len;
    return SIM_OK;
}
