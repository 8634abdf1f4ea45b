/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the propagation loss models of ns-3 behind the bridge: our own formulas against ns-3's of
 * the same name, that a pair's gain depends on nothing but the pair, and what is refused. Skipped
 * where the bridge was not built. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/radio/links.h"
#include "sim/detmath.h"
#include "sim/err.h"
#include "sim/ns3/ns3.h"

enum { F868 = 868000000 };

static int need_bridge(void **state)
{
    struct sim_error e = {0};
    (void)state;
    if (access(BUILD_DIR "/castbed-ns3.so", R_OK))
        skip();
    if (!ns3_version(&e))
        fail_msg("%s", e.text);
    return 0;
}

static double gain_of(const struct ns3_loss_spec *spec, double d_m, double h_mobile, double h_base)
{
    struct ns3_loss *l;
    struct sim_error e = {0};
    struct ns3_point mobile = {d_m, 0, h_mobile}, base = {0, 0, h_base};
    uint64_t stream = 12345;
    double gain;
    if (ns3_loss_open(&l, spec, &e))
        fail_msg("%s", e.text);
    assert_int_equal(ns3_loss_gains(l, &mobile, &base, &stream, 1, &gain, &e), SIM_OK);
    ns3_loss_close(l);
    return gain;
}

static void our_log_distance(void **state)
{
    struct ns3_attribute a[] = {{"Exponent", "3.76"}, {"ReferenceLoss", "7.7"}};
    struct ns3_loss_spec spec = {"ns3::LogDistancePropagationLossModel", a, 2, F868};
    struct path_loss_cfg cfg = {.model = LOSS_LOG_DISTANCE,
                                .exponent = 3.76,
                                .reference_loss_cdb = 770,
                                .reference_distance_mm = 1000};
    need_bridge(state);
    for (int64_t d_m = 2; d_m < 100000; d_m += d_m / 3 + 1) {
        struct place mobile = {1000 * d_m, 0, 0}, base = {0, 0, 0};
        int ours = links_path_gain_cdb(&cfg, F868, &mobile, &base);
        assert_true(fabs(100 * gain_of(&spec, (double)d_m, 0, 0) - ours) <= 0.5001);
    }
}

/* In open country ns-3 3.37 has 4.70 (log10 f)^2 where Hata (1980) has 4.78: 0.69 dB more loss. */
static void our_hata(void **state)
{
    static const struct {
        int area;
        const char *environment, *city;
    } areas[] = {{HATA_URBAN_SMALL, "Urban", "Small"},
                 {HATA_URBAN_LARGE, "Urban", "Large"},
                 {HATA_SUBURBAN, "SubUrban", "Small"},
                 {HATA_OPEN, "OpenAreas", "Small"}};
    need_bridge(state);
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) {
        struct ns3_attribute a[] = {{"Environment", areas[i].environment},
                                    {"CitySize", areas[i].city}};
        struct ns3_loss_spec spec = {"ns3::OkumuraHataPropagationLossModel", a, 2, F868};
        struct path_loss_cfg cfg = {.model = LOSS_OKUMURA_HATA, .area = areas[i].area};
        for (int64_t d_m = 2000; d_m < 20000; d_m += 1000) {
            struct place mobile = {1000 * d_m, 0, 1500}, base = {0, 0, 30000};
            int ours = links_path_gain_cdb(&cfg, F868, &mobile, &base);
            double theirs = 100 * gain_of(&spec, (double)d_m, 1.5, 30);
            if (areas[i].area == HATA_OPEN)
                theirs += 8 * det_log10(868) * det_log10(868);
            if (fabs(theirs - ours) > 1)
                fail_msg("area %d at %d m: ns-3 %.2f, ours %d", areas[i].area, (int)d_m, theirs,
                         ours);
        }
    }
}

/* A pair's gain is the same whoever was asked before, also for models that draw. */
static void pairs_are_independent(void **state)
{
    static const char *const names[] = {"Friis",
                                        "TwoRayGround",
                                        "LogDistance",
                                        "ThreeLogDistance",
                                        "Range",
                                        "Cost231",
                                        "OkumuraHata",
                                        "ItuR1411Los",
                                        "Kun2600Mhz",
                                        "Random",
                                        "Nakagami",
                                        "ItuR1411NlosOverRooftop",
                                        "ThreeGppRma",
                                        "ThreeGppUma",
                                        "OhBuildings",
                                        "ThreeGppUmiStreetCanyon",
                                        "ThreeGppIndoorOffice",
                                        "HybridBuildings"};
    struct ns3_attribute range = {"MaxRange", "1000"},
                         random = {"Variable", "ns3::UniformRandomVariable[Min=50|Max=90]"};
    struct ns3_point base[2] = {{0, 0, 30}, {500, 10, 30}}, first = {100, 50, 1.5},
                     second = {300, 20, 1.5};
    need_bridge(state);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char type[80];
        struct sim_error e = {0};
        struct ns3_loss *l;
        double alone[2], behind[2], before[2];
        uint64_t streams[2] = {UINT64_MAX, 77}, other[2] = {1, 2};
        snprintf(type, sizeof type, "ns3::%sPropagationLossModel", names[i]);
        struct ns3_loss_spec spec = {type, i == 9 ? &random : &range,
                                     i == 9 || strcmp(names[i], "Range") == 0, F868};
        assert_int_equal(ns3_loss_open(&l, &spec, &e), SIM_OK);
        assert_int_equal(ns3_loss_gains(l, &second, base, streams, 2, alone, &e), SIM_OK);
        ns3_loss_close(l);
        assert_int_equal(ns3_loss_open(&l, &spec, &e), SIM_OK);
        assert_int_equal(ns3_loss_gains(l, &first, base, other, 2, before, &e), SIM_OK);
        assert_int_equal(ns3_loss_gains(l, &second, base, streams, 2, behind, &e), SIM_OK);
        ns3_loss_close(l);
        if (alone[0] != behind[0] || alone[1] != behind[1])
            fail_msg("%s: %.12g %.12g, %.12g %.12g", type, alone[0], alone[1], behind[0],
                     behind[1]);
        assert_true(alone[0] <= 0 && alone[0] > -400); /* Range: 0 within it */
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *type;
        struct ns3_attribute a;
        const char *says;
    } cases[] = {
        {"ns3::FooPropagationLossModel", {NULL, NULL}, "found \"ns3::FooPropagationLossModel\""},
        {"ns3::Node", {NULL, NULL}, "allowed ns3::...PropagationLossModel"},
        {"ns3::JakesPropagationLossModel", {NULL, NULL}, "use radio.fading"},
        {"ns3::FriisPropagationLossModel", {"Exponent", "3"}, "has no attribute Exponent; allowed"},
        {"ns3::ThreeGppUmaPropagationLossModel",
         {"Frequency", "1e6"},
         "has a frequency of 1.000000 MHz, allowed 500 to 100000"},
    };
    need_bridge(state);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ns3_loss_spec spec = {cases[i].type, &cases[i].a, cases[i].a.name != NULL, F868};
        struct ns3_loss *l;
        struct sim_error e = {0};
        assert_int_equal(ns3_loss_open(&l, &spec, &e), SIM_EINVAL);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].type, e.text);
    }
}

/* What is fatal inside ns-3 skips destructors, so it happens in a child that ends without looking
 * back; every later call there is refused with the same words. */
static void fatal_inside(void **state)
{
    need_bridge(state);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ns3_attribute a = {"Frequency", "fast"};
        struct ns3_loss_spec bad = {"ns3::FriisPropagationLossModel", &a, 1, F868},
                             good = {"ns3::FriisPropagationLossModel", NULL, 0, F868};
        struct ns3_loss *l;
        struct sim_error e = {0}, again = {0};
        bool ok = ns3_loss_open(&l, &bad, &e) == SIM_EINVAL &&
                  strstr(e.text, "does not take Frequency=fast; ns-3: ") &&
                  ns3_loss_open(&l, &good, &again) == SIM_EINVAL && !strcmp(again.text, e.text);
        _exit(ok ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(our_log_distance),
                                       cmocka_unit_test(our_hata),
                                       cmocka_unit_test(pairs_are_independent),
                                       cmocka_unit_test(refusals), cmocka_unit_test(fatal_inside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
