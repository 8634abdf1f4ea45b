/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the bound on a fleet's set-up by hand-made sums: one window, both windows side by side,
 * shared sub-bands, data rates, gateways, requests that RX1 cannot carry, members that send
 * nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/lorawan/devices.h"
#include "models/packages/campaign_setup.h"

static const int64_t default_hz[] = {868100000, 868300000, 868500000};
static const struct campaign_setup_request one[] = {{"FragSessionSetupReq", 11, 1}};

/* 1,000 members at DR5, one request of 11 octets, RX2 at DR0. */
static struct campaign_setup_input base(void)
{
    struct campaign_setup_input in = {.region = region_find("EU868"),
                                      .duty_cycle = true,
                                      .requests = one,
                                      .n_requests = 1,
                                      .n_gateways = 1,
                                      .rx1_hz = default_hz,
                                      .n_rx1 = 3,
                                      .rx2_dr = 0,
                                      .rx2_hz = 869525000,
                                      .use_rx1 = true,
                                      .use_rx2 = true,
                                      .uplink_period = SIM_S(600)};
    in.n_at_dr[5] = 1000;
    return in;
}

static double seconds(const struct campaign_setup_input *in)
{
    struct campaign_setup s;
    campaign_setup_find(&s, in);
    return (double)s.by_duty / 1e9;
}

static void near(double found, double want)
{
    if (found < want * .9999 || found > want * 1.0001)
        fail_msg("%.4f, not %.4f", found, want);
}

static double air(const struct campaign_setup_input *in, int dr, int len)
{
    return (double)devices_airtime(in->region, dr, 13 + len, true) / 1e9;
}

static void test_windows(void **state)
{
    (void)state;
    struct campaign_setup_input in = base();
    double rx1 = 1000 * air(&in, 5, 11) / .01, rx2 = 1000 * air(&in, 0, 11) / .1;
    in.use_rx2 = false;
    near(seconds(&in), rx1);
    in.use_rx2 = true;
    in.use_rx1 = false;
    near(seconds(&in), rx2);
    in.use_rx1 = true;
    near(seconds(&in), rx1 * rx2 / (rx1 + rx2));
    in.n_gateways = 4;
    near(seconds(&in), rx1 * rx2 / (rx1 + rx2) / 4);
    in.n_gateways = 1;
    in.duty_cycle = false; /* one transmitter: the faster window alone */
    near(seconds(&in), 1000 * air(&in, 5, 11));
}

/* RX1 over two sub-bands of 1 %: each carries its share. */
static void test_sub_bands(void **state)
{
    (void)state;
    static const int64_t hz[] = {868100000, 868300000, 868500000, 867100000};
    struct campaign_setup_input in = base();
    in.use_rx2 = false;
    in.rx1_hz = hz;
    in.n_rx1 = 4;
    near(seconds(&in), 1000 * air(&in, 5, 11) * .75 / .01);
    in.use_rx2 = true;
    in.rx2_hz = 868300000; /* the same sub-band: RX1 is the faster window there */
    near(seconds(&in), 1000 * air(&in, 5, 11) * .75 / .01);
}

static void test_data_rates(void **state)
{
    (void)state;
    struct campaign_setup_input in = base();
    in.n_at_dr[0] = 10;
    in.use_rx2 = false;
    near(seconds(&in), (1000 * air(&in, 5, 11) + 10 * air(&in, 0, 11)) / .01);
    in.rx1_dr_offset = 2;
    near(seconds(&in), (1000 * air(&in, 3, 11) + 10 * air(&in, 0, 11)) / .01);
    static const struct campaign_setup_request large[] = {{"large", 52, 1}};
    in.requests = large; /* too long for RX1 at DR0 */
    in.use_rx2 = true;
    in.rx2_dr = 3;
    near(seconds(&in), 1010 * air(&in, 3, 52) / .1);
}

static void test_counts(void **state)
{
    (void)state;
    static const struct campaign_setup_request many[] = {{"a", 1, 3}, {"b", 30, 1}};
    struct campaign_setup_input in = base();
    struct campaign_setup s;
    in.requests = many;
    in.n_requests = 2;
    in.use_rx2 = false;
    campaign_setup_find(&s, &in);
    assert_int_equal(s.n_requests, 4000);
    assert_true(s.by_uplinks == 4 * SIM_S(600));
    near((double)s.by_duty / 1e9, 1000 * (3 * air(&in, 5, 1) + air(&in, 5, 30)) / .01);
    in.uplink_period = SIM_NEVER;
    campaign_setup_find(&s, &in);
    assert_true(s.by_uplinks == SIM_NEVER);
    in.n_requests = 0;
    campaign_setup_find(&s, &in);
    assert_int_equal(s.n_requests, 0);
    assert_true(s.by_duty == 0 && s.by_uplinks == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_sub_bands),
        cmocka_unit_test(test_data_rates),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
