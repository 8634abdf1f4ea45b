/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the regions' tables, written down here a second time from RP001-1.0.3rA and
 * RP002-1.0.4/1.0.5: data rates, payload limits, channels, RX1, RX2, beacons, powers, sub-bands;
 * and channel masks and join channels. */
#include "models/radio/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/err.h"

static const struct region *get(const char *name)
{
    const struct region *r = region_find(name);
    if (!r)
        fail_msg("no region %s", name);
    return r;
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(region_count(), 10);
    for (size_t i = 0; i < region_count(); i++) {
        assert_string_equal(region_at(i)->name, region_names[i]);
        assert_ptr_equal(region_find(region_names[i]), region_at(i));
    }
    assert_null(region_names[region_count()]);
    assert_null(region_find("EU433"));
    assert_string_equal(region_names[0], "EU868");
}

/* M by data rate; -1 ends. */
static void check_m(const struct region *r, bool dwell, const int *m)
{
    int dr = 0;
    for (; m[dr] >= 0; dr++)
        if (region_max_mac_payload(r, dr, dwell) != m[dr])
            fail_msg("%s DR%d: M %d, want %d", r->name, dr, region_max_mac_payload(r, dr, dwell),
                     m[dr]);
    for (; dr < REGION_N_DR; dr++)
        assert_int_equal(region_max_mac_payload(r, dr, dwell), 0);
    assert_int_equal(region_max_mac_payload(r, -1, dwell), 0);
    assert_int_equal(region_max_mac_payload(r, REGION_N_DR, dwell), 0);
}

#define M(...) ((const int[]){__VA_ARGS__, -1})

static void test_payload_limits(void **state)
{
    (void)state;
    const int *us = M(19, 61, 133, 250, 250, 58, 133, 0, 61, 137, 250, 250, 250, 250);
    check_m(get("EU868"), false, M(59, 59, 59, 123, 250, 250, 250, 250, 58, 123, 58, 123));
    check_m(get("US915"), false, us);
    check_m(get("US915"), true, us);
    check_m(get("AU915"), false,
            M(59, 59, 59, 123, 250, 250, 250, 58, 61, 137, 250, 250, 250, 250));
    check_m(get("AU915"), true, M(0, 0, 19, 61, 133, 250, 250, 58, 61, 137, 250, 250, 250, 250));
    for (int g = 0; g < 4; g++) {
        check_m(region_at((size_t)(3 + g)), false, M(59, 59, 123, 123, 250, 250, 250, 250));
        check_m(region_at((size_t)(3 + g)), true, M(0, 0, 19, 61, 133, 250, 250, 250));
    }
    check_m(get("IN865"), false, M(59, 59, 59, 123, 250, 250, 0, 250));
    check_m(get("KR920"), false, M(59, 59, 59, 123, 250, 250));
    check_m(get("CN470"), false, M(59, 59, 59, 123, 250, 250));
}

/* Data rates first..last are LoRa with SF from sf downwards. */
static void check_lora(const char *name, int first, int last, int sf, int32_t bw_hz, bool up,
                       bool down)
{
    const struct region *r = get(name);
    for (int dr = first; dr <= last; dr++) {
        assert_int_equal(r->dr[dr].modulation, REGION_LORA);
        assert_int_equal(r->dr[dr].sf, sf - (dr - first));
        assert_int_equal(r->dr[dr].bw_hz, bw_hz);
        assert_int_equal(r->dr[dr].up, up);
        assert_int_equal(r->dr[dr].down, down);
    }
}

static void test_data_rates(void **state)
{
    (void)state;
    static const char *const plain[] = {"EU868",   "AS923-1", "AS923-2", "AS923-3",
                                        "AS923-4", "IN865",   "KR920",   "CN470"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        check_lora(plain[i], 0, 5, 12, 125000, true, true);
    check_lora("EU868", 6, 6, 7, 250000, true, true);
    check_lora("AS923-4", 6, 6, 7, 250000, true, true);
    check_lora("US915", 0, 3, 10, 125000, true, false);
    check_lora("US915", 4, 4, 8, 500000, true, false);
    check_lora("US915", 8, 13, 12, 500000, false, true);
    check_lora("AU915", 0, 5, 12, 125000, true, false);
    check_lora("AU915", 6, 6, 8, 500000, true, false);
    check_lora("AU915", 8, 13, 12, 500000, false, true);
    assert_int_equal(get("EU868")->dr[7].modulation, REGION_FSK);
    assert_int_equal(get("IN865")->dr[7].modulation, REGION_FSK);
    assert_int_equal(get("IN865")->dr[6].modulation, REGION_NO_DR);
    assert_int_equal(get("KR920")->dr[6].modulation, REGION_NO_DR);
    for (int dr = 8; dr <= 11; dr++) {
        assert_int_equal(get("EU868")->dr[dr].modulation, REGION_LR_FHSS);
        assert_false(get("EU868")->dr[dr].down);
    }
    assert_int_equal(get("US915")->dr[7].modulation, REGION_NO_DR);
}

struct rx1_case {
    int row;
    int dr[8];
};

static void check_rx1(const char *name, bool dwell, int n_offsets, const struct rx1_case *rows,
                      size_t n_rows)
{
    const struct region *r = get(name);
    bool has[REGION_N_DR] = {false};
    for (size_t i = 0; i < n_rows; i++) {
        has[rows[i].row] = true;
        for (int o = 0; o < n_offsets; o++) {
            int got = region_rx1_dr(r, rows[i].row, o, dwell);
            if (got != rows[i].dr[o])
                fail_msg("%s DR%d offset %d: %d, want %d", name, rows[i].row, o, got,
                         rows[i].dr[o]);
            assert_true(r->dr[got].down);
        }
        assert_int_equal(region_rx1_dr(r, rows[i].row, n_offsets, dwell), SIM_EINVAL);
        assert_int_equal(region_rx1_dr(r, rows[i].row, -1, dwell), SIM_EINVAL);
    }
    for (int dr = -1; dr <= REGION_N_DR; dr++)
        if (dr < 0 || dr >= REGION_N_DR || !has[dr])
            assert_int_equal(region_rx1_dr(r, dr, 0, dwell), SIM_EINVAL);
}
#define RX1(name, dwell, n, rows)                                                                  \
    check_rx1((name), (dwell), (n), (rows), sizeof(rows) / sizeof((rows)[0]))

static void test_rx1_fixed(void **state)
{
    (void)state;
    static const struct rx1_case us[] = {
        {0, {10, 9, 8, 8}},    {1, {11, 10, 9, 8}}, {2, {12, 11, 10, 9}}, {3, {13, 12, 11, 10}},
        {4, {13, 13, 12, 11}}, {5, {10, 9, 8, 8}},  {6, {11, 10, 9, 8}},
    };
    static const struct rx1_case au[] = {
        {0, {8, 8, 8, 8, 8, 8}},      {1, {9, 8, 8, 8, 8, 8}},    {2, {10, 9, 8, 8, 8, 8}},
        {3, {11, 10, 9, 8, 8, 8}},    {4, {12, 11, 10, 9, 8, 8}}, {5, {13, 12, 11, 10, 9, 8}},
        {6, {13, 13, 12, 11, 10, 9}}, {7, {9, 8, 8, 8, 8, 8}},
    };
    RX1("US915", false, 4, us);
    RX1("AU915", false, 6, au);
    RX1("AU915", true, 6, au);
}

static int at_least(int x, int low)
{
    return x > low ? x : low;
}

static int at_most(int x, int high)
{
    return x < high ? x : high;
}

static void test_rx1_formulas(void **state)
{
    (void)state;
    struct rx1_case eu[12], kr[6], as[8], as_dwell[8];
    static const int effective[8] = {0, 1, 2, 3, 4, 5, -1, -2};
    static const int stands_for[12] = {0, 1, 2, 3, 4, 5, 6, 7, 1, 2, 1, 2}; /* LR-FHSS */
    for (int dr = 0; dr < 12; dr++) {
        eu[dr].row = dr;
        for (int o = 0; o <= 5; o++)
            eu[dr].dr[o] = at_least(stands_for[dr] - o, 0);
    }
    memcpy(kr, eu, sizeof kr);
    for (int dr = 0; dr < 8; dr++) {
        as[dr].row = as_dwell[dr].row = dr;
        for (int o = 0; o < 8; o++) {
            as[dr].dr[o] = at_most(at_least(dr - effective[o], 0), 7);
            as_dwell[dr].dr[o] = at_most(at_least(dr - effective[o], 2), 7);
        }
    }
    RX1("EU868", false, 6, eu);
    RX1("EU868", true, 6, eu);
    RX1("KR920", false, 6, kr);
    RX1("CN470", false, 6, kr);
    for (size_t g = 3; g < 7; g++) {
        RX1(region_names[g], false, 8, as);
        RX1(region_names[g], true, 8, as_dwell);
    }
}

static void test_rx1_in865(void **state)
{
    (void)state;
    static const struct rx1_case in[] = {
        {0, {0, 0, 0, 0, 0, 0, 1, 2}}, {1, {1, 0, 0, 0, 0, 0, 2, 3}}, {2, {2, 1, 0, 0, 0, 0, 3, 4}},
        {3, {3, 2, 1, 0, 0, 0, 4, 5}}, {4, {4, 3, 2, 1, 0, 0, 5, 5}}, {5, {5, 4, 3, 2, 1, 0, 5, 7}},
        {7, {7, 5, 5, 4, 3, 2, 7, 7}},
    };
    RX1("IN865", false, 8, in);
}

static void check_windows(const char *name, int64_t rx2_hz, int rx2_dr, int64_t beacon_hz,
                          int beacon_dr)
{
    const struct region *r = get(name);
    assert_int_equal(r->rx2_frequency_hz, rx2_hz);
    assert_int_equal(r->rx2_dr, rx2_dr);
    assert_int_equal(r->beacon_frequency_hz, beacon_hz);
    assert_int_equal(r->beacon_dr, beacon_dr);
    assert_int_equal(r->ping_frequency_hz, beacon_hz);
    assert_int_equal(r->ping_dr, beacon_dr);
    assert_int_equal(r->n_beacon_channels, r->hops ? 8 : 1);
    assert_int_equal(r->n_ping_channels, r->hops ? 8 : 1);
    assert_int_equal(r->beacon_step_hz, r->ping_step_hz);
    assert_true(r->dr[r->rx2_dr].down && r->dr[beacon_dr].down);
}

static void test_rx2_and_beacons(void **state)
{
    (void)state;
    check_windows("EU868", 869525000, 0, 869525000, 3);
    check_windows("US915", 923300000, 8, 923300000, 8);
    check_windows("AU915", 923300000, 8, 923300000, 8);
    check_windows("AS923-1", 923200000, 2, 923400000, 3);
    check_windows("AS923-2", 921400000, 2, 921600000, 3);
    check_windows("AS923-3", 916600000, 2, 916800000, 3);
    check_windows("AS923-4", 917300000, 2, 917500000, 3);
    check_windows("IN865", 866550000, 2, 866550000, 4);
    check_windows("KR920", 921900000, 0, 923100000, 3);
    check_windows("CN470", 505300000, 0, 508300000, 2);
    assert_int_equal(get("US915")->beacon_step_hz, 600000);
    assert_int_equal(get("CN470")->beacon_step_hz, 200000);
    assert_false(get("EU868")->hops);
    assert_true(get("US915")->hops && get("AU915")->hops && get("CN470")->hops);
}

static void check_channels(const char *name, const int64_t *hz, int n)
{
    const struct region *r = get(name);
    assert_int_equal(r->n_default_channels, n);
    assert_int_equal(r->max_channels, 16);
    assert_int_equal(r->n_cflist_channels, 5);
    assert_false(r->fixed_channels);
    for (int i = 0; i < n; i++) {
        struct region_channel c = region_default_channel(r, i);
        assert_int_equal(c.frequency_hz, hz[i]);
        assert_int_equal(c.min_dr, 0);
        assert_int_equal(c.max_dr, 5);
        assert_int_equal(region_rx1_frequency(r, i, hz[i]), hz[i]);
    }
    assert_int_equal(region_default_channel(r, n).frequency_hz, 0);
    assert_int_equal(region_default_channel(r, -1).frequency_hz, 0);
}
#define HZ(...) ((const int64_t[]){__VA_ARGS__})

static void test_dynamic_channels(void **state)
{
    (void)state;
    check_channels("EU868", HZ(868100000, 868300000, 868500000), 3);
    check_channels("AS923-1", HZ(923200000, 923400000), 2);
    check_channels("AS923-2", HZ(921400000, 921600000), 2);
    check_channels("AS923-3", HZ(916600000, 916800000), 2);
    check_channels("AS923-4", HZ(917300000, 917500000), 2);
    check_channels("IN865", HZ(865062500, 865402500, 865985000), 3);
    check_channels("KR920", HZ(922100000, 922300000, 922500000), 3);
}

static void check_channel(const struct region *r, int i, int64_t hz, int min_dr, int max_dr)
{
    struct region_channel c = region_default_channel(r, i);
    assert_int_equal(c.frequency_hz, hz);
    assert_int_equal(c.min_dr, min_dr);
    assert_int_equal(c.max_dr, max_dr);
}

static void test_fixed_channels(void **state)
{
    (void)state;
    const struct region *us = get("US915"), *au = get("AU915"), *cn = get("CN470");
    for (int i = 0; i < 64; i++) {
        check_channel(us, i, 902300000 + 200000 * i, 0, 3);
        check_channel(au, i, 915200000 + 200000 * i, 0, 5);
    }
    for (int i = 0; i < 8; i++) {
        check_channel(us, 64 + i, 903000000 + 1600000 * i, 4, 4);
        check_channel(au, 64 + i, 915900000 + 1600000 * i, 6, 6);
    }
    for (int i = 0; i < 96; i++)
        check_channel(cn, i, 470300000 + 200000 * i, 0, 5);
    assert_int_equal(region_default_channel(us, 72).frequency_hz, 0);
    assert_int_equal(region_default_channel(cn, 96).frequency_hz, 0);
    assert_int_equal(us->max_channels, 72);
    assert_int_equal(cn->max_channels, 96);
    for (int i = 0; i < 72; i++) {
        assert_int_equal(region_rx1_frequency(us, i, 0), 923300000 + 600000 * (i % 8));
        assert_int_equal(region_rx1_frequency(au, i, 0), 923300000 + 600000 * (i % 8));
    }
    for (int i = 0; i < 96; i++)
        assert_int_equal(region_rx1_frequency(cn, i, 0), 500300000 + 200000 * (i % 48));
}

static void check_power(const char *name, int max_eirp_cdbm, int n)
{
    const struct region *r = get(name);
    assert_int_equal(r->max_eirp_cdbm, max_eirp_cdbm);
    assert_int_equal(r->n_tx_powers, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(region_tx_power_cdbm(r, i, r->max_eirp_cdbm), max_eirp_cdbm - 200 * i);
    assert_int_equal(region_tx_power_cdbm(r, n, r->max_eirp_cdbm), SIM_EINVAL);
    assert_int_equal(region_tx_power_cdbm(r, -1, r->max_eirp_cdbm), SIM_EINVAL);
}

static void test_powers(void **state)
{
    (void)state;
    check_power("EU868", 1600, 8);
    check_power("US915", 3000, 15);
    check_power("AU915", 3000, 15);
    check_power("AS923-1", 1600, 8);
    check_power("IN865", 3000, 11);
    check_power("KR920", 1400, 8);
    check_power("CN470", 1915, 8);
    static const int dbm[16] = {8, 10, 12, 13, 14, 16, 18, 20, 21, 24, 26, 27, 29, 30, 33, 36};
    for (int i = 0; i < 16; i++)
        assert_int_equal(region_max_eirp_code_cdbm(i), 100 * dbm[i]);
}

static void test_sub_bands(void **state)
{
    (void)state;
    static const struct {
        int64_t hz;
        const char *name;
        int32_t duty_ppm;
        int eirp_cdbm;
    } eu[] = {
        {863000000, "K", 1000, 1615},   {864999999, "K", 1000, 1615},
        {865000000, "L", 10000, 1615},  {867900000, "L", 10000, 1615},
        {868100000, "M", 10000, 1615},  {868599999, "M", 10000, 1615},
        {868700000, "N", 1000, 1615},   {869199999, "N", 1000, 1615},
        {869400000, "P", 100000, 2915}, {869525000, "P", 100000, 2915},
        {869700000, "Q", 10000, 1615},  {869999999, "Q", 10000, 1615},
    };
    const struct region *r = get("EU868");
    for (size_t i = 0; i < sizeof eu / sizeof eu[0]; i++) {
        int b = region_sub_band(r, eu[i].hz);
        assert_true(b >= 0);
        assert_string_equal(r->sub_bands[b].name, eu[i].name);
        assert_int_equal(r->sub_bands[b].duty_ppm, eu[i].duty_ppm);
        assert_int_equal(r->sub_bands[b].max_eirp_cdbm, eu[i].eirp_cdbm);
    }
    assert_int_equal(region_sub_band(r, 862999999), -1);
    assert_int_equal(region_sub_band(r, 868650000), -1);
    assert_int_equal(region_sub_band(r, 869300000), -1);
    assert_int_equal(region_sub_band(r, 869650000), -1);
    const struct region *kr = get("KR920");
    assert_int_equal(kr->sub_bands[region_sub_band(kr, 921900000)].max_eirp_cdbm, 1000);
    assert_int_equal(kr->sub_bands[region_sub_band(kr, 922100000)].max_eirp_cdbm, 1400);
    assert_int_equal(kr->lbt_cdbm, -6500);
    assert_int_equal(get("US915")->n_sub_bands, 0);
    assert_int_equal(get("IN865")->n_sub_bands, 0);
}

/* Every frequency a region uses lies in what its devices accept, and in a sub-band where there are
 * some. */
static void test_consistent(void **state)
{
    (void)state;
    for (size_t k = 0; k < region_count(); k++) {
        const struct region *r = region_at(k);
        int64_t used[REGION_MAX_CHANNELS + 3];
        int n = 0;
        for (int i = 0; i < r->n_default_channels; i++)
            used[n++] = region_default_channel(r, i).frequency_hz;
        used[n++] = r->rx2_frequency_hz;
        used[n++] = r->beacon_frequency_hz;
        used[n++] = r->beacon_frequency_hz + (r->n_beacon_channels - 1) * r->beacon_step_hz;
        for (int i = 0; i < n; i++) {
            assert_in_range(used[i], r->min_hz, r->max_hz);
            assert_true(r->n_sub_bands == 0 || region_sub_band(r, used[i]) >= 0);
        }
        assert_true(r->dr[r->join_min_dr].up && r->dr[r->join_max_dr].up);
        assert_int_equal(r->tx_param_setup, r->default_uplink_dwell);
    }
}

static void test_join_dynamic(void **state)
{
    (void)state;
    int channel, dr;
    const struct region *eu = get("EU868"), *as = get("AS923-1");
    region_join_channel(eu, 0, 0, 9, &channel, &dr);
    assert_int_equal(channel, 0);
    assert_int_equal(dr, 5);
    region_join_channel(eu, 7, UINT32_MAX, 3, &channel, &dr);
    assert_int_equal(channel, 2);
    assert_int_equal(dr, 3);
    region_join_channel(as, 0, UINT32_MAX, 0, &channel, &dr);
    assert_int_equal(channel, 1);
    assert_int_equal(dr, 2);
}

static void test_join_fixed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int dr_125, dr_500;
    } plans[] = {{"US915", 0, 4}, {"AU915", 2, 6}};
    for (size_t p = 0; p < 2; p++) {
        unsigned groups = 0;
        for (unsigned n = 0; n < 16; n++) {
            int channel, dr;
            region_join_channel(get(plans[p].name), n, n * 0x31234567u, 5, &channel, &dr);
            if (n % 2) {
                assert_int_equal(channel, 64 + (int)n / 2);
                assert_int_equal(dr, plans[p].dr_500);
            } else {
                assert_in_range(channel, 0, 63);
                assert_int_equal(dr, plans[p].dr_125);
                groups |= 1u << channel / 8;
            }
        }
        assert_int_equal(groups, 0xff);
    }
    unsigned groups = 0;
    for (unsigned n = 0; n < 12; n++) {
        int channel, dr;
        region_join_channel(get("CN470"), n, ~n, 4, &channel, &dr);
        assert_int_equal(dr, 4);
        groups |= 1u << channel / 8;
    }
    assert_int_equal(groups, 0xfff);
}

typedef uint16_t bits[6];

static void check_mask(const char *name, const bits defined, int cntl, uint16_t ch_mask,
                       const bits before, int rc, const bits after)
{
    bits mask;
    memcpy(mask, before, sizeof mask);
    assert_int_equal(region_apply_channel_mask(get(name), defined, cntl, ch_mask, mask), rc);
    assert_memory_equal(mask, after, sizeof mask);
}

static void test_mask_dynamic(void **state)
{
    (void)state;
    const bits five = {0x1f}, three = {0x07}, one = {0x02}, none = {0};
    check_mask("EU868", five, 0, 0x0002, three, SIM_OK, one);
    check_mask("EU868", five, 0, 0x0020, three, SIM_ERANGE, three);
    check_mask("EU868", five, 0, 0, three, SIM_ERANGE, none);
    check_mask("EU868", five, 6, 0, three, SIM_OK, five);
    for (int cntl = 1; cntl <= 7; cntl++)
        if (cntl != 6)
            check_mask("EU868", five, cntl, 1, three, SIM_EINVAL, three);
    check_mask("EU868", five, 8, 1, three, SIM_EINVAL, three);
    check_mask("EU868", five, -1, 1, three, SIM_EINVAL, three);
}

static void test_mask_72(void **state)
{
    (void)state;
    const bits all = {0xffff, 0xffff, 0xffff, 0xffff, 0x00ff};
    check_mask("US915", all, 0, 0xff00, all, SIM_OK,
               (bits){0xff00, 0xffff, 0xffff, 0xffff, 0x00ff});
    check_mask("US915", all, 3, 0x0001, all, SIM_OK,
               (bits){0xffff, 0xffff, 0xffff, 0x0001, 0x00ff});
    check_mask("US915", all, 4, 0xff02, all, SIM_OK,
               (bits){0xffff, 0xffff, 0xffff, 0xffff, 0x0002});
    check_mask("US915", all, 5, 0x0006, all, SIM_OK, (bits){0xff00, 0x00ff, 0, 0, 0x0006});
    check_mask("AU915", all, 5, 0x0081, all, SIM_OK, (bits){0x00ff, 0, 0, 0xff00, 0x0081});
    check_mask("AU915", all, 6, 0x0003, (bits){1}, SIM_OK,
               (bits){0xffff, 0xffff, 0xffff, 0xffff, 0x0003});
    check_mask("AU915", all, 7, 0x0002, all, SIM_OK, (bits){0, 0, 0, 0, 0x0002});
    check_mask("AU915", all, 7, 0, all, SIM_ERANGE, (bits){0});
}

static void test_mask_96(void **state)
{
    (void)state;
    const bits all = {0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff};
    check_mask("CN470", all, 5, 0x8000, all, SIM_OK,
               (bits){0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0x8000});
    check_mask("CN470", all, 6, 0, (bits){1}, SIM_OK, all);
    check_mask("CN470", all, 7, 1, all, SIM_EINVAL, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_payload_limits),
        cmocka_unit_test(test_data_rates),      cmocka_unit_test(test_rx1_fixed),
        cmocka_unit_test(test_rx1_formulas),    cmocka_unit_test(test_rx1_in865),
        cmocka_unit_test(test_rx2_and_beacons), cmocka_unit_test(test_dynamic_channels),
        cmocka_unit_test(test_fixed_channels),  cmocka_unit_test(test_powers),
        cmocka_unit_test(test_sub_bands),       cmocka_unit_test(test_consistent),
        cmocka_unit_test(test_join_dynamic),    cmocka_unit_test(test_join_fixed),
        cmocka_unit_test(test_mask_dynamic),    cmocka_unit_test(test_mask_72),
        cmocka_unit_test(test_mask_96),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
