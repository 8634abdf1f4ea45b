/* SPDX-License-Identifier: GPL-2.0-only
 * Pins currents of transmissions between, below and beyond the points of a data sheet, and energy
 * and battery life worked out by hand. Leaves open: how long a device is in each state
 * (run.device_energy). */
#include "models/radio/energy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t powers[] = {700, 1300, 1700, 2000},
               currents[] = {20000000, 29000000, 87000000, 120000000};

static struct energy_cfg sx1276(void)
{
    return (struct energy_cfg){.voltage_mv = 3300,
                               .tx_at_cdbm = {powers, 4},
                               .tx_na = {currents, 4},
                               .rx_na = 11500000,
                               .idle_na = 200,
                               .sleep_na = 200,
                               .mcu_na = 860,
                               .battery_uah = 2600000,
                               .self_discharge_ratio = 0.01};
}

static void tx_current(void **state)
{
    (void)state;
    struct energy_cfg e = sx1276();
    e.mcu_na = 0;
    for (int i = 0; i < 4; i++)
        assert_int_equal(energy_tx_na(&e, (int)powers[i]), currents[i]);
    assert_int_equal(energy_tx_na(&e, -3000), 20000000);
    assert_int_equal(energy_tx_na(&e, 1000), 24500000);  /* half way */
    assert_int_equal(energy_tx_na(&e, 1400), 43500000);  /* 29 + 58 / 4 */
    assert_int_equal(energy_tx_na(&e, 1701), 87110000);  /* 11 mA a dB */
    assert_int_equal(energy_tx_na(&e, 3000), 230000000); /* the same line goes on */
    e.antenna_gain_cdb = 215;
    assert_int_equal(energy_tx_na(&e, 1515), 29000000);
    e.antenna_gain_cdb = -100;
    assert_int_equal(energy_tx_na(&e, 1300), 43500000);
    e.antenna_gain_cdb = 0;
    e.mcu_na = 860;
    assert_int_equal(energy_tx_na(&e, 700), 20000860);
    e.tx_na.n = e.tx_at_cdbm.n = 1;
    assert_int_equal(energy_tx_na(&e, 2000), 20000860);
    assert_int_equal(energy_tx_na(&e, 0), 20000860);
}

static void charge(void **state)
{
    (void)state;
    assert_int_equal(energy_charge_pc(SIM_MS(1), 1000000), INT64_C(1000000)); /* 1 uC */
    assert_int_equal(energy_charge_pc(61696000, 44000000), INT64_C(2714624000));
    assert_int_equal(energy_charge_pc(1, 999999), 0);
    assert_int_equal(energy_charge_pc(SIM_S(3600), 2000000000), INT64_C(7200000000000000));
}

/* 1 h with 61.696 ms at 44 mA, 221.184 ms of windows, 2 s of waiting, 10 s of RXC, joins of 0.1 s
 * at 100 mA and 0.5 s of windows; 3.3 V. */
static void energy(void **state)
{
    (void)state;
    struct energy_cfg e = sx1276();
    struct energy_use u = {.time = {[ENERGY_TX] = 61696000,
                                    [ENERGY_RX] = 221184000,
                                    [ENERGY_JOIN_TX] = SIM_MS(100),
                                    [ENERGY_JOIN_RX] = SIM_MS(500),
                                    [ENERGY_RXC] = SIM_S(10),
                                    [ENERGY_IDLE] = SIM_S(2)},
                           .tx_pc = INT64_C(2714624000),
                           .join_tx_pc = INT64_C(10000000000)};
    struct energy_sum s = energy_of(&e, &u, SIM_S(3600));
    assert_int_equal(s.uj[ENERGY_TX], 8958);       /* 2.714624 mC: 8958.26 */
    assert_int_equal(s.uj[ENERGY_RX], 8395);       /* 0.221184 s x 11.50086 mA: 8394.56 */
    assert_int_equal(s.uj[ENERGY_JOIN_TX], 33000); /* 10 mC */
    assert_int_equal(s.uj[ENERGY_JOIN_RX], 18976); /* 18976.42 */
    assert_int_equal(s.uj[ENERGY_RXC], 379528);    /* 379528.38 */
    assert_int_equal(s.uj[ENERGY_IDLE], 7);        /* 2 s x 1.06 uA: 6.996 */
    assert_int_equal(s.uj[ENERGY_SLEEP], 12548);   /* 3587.11712 s x 1.06 uA: 12547.7 */
    assert_int_equal(s.total_uj, 8958 + 8395 + 33000 + 18976 + 379528 + 7 + 12548);
    s = energy_of(&e, &u, SIM_S(1)); /* nothing is left to sleep */
    assert_int_equal(s.uj[ENERGY_SLEEP], 0);
    /* A year at 2 A and 20 V: 31557600 s x 40 W. */
    struct energy_use always = {.time = {[ENERGY_RXC] = SIM_S(31557600)}};
    e.voltage_mv = 20000;
    e.rx_na = 1000000000;
    e.mcu_na = 1000000000;
    s = energy_of(&e, &always, SIM_S(31557600));
    assert_int_equal(s.total_uj, INT64_C(1262304000000000));
}

static bool near(double value, double want)
{
    return value > want * (1 - 1e-12) && value < want * (1 + 1e-12);
}

static void battery(void **state)
{
    (void)state;
    struct energy_cfg e = sx1276();
    e.self_discharge_ratio = 0;
    /* 1 mA at 3.3 V for a day is 285.12 J and 24 mAh: 2600 / 24 days. */
    assert_true(near(energy_battery_days(&e, 285120000, SIM_S(86400)), 2600 / 24.0));
    assert_true(near(energy_battery_days(&e, 285120000 / 2, SIM_S(43200)), 2600 / 24.0));
    assert_true(energy_battery_days(&e, 0, SIM_S(1)) == 0); /* never: nothing to say */
    e.self_discharge_ratio = 0.01;
    /* 26 mAh a year go by themselves. */
    assert_true(near(energy_battery_days(&e, 0, SIM_S(3600)), 36525));
    assert_true(near(energy_battery_days(&e, 285120000, SIM_S(86400)), 2600 / (24 + 26 / 365.25)));
    assert_true(energy_battery_days(&e, 0, 0) == 0);
    assert_true(energy_battery_days(&e, 0, -1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tx_current),
        cmocka_unit_test(charge),
        cmocka_unit_test(energy),
        cmocka_unit_test(battery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
