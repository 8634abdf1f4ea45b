/* SPDX-License-Identifier: GPL-2.0-only
 * calc frame --encode: JSON with the fields that calc frame prints, back to a frame of
 * LoRaWAN 1.0.x. */
#include <inttypes.h>
#include <string.h>

#include "models/lorawan/frame.h"
#include "models/lorawan/join.h"
#include "sim/err.h"
#include "sim/scenario.h"
#include "tools/calc.h"

/* Names that an answer of calc frame has too; what follows from others is passed over. */
static const char *const known[] = {
    /* read */
    "version", "mtype", "uplink", "confirmed", "devaddr", "adr", "adrackreq", "ack", "classb",
    "fpending", "fcnt32", "fopts_plain", "fport", "frmpayload_plain", "nwkskey", "appskey",
    "appkey", "joineui", "deveui", "devnonce", "joinnonce", "netid", "dlsettings", "rxdelay",
    "cflist_hex",
    /* passed over */
    "phypayload", "mic", "mic_ok", "fcnt", "frmpayload", "mac_commands", "mac_commands_unread",
    "cflist", "cflist_frequencies_hz", "cflist_masks", "session_keys", "join_request",
    "join_accept", "join_accept_mic", "join_accept_plain_without_mhdr_mic"};
enum { N_KNOWN = sizeof known / sizeof *known };

/* Values out of one JSON object; the first mistake is told and sticks. */
struct reader {
    const struct calc *c;
    const json_t *o;
    bool failed;
};

enum need { OPTIONAL, REQUIRED };

static const json_t *get(struct reader *r, const char *name, enum need need)
{
    const json_t *v = json_object_get(r->o, name);
    if (json_is_null(v))
        v = NULL;
    if (!v && need == REQUIRED && !r->failed) {
        calc_fail(r->c, "\"%s\" is missing in the JSON", name);
        r->failed = true;
    }
    return r->failed ? NULL : v;
}

static bool get_bool(struct reader *r, const char *name, enum need need)
{
    const json_t *v = get(r, name, need);
    if (v && !json_is_boolean(v)) {
        calc_fail(r->c, "\"%s\" must be true or false", name);
        r->failed = true;
    }
    return !r->failed && json_is_true(v);
}

/* A whole number 0..max; missing when optional: -1. */
static int64_t get_int(struct reader *r, const char *name, int64_t max, enum need need)
{
    const json_t *v = get(r, name, need);
    if (!v)
        return -1;
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || n > max) {
        calc_fail(r->c, "\"%s\" must be a whole number, 0 to %" PRId64, name, max);
        r->failed = true;
        return -1;
    }
    return n;
}

static const char *get_text(struct reader *r, const char *name, enum need need)
{
    const json_t *v = get(r, name, need);
    if (v && !json_is_string(v)) {
        calc_fail(r->c, "\"%s\" must be a string of hex digits", name);
        r->failed = true;
    }
    return v && !r->failed ? json_string_value(v) : NULL;
}

static uint64_t get_number_hex(struct reader *r, const char *name, size_t len)
{
    uint64_t value = 0;
    const char *text = get_text(r, name, REQUIRED);
    if (text && !calc_hex_number(r->c, name, text, len, &value))
        r->failed = true;
    return value;
}

/* 0..max octets; missing: none. Returns how many. */
static size_t get_octets(struct reader *r, const char *name, uint8_t *out, size_t max)
{
    size_t len = 0;
    const char *text = get_text(r, name, OPTIONAL);
    if (text && !calc_hex(r->c, name, text, out, max, &len))
        r->failed = true;
    return r->failed ? 0 : len;
}

static void get_key(struct reader *r, const char *name, uint8_t key[16], enum need need)
{
    memset(key, 0, 16);
    const char *text = get_text(r, name, need);
    if (text && !calc_hex_exact(r->c, name, text, key, 16))
        r->failed = true;
}

static void refuse(struct reader *r, const char *name, const char *why)
{
    if (!get_bool(r, name, OPTIONAL) || r->failed)
        return;
    calc_fail(r->c, "\"%s\": %s", name, why);
    r->failed = true;
}

/* mtype says what uplink and confirmed do; either will do, and both must say the same. */
static void get_type(struct reader *r, struct lw_frame *f)
{
    static const char *const names[] = {"unconfirmed-data-up", "unconfirmed-data-down",
                                        "confirmed-data-up", "confirmed-data-down"};
    const char *mtype = get_text(r, "mtype", OPTIONAL);
    int i = 0;
    f->uplink = get_bool(r, "uplink", mtype ? OPTIONAL : REQUIRED);
    f->confirmed = get_bool(r, "confirmed", OPTIONAL);
    while (mtype && i < 4 && strcmp(mtype, names[i]) != 0)
        i++;
    if (!mtype || r->failed)
        return;
    bool up = i % 2 == 0, confirmed = i >= 2;
    if (i == 4)
        calc_fail(r->c, "\"mtype\": found \"%.40s\", allowed %s, %s, %s, %s", mtype, names[0],
                  names[1], names[2], names[3]);
    else if (get(r, "uplink", OPTIONAL) && f->uplink != up)
        calc_fail(r->c, "\"uplink\" does not fit \"mtype\": %s; leave one out", mtype);
    else if (get(r, "confirmed", OPTIONAL) && f->confirmed != confirmed)
        calc_fail(r->c, "\"confirmed\" does not fit \"mtype\": %s; leave one out", mtype);
    else {
        f->uplink = up;
        f->confirmed = confirmed;
        return;
    }
    r->failed = true;
}

/* The flags of one direction; those of the other must not be set. */
static void get_flags(struct reader *r, struct lw_frame *f)
{
    f->adr = get_bool(r, "adr", OPTIONAL);
    f->ack = get_bool(r, "ack", OPTIONAL);
    if (f->uplink) {
        f->adrackreq = get_bool(r, "adrackreq", OPTIONAL);
        f->classb = get_bool(r, "classb", OPTIONAL);
        refuse(r, "fpending", "is a bit of downlinks only");
    } else {
        f->fpending = get_bool(r, "fpending", OPTIONAL);
        refuse(r, "adrackreq", "is a bit of uplinks only");
        refuse(r, "classb", "is a bit of uplinks only");
    }
}

static int refuse_data(const struct calc *c, const struct lw_frame *f, int rc)
{
    if (rc == SIM_ELONG)
        return calc_fail(c, "the frame would be longer than %d octets", LW_MAX_PHY);
    if (f->fport == 0 && f->fopts_len > 0)
        return calc_fail(c, "\"fopts_plain\" must be empty when \"fport\" is 0");
    return calc_fail(c, "\"frmpayload_plain\" needs an \"fport\"");
}

static int encode_data(struct reader *r, json_t *answer)
{
    uint8_t fopts[LW_MAX_FOPTS], payload[LW_MAX_PHY], phy[LW_MAX_PHY];
    struct lw_session_keys k;
    struct lw_frame f = {.fopts = fopts, .payload = payload};
    get_type(r, &f);
    f.mtype = f.uplink      ? f.confirmed ? LW_CONFIRMED_UP : LW_UNCONFIRMED_UP
              : f.confirmed ? LW_CONFIRMED_DOWN
                            : LW_UNCONFIRMED_DOWN;
    f.devaddr = (uint32_t)get_number_hex(r, "devaddr", 4);
    get_flags(r, &f);
    uint32_t fcnt32 = (uint32_t)get_int(r, "fcnt32", UINT32_MAX, REQUIRED);
    f.fopts_len = (uint8_t)get_octets(r, "fopts_plain", fopts, sizeof fopts);
    f.fport = (int)get_int(r, "fport", 255, OPTIONAL);
    f.payload_len = (uint8_t)get_octets(r, "frmpayload_plain", payload, sizeof payload);
    get_key(r, "nwkskey", k.nwkskey, REQUIRED);
    get_key(r, "appskey", k.appskey, f.fport > 0 && f.payload_len ? REQUIRED : OPTIONAL);
    if (r->failed)
        return CALC_USAGE;
    lw_cmac_init(&k.nwk, k.nwkskey);
    lw_aes_init(&k.app, k.appskey);
    int len = lw_frame_encode(&f, &k, fcnt32, phy);
    if (len < 0)
        return refuse_data(r->c, &f, len);
    calc_set_hex(answer, "phypayload", phy, (size_t)len);
    return CALC_OK;
}

static int encode_request(struct reader *r, json_t *answer, const char *name)
{
    uint8_t appkey[16], phy[LW_JOIN_REQUEST_LEN];
    struct lw_join_request q = {0};
    q.joineui = get_number_hex(r, "joineui", 8);
    q.deveui = get_number_hex(r, "deveui", 8);
    q.devnonce = (uint16_t)get_int(r, "devnonce", UINT16_MAX, REQUIRED);
    get_key(r, "appkey", appkey, REQUIRED);
    if (r->failed)
        return CALC_USAGE;
    int len = lw_join_request_encode(&q, appkey, phy);
    calc_set_hex(answer, name, phy, (size_t)len);
    return CALC_OK;
}

static void get_dlsettings(struct reader *r, struct lw_join_accept *a)
{
    const json_t *v = get(r, "dlsettings", REQUIRED);
    if (v && !json_is_object(v)) {
        calc_fail(r->c, "\"dlsettings\" must be an object with rx1droffset, rx2dr");
        r->failed = true;
    }
    if (r->failed)
        return;
    struct reader inner = {r->c, v, false};
    a->rx1_dr_offset = (uint8_t)get_int(&inner, "rx1droffset", 7, REQUIRED);
    a->rx2_dr = (uint8_t)get_int(&inner, "rx2dr", 15, REQUIRED);
    refuse(&inner, "optneg", "is a bit of LoRaWAN 1.1, whose keys are not supported");
    r->failed = inner.failed;
}

static void get_cflist(struct reader *r, struct lw_join_accept *a)
{
    size_t len = get_octets(r, "cflist_hex", a->cflist, sizeof a->cflist);
    a->has_cflist = len > 0;
    if (r->failed || len == 0 || len == sizeof a->cflist)
        return;
    calc_fail(r->c, "\"cflist_hex\" must be empty or have 16 octets, not %zu", len);
    r->failed = true;
}

static int encode_accept(struct reader *r, json_t *answer, const char *name)
{
    uint8_t appkey[16], phy[LW_JOIN_ACCEPT_MAX];
    struct lw_join_accept a = {0};
    a.joinnonce = (uint32_t)get_int(r, "joinnonce", 0xFFFFFF, REQUIRED);
    a.netid = (uint32_t)get_number_hex(r, "netid", 3);
    a.devaddr = (uint32_t)get_number_hex(r, "devaddr", 4);
    get_dlsettings(r, &a);
    a.rx_delay = (uint8_t)get_int(r, "rxdelay", 15, REQUIRED);
    get_cflist(r, &a);
    get_key(r, "appkey", appkey, REQUIRED);
    if (r->failed)
        return CALC_USAGE;
    int len = lw_join_accept_encode(&a, appkey, phy);
    if (len < 0)
        return calc_fail(r->c, "the join-accept cannot be made: %s", sim_strerror(len));
    calc_set_hex(answer, name, phy, (size_t)len);
    return CALC_OK;
}

static bool check_names(const struct calc *c, json_t *o)
{
    const char *name;
    json_t *value;
    json_object_foreach(o, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < N_KNOWN; i++)
            is_known |= strcmp(name, known[i]) == 0;
        if (is_known)
            continue;
        const char *near = scn_did_you_mean(name, known, N_KNOWN);
        calc_fail(c, "\"%.60s\" is no field of a frame%s%s%s", name,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        return false;
    }
    return true;
}

static const char *const keys_11[] = {"fnwksintkey", "snwksintkey", "nwksenckey", "nwkkey"};

static bool is_version_11(const json_t *o)
{
    const char *version = json_string_value(json_object_get(o, "version"));
    for (size_t i = 0; i < sizeof keys_11 / sizeof *keys_11; i++)
        if (json_object_get(o, keys_11[i]))
            return true;
    return version && strncmp(version, "1.0", 3) != 0;
}

/* Which frame is meant follows from the fields; all fields of a join make both of its frames. */
static int encode_object(struct reader *r, json_t *answer)
{
    bool request = json_object_get(r->o, "deveui"), accept = json_object_get(r->o, "joinnonce");
    if (!request && !accept)
        return encode_data(r, answer);
    int rc = CALC_OK;
    if (request)
        rc = encode_request(r, answer, accept ? "join_request" : "phypayload");
    if (accept && !rc)
        rc = encode_accept(r, answer, request ? "join_accept" : "phypayload");
    return rc;
}

int calc_encode(const struct calc *c, const char *text)
{
    json_error_t e;
    bool from_stdin = strcmp(text, "-") == 0;
    json_t *o = from_stdin ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &e)
                           : json_loads(text, JSON_REJECT_DUPLICATES, &e);
    if (!o)
        return calc_fail(c, "the JSON cannot be read: line %d, column %d: %s", e.line, e.column,
                         e.text);
    json_t *answer = json_object();
    struct reader r = {c, o, false};
    int rc = CALC_USAGE;
    if (!json_is_object(o))
        calc_fail(c, "the JSON must be one object");
    else if (is_version_11(o))
        calc_fail(c, "frames of LoRaWAN 1.1 cannot be made: its keys are not supported");
    else if (check_names(c, o))
        rc = encode_object(&r, answer);
    json_decref(o);
    if (rc == CALC_OK)
        return calc_print(c, answer);
    json_decref(answer);
    return rc;
}
