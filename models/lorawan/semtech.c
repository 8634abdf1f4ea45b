/* SPDX-License-Identifier: GPL-2.0-only
 * Semtech's UDP protocol: writing. What is read: semtech_read.c.
 *
 * | version 1 | token 2 | identifier 1 | EUI 8 | JSON |, the EUI in what gateways send, JSON in
 * PUSH_DATA and PULL_RESP and, when something went wrong, in TX_ACK. */
#include "models/lorawan/semtech.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/lorawan/semtech_internal.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/time.h"

const char *semtech_error_name(enum semtech_error e)
{
    static const char *const names[] = {
#define X(name) #name,
        SEMTECH_ERROR_MAP(X)
#undef X
    };
    return names[e];
}

bool semtech_has_eui(enum backhaul_kind kind)
{
    return kind == BACKHAUL_PUSH_DATA || kind == BACKHAUL_PULL_DATA || kind == BACKHAUL_TX_ACK;
}

/* Text behind what is there; too much of it sticks as an error. */
static void put(struct wr *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct wr *w, const char *fmt, ...)
{
    char text[160];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    SIM_CHECK(n >= 0 && (size_t)n < sizeof text, "%d octets of text", n);
    wr_bytes(w, text, (size_t)n);
}

static void put_base64(struct wr *w, const uint8_t *p, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        v |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < len ? p[i + 2] : 0;
        wr_u8(w, (uint8_t)digits[v >> 18]);
        wr_u8(w, (uint8_t)digits[v >> 12 & 63]);
        wr_u8(w, (uint8_t)(i + 1 < len ? digits[v >> 6 & 63] : '='));
        wr_u8(w, (uint8_t)(i + 2 < len ? digits[v & 63] : '='));
    }
}

/* MHz with as many decimals as there are, one at least. */
static void put_mhz(struct wr *w, int64_t hz)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64, hz / 1000000, hz % 1000000);
    while (text[n - 1] == '0' && text[n - 2] != '.')
        n--;
    wr_bytes(w, text, (size_t)n);
}

static void put_data_rate(struct wr *w, const struct semtech_radio *r)
{
    if (r->sf)
        put(w, ",\"modu\":\"LORA\",\"datr\":\"SF%uBW%" PRId32 "\",\"codr\":\"4/%u\"", r->sf,
            r->bw_hz / 1000, r->coding);
    else
        put(w, ",\"modu\":\"FSK\",\"datr\":%" PRId32, r->bit_rate);
}

static void put_data(struct wr *w, const uint8_t *phy, size_t len)
{
    put(w, ",\"size\":%zu,\"data\":\"", len);
    put_base64(w, phy, len);
    put(w, "\"");
}

static int check_radio(const struct semtech_radio *r)
{
    bool lora = r->sf >= 5 && r->sf <= 12 && r->coding >= 5 && r->coding <= 8 &&
                (r->bw_hz == 125000 || r->bw_hz == 250000 || r->bw_hz == 500000);
    bool fsk = r->sf == 0 && r->bit_rate > 0;
    bool hz = r->frequency_hz >= 0 && r->frequency_hz <= SEMTECH_MAX_HZ;
    return (lora || fsk) && hz ? SIM_OK : SIM_ERANGE;
}

static void put_time(struct wr *w, int64_t gps_us)
{
    char text[32];
    sim_instant_print(gps_us / 1000000 * 1000000000, text, sizeof text); /* without a fraction */
    put(w, "\"time\":\"%.19s.%06" PRId64 "Z\"", text, gps_us % 1000000);
}

static void put_rxpk(struct wr *w, const struct semtech_rxpk *r)
{
    put(w, "{");
    if (r->has_gps) {
        put_time(w, r->time_us);
        put(w, ",\"tmms\":%" PRId64 ",", r->tmms);
    }
    put(w, "\"tmst\":%" PRIu32 ",\"freq\":", r->tmst);
    put_mhz(w, r->radio.frequency_hz);
    put(w, ",\"chan\":%u,\"rfch\":%u,\"stat\":%d", r->channel, r->radio.rf_chain, r->crc);
    put_data_rate(w, &r->radio);
    put(w, ",\"rssi\":%d", r->rssi_dbm);
    if (r->radio.sf)
        put(w, ",\"lsnr\":%s%d.%d", r->snr_ddb < 0 ? "-" : "",
            (r->snr_ddb < 0 ? -r->snr_ddb : r->snr_ddb) / 10,
            (r->snr_ddb < 0 ? -r->snr_ddb : r->snr_ddb) % 10);
    put_data(w, r->phy, r->len);
    put(w, "}");
}

static void put_stat(struct wr *w, const struct semtech_stat *s)
{
    char text[32];
    sim_instant_print(s->time_s * 1000000000, text, sizeof text);
    put(w, "\"stat\":{\"time\":\"%.10s %.8s GMT\"", text, text + 11);
    put(w, ",\"rxnb\":%" PRIu32 ",\"rxok\":%" PRIu32 ",\"rxfw\":%" PRIu32, s->n_received,
        s->n_crc_ok, s->n_forwarded);
    put(w, ",\"ackr\":%u.%u,\"dwnb\":%" PRIu32 ",\"txnb\":%" PRIu32 "}",
        s->acknowledged_permille / 10, s->acknowledged_permille % 10, s->n_downlinks, s->n_sent);
}

static int put_push(struct wr *w, const struct semtech_msg *m)
{
    if ((m->n_rxpk == 0 && !m->has_stat) || m->n_rxpk > SEMTECH_MAX_RXPK)
        return SIM_EINVAL;
    put(w, "{");
    for (unsigned i = 0; i < m->n_rxpk; i++) {
        if (check_radio(&m->rxpk[i].radio) || m->rxpk[i].time_us < 0 || m->rxpk[i].tmms < 0)
            return SIM_ERANGE;
        put(w, i ? "," : "\"rxpk\":[");
        put_rxpk(w, &m->rxpk[i]);
    }
    put(w, m->n_rxpk ? "]" : "");
    if (m->has_stat) {
        put(w, m->n_rxpk ? "," : "");
        put_stat(w, &m->stat);
    }
    put(w, "}");
    return SIM_OK;
}

static int put_txpk(struct wr *w, const struct semtech_txpk *t)
{
    if (check_radio(&t->radio) || t->tmms < 0)
        return SIM_ERANGE;
    put(w, "{\"txpk\":{\"imme\":%s", t->timing == SEMTECH_IMME ? "true" : "false");
    if (t->timing == SEMTECH_TMST)
        put(w, ",\"tmst\":%" PRIu32, t->tmst);
    if (t->timing == SEMTECH_TMMS)
        put(w, ",\"tmms\":%" PRId64, t->tmms);
    put(w, ",\"freq\":");
    put_mhz(w, t->radio.frequency_hz);
    put(w, ",\"rfch\":%u,\"powe\":%u", t->radio.rf_chain, t->power_dbm);
    put_data_rate(w, &t->radio);
    if (t->radio.sf)
        put(w, ",\"ipol\":%s", t->inverted ? "true" : "false");
    else
        put(w, ",\"fdev\":%" PRId32, t->deviation_hz);
    if (t->preamble_sym)
        put(w, ",\"prea\":%u", t->preamble_sym);
    put_data(w, t->phy, t->len);
    put(w, t->no_crc ? ",\"ncrc\":true}}" : "}}");
    return SIM_OK;
}

static void put_answer(struct wr *w, const struct semtech_msg *m)
{
    if (m->error != SEMTECH_NONE)
        put(w, "{\"txpk_ack\":{\"%s\":\"%s\"}}", m->warning ? "warn" : "error",
            semtech_error_name(m->error));
}

int semtech_encode(const struct semtech_msg *m, uint8_t *out)
{
    struct wr w;
    int rc = SIM_OK;
    wr_init(&w, out, SEMTECH_MAX_LEN);
    wr_u8(&w, SEMTECH_VERSION);
    wr_u16be(&w, m->token);
    wr_u8(&w, (uint8_t)m->kind);
    if (semtech_has_eui(m->kind)) {
        wr_u32be(&w, (uint32_t)(m->eui >> 32));
        wr_u32be(&w, (uint32_t)m->eui);
    }
    if (m->kind == BACKHAUL_PUSH_DATA)
        rc = put_push(&w, m);
    else if (m->kind == BACKHAUL_PULL_RESP)
        rc = put_txpk(&w, &m->txpk);
    else if (m->kind == BACKHAUL_TX_ACK)
        put_answer(&w, m);
    if (rc)
        return rc;
    return w.err ? SIM_ELONG : (int)wr_len(&w);
}
