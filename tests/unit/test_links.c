/* SPDX-License-Identifier: GPL-2.0-only
 * Pins links: closed forms of path loss, order and cut of the rows, shadowing (moments,
 * correlation, independence of others), fading (moments), the matrix file and what is said about
 * bad ones. */
#include "models/radio/links.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/radio/path_loss.h"
#include "sim/detmath.h"

enum { F868 = 868000000 };

static const struct path_loss_cfg log_distance = {.model = LOSS_LOG_DISTANCE,
                                                  .exponent = 3.76,
                                                  .reference_loss_cdb = 770,
                                                  .reference_distance_mm = 1000};

static struct radio_cfg radio_plain(void)
{
    return (struct radio_cfg){.path_loss = log_distance,
                              .shadowing = {.correlation_distance_mm = SCN_WORD}};
}

static int gain_at(const struct path_loss_cfg *cfg, int64_t distance_mm, int64_t f_hz)
{
    struct place a = {distance_mm, 0, 0}, b = {0};
    return links_path_gain_cdb(cfg, f_hz, &a, &b);
}

/* 7.7 + 37.6 log10(d): 1 m 7.7, 10 m 45.3, 1 km 120.5, 6.4 km 150.81 dB. */
static void test_log_distance(void **state)
{
    (void)state;
    assert_int_equal(gain_at(&log_distance, 0, F868), -770);
    assert_int_equal(gain_at(&log_distance, 999, F868), -770);
    assert_int_equal(gain_at(&log_distance, 10000, F868), -4530);
    assert_int_equal(gain_at(&log_distance, 1000000, F868), -12050);
    assert_int_equal(gain_at(&log_distance, 6400000, F868), -15081);
    assert_int_equal(gain_at(&log_distance, INT64_C(20000000000), F868), -28222);
    struct path_loss_cfg steep = log_distance;
    steep.exponent = 10;
    assert_int_equal(gain_at(&steep, INT64_C(20000000000), F868), -32768);
}

/* Hata, 900 MHz, hb 30 m, hm 1.5 m: small city at 1 km 126.40 (a = 0.016), 35.22 dB a decade;
 * suburbs 9.94 dB less, open country 28.51 less (log10 f = 2.9542). Large city: a = -0.0009. */
static void test_hata(void **state)
{
    (void)state;
    struct path_loss_cfg cfg = {.model = LOSS_OKUMURA_HATA, .area = HATA_URBAN_SMALL};
    struct place device = {1000000, 0, 1500}, gateway = {0, 0, 30000};
    device.x_mm = (int64_t)sqrt(1e12 - 28500.0 * 28500.0); /* 1 km in space */
    const int64_t f = 900000000;
    assert_int_equal(links_path_gain_cdb(&cfg, f, &device, &gateway), -12640);
    cfg.area = HATA_URBAN_LARGE;
    assert_int_equal(links_path_gain_cdb(&cfg, f, &device, &gateway), -12642);
    cfg.area = HATA_SUBURBAN;
    assert_int_equal(links_path_gain_cdb(&cfg, f, &device, &gateway), -11646);
    cfg.area = HATA_OPEN;
    assert_int_equal(links_path_gain_cdb(&cfg, f, &device, &gateway), -9790);
    cfg.area = HATA_URBAN_SMALL;
    device.x_mm = (int64_t)sqrt(1e14 - 28500.0 * 28500.0); /* 10 km */
    assert_int_equal(links_path_gain_cdb(&cfg, f, &device, &gateway), -16163);
    /* nearer than 20 m is 20 m, lower than 1 m is 1 m */
    struct place near = {5000, 0, 30000}, under = {0, 0, 30000};
    assert_int_equal(links_path_gain_cdb(&cfg, f, &near, &gateway),
                     links_path_gain_cdb(&cfg, f, &under, &gateway));
    device.z_mm = 0;
    assert_true(links_path_gain_cdb(&cfg, f, &device, &gateway) < -16163);
    /* below 300 MHz the large city has its own correction */
    cfg.area = HATA_URBAN_LARGE;
    assert_true(links_path_gain_cdb(&cfg, 200000000, &device, &gateway) < 0);
}

struct world {
    struct place *devices, *gateways;
    sim_entity *device_ids, *gateway_ids;
    struct links_input in;
};

static void world_make(struct world *w, const struct radio_cfg *radio, size_t n, size_t n_gw)
{
    w->devices = calloc(n + 1, sizeof *w->devices);
    w->gateways = calloc(n_gw + 1, sizeof *w->gateways);
    w->device_ids = calloc(n + 1, sizeof *w->device_ids);
    w->gateway_ids = calloc(n_gw + 1, sizeof *w->gateway_ids);
    struct rng g = rng_open(5, 1, RNG_TEST, 0);
    for (size_t i = 0; i < n; i++) {
        w->devices[i] = (struct place){(int64_t)rng_below(&g, 20000000),
                                       (int64_t)rng_below(&g, 20000000), 1500};
        w->device_ids[i] = entity_make("dev", (uint32_t)i);
    }
    for (size_t i = 0; i < n_gw; i++) {
        w->gateways[i] = (struct place){(int64_t)(i % 5) * 4000000, (int64_t)(i / 5) * 9000000,
                                        15000 + (int64_t)i * 1000};
        w->gateway_ids[i] = entity_make("gw", (uint32_t)i);
    }
    w->in = (struct links_input){.radio = radio,
                                 .frequency_hz = F868,
                                 .devices = w->devices,
                                 .device_ids = w->device_ids,
                                 .n_devices = n,
                                 .gateways = w->gateways,
                                 .gateway_ids = w->gateway_ids,
                                 .n_gateways = n_gw,
                                 .limit_cdb = -16500,
                                 .seed = 1,
                                 .run = 1};
}

static void world_free(struct world *w)
{
    free(w->devices);
    free(w->gateways);
    free(w->device_ids);
    free(w->gateway_ids);
}

static void must_make(struct links *l, const struct world *w)
{
    struct sim_error e = {0};
    if (links_make(l, &w->in, &e))
        fail_msg("%s", e.text);
}

static void check_rows(const struct world *w, const struct links *l)
{
    assert_int_equal(l->first[0], 0);
    for (size_t d = 0; d < l->n_devices; d++)
        for (uint32_t k = l->first[d]; k < l->first[d + 1]; k++) {
            const struct link *x = &l->link[k];
            assert_int_equal(x->gain_cdb, links_path_gain_cdb(&log_distance, F868, &w->devices[d],
                                                              &w->gateways[x->gateway]));
            assert_true(x->gain_cdb >= l->limit_cdb);
            if (k > l->first[d])
                assert_true(x[-1].gain_cdb > x->gain_cdb ||
                            (x[-1].gain_cdb == x->gain_cdb && x[-1].gateway < x->gateway));
        }
    assert_int_equal(l->first[l->n_devices] + l->n_cut, l->n_devices * l->n_gateways);
}

static void test_rows(void **state)
{
    (void)state;
    static const size_t gateways[] = {0, 1, 10, 40};
    for (size_t i = 0; i < 4; i++) {
        struct radio_cfg radio = radio_plain();
        struct world w;
        struct links l;
        world_make(&w, &radio, 500, gateways[i]);
        w.in.limit_cdb = -15500;
        must_make(&l, &w);
        check_rows(&w, &l);
        assert_true(gateways[i] < 10 || (l.n_cut > 0 && l.first[500] > 500));
        links_free(&l);
        world_free(&w);
    }
}

static void test_equal_gains(void **state)
{
    (void)state;
    struct radio_cfg radio = radio_plain();
    struct world w;
    struct links l;
    world_make(&w, &radio, 1, 5);
    memset(w.gateways, 0, 5 * sizeof *w.gateways);
    w.in.limit_cdb = -32768;
    must_make(&l, &w);
    for (uint32_t k = 0; k < 5; k++)
        assert_int_equal(l.link[k].gateway, k);
    links_free(&l);
    world_free(&w);
}

static void test_gateway_gains(void **state)
{
    (void)state;
    for (int model = LOSS_LOG_DISTANCE; model <= LOSS_OKUMURA_HATA; model++) {
        struct radio_cfg radio = radio_plain();
        radio.path_loss.model = model;
        struct world w;
        struct links l;
        world_make(&w, &radio, 1, 10);
        must_make(&l, &w);
        for (size_t a = 0; a < 10; a++) {
            assert_int_equal(l.gateway_gain_cdb[a * 10 + a], 0);
            for (size_t b = a + 1; b < 10; b++) {
                int gain = l.gateway_gain_cdb[a * 10 + b];
                assert_int_equal(gain, l.gateway_gain_cdb[b * 10 + a]);
                assert_int_equal(gain, links_path_gain_cdb(&radio.path_loss, F868, &w.gateways[a],
                                                           &w.gateways[b]));
            }
        }
        links_free(&l);
        world_free(&w);
    }
}

/* Shadowing of link (d, g) in a world where no link is cut. */
static int gain_of(const struct links *l, size_t d, size_t g)
{
    for (uint32_t k = l->first[d]; k < l->first[d + 1]; k++)
        if (l->link[k].gateway == g)
            return l->link[k].gain_cdb;
    fail_msg("no link %zu %zu", d, g);
    return 0;
}

static void test_shadowing_independent(void **state)
{
    (void)state;
    struct radio_cfg radio = radio_plain(), calm = radio;
    radio.shadowing.sigma_cdb = 800;
    struct world w;
    struct links l, mean, less;
    world_make(&w, &radio, 4000, 5);
    w.in.limit_cdb = -32768;
    must_make(&l, &w);
    w.in.radio = &calm;
    must_make(&mean, &w);
    double sum = 0, square = 0, product = 0;
    for (size_t d = 0; d < 4000; d++) {
        double s[2] = {0};
        for (size_t g = 0; g < 5; g++) {
            double x = gain_of(&l, d, g) - gain_of(&mean, d, g);
            sum += x;
            square += x * x;
            s[g % 2] = x;
        }
        product += s[0] * s[1];
    }
    assert_true(fabs(sum / 20000) < 4 * 800 / sqrt(20000));
    assert_true(fabs(sqrt(square / 20000) / 800 - 1) < 0.02);
    assert_true(fabs(product / 4000 / 640000) < 4 / sqrt(4000));
    /* without the first 100 devices and the first gateway the others keep theirs */
    w.in.radio = &radio;
    w.in.devices += 100;
    w.in.device_ids += 100;
    w.in.gateways++;
    w.in.gateway_ids++;
    w.in.n_devices = 50;
    w.in.n_gateways = 4;
    must_make(&less, &w);
    for (size_t d = 0; d < 50; d++)
        for (size_t g = 0; g < 4; g++)
            assert_int_equal(gain_of(&less, d, g), gain_of(&l, d + 100, g + 1));
    links_free(&l);
    links_free(&mean);
    links_free(&less);
    world_free(&w);
}

/* Over 200 gateways' fields: mean 0, deviation 1, correlation exp(-d / dc) at 0.25, 1 and 3 dc
 * within 0.05 (each estimate has a standard error of about 0.01). Within one field, estimated at 50
 * places (standard error 0.14), the correlation at dc is off by less than 0.2 on average: a single
 * field has it, too. */
static void test_shadowing_correlated(void **state)
{
    (void)state;
    enum { FIELDS = 200, PLACES = 50, DC = 100000 };
    static const double lags[] = {0.25, 1, 3};
    double sum = 0, square = 0, lagged[3] = {0}, spread = 0;
    struct rng g = rng_open(3, 1, RNG_TEST, 1);
    for (int i = 0; i < FIELDS; i++) {
        struct shadow_field f;
        shadow_field_init(&f, rng_key_make(1, 1, RNG_SHADOWING), entity_make("gw", (uint32_t)i),
                          DC);
        double one = 0, one_square = 0;
        for (int p = 0; p < PLACES; p++) {
            struct place a = {rng_below(&g, 100 * DC), rng_below(&g, 100 * DC), 0};
            double v = shadow_field_at(&f, &a), turn = rng_uniform(&g);
            sum += v;
            square += v * v;
            one_square += v * v;
            for (int k = 0; k < 3; k++) {
                struct place b = {a.x_mm + det_round(lags[k] * DC * det_cos_turn(turn)),
                                  a.y_mm + det_round(lags[k] * DC * det_sin_turn(turn)), 9000};
                double product = v * shadow_field_at(&f, &b);
                lagged[k] += product;
                one += k == 1 ? product : 0;
            }
        }
        spread += fabs(one / one_square - det_exp(-1));
    }
    double n = FIELDS * PLACES;
    assert_true(fabs(sum / n) < 0.05);
    assert_true(fabs(square / n - 1) < 0.05);
    for (int k = 0; k < 3; k++)
        if (fabs(lagged[k] / n - det_exp(-lags[k])) > 0.05)
            fail_msg("at %g: %g, want %g", lags[k], lagged[k] / n, det_exp(-lags[k]));
    assert_true(spread / FIELDS < 0.2);
}

/* The field is the sum of its waves, whatever approximates the cosine. */
static void test_shadow_waves(void **state)
{
    (void)state;
    struct shadow_field f;
    shadow_field_init(&f, rng_key_make(2, 1, RNG_SHADOWING), entity_make("gw", 1), 50000);
    struct rng g = rng_open(4, 1, RNG_TEST, 2);
    for (int i = 0; i < 200; i++) {
        struct place a = {(int64_t)rng_below(&g, 40000000) - 20000000,
                          (int64_t)rng_below(&g, 40000000) - 20000000, 0};
        double sum = 0;
        for (int k = 0; k < SHADOW_WAVES; k++) {
            double turns = f.kx[k] * (double)a.x_mm + f.ky[k] * (double)a.y_mm + f.phase[k];
            sum += det_cos_turn(turns);
        }
        assert_true(fabs(shadow_field_at(&f, &a) - sum * sqrt(2.0 / SHADOW_WAVES)) < 1e-7);
    }
}

static void test_correlated_links(void **state)
{
    (void)state;
    struct radio_cfg radio = radio_plain();
    radio.shadowing = (struct shadowing_cfg){.sigma_cdb = 600, .correlation_distance_mm = 50000};
    struct world w;
    struct links l, one;
    world_make(&w, &radio, 200, 3);
    w.in.limit_cdb = -32768;
    w.devices[1] = w.devices[0]; /* at the same place: the same shadowing */
    must_make(&l, &w);
    for (size_t g = 0; g < 3; g++)
        assert_int_equal(gain_of(&l, 0, g), gain_of(&l, 1, g));
    w.in.devices += 77;
    w.in.device_ids += 77;
    w.in.n_devices = 1;
    must_make(&one, &w);
    for (size_t g = 0; g < 3; g++)
        assert_int_equal(gain_of(&one, 0, g), gain_of(&l, 77, g));
    links_free(&l);
    links_free(&one);
    world_free(&w);
}

static double mean_power(const struct fading_cfg *cfg, double *below_10_db, double *square_db)
{
    enum { N = 100000 };
    struct rng_key key = rng_key_make(1, 1, RNG_FADING);
    double sum = 0, below = 0, square = 0;
    for (uint64_t i = 0; i < N; i++) {
        int cdb = links_fading_cdb(cfg, key, entity_make("d", 3), i / 4, (uint32_t)(i % 4));
        sum += det_ratio_of_cdb(cdb);
        below += cdb < -1000;
        square += (double)cdb * cdb;
    }
    *below_10_db = below / N;
    *square_db = square / N;
    return sum / N;
}

/* Rayleigh: power exponential, so 1 - exp(-0.1) = 9.516 % lie 10 dB below the mean. Rician with K
 * -> 0 is Rayleigh; with K = 10 (10 dB) the power's variance is (1 + 2K) / (1 + K)^2. */
static void test_fading(void **state)
{
    (void)state;
    double below, square;
    struct fading_cfg cfg = {.model = FADING_RAYLEIGH};
    assert_true(fabs(mean_power(&cfg, &below, &square) - 1) < 0.015);
    assert_true(fabs(below - 0.09516) < 0.004);
    cfg = (struct fading_cfg){.model = FADING_RICIAN, .rician_k_cdb = -4000};
    assert_true(fabs(mean_power(&cfg, &below, &square) - 1) < 0.015);
    assert_true(fabs(below - 0.09516) < 0.004);
    cfg.rician_k_cdb = 1000;
    assert_true(fabs(mean_power(&cfg, &below, &square) - 1) < 0.006);
    assert_true(below < 0.001);
    cfg = (struct fading_cfg){.model = FADING_LOGNORMAL, .lognormal_sigma_cdb = 300};
    mean_power(&cfg, &below, &square);
    assert_true(fabs(sqrt(square) / 300 - 1) < 0.01);
    cfg.model = FADING_NONE;
    assert_int_equal(links_fading_cdb(&cfg, rng_key_make(1, 1, RNG_FADING), 1, 2, 3), 0);
}

static int make_matrix(const char *text, struct links *l, struct sim_error *e)
{
    char path[] = "/tmp/castbed-links-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (long long)strlen(text));
    close(fd);
    struct radio_cfg radio = radio_plain();
    radio.path_loss.model = LOSS_MATRIX;
    radio.path_loss.matrix_file = path;
    struct world w;
    world_make(&w, &radio, 3, 2);
    int rc = links_make(l, &w.in, e);
    world_free(&w);
    unlink(path);
    return rc;
}

static void test_matrix(void **state)
{
    (void)state;
    struct links l;
    struct sim_error e = {0};
    int rc = make_matrix("device,gateway,loss_db\n"
                         "dev/2,gw/0,120.55\ndev/0,gw/0,130\ndev/0,gw/1,99.9\ndev/2,gw/1,165.01\n",
                         &l, &e);
    if (rc)
        fail_msg("%s", e.text);
    const uint32_t first[] = {0, 2, 2, 3};
    assert_memory_equal(l.first, first, sizeof first);
    assert_int_equal(l.link[0].gateway, 1);
    assert_int_equal(l.link[0].gain_cdb, -9990);
    assert_int_equal(l.link[1].gain_cdb, -13000);
    assert_int_equal(l.link[2].gain_cdb, -12055);
    assert_int_equal(l.n_cut, 1);
    assert_int_equal(l.gateway_gain_cdb[0], 0);
    assert_int_equal(l.gateway_gain_cdb[1], -30000);
    links_free(&l);
}

static const struct {
    const char *text, *says;
} bad_matrix[] = {
    {"device,gateway\n", "the column loss_db is missing"},
    {"device,gateway,loss_db\ndev/9,gw/0,1\n", ":2: column device: dev/9 is not in the scenario"},
    {"device,gateway,loss_db\ndev/0,gx/0,1\n", ":2: column gateway: gx/0 is not in the scenario"},
    {"device,gateway,loss_db\ngw/0,gw/0,1\n", "gw/0 is not in the scenario as a device"},
    {"device,gateway,loss_db\ndev,gw/0,1\n", "'dev' is not a node; write group/index"},
    {"device,gateway,loss_db\ndev/-1,gw/0,1\n", "'dev/-1' is not a node"},
    {"device,gateway,loss_db\ndev/16777216,gw/0,1\n", "'dev/16777216' is not a node"},
    {"device,gateway,loss_db\n/0,gw/0,1\n", "'/0' is not a node"},
    {"device,gateway,loss_db\ndev/,gw/0,1\n", "'dev/' is not a node"},
    {"device,gateway,loss_db\ndev/0,gw/0,-1\n", "column loss_db: -1: must be 0 to 327.67"},
    {"device,gateway,loss_db\ndev/0,gw/0,inf\n", "'inf' is not a decimal number"},
    {"device,gateway,loss_db\ndev/0,gw/0,1\ndev/1,gw/0,1\ndev/0,gw/0,2\n",
     ":4: this pair of device and gateway was given in line 2"},
};

static void test_bad_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_matrix / sizeof bad_matrix[0]; i++) {
        struct links l;
        struct sim_error e = {0};
        assert_int_equal(make_matrix(bad_matrix[i].text, &l, &e), SIM_ESCENARIO);
        assert_int_equal(e.code, SIM_ESCENARIO);
        if (!strstr(e.text, bad_matrix[i].says))
            fail_msg("'%s' does not say '%s'", e.text, bad_matrix[i].says);
        links_free(&l);
    }
    struct radio_cfg radio = radio_plain();
    radio.path_loss.model = LOSS_MATRIX;
    struct world w;
    struct links l;
    struct sim_error e = {0};
    world_make(&w, &radio, 1, 1);
    assert_int_equal(links_make(&l, &w.in, &e), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "needs matrix_file"));
    links_free(&l);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_distance),
        cmocka_unit_test(test_hata),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_equal_gains),
        cmocka_unit_test(test_gateway_gains),
        cmocka_unit_test(test_shadowing_independent),
        cmocka_unit_test(test_shadowing_correlated),
        cmocka_unit_test(test_shadow_waves),
        cmocka_unit_test(test_correlated_links),
        cmocka_unit_test(test_fading),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_bad_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
