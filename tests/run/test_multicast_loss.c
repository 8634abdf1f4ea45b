/* SPDX-License-Identifier: GPL-2.0-only
 * Pins loss models of multicast groups in whole runs: what a member loses has reason random, counts
 * once for all copies, and is what the model says for (device, McFCnt); frames that the radio loses
 * keep their reason; groups without a model lose nothing. The balance is checked by the harness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <unistd.h>

#include "models/radio/loss_model.h"
#include "tests/harness.h"

enum { N_MEMBERS = 40, N_FRAMES = 100 };

static struct run *run_loss(const char *group_keys)
{
    char group[600], points[N_MEMBERS * 24];
    size_t at = 0;
    for (int i = 0; i < N_MEMBERS; i++)
        at += (size_t)snprintf(points + at, sizeof points - at, "%s{x: %dm, y: 50m}", i ? ", " : "",
                               10 * i);
    snprintf(group, sizeof group,
             "{name: fleet, members: [{devices: dev}], data_rate: 5, min_mc_fcnt: 7, session: "
             "{start: 60s, timeout: 9}, traffic: {count: 100, period: 1s}%s}",
             group_keys);
    return run_setup(&(struct setup){.run = "duration: 30min, seed: 3",
                                     .radio = "region: EU868, duty_cycle: false",
                                     .device = "count: 40",
                                     .device_points = points,
                                     .multicast = group});
}

static int64_t n_received(const struct run *r)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < N_MEMBERS; i++)
        n += run_device(r, "dev", i)->n_multicast;
    return n;
}

static void test_none(void **state)
{
    (void)state;
    struct run *r = run_loss("");
    assert_int_equal(n_received(r), N_MEMBERS * N_FRAMES);
    run_free(r);
}

/* Every outcome is that of the model alone, whether a frame has one copy or three. */
static void test_bernoulli(void **state)
{
    (void)state;
    static const char *const keys[] = {", loss: {kind: bernoulli, loss_ratio: 20%}",
                                       ", loss: {kind: bernoulli, loss_ratio: 20%}, gateways: all"};
    const struct loss_model_cfg cfg = {.kind = LOSS_MODEL_BERNOULLI, .loss_ratio = .2};
    sim_entity ids[N_MEMBERS];
    uint32_t members[N_MEMBERS];
    int n_lost = 0;
    for (uint32_t i = 0; i < N_MEMBERS; i++) {
        ids[i] = entity_make("dev", i);
        members[i] = i;
    }
    struct loss_model_setup s = {.cfg = &cfg,
                                 .group = "fleet",
                                 .device_ids = ids,
                                 .n_devices = N_MEMBERS,
                                 .members = members,
                                 .n_members = N_MEMBERS,
                                 .first_fcnt = 7,
                                 .seed = 3,
                                 .run = 1};
    struct loss_model *m;
    struct sim_error e;
    assert_int_equal(loss_model_open(&m, &s, &e), SIM_OK);
    for (uint32_t i = 0; i < N_MEMBERS; i++)
        for (uint32_t k = 0; k < N_FRAMES; k++)
            n_lost += loss_model_lost(m, i, 7 + k);
    assert_in_range(n_lost, 700, 900);
    for (size_t i = 0; i < 2; i++) {
        struct run *r = run_loss(keys[i]);
        assert_int_equal(run_n_lost(r, LOSS_RANDOM), n_lost);
        assert_int_equal(n_received(r), N_MEMBERS * N_FRAMES - n_lost);
        for (uint32_t d = 0; d < N_MEMBERS; d++) {
            int64_t n = 0;
            for (uint32_t k = 0; k < N_FRAMES; k++)
                n += !loss_model_lost(m, d, 7 + k);
            assert_int_equal(run_device(r, "dev", d)->n_multicast, n);
        }
        run_free(r);
    }
    loss_model_close(m);
}

static void test_all_lost(void **state)
{
    (void)state;
    struct run *r = run_loss(", loss: {kind: gilbert_elliott, p: 100%, r: 0%}");
    assert_int_equal(run_n_lost(r, LOSS_RANDOM), N_MEMBERS * N_FRAMES);
    assert_int_equal(n_received(r), 0);
    run_free(r);
}

static void test_files(void **state)
{
    (void)state;
    char path[200], keys[300], folder[120];
    assert_non_null(getcwd(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/multicast_loss_%ld.csv", folder, (long)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("device,mc_fcnt\n", f);
    for (int i = 0; i < N_MEMBERS - 1; i++) /* the last one has no row */
        for (int k = 0; k < N_FRAMES + 20; k += 1 + i)
            fprintf(f, "dev/%d,%d\n", i, 7 + k);
    fclose(f);
    snprintf(keys, sizeof keys, ", loss: {kind: trace, file: %s}", path);
    struct run *r = run_loss(keys);
    for (int i = 0; i < N_MEMBERS - 1; i++)
        assert_int_equal(run_device(r, "dev", (uint32_t)i)->n_multicast, (N_FRAMES + i) / (1 + i));
    assert_int_equal(run_device(r, "dev", N_MEMBERS - 1)->n_multicast, 0);
    assert_int_equal(r->n_warning, 1);
    run_free(r);

    f = fopen(path, "w");
    assert_non_null(f);
    fputs("device,loss_ratio\n", f);
    for (int i = 0; i < N_MEMBERS; i++)
        fprintf(f, "dev/%d,%d\n", i, i % 2);
    fclose(f);
    snprintf(keys, sizeof keys, ", loss: {kind: per_device, file: %s}", path);
    r = run_loss(keys);
    for (int i = 0; i < N_MEMBERS; i++)
        assert_int_equal(run_device(r, "dev", (uint32_t)i)->n_multicast, i % 2 ? 0 : N_FRAMES);
    run_free(r);
    unlink(path);
}

/* Out of reach is out of reach: the model only takes what the radio brings. */
static void test_reasons(void **state)
{
    (void)state;
    struct run *r = run_setup(&(struct setup){
        .run = "duration: 10min",
        .radio = "region: EU868, duty_cycle: false",
        .device = "count: 2",
        .device_points = "{x: 100m, y: 0m}, {x: 900km, y: 0m}",
        .multicast = "{name: fleet, members: [{devices: dev}], session: {start: 60s, timeout: 8}, "
                     "traffic: {count: 10}, loss: {kind: bernoulli, loss_ratio: 100%}}, "
                     "{name: other, members: [{devices: dev}], session: {start: 400s, timeout: 7}, "
                     "traffic: {count: 10}}"});
    assert_int_equal(run_n_lost(r, LOSS_RANDOM), 10);
    assert_int_equal(run_n_lost(r, LOSS_NO_LINK), 20);
    assert_int_equal(run_device(r, "dev", 0)->n_multicast, 10);
    run_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),     cmocka_unit_test(test_bernoulli),
        cmocka_unit_test(test_all_lost), cmocka_unit_test(test_files),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
