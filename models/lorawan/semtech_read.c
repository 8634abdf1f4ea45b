/* SPDX-License-Identifier: GPL-2.0-only
 * Semtech's UDP protocol: reading. Every member is checked for its type and range before it is
 * used; numbers that count something are whole. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "models/lorawan/semtech_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/time.h"

/* A whole number in [min, max]. Absent: *out stays, SIM_ENOENT. */
static int get_int(const json_t *o, const char *name, int64_t min, int64_t max, int64_t *out)
{
    const json_t *v = json_object_get(o, name);
    if (!v)
        return SIM_ENOENT;
    if (!json_is_integer(v))
        return SIM_ESYNTAX;
    if (json_integer_value(v) < min || json_integer_value(v) > max)
        return SIM_ERANGE;
    *out = json_integer_value(v);
    return SIM_OK;
}

static int need_int(const json_t *o, const char *name, int64_t min, int64_t max, int64_t *out)
{
    int rc = get_int(o, name, min, max, out);
    return rc == SIM_ENOENT ? SIM_ESYNTAX : rc;
}

static int opt_int(const json_t *o, const char *name, int64_t min, int64_t max, int64_t *out)
{
    int rc = get_int(o, name, min, max, out);
    return rc == SIM_ENOENT ? SIM_OK : rc;
}

/* A number, whole or not, as a whole number of 1/scale. */
static int need_real(const json_t *o, const char *name, double scale, int64_t min, int64_t max,
                     int64_t *out)
{
    const json_t *v = json_object_get(o, name);
    if (!json_is_number(v))
        return SIM_ESYNTAX;
    double x = json_number_value(v) * scale;
    x = x < 0 ? x - 0.5 : x + 0.5;
    if (!(x > (double)min - 1 && x < (double)max + 1))
        return SIM_ERANGE;
    *out = (int64_t)x;
    return *out < min || *out > max ? SIM_ERANGE : SIM_OK;
}

static int opt_bool(const json_t *o, const char *name, bool *out)
{
    const json_t *v = json_object_get(o, name);
    if (v && !json_is_boolean(v))
        return SIM_ESYNTAX;
    *out = json_is_true(v);
    return SIM_OK;
}

/* The whole text must be of the form that fmt reads, with a number and a second one. */
static bool scan_two(const char *text, const char *head, const char *middle, unsigned *a,
                     unsigned *b)
{
    unsigned v[2] = {0, 0};
    const char *part[2] = {head, middle};
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(part[i]), digits = 0;
        if (strncmp(text, part[i], n) != 0)
            return false;
        for (text += n; *text >= '0' && *text <= '9' && digits < 4; text++, digits++)
            v[i] = v[i] * 10 + (unsigned)(*text - '0');
        if (digits == 0)
            return false;
    }
    *a = v[0];
    *b = v[1];
    return *text == 0;
}

static int read_lora(const json_t *o, struct semtech_radio *r)
{
    const char *rate = json_string_value(json_object_get(o, "datr")),
               *coding = json_string_value(json_object_get(o, "codr"));
    unsigned sf, khz, four, n;
    if (!rate || !coding || !scan_two(rate, "SF", "BW", &sf, &khz) ||
        !scan_two(coding, "", "/", &four, &n))
        return SIM_ESYNTAX;
    if (sf < 5 || sf > 12 || (khz != 125 && khz != 250 && khz != 500) || four != 4 || n < 5 ||
        n > 8)
        return SIM_ERANGE;
    r->sf = (uint8_t)sf;
    r->bw_hz = (int32_t)khz * 1000;
    r->coding = (uint8_t)n;
    return SIM_OK;
}

static int read_radio(const json_t *o, struct semtech_radio *r)
{
    const char *modulation = json_string_value(json_object_get(o, "modu"));
    int64_t hz = 0, chain = 0, rate = 0;
    int rc = need_real(o, "freq", 1e6, 0, SEMTECH_MAX_HZ, &hz);
    if (!rc)
        rc = opt_int(o, "rfch", 0, 255, &chain);
    if (rc)
        return rc;
    r->frequency_hz = hz;
    r->rf_chain = (uint8_t)chain;
    if (modulation && strcmp(modulation, "LORA") == 0)
        return read_lora(o, r);
    if (!modulation || strcmp(modulation, "FSK") != 0)
        return SIM_ESYNTAX;
    rc = need_int(o, "datr", 1, 1000000, &rate);
    r->bit_rate = (int32_t)rate;
    return rc;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padding may be left out; bits beyond the last octet must be 0. */
static int read_base64(const char *text, uint8_t *out, size_t max, size_t *len)
{
    size_t n = strlen(text);
    uint32_t bits = 0, held = 0;
    *len = 0;
    for (int i = 0; i < 2 && n > 0 && text[n - 1] == '='; i++) {
        if (strlen(text) % 4 != 0)
            return SIM_ESYNTAX;
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        int d = base64_digit(text[i]);
        if (d < 0)
            return SIM_ESYNTAX;
        bits = (bits << 6 | (uint32_t)d) & 0xffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        if (*len == max)
            return SIM_ELONG;
        out[(*len)++] = (uint8_t)(bits >> held);
    }
    return held >= 6 || (bits & ((1u << held) - 1)) ? SIM_ESYNTAX : SIM_OK;
}

static int read_data(const json_t *o, uint8_t *phy, uint8_t *len)
{
    const char *text = json_string_value(json_object_get(o, "data"));
    int64_t size = 0;
    size_t n;
    int rc = need_int(o, "size", 0, SEMTECH_MAX_PHY, &size);
    if (!rc)
        rc = text ? read_base64(text, phy, SEMTECH_MAX_PHY, &n) : SIM_ESYNTAX;
    if (rc)
        return rc;
    *len = (uint8_t)size;
    return n == (size_t)size ? SIM_OK : SIM_EPROTO;
}

/* time and tmms, both or neither. */
static int read_gps(const json_t *o, struct semtech_rxpk *r)
{
    const json_t *t = json_object_get(o, "time");
    int64_t gps_ns = 0;
    int rc = get_int(o, "tmms", 0, INT64_C(10000000000000), &r->tmms);
    if (rc == SIM_ENOENT)
        return t ? SIM_ESYNTAX : SIM_OK;
    if (rc || !json_is_string(t))
        return rc ? rc : SIM_ESYNTAX;
    if (strncmp(json_string_value(t), "gps:", 4) == 0)
        return SIM_ESYNTAX;
    rc = sim_instant_parse(json_string_value(t), &gps_ns);
    r->time_us = gps_ns / 1000;
    r->has_gps = true;
    return rc;
}

static int read_rxpk(const json_t *o, struct semtech_rxpk *r)
{
    int64_t tmst = 0, chan = 0, crc = 0, rssi = 0, snr = 0;
    if (!json_is_object(o))
        return SIM_ESYNTAX;
    *r = (struct semtech_rxpk){0};
    int rc = read_gps(o, r);
    if (!rc)
        rc = read_radio(o, &r->radio);
    if (!rc)
        rc = need_int(o, "tmst", 0, UINT32_MAX, &tmst);
    if (!rc)
        rc = opt_int(o, "chan", 0, 255, &chan);
    if (!rc)
        rc = need_int(o, "stat", -1, 1, &crc);
    if (!rc)
        rc = need_int(o, "rssi", -300, 100, &rssi);
    if (!rc && r->radio.sf)
        rc = need_real(o, "lsnr", 10, -1000, 1000, &snr);
    r->tmst = (uint32_t)tmst;
    r->channel = (uint8_t)chan;
    r->crc = (int8_t)crc;
    r->rssi_dbm = (int16_t)rssi;
    r->snr_ddb = (int16_t)snr;
    return rc ? rc : read_data(o, r->phy, &r->len);
}

static int read_count(const json_t *o, const char *name, uint32_t *out)
{
    int64_t n = 0;
    int rc = need_int(o, name, 0, UINT32_MAX, &n);
    *out = (uint32_t)n;
    return rc;
}

/* "2014-01-12 08:59:28 GMT" */
static int read_stat_time(const json_t *v, int64_t *gps_s)
{
    const char *text = json_string_value(v);
    char iso[24];
    int64_t gps_ns = 0;
    if (!text || strlen(text) != 23 || text[10] != ' ' || strcmp(text + 19, " GMT") != 0)
        return SIM_ESYNTAX;
    snprintf(iso, sizeof iso, "%.10sT%.8sZ", text, text + 11);
    int rc = sim_instant_parse(iso, &gps_ns);
    *gps_s = gps_ns / 1000000000;
    return rc;
}

static int read_stat(const json_t *o, struct semtech_stat *s)
{
    int64_t permille = 0;
    *s = (struct semtech_stat){0};
    int rc = read_stat_time(json_object_get(o, "time"), &s->time_s);
    if (!rc)
        rc = read_count(o, "rxnb", &s->n_received);
    if (!rc)
        rc = read_count(o, "rxok", &s->n_crc_ok);
    if (!rc)
        rc = read_count(o, "rxfw", &s->n_forwarded);
    if (!rc)
        rc = read_count(o, "dwnb", &s->n_downlinks);
    if (!rc)
        rc = read_count(o, "txnb", &s->n_sent);
    if (!rc)
        rc = need_real(o, "ackr", 10, 0, 1000, &permille);
    s->acknowledged_permille = (uint16_t)permille;
    return rc;
}

static int read_push(const json_t *root, struct semtech_msg *m)
{
    const json_t *list = json_object_get(root, "rxpk"), *stat = json_object_get(root, "stat");
    int rc = SIM_OK;
    if ((!list && !stat) || (list && (!json_is_array(list) || json_array_size(list) == 0)))
        return SIM_ESYNTAX;
    if (json_array_size(list) > SEMTECH_MAX_RXPK)
        return SIM_ELONG;
    for (; !rc && m->n_rxpk < json_array_size(list); m->n_rxpk++)
        rc = read_rxpk(json_array_get(list, m->n_rxpk), &m->rxpk[m->n_rxpk]);
    m->has_stat = stat;
    return !rc && stat ? read_stat(stat, &m->stat) : rc;
}

/* Of the three the first given counts: imme, tmst, tmms. */
static int read_timing(const json_t *o, struct semtech_txpk *t)
{
    bool at_once;
    int64_t tmst = 0;
    int rc = opt_bool(o, "imme", &at_once);
    t->timing = SEMTECH_IMME;
    if (rc || at_once)
        return rc;
    t->timing = SEMTECH_TMST;
    rc = get_int(o, "tmst", 0, UINT32_MAX, &tmst);
    t->tmst = (uint32_t)tmst;
    if (rc != SIM_ENOENT)
        return rc;
    t->timing = SEMTECH_TMMS;
    return need_int(o, "tmms", 0, INT64_C(10000000000000), &t->tmms);
}

static int read_txpk(const json_t *root, struct semtech_txpk *t)
{
    const json_t *o = json_object_get(root, "txpk");
    int64_t power = 14, deviation = 0, preamble = 0;
    if (!json_is_object(o))
        return SIM_ESYNTAX;
    int rc = read_timing(o, t);
    if (!rc)
        rc = read_radio(o, &t->radio);
    if (!rc)
        rc = opt_int(o, "powe", 0, 60, &power);
    if (!rc)
        rc = opt_bool(o, "ipol", &t->inverted);
    if (!rc)
        rc = opt_bool(o, "ncrc", &t->no_crc);
    if (!rc)
        rc = opt_int(o, "prea", 0, UINT16_MAX, &preamble);
    if (!rc && t->radio.sf == 0)
        rc = need_int(o, "fdev", 0, 1000000, &deviation);
    t->power_dbm = (uint8_t)power;
    t->preamble_sym = (uint16_t)preamble;
    t->deviation_hz = (int32_t)deviation;
    return rc ? rc : read_data(o, t->phy, &t->len);
}

static int read_answer(const json_t *root, struct semtech_msg *m)
{
    const json_t *o = json_object_get(root, "txpk_ack");
    const char *error = json_string_value(json_object_get(o, "error")),
               *warn = json_string_value(json_object_get(o, "warn"));
    if (!json_is_object(o) || (error && warn) || (!error && !warn))
        return SIM_ESYNTAX;
    m->warning = warn;
    for (int i = 0; i < N_SEMTECH_ERRORS; i++)
        if (strcmp(error ? error : warn, semtech_error_name((enum semtech_error)i)) == 0) {
            m->error = (enum semtech_error)i;
            return SIM_OK;
        }
    return SIM_ERANGE;
}

static int read_json(struct semtech_msg *m, const char *text, size_t len)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    int rc = SIM_ESYNTAX;
    if (json_is_object(root)) {
        if (m->kind == BACKHAUL_PUSH_DATA)
            rc = read_push(root, m);
        else if (m->kind == BACKHAUL_PULL_RESP)
            rc = read_txpk(root, &m->txpk);
        else
            rc = read_answer(root, m);
    }
    json_decref(root);
    return rc;
}

static void clear(struct semtech_msg *m)
{
    m->token = 0;
    m->eui = 0;
    m->n_rxpk = 0;
    m->has_stat = m->warning = false;
    m->error = SEMTECH_NONE;
    m->txpk = (struct semtech_txpk){0};
}

int semtech_decode(struct semtech_msg *m, const uint8_t *bytes, size_t len)
{
    struct rd r;
    rd_init(&r, bytes, len);
    clear(m);
    uint8_t version = rd_u8(&r);
    m->token = rd_u16be(&r);
    uint8_t kind = rd_u8(&r);
    if (r.err)
        return r.err;
    if (len > SEMTECH_MAX_LEN)
        return SIM_ELONG;
    if (version != SEMTECH_VERSION || kind >= N_BACKHAUL_KIND)
        return SIM_EPROTO;
    m->kind = (enum backhaul_kind)kind;
    if (semtech_has_eui(m->kind)) {
        m->eui = (uint64_t)rd_u32be(&r) << 32;
        m->eui |= rd_u32be(&r);
        if (r.err)
            return r.err;
    }
    bool bare = m->kind == BACKHAUL_PUSH_ACK || m->kind == BACKHAUL_PULL_DATA ||
                m->kind == BACKHAUL_PULL_ACK;
    if (bare)
        return rd_left(&r) ? SIM_EPROTO : SIM_OK;
    if (m->kind == BACKHAUL_TX_ACK && rd_left(&r) == 0)
        return SIM_OK;
    return read_json(m, (const char *)r.p, rd_left(&r));
}
