/* SPDX-License-Identifier: GPL-2.0-only
 * Pins required SNR and sensitivities, printed again here column by column from the data sheets
 * (see receiver.c). */
#include "models/radio/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_snr(void **state)
{
    (void)state;
    static const int cdb[] = {-500, -750, -1000, -1250, -1500, -1750, -2000};
    for (int sf = 6; sf <= 12; sf++)
        assert_int_equal(radio_required_snr_cdb(sf), cdb[sf - 6]);
    assert_int_equal(radio_required_snr_cdb(5), -250);
    assert_int_equal(radio_required_snr_cdb(0), 1000);
}

static void check_column(enum radio_receiver rx, int64_t bw_hz, const int dbm[7])
{
    for (int sf = 6; sf <= 12; sf++)
        assert_int_equal(radio_sensitivity_cdbm(rx, sf, bw_hz, 0), 100 * dbm[sf - 6]);
}

static void test_measured_tables(void **state)
{
    (void)state;
    check_column(RX_SX1272, 125000, (const int[]){-121, -124, -127, -130, -133, -135, -137});
    check_column(RX_SX1272, 250000, (const int[]){-118, -122, -125, -128, -130, -132, -135});
    check_column(RX_SX1272, 500000, (const int[]){-111, -116, -119, -122, -125, -128, -129});
    check_column(RX_SX1276, 125000, (const int[]){-118, -123, -126, -129, -132, -133, -136});
    check_column(RX_SX1276, 250000, (const int[]){-115, -120, -123, -125, -128, -130, -133});
    check_column(RX_SX1276, 500000, (const int[]){-111, -116, -119, -122, -125, -128, -130});
}

static void test_gateways(void **state)
{
    (void)state;
    for (int sf = 7; sf <= 12; sf++) {
        assert_int_equal(radio_sensitivity_cdbm(RX_SX1301, sf, 125000, 0), -13000 - 250 * (sf - 7));
        assert_int_equal(radio_sensitivity_cdbm(RX_SX1301, sf, 250000, 0),
                         -13000 - 250 * (sf - 7) + 301);
        assert_int_equal(radio_sensitivity_cdbm(RX_SX1301, sf, 500000, 0),
                         -13000 - 250 * (sf - 7) + 602);
    }
    assert_int_equal(radio_sensitivity_cdbm(RX_SX1302, 7, 125000, 0), -12500);
    assert_int_equal(radio_sensitivity_cdbm(RX_SX1302, 12, 125000, 0), -14100);
    assert_int_equal(radio_sensitivity_cdbm(RX_SX1302, 12, 500000, 0), -13498);
}

/* NF 6 dB: SF12 -137.0, SF7 -124.5 dBm at 125 kHz. */
static void test_thermal(void **state)
{
    (void)state;
    assert_int_equal(radio_noise_floor_cdbm(125000, 600), -11703);
    assert_int_equal(radio_sensitivity_cdbm(RX_THERMAL, 12, 125000, 600), -13703);
    assert_int_equal(radio_sensitivity_cdbm(RX_THERMAL, 7, 125000, 600), -12453);
    assert_int_equal(radio_noise_floor_cdbm(1, 0), -17400);
}

static void test_fsk_and_falling(void **state)
{
    (void)state;
    for (int rx = RX_SX1272; rx <= RX_SX1302; rx++) {
        assert_int_equal(radio_sensitivity_cdbm((enum radio_receiver)rx, 0, 50000, 0), -10800);
        for (int64_t bw = 125000; bw <= 500000; bw *= 2)
            for (int sf = 5; sf < 12; sf++)
                assert_true(radio_sensitivity_cdbm((enum radio_receiver)rx, sf, bw, 0) >
                            radio_sensitivity_cdbm((enum radio_receiver)rx, sf + 1, bw, 0));
    }
    assert_string_equal(radio_receiver_names[RX_SX1302], "sx1302");
    assert_string_equal(radio_receiver_names[RX_THERMAL], "thermal");
    assert_null(radio_receiver_names[RX_THERMAL + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snr),
        cmocka_unit_test(test_measured_tables),
        cmocka_unit_test(test_gateways),
        cmocka_unit_test(test_thermal),
        cmocka_unit_test(test_fsk_and_falling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
