/* SPDX-License-Identifier: GPL-2.0-only
 * Pins Semtech's UDP protocol against vectors made in Python: every datagram is written octet by
 * octet and read to the values it was made from; which timing counts, both modulations, and what is
 * refused. Who sends what when is left open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/lorawan/semtech.h"
#include "sim/err.h"
#include "sim/time.h"
#include "tests/vectors.h"

static void check_radio(const json_t *o, const struct semtech_radio *r)
{
    char rate[20], coding[8];
    snprintf(rate, sizeof rate, "SF%uBW%d", r->sf, r->bw_hz / 1000);
    snprintf(coding, sizeof coding, "4/%u", r->coding);
    assert_string_equal(rate, vec_text(o, "datr"));
    assert_string_equal(coding, vec_text(o, "codr"));
    assert_int_equal(r->frequency_hz, (int64_t)(json_number_value(vec_get(o, "freq")) * 1e6 + 0.5));
    assert_int_equal(r->rf_chain, vec_int(o, "rfch"));
}

static void check_rxpk(const json_t *o, const struct semtech_rxpk *r)
{
    int64_t gps_ns;
    check_radio(o, &r->radio);
    assert_true(r->has_gps);
    assert_int_equal(sim_instant_parse(vec_text(o, "time"), &gps_ns), SIM_OK);
    assert_int_equal(r->time_us, gps_ns / 1000);
    assert_int_equal(r->tmms, vec_int(o, "tmms"));
    assert_int_equal(r->tmst, vec_int(o, "tmst"));
    assert_int_equal(r->channel, vec_int(o, "chan"));
    assert_int_equal(r->crc, vec_int(o, "stat"));
    assert_int_equal(r->rssi_dbm, vec_int(o, "rssi"));
    double snr = json_number_value(vec_get(o, "lsnr")) * 10;
    assert_int_equal(r->snr_ddb, (int)(snr < 0 ? snr - 0.5 : snr + 0.5));
}

static void check_txpk(const json_t *o, const struct semtech_txpk *t)
{
    check_radio(o, &t->radio);
    assert_int_equal(t->timing, SEMTECH_TMST);
    assert_int_equal(t->tmst, vec_int(o, "tmst"));
    assert_int_equal(t->power_dbm, vec_int(o, "powe"));
    assert_int_equal(t->inverted, vec_bool(o, "ipol"));
}

static void check_case(const json_t *c)
{
    static const char *const names[N_BACKHAUL_KIND] = {
#define X(name, text, help) #name,
        BACKHAUL_KIND_MAP(X)
#undef X
    };
    uint8_t phy[SEMTECH_MAX_PHY];
    size_t len = vec_hex(c, "phy_payload", phy, sizeof phy);
    for (int k = 0; k < N_BACKHAUL_KIND; k++) {
        struct semtech_msg m;
        uint8_t in[SEMTECH_MAX_LEN], out[SEMTECH_MAX_LEN];
        size_t n = vec_hex(vec_get(c, "packets"), names[k], in, sizeof in);
        assert_int_equal(semtech_decode(&m, in, n), SIM_OK);
        assert_int_equal(m.kind, k);
        assert_int_equal(m.token, vec_hex_number(c, "token"));
        if (k == BACKHAUL_PUSH_DATA || k == BACKHAUL_PULL_DATA || k == BACKHAUL_TX_ACK)
            assert_int_equal(m.eui, vec_hex_number(c, "gateway_eui"));
        if (k == BACKHAUL_PUSH_DATA) {
            assert_int_equal(m.n_rxpk, 1);
            check_rxpk(json_array_get(vec_get(vec_get(c, "rxpk"), "rxpk"), 0), &m.rxpk[0]);
            assert_int_equal(m.rxpk[0].len, len);
            assert_memory_equal(m.rxpk[0].phy, phy, len);
        }
        if (k == BACKHAUL_PULL_RESP) {
            check_txpk(vec_get(vec_get(c, "txpk"), "txpk"), &m.txpk);
            assert_int_equal(m.txpk.len, len);
            assert_memory_equal(m.txpk.phy, phy, len);
        }
        assert_int_equal(semtech_encode(&m, out), n);
        assert_memory_equal(out, in, n);
    }
}

static void test_vectors(void **state)
{
    (void)state;
    json_t *root = VECTORS("semtech_udp.json"), *c;
    size_t i;
    json_array_foreach(json_object_get(root, "cases"), i, c) check_case(c);
    assert_int_equal(i, 8);
    json_decref(root);
}

/* A datagram of a header without EUI, or with one, and text. */
static int decode(struct semtech_msg *m, int kind, const char *text)
{
    uint8_t b[SEMTECH_MAX_LEN] = {2, 0x12, 0x34, (uint8_t)kind, 1, 2, 3, 4, 5, 6, 7, 8};
    size_t head = kind == BACKHAUL_PULL_RESP ? 4 : 12;
    memcpy(b + head, text, strlen(text));
    return semtech_decode(m, b, head + strlen(text));
}

static void test_errors(void **state)
{
    static const char *const words[] = {
        "NONE",    "TOO_LATE", "TOO_EARLY",   "COLLISION_PACKET", "COLLISION_BEACON",
        "TX_FREQ", "TX_POWER", "GPS_UNLOCKED"};
    struct semtech_msg m;
    char text[80];
    (void)state;
    for (int i = 0; i < N_SEMTECH_ERRORS; i++) {
        snprintf(text, sizeof text, "{\"txpk_ack\":{\"error\":\"%s\"}}", words[i]);
        assert_int_equal(decode(&m, BACKHAUL_TX_ACK, text), SIM_OK);
        assert_int_equal(m.error, i);
        assert_int_equal(m.eui, 0x0102030405060708);
        assert_false(m.warning);
    }
    assert_int_equal(decode(&m, BACKHAUL_TX_ACK, ""), SIM_OK);
    assert_int_equal(m.error, SEMTECH_NONE);
    assert_int_equal(
        decode(&m, BACKHAUL_TX_ACK, "{\"txpk_ack\":{\"warn\":\"TX_POWER\",\"value\":20}}"), SIM_OK);
    assert_true(m.warning && m.error == SEMTECH_TX_POWER);
}

static void test_timing(void **state)
{
    static const struct {
        const char *text;
        int timing; /* -1: refused */
    } cases[] = {
        {"\"imme\":true,\"tmst\":5,\"tmms\":7", SEMTECH_IMME},
        {"\"imme\":true", SEMTECH_IMME},
        {"\"tmst\":5,\"tmms\":7", SEMTECH_TMST},
        {"\"imme\":false,\"tmst\":4294967295", SEMTECH_TMST},
        {"\"tmms\":7", SEMTECH_TMMS},
        {"\"imme\":false", -1},
        {"\"tmst\":4294967296", -1},
        {"\"tmst\":-1", -1},
        {"\"tmst\":1.5", -1},
        {"\"tmms\":\"7\"", -1},
        {"\"imme\":1", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct semtech_msg m;
        char text[300];
        snprintf(text, sizeof text,
                 "{\"txpk\":{%s,\"freq\":869.525,\"modu\":\"LORA\",\"datr\":\"SF9BW125\","
                 "\"codr\":\"4/5\",\"size\":1,\"data\":\"AA\"}}",
                 cases[i].text);
        int rc = decode(&m, BACKHAUL_PULL_RESP, text);
        assert_int_equal(rc == SIM_OK, cases[i].timing >= 0);
        if (!rc)
            assert_int_equal(m.txpk.timing, cases[i].timing);
    }
}

/* What the vectors have not: FSK, no GPS, several uplinks, status, ms and at once, padding. */
static void test_round_trip(void **state)
{
    struct semtech_msg m = {.kind = BACKHAUL_PUSH_DATA,
                            .token = 7,
                            .eui = 1,
                            .n_rxpk = 2,
                            .has_stat = true,
                            .stat = {.time_s = 1400000000,
                                     .n_received = 5,
                                     .n_crc_ok = 4,
                                     .n_forwarded = 3,
                                     .n_downlinks = 2,
                                     .n_sent = 1,
                                     .acknowledged_permille = 997}},
                       back;
    uint8_t out[SEMTECH_MAX_LEN], again[SEMTECH_MAX_LEN];
    (void)state;
    m.rxpk[0] = (struct semtech_rxpk){.radio = {.frequency_hz = 868800000, .bit_rate = 50000},
                                      .tmst = UINT32_MAX,
                                      .crc = 1,
                                      .rssi_dbm = -75,
                                      .len = 1,
                                      .phy = {0xff}};
    m.rxpk[1] = (struct semtech_rxpk){
        .radio = {.frequency_hz = 868100000, .sf = 7, .bw_hz = 250000, .coding = 5},
        .crc = -1,
        .snr_ddb = -5,
        .len = 0};
    int len = semtech_encode(&m, out);
    assert_true(len > 0);
    assert_int_equal(semtech_decode(&back, out, (size_t)len), SIM_OK);
    assert_int_equal(back.n_rxpk, 2);
    assert_int_equal(back.rxpk[0].radio.bit_rate, 50000);
    assert_int_equal(back.rxpk[0].tmst, UINT32_MAX);
    assert_false(back.rxpk[0].has_gps);
    assert_int_equal(back.rxpk[1].snr_ddb, -5);
    assert_int_equal(back.rxpk[1].crc, -1);
    assert_memory_equal(&back.stat, &m.stat, sizeof m.stat);
    assert_int_equal(semtech_encode(&back, again), len);
    assert_memory_equal(out, again, (size_t)len);

    for (int t = SEMTECH_IMME; t <= SEMTECH_TMMS; t++) {
        m = (struct semtech_msg){.kind = BACKHAUL_PULL_RESP,
                                 .txpk = {.radio = {.frequency_hz = 869000000, .bit_rate = 50000},
                                          .timing = (enum semtech_timing)t,
                                          .tmst = t == SEMTECH_TMST ? 17 : 0,
                                          .tmms = t == SEMTECH_TMMS ? 1400000000123 : 0,
                                          .power_dbm = 27,
                                          .deviation_hz = 25000,
                                          .preamble_sym = 5,
                                          .no_crc = true,
                                          .len = 2,
                                          .phy = {1, 2}}};
        len = semtech_encode(&m, out);
        assert_true(len > 0);
        assert_int_equal(semtech_decode(&back, out, (size_t)len), SIM_OK);
        assert_memory_equal(&back.txpk, &m.txpk, sizeof m.txpk);
    }
}

#define RXPK_REST                                                                                  \
    "\"freq\":868.1,\"stat\":1,\"modu\":\"LORA\",\"datr\":\"SF7BW125\",\"codr\":\"4/"              \
    "5\",\"rssi\":-50,\"lsnr\":5.0,"

static void test_bad(void **state)
{
    static const struct {
        int kind;
        const char *text;
        int want;
    } bad[] = {
        {BACKHAUL_PUSH_DATA, "", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{}", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "[]", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[]}", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[1]}", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":{}}", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"stat\":{}} x", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"stat\":{\"time\":\"now\"}}", SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{" RXPK_REST "\"size\":1,\"data\":\"AA\"}]}",
         SIM_ESYNTAX}, /* no tmst */
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1," RXPK_REST "\"size\":2,\"data\":\"AA\"}]}",
         SIM_EPROTO},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1," RXPK_REST "\"size\":1,\"data\":\"AB\"}]}",
         SIM_ESYNTAX}, /* bits beyond the octet */
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1," RXPK_REST "\"size\":1,\"data\":\"AA=\"}]}",
         SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1," RXPK_REST "\"size\":1,\"data\":\"A\"}]}",
         SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1," RXPK_REST "\"size\":1,\"data\":\"-A\"}]}",
         SIM_ESYNTAX},
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1," RXPK_REST "\"size\":256,\"data\":\"AA\"}]}",
         SIM_ERANGE},
        {BACKHAUL_PUSH_DATA,
         "{\"rxpk\":[{\"tmst\":1,\"tmms\":5," RXPK_REST "\"size\":1,\"data\":\"AA\"}]}",
         SIM_ESYNTAX}, /* tmms without time */
        {BACKHAUL_PUSH_DATA, "{\"rxpk\":[{\"tmst\":1,\"tmst\":1}]}", SIM_ESYNTAX},
        {BACKHAUL_PULL_RESP, "", SIM_ESYNTAX},
        {BACKHAUL_PULL_RESP, "{\"txpk\":[]}", SIM_ESYNTAX},
        {BACKHAUL_PULL_RESP,
         "{\"txpk\":{\"imme\":true,\"freq\":868.1,\"modu\":\"LORA\",\"datr\":\"SF4BW125\","
         "\"codr\":\"4/5\",\"size\":1,\"data\":\"AA\"}}",
         SIM_ERANGE},
        {BACKHAUL_PULL_RESP,
         "{\"txpk\":{\"imme\":true,\"freq\":868.1,\"modu\":\"LORA\",\"datr\":\"SF7BW125x\","
         "\"codr\":\"4/5\",\"size\":1,\"data\":\"AA\"}}",
         SIM_ESYNTAX},
        {BACKHAUL_PULL_RESP,
         "{\"txpk\":{\"imme\":true,\"freq\":868.1,\"modu\":\"GFSK\",\"datr\":50000,\"size\":1,"
         "\"data\":\"AA\"}}",
         SIM_ESYNTAX},
        {BACKHAUL_PULL_RESP,
         "{\"txpk\":{\"imme\":true,\"freq\":1e300,\"modu\":\"FSK\",\"datr\":50000,\"fdev\":1,"
         "\"size\":1,\"data\":\"AA\"}}",
         SIM_ERANGE},
        {BACKHAUL_TX_ACK, "{\"txpk_ack\":{\"error\":\"LATE\"}}", SIM_ERANGE},
        {BACKHAUL_TX_ACK, "{\"txpk_ack\":{}}", SIM_ESYNTAX},
        {BACKHAUL_TX_ACK, "{\"txpk_ack\":{\"error\":\"NONE\",\"warn\":\"TX_POWER\"}}", SIM_ESYNTAX},
        {BACKHAUL_PULL_DATA, "{}", SIM_EPROTO},
        {BACKHAUL_PUSH_ACK, "", SIM_EPROTO}, /* an EUI where there is none */
        {6, "", SIM_EPROTO},
    };
    struct semtech_msg m;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (decode(&m, bad[i].kind, bad[i].text) != bad[i].want)
            fail_msg("%s: %s instead of %s", bad[i].text,
                     sim_strerror(decode(&m, bad[i].kind, bad[i].text)), sim_strerror(bad[i].want));
    static const uint8_t version[] = {1, 0, 0, 1}, cut[] = {2, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7};
    for (size_t n = 0; n < 4; n++)
        assert_int_equal(semtech_decode(&m, version, n), SIM_ETRUNC);
    assert_int_equal(semtech_decode(&m, version, 4), SIM_EPROTO);
    assert_int_equal(semtech_decode(&m, cut, sizeof cut), SIM_ETRUNC);
}

/* What has no form on the wire is not written. */
static void test_bad_values(void **state)
{
    struct semtech_msg m = {.kind = BACKHAUL_PUSH_DATA};
    uint8_t out[SEMTECH_MAX_LEN];
    (void)state;
    assert_int_equal(semtech_encode(&m, out), SIM_EINVAL);
    m.n_rxpk = 1;
    assert_int_equal(semtech_encode(&m, out), SIM_ERANGE); /* neither LoRa nor FSK */
    m.rxpk[0].radio =
        (struct semtech_radio){.frequency_hz = 868100000, .sf = 7, .bw_hz = 125000, .coding = 5};
    assert_true(semtech_encode(&m, out) > 0);
    m.rxpk[0].radio.bw_hz = 126000;
    assert_int_equal(semtech_encode(&m, out), SIM_ERANGE);
    m.rxpk[0].radio.bw_hz = 125000;
    m.n_rxpk = SEMTECH_MAX_RXPK;
    for (unsigned i = 0; i < m.n_rxpk; i++) {
        m.rxpk[i] = m.rxpk[0];
        m.rxpk[i].len = 200;
    }
    assert_int_equal(semtech_encode(&m, out), SIM_ELONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_timing),  cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bad),     cmocka_unit_test(test_bad_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
