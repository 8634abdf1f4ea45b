/* SPDX-License-Identifier: GPL-2.0-only
 * Pins every MAC command of class A end to end: the server sends it (server.mac_commands), the
 * device answers, both act on it afterwards. Left open: commands on FPort 0, which this server does
 * not use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "models/lorawan/maccmd.h"
#include "tests/harness.h"

#define TRAFFIC   "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 10"
#define CONFIRMED TRAFFIC ", confirmed: 100%"
#define DEVICE    "data_rate: 5, adr: true"

/* Ten messages; the commands go with the first downlink, at 10 s. */
static struct run *run_with(struct setup s, const char *hex)
{
    char server[200];
    snprintf(server, sizeof server, "adr: false, mac_commands: [{at: 0s, hex: \"%s\"}]%s%s", hex,
             s.server ? ", " : "", s.server ? s.server : "");
    s.server = server;
    s.device = s.device ? s.device : DEVICE;
    s.traffic = s.traffic ? s.traffic : TRAFFIC;
    return run_setup(&s);
}

static const struct setup plain;

static void expect_answer(const struct run *r, uint8_t cid, int n, const char *hex)
{
    const struct run_mac *m = run_command(r, true, cid, n);
    if (!m)
        fail_msg("answer %d to command %02x never came", n, cid);
    assert_string_equal(m->hex, hex);
}

static void link_adr(void **state)
{
    (void)state;
    struct run *r = run_with(plain, "0331040001");
    expect_answer(r, LW_LINK_ADR, 0, "07");
    assert_int_equal(run_n_commands(r, true, LW_LINK_ADR), 1);
    for (int i = 1; i < 10; i++) {
        assert_int_equal(run_tx(r, "dev", 0, i)->frequency_hz, 868500000);
        assert_int_equal(run_tx(r, "dev", 0, i)->dr, 3);
        assert_int_equal(run_tx(r, "dev", 0, i)->power_cdbm, 1400);
    }
    assert_int_equal(run_n_planned(r, DL_SENT), 1);
    run_free(r);
}

static void link_adr_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0350080001", "04"}, /* channel 3 does not exist */
        {"0350000001", "04"}, /* no channel left */
        {"0350070011", "04"}, /* ChMaskCntl 1 is RFU in EU868 */
        {"0370070001", "05"}, /* DR7 on channels of DR0 to 5 */
        {"0358070001", "03"}, /* TXPower 8 */
        {"0378070001", "01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *r = run_with(plain, cases[i][0]);
        expect_answer(r, LW_LINK_ADR, 0, cases[i][1]);
        assert_int_equal(run_device(r, "dev", 0)->dr, 5);
        assert_int_equal(run_device(r, "dev", 0)->tx_power_cdbm, 1600);
        assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
        run_free(r);
    }
}

static void link_adr_keep(void **state)
{
    (void)state;
    struct run *r = run_with(plain, "03ff070001");
    expect_answer(r, LW_LINK_ADR, 0, "07");
    assert_int_equal(run_device(r, "dev", 0)->dr, 5);
    assert_int_equal(run_device(r, "dev", 0)->tx_power_cdbm, 1600);
    run_free(r);
}

/* Masks in turn, data rate and power of the last; one answer each, all the same. */
static void link_adr_block(void **state)
{
    (void)state;
    struct run *r = run_with(plain, "03500100010332060001");
    assert_int_equal(run_n_commands(r, true, LW_LINK_ADR), 2);
    expect_answer(r, LW_LINK_ADR, 0, "07");
    expect_answer(r, LW_LINK_ADR, 1, "07");
    for (int i = 1; i < 10; i++) {
        assert_int_not_equal(run_tx(r, "dev", 0, i)->frequency_hz, 868100000);
        assert_int_equal(run_tx(r, "dev", 0, i)->dr, 3);
    }
    run_free(r);
    r = run_with(plain, "03500100010350080001"); /* the second is impossible: nothing happens */
    expect_answer(r, LW_LINK_ADR, 0, "04");
    expect_answer(r, LW_LINK_ADR, 1, "04");
    int n_other = 0;
    for (int i = 1; i < 10; i++)
        n_other += run_tx(r, "dev", 0, i)->frequency_hz != 868100000;
    assert_true(n_other > 0);
    run_free(r);
}

/* All 125 kHz channels off and then some on: empty on the way is no error. */
static void link_adr_fixed_plan(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: US915", .device = "data_rate: 3, adr: true"};
    struct run *r = run_with(s, "0330000071033000ff01");
    expect_answer(r, LW_LINK_ADR, 0, "07");
    expect_answer(r, LW_LINK_ADR, 1, "07");
    for (int i = 1; i < 10; i++)
        assert_in_range(run_tx(r, "dev", 0, i)->frequency_hz, 902300000 + 8 * 200000,
                        902300000 + 15 * 200000);
    run_free(r);
}

/* A block is never torn: it waits for the next downlink when it does not fit any more. */
static void link_adr_block_whole(void **state)
{
    (void)state;
    struct run *r = run_with(plain, "060703184f84500350010001034006000106");
    assert_int_equal(run_command(r, false, LW_DEV_STATUS, 0)->row.at_ns,
                     run_command(r, false, LW_NEW_CHANNEL, 0)->row.at_ns);
    assert_true(run_command(r, false, LW_LINK_ADR, 0)->row.at_ns >
                run_command(r, false, LW_NEW_CHANNEL, 0)->row.at_ns);
    assert_int_equal(run_command(r, false, LW_LINK_ADR, 0)->row.at_ns,
                     run_command(r, false, LW_LINK_ADR, 1)->row.at_ns);
    assert_int_equal(run_n_commands(r, true, LW_LINK_ADR), 2);
    assert_int_equal(run_n_commands(r, true, LW_DEV_STATUS), 2);
    assert_int_equal(run_device(r, "dev", 0)->dr, 4);
    run_free(r);
}

/* 1/128: 61.696 ms every 7.897 s. */
static void duty_cycle(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 200s",
                      .radio = "region: EU868, duty_cycle: false",
                      .traffic = "kind: periodic, period: 3s, phase: 1s, size: 10B"};
    struct run *r = run_with(s, "0407");
    expect_answer(r, LW_DUTY_CYCLE, 0, "");
    for (int i = 2; i < run_n_tx(r, "dev", 0); i++)
        assert_int_equal(run_tx(r, "dev", 0, i)->start_ns - run_tx(r, "dev", 0, i - 1)->start_ns,
                         128 * INT64_C(61696000));
    run_free(r);
    r = run_with(s, "04070400");
    assert_int_equal(run_n_commands(r, true, LW_DUTY_CYCLE), 2);
    assert_int_equal(run_device(r, "dev", 0)->gap_max_ns, SIM_S(3));
    run_free(r);
}

static void rx_param_setup(void **state)
{
    (void)state;
    struct setup s = {.traffic = CONFIRMED};
    struct run *r = run_with(s, "0523d8ac84"); /* offset 2, RX2 at DR3 on 869.5 MHz */
    expect_answer(r, LW_RX_PARAM_SETUP, 0, "07");
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 5);
    assert_int_equal(run_down(r, "dev", 0, 1)->dr, 3);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
    s.server = "rx_window: rx2";
    r = run_with(s, "0523d8ac84");
    assert_int_equal(run_down(r, "dev", 0, 0)->frequency_hz, 869525000);
    for (int i = 1; i < 10; i++) {
        assert_int_equal(run_down(r, "dev", 0, i)->frequency_hz, 869500000);
        assert_int_equal(run_down(r, "dev", 0, i)->dr, 3);
        assert_int_equal(run_delay(r, i, i), SIM_S(2));
    }
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
}

static void rx_param_setup_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0563d8ac84", "03"}, /* offset 6 */
        {"052cd8ac84", "05"}, /* DR12 */
        {"0528d8ac84", "05"}, /* DR8: LR-FHSS is for uplinks */
        {"0523101242", "06"}, /* 433 MHz */
    };
    struct setup s = {.traffic = CONFIRMED};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *r = run_with(s, cases[i][0]);
        expect_answer(r, LW_RX_PARAM_SETUP, 0, cases[i][1]);
        assert_int_equal(run_down(r, "dev", 0, 1)->dr, 5);
        assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
        run_free(r);
    }
}

/* The answer stands in every uplink until a downlink comes: here that with DevStatusReq. */
static void sticky(void **state)
{
    (void)state;
    struct setup s = {.server = "adr: false, mac_commands: [{at: 0s, hex: \"0523d8ac84\"}, {at: "
                                "200s, hex: \"06\"}]",
                      .device = DEVICE,
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    for (int i = 0; i < 10; i++) {
        struct lw_frame f = run_frame_at(r, true, run_tx(r, "dev", 0, i)->start_ns);
        /* 10 s: request; 70 to 250 s: answer; 250 s: DevStatusReq; 310 s: its answer, once. */
        assert_int_equal(f.fopts_len, i >= 1 && i <= 4 ? 2 : i == 5 ? 3 : 0);
        if (f.fopts_len)
            assert_int_equal(f.fopts[0], i <= 4 ? 0x05 : 0x06);
    }
    assert_int_equal(run_n_commands(r, true, LW_RX_PARAM_SETUP), 1);
    assert_int_equal(run_n_planned(r, DL_SENT), 2);
    run_free(r);
}

/* A sticky answer that is still repeated answers only what has been sent. */
static void sticky_and_next(void **state)
{
    (void)state;
    struct setup s = {.server = "adr: false, rx_window: rx2, mac_commands: [{at: 0s, hex: "
                                "\"0523d8ac84\"}, {at: 100s, hex: \"0500d2ad84\"}]",
                      .device = DEVICE,
                      .traffic = TRAFFIC ", confirmed: 0%"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, LW_RX_PARAM_SETUP), 2);
    assert_int_equal(run_n_commands(r, true, LW_RX_PARAM_SETUP), 2);
    assert_int_equal(run_n_planned(r, DL_SENT), 2);
    run_free(r);
}

static void dev_status(void **state)
{
    (void)state;
    struct setup s = {.device = "data_rate: 5, battery: 200"};
    struct run *r = run_with(s, "06");
    expect_answer(r, LW_DEV_STATUS, 0, "c81f"); /* 31 dB is the most that fits */
    run_free(r);
    s.device_points = "{x: 2750m, y: 0m}";
    r = run_with(s, "06");
    int64_t snr = ROW_NULL;
    for (int i = 0; i < r->n_rx && snr == ROW_NULL; i++)
        if (r->rx[i].window == 1)
            snr = r->rx[i].snr_cdb;
    assert_true(snr < -100 && snr > -750);
    char want[8];
    snprintf(want, sizeof want, "c8%02x", (unsigned)((snr - 50) / 100) & 0x3f);
    expect_answer(r, LW_DEV_STATUS, 0, want);
    run_free(r);
}

static void dev_status_period(void **state)
{
    (void)state;
    struct setup s = {
        .server = "dev_status_period: 150s", .device = "data_rate: 5", .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    /* Asked at 10, 190, 370 and 550 s, the last answer cannot come any more. */
    assert_int_equal(run_n_commands(r, false, LW_DEV_STATUS), 4);
    assert_int_equal(run_n_commands(r, true, LW_DEV_STATUS), 4);
    run_free(r);
}

#define FOUR_CHANNELS "channels: [868.1MHz, 868.3MHz, 868.5MHz, 867.1MHz]"

static int n_on(const struct run *r, int first, int64_t hz)
{
    int n = 0;
    for (int i = first; i < run_n_tx(r, "dev", 0); i++)
        n += run_tx(r, "dev", 0, i)->frequency_hz == hz;
    return n;
}

static void new_channel(void **state)
{
    (void)state;
    struct setup s = {.gateway = FOUR_CHANNELS,
                      .traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 40, "
                                 "confirmed: 100%"};
    struct run *r = run_with(s, "0703184f8450");
    expect_answer(r, LW_NEW_CHANNEL, 0, "03");
    assert_int_equal(n_on(r, 0, 867100000) > 2, 1);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 40);
    run_free(r);
    s.server = "adr: false, mac_commands: [{at: 0s, hex: \"0703184f8450\"}, {at: 900s, hex: "
               "\"070300000050\"}]";
    s.device = DEVICE;
    r = run_setup(&s);
    assert_int_equal(run_n_commands(r, true, LW_NEW_CHANNEL), 2);
    expect_answer(r, LW_NEW_CHANNEL, 1, "03");
    assert_true(n_on(r, 0, 867100000) > 0);
    assert_int_equal(n_on(r, 16, 867100000), 0);
    run_free(r);
}

static void new_channel_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"0700184f8450", "00"}, /* a default channel */
        {"0710184f8450", "00"}, /* index 16 */
        {"070310124250", "02"}, /* 433 MHz */
        {"0703184f8405", "01"}, /* from DR5 to DR0 */
        {"0703184f84b0", "01"}, /* up to DR11: LR-FHSS, not in this radio */
        {"0703184f84f0", "01"}, /* DR15 does not exist */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *r = run_with(plain, cases[i][0]);
        expect_answer(r, LW_NEW_CHANNEL, 0, cases[i][1]);
        assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
        run_free(r);
    }
}

/* The last channel of the data rate in use goes away: the device falls back and stays. */
static void new_channel_lost(void **state)
{
    (void)state;
    struct setup s = {.server = "adr: false, mac_commands: [{at: 0s, hex: \"0703184f8466\"}, {at: "
                                "60s, hex: \"0360080001\"}, {at: 200s, hex: \"070300000066\"}]",
                      .gateway = FOUR_CHANNELS,
                      .device = DEVICE,
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    expect_answer(r, LW_LINK_ADR, 0, "07");
    assert_int_equal(run_tx(r, "dev", 0, 3)->dr, 6);
    assert_int_equal(run_tx(r, "dev", 0, 3)->frequency_hz, 867100000);
    assert_int_equal(run_n_tx(r, "dev", 0), 10);
    assert_int_equal(run_device(r, "dev", 0)->dr, 5);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
}

static void rx_timing_setup(void **state)
{
    (void)state;
    struct setup s = {.traffic = CONFIRMED};
    struct run *r = run_with(s, "0805");
    expect_answer(r, LW_RX_TIMING_SETUP, 0, "");
    assert_int_equal(run_delay(r, 0, 0), SIM_S(1));
    for (int i = 1; i < 10; i++)
        assert_int_equal(run_delay(r, i, i), SIM_S(5));
    run_free(r);
    s.server = "rx1_delay: 3s";
    r = run_with(s, "0800"); /* 0 means 1 s */
    assert_int_equal(run_delay(r, 0, 0), SIM_S(3));
    assert_int_equal(run_delay(r, 1, 1), SIM_S(1));
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
}

static void tx_param_setup(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: AS923-1", .device = "data_rate: 4"};
    struct run *r = run_with(s, "0913"); /* 13 dBm, uplinks of 400 ms at most */
    expect_answer(r, LW_TX_PARAM_SETUP, 0, "");
    assert_int_equal(run_tx(r, "dev", 0, 0)->power_cdbm, 1600);
    assert_int_equal(run_tx(r, "dev", 0, 1)->power_cdbm, 1300);
    run_free(r);
    s.radio = "region: AU915";
    s.network = "sub_band: 1";
    r = run_with(s, "0908");
    expect_answer(r, LW_TX_PARAM_SETUP, 0, "");
    assert_int_equal(run_tx(r, "dev", 0, 1)->power_cdbm, 2100);
    run_free(r);
}

/* Without the dwell limit the device may go to DR0; when it comes back, DR2 is the lowest. */
static void dwell_limit(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: AS923-1",
                      .server =
                          "adr: false, mac_commands: [{at: 0s, hex: \"0905\"}, {at: 60s, hex: "
                          "\"0300030001\"}, {at: 200s, hex: \"0935\"}]",
                      .device = "data_rate: 3, adr: true",
                      .traffic = CONFIRMED};
    struct run *r = run_setup(&s);
    expect_answer(r, LW_LINK_ADR, 0, "07");
    assert_int_equal(run_tx(r, "dev", 0, 3)->dr, 0);
    assert_int_equal(run_device(r, "dev", 0)->dr, 2);
    assert_int_equal(run_tx(r, "dev", 0, 9)->dr, 2);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
}

/* With the downlink limit RX1 is never slower than DR2. */
static void dwell_limit_down(void **state)
{
    (void)state;
    struct setup s = {.radio = "region: AS923-1",
                      .server = "rx1_dr_offset: 5",
                      .device = "data_rate: 5",
                      .traffic = CONFIRMED};
    struct run *r = run_with(s, "0925");
    assert_int_equal(run_down(r, "dev", 0, 0)->dr, 0);
    assert_int_equal(run_down(r, "dev", 0, 1)->dr, 2);
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
}

/* Elsewhere the command is nothing: no answer, and after nine downlinks the server gives up. */
static void tx_param_setup_ignored(void **state)
{
    (void)state;
    struct setup s = {.traffic = "kind: periodic, period: 60s, phase: 10s, size: 10B, limit: 20"};
    struct run *r = run_with(s, "0913");
    assert_int_equal(run_n_commands(r, true, LW_TX_PARAM_SETUP), 0);
    assert_int_equal(run_n_commands(r, false, LW_TX_PARAM_SETUP), 9);
    assert_int_equal(run_n_planned(r, DL_SENT), 9);
    assert_int_equal(run_device(r, "dev", 0)->tx_power_cdbm, 1600);
    run_free(r);
    s.radio = "region: US915";
    s.device = "data_rate: 3";
    r = run_with(s, "0703184f84500a00184f84"); /* NewChannelReq, DlChannelReq: not in fixed plans */
    assert_int_equal(run_n_commands(r, true, LW_NEW_CHANNEL), 0);
    assert_int_equal(run_n_commands(r, true, LW_DL_CHANNEL), 0);
    run_free(r);
}

static void dl_channel(void **state)
{
    (void)state;
    struct setup s = {.network = "enabled_channels: [868.1MHz]", .traffic = CONFIRMED};
    struct run *r = run_with(s, "0a00184f84");
    expect_answer(r, LW_DL_CHANNEL, 0, "03");
    assert_int_equal(run_down(r, "dev", 0, 0)->frequency_hz, 868100000);
    for (int i = 1; i < 10; i++) {
        assert_int_equal(run_down(r, "dev", 0, i)->frequency_hz, 867100000);
        assert_int_equal(run_tx(r, "dev", 0, i)->frequency_hz, 868100000);
    }
    assert_int_equal(run_device(r, "dev", 0)->n_messages_delivered, 10);
    run_free(r);
    r = run_with(s, "0a05184f84");
    expect_answer(r, LW_DL_CHANNEL, 0, "01");
    run_free(r);
    r = run_with(s, "0a00101242");
    expect_answer(r, LW_DL_CHANNEL, 0, "02");
    run_free(r);
    r = run_with(s, "0aff101242");
    expect_answer(r, LW_DL_CHANNEL, 0, "00");
    run_free(r);
}

static void link_check(void **state)
{
    (void)state;
    struct setup s = {.gateway = "count: 2",
                      .gateway_points = "{x: 0m, y: 0m}, {x: 500m, y: 0m}",
                      .device = "data_rate: 5, link_check_every: 3",
                      .device_points = "{x: 1500m, y: 0m}",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, true, LW_LINK_CHECK), 4);
    assert_int_equal(run_n_commands(r, false, LW_LINK_CHECK), 4);
    int64_t best = r->rx[0].snr_cdb > r->rx[1].snr_cdb ? r->rx[0].snr_cdb : r->rx[1].snr_cdb;
    char want[8];
    snprintf(want, sizeof want, "%02x02", (unsigned)((best + 750) / 100));
    assert_string_equal(run_command(r, false, LW_LINK_CHECK, 0)->hex, want);
    /* It went out through the nearer gateway. */
    assert_int_equal(r->downlink[0].gateway, entity_make("gw", 1));
    run_free(r);
}

/* GPS time of the end of the uplink, in 1/256 s. */
static void device_time(void **state)
{
    (void)state;
    struct setup s = {.run = "duration: 5min, start: \"2026-01-01T00:00:00Z\"",
                      .device = "data_rate: 5, device_time_every: 1",
                      .traffic = TRAFFIC};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, LW_DEVICE_TIME), 5);
    for (int i = 0; i < 5; i++) {
        sim_time end = run_tx(r, "dev", 0, i)->end_ns;
        /* 2026-01-01 is 1767225600 s of Unix time, GPS began at 315964800, 18 leap seconds. */
        uint32_t s_gps = (uint32_t)(1767225600 - 315964800 + 18 + end / SIM_S(1));
        char want[16];
        snprintf(want, sizeof want, "%02x%02x%02x%02x%02x", s_gps & 0xff, s_gps >> 8 & 0xff,
                 s_gps >> 16 & 0xff, s_gps >> 24, (unsigned)(end % SIM_S(1) * 256 / SIM_S(1)));
        assert_string_equal(run_command(r, false, LW_DEVICE_TIME, i)->hex, want);
    }
    run_free(r);
}

/* For one group only; more than a session can queue is counted. */
static void groups(void **state)
{
    (void)state;
    struct setup s = {
        .server = "mac_commands: [{at: 0s, hex: \"06\", devices: dev}]",
        .device = "data_rate: 5",
        .traffic = TRAFFIC,
        .more_devices =
            "{name: quiet, placement: {kind: list, points: [{x: 9m, y: 1m}]}, data_rate: "
            "4, traffic: {kind: periodic, period: 60s, phase: 40s, limit: 3}}"};
    struct run *r = run_setup(&s);
    assert_int_equal(run_n_commands(r, false, LW_DEV_STATUS), 1);
    assert_int_equal(run_device(r, "quiet", 0)->n_rx, 0);
    run_free(r);
    s.server =
        "mac_commands: [{at: 0s, hex: "
        "\"0331040001033104000103310400010331040001033104000103310400010331040001033104000103"
        "31040001033104000103310400010331040001\"}, {at: 1s, hex: \"0331040001\"}]";
    r = run_setup(&s);
    assert_int_equal((int)run_metric(r, "mac_commands_not_queued"), 2);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_adr),
        cmocka_unit_test(link_adr_refused),
        cmocka_unit_test(link_adr_keep),
        cmocka_unit_test(link_adr_block),
        cmocka_unit_test(link_adr_fixed_plan),
        cmocka_unit_test(link_adr_block_whole),
        cmocka_unit_test(duty_cycle),
        cmocka_unit_test(rx_param_setup),
        cmocka_unit_test(rx_param_setup_refused),
        cmocka_unit_test(sticky),
        cmocka_unit_test(sticky_and_next),
        cmocka_unit_test(dev_status),
        cmocka_unit_test(dev_status_period),
        cmocka_unit_test(new_channel),
        cmocka_unit_test(new_channel_refused),
        cmocka_unit_test(new_channel_lost),
        cmocka_unit_test(rx_timing_setup),
        cmocka_unit_test(tx_param_setup),
        cmocka_unit_test(dwell_limit),
        cmocka_unit_test(dwell_limit_down),
        cmocka_unit_test(tx_param_setup_ignored),
        cmocka_unit_test(dl_channel),
        cmocka_unit_test(link_check),
        cmocka_unit_test(device_time),
        cmocka_unit_test(groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
