/* SPDX-License-Identifier: GPL-2.0-only
 * Pins placements: shapes, order, exact files, that a position depends only on its own group and
 * index, and the defaults and messages of the keys. */
#include "models/radio/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/radio/region.h"

static const struct place_cfg plain = {.columns = SCN_WORD,
                                       .rows = SCN_WORD,
                                       .spacing_x_mm = 1000,
                                       .spacing_y_mm = 3000,
                                       .z_mm = 1500};

static void expect(const struct place *p, int64_t x, int64_t y, int64_t z)
{
    assert_int_equal(p->x_mm, x);
    assert_int_equal(p->y_mm, y);
    assert_int_equal(p->z_mm, z);
}

static int make(const struct place_cfg *cfg, size_t n, struct place *out, struct sim_error *e)
{
    return place_group(cfg, NULL, "g", n, 1, 1, out, e);
}

static void test_list(void **state)
{
    (void)state;
    struct place_point points[] = {{1, 2, 3}, {-4, 5, SCN_WORD}};
    struct place_cfg cfg = plain;
    cfg.kind = PLACE_LIST;
    cfg.points = (struct scn_list){points, 2};
    struct place out[3];
    struct sim_error e = {0};
    assert_int_equal(make(&cfg, 2, out, &e), SIM_OK);
    expect(&out[0], 1, 2, 3);
    expect(&out[1], -4, 5, 1500);
    assert_int_equal(make(&cfg, 3, out, &e), SIM_ESCENARIO);
    assert_string_equal(e.text,
                        "placement of g: 2 points for 3 nodes; give a point for every node");
}

static void test_grid(void **state)
{
    (void)state;
    struct place_cfg cfg = plain;
    struct place out[12];
    struct sim_error e = {0};
    cfg.kind = PLACE_GRID;
    cfg.x_mm = 10000;
    assert_int_equal(make(&cfg, 1, out, &e), SIM_OK);
    expect(&out[0], 10000, 0, 1500);
    cfg.columns = 5;
    cfg.rows = 2;
    assert_int_equal(make(&cfg, 10, out, &e), SIM_OK);
    expect(&out[0], 8000, -1500, 1500);
    expect(&out[4], 12000, -1500, 1500);
    expect(&out[5], 8000, 1500, 1500);
    expect(&out[9], 12000, 1500, 1500);
    assert_int_equal(make(&cfg, 11, out, &e), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "5 columns x 2 rows has 10 points for 11 nodes"));
    cfg.columns = SCN_WORD; /* 6 columns for 11 nodes */
    assert_int_equal(make(&cfg, 11, out, &e), SIM_OK);
    expect(&out[5], 12500, -1500, 1500);
    cfg.rows = SCN_WORD; /* 3 x 3 for 9 */
    assert_int_equal(make(&cfg, 9, out, &e), SIM_OK);
    expect(&out[0], 9000, -3000, 1500);
    expect(&out[8], 11000, 3000, 1500);
    assert_int_equal(make(&cfg, 0, out, &e), SIM_OK);
}

/* Of N uniform points, a share of inner area a lies within it, +- 4 standard deviations. */
static void test_disc(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct place_cfg cfg = plain;
    cfg.kind = PLACE_DISC;
    cfg.radius_mm = 6400000;
    cfg.y_mm = -500;
    struct place *out = calloc(N, sizeof *out), centre = {0, -500, 1500};
    assert_int_equal(make(&cfg, N, out, NULL), SIM_OK);
    int half_radius = 0, east = 0, north_east = 0;
    for (int i = 0; i < N; i++) {
        int64_t d = place_distance_mm(&out[i], &centre);
        assert_true(d <= 6400001);
        half_radius += d < 3200000;
        east += out[i].x_mm > 0;
        north_east += out[i].x_mm > 0 && out[i].y_mm > -500;
    }
    assert_in_range(half_radius, N / 4 - 245, N / 4 + 245);
    assert_in_range(east, N / 2 - 283, N / 2 + 283);
    assert_in_range(north_east, N / 4 - 245, N / 4 + 245);
    cfg.inner_radius_mm = 6000000;
    assert_int_equal(make(&cfg, N, out, NULL), SIM_OK);
    for (int i = 0; i < N; i++)
        assert_true(place_distance_mm(&out[i], &centre) >= 5999999);
    cfg.inner_radius_mm = 6400001;
    struct sim_error e = {0};
    assert_int_equal(make(&cfg, N, out, &e), SIM_ESCENARIO);
    free(out);
}

static void test_rectangle(void **state)
{
    (void)state;
    enum { N = 4000 };
    struct place_cfg cfg = plain;
    cfg.kind = PLACE_RECTANGLE;
    cfg.x_mm = 1000;
    cfg.width_mm = 2000;
    cfg.height_mm = 600;
    struct place *out = calloc(N, sizeof *out);
    assert_int_equal(make(&cfg, N, out, NULL), SIM_OK);
    int quarter = 0;
    for (int i = 0; i < N; i++) {
        assert_in_range(out[i].x_mm, 0, 2000);
        assert_in_range(out[i].y_mm + 300, 0, 600);
        quarter += out[i].x_mm < 1000 && out[i].y_mm < 0;
    }
    assert_in_range(quarter, N / 4 - 110, N / 4 + 110);
    free(out);
}

/* The first nodes stay where they are when the group grows; seed, run and name move them. */
static void test_independent(void **state)
{
    (void)state;
    struct place_cfg cfg = plain;
    cfg.kind = PLACE_DISC;
    cfg.radius_mm = 1000000;
    struct place a[4], b[50], other[4];
    assert_int_equal(place_group(&cfg, NULL, "g", 4, 7, 1, a, NULL), SIM_OK);
    assert_int_equal(place_group(&cfg, NULL, "g", 50, 7, 1, b, NULL), SIM_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(place_group(&cfg, NULL, "h", 4, 7, 1, other, NULL), SIM_OK);
    assert_memory_not_equal(a, other, sizeof a);
    assert_int_equal(place_group(&cfg, NULL, "g", 4, 8, 1, other, NULL), SIM_OK);
    assert_memory_not_equal(a, other, sizeof a);
    assert_int_equal(place_group(&cfg, NULL, "g", 4, 7, 2, other, NULL), SIM_OK);
    assert_memory_not_equal(a, other, sizeof a);
}

static void write_file(char *path, const char *text)
{
    strcpy(path, "/tmp/castbed-place-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (long long)strlen(text));
    close(fd);
}

static int make_from(const char *text, size_t n, struct place *out, struct sim_error *e)
{
    char path[64];
    struct place_cfg cfg = plain;
    write_file(path, text);
    cfg.kind = PLACE_FILE;
    cfg.file = path;
    int rc = make(&cfg, n, out, e);
    unlink(path);
    return rc;
}

static void test_file(void **state)
{
    (void)state;
    struct place out[3];
    struct sim_error e = {0};
    assert_int_equal(
        make_from("name,y_m,x_m,z_m\na,0.1,-1234.567,15\nb,2,3,\nc,0,0,0\n", 2, out, &e), SIM_OK);
    expect(&out[0], -1234567, 100, 15000);
    expect(&out[1], 3000, 2000, 1500);
    assert_int_equal(make_from("x_m,y_m\n4,5\n", 1, out, &e), SIM_OK);
    expect(&out[0], 4000, 5000, 1500);
    assert_int_equal(make_from("x_m,y_m\n4,5\n", 2, out, &e), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "has 1 points for 2 nodes"));
    assert_int_equal(make_from("x_m,y_m\n4,far\n", 1, out, &e), SIM_ESCENARIO);
    assert_int_equal(e.code, SIM_ESCENARIO);
    assert_non_null(strstr(e.text, ":2: column y_m: 'far' is not a decimal number"));
    assert_int_equal(make_from("x_m\n4\n", 1, out, &e), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "the column y_m is missing"));
    assert_int_equal(make_from("x_m,y_m,z_m\n1,2,-3\n", 1, out, &e), SIM_ESCENARIO);
    struct place_cfg cfg = plain;
    cfg.kind = PLACE_FILE;
    assert_int_equal(make(&cfg, 1, out, &e), SIM_ESCENARIO);
    assert_non_null(strstr(e.text, "needs the key file"));
    cfg.file = "/nonexistent/points.csv";
    assert_int_equal(make(&cfg, 1, out, &e), SIM_ESCENARIO);
}

struct root {
    struct radio_cfg radio;
    struct place_cfg placement;
};
static const struct scn_key root_keys[] = {
    {.name = "radio",
     .kind = SCN_SECTION,
     .offset = offsetof(struct root, radio),
     .sub = &radio_section,
     .help = "Radio."},
    {.name = "placement",
     .kind = SCN_SECTION,
     .offset = offsetof(struct root, placement),
     .sub = &place_section,
     .help = "Placement."},
    {0},
};
static const struct scn_section root_section = {
    .name = "root", .help = "Root.", .keys = root_keys, .size = sizeof(struct root)};

static int read_keys(const char *text, struct scenario **s, struct root *r, struct sim_error *e)
{
    return scenario_read_text(s, "t.yaml", text, strlen(text), "/tmp", &root_section, r, NULL, 0,
                              e);
}

static void test_keys(void **state)
{
    (void)state;
    struct scenario *s = NULL;
    struct root r;
    struct sim_error e = {0};
    int rc = read_keys("placement: {kind: disc, radius: 6.4km, z: 1.2m}\n", &s, &r, &e);
    if (rc)
        fail_msg("%s", e.text);
    assert_int_equal(r.placement.kind, PLACE_DISC);
    assert_int_equal(r.placement.radius_mm, 6400000);
    assert_int_equal(r.placement.z_mm, 1200);
    assert_int_equal(r.placement.columns, SCN_WORD);
    assert_string_equal(region_names[r.radio.region], "EU868");
    assert_int_equal(r.radio.path_loss.model, LOSS_LOG_DISTANCE);
    assert_true(r.radio.path_loss.exponent > 3.7599 && r.radio.path_loss.exponent < 3.7601);
    assert_int_equal(r.radio.path_loss.reference_loss_cdb, 770);
    assert_int_equal(r.radio.path_loss.reference_distance_mm, 1000);
    assert_int_equal(r.radio.shadowing.sigma_cdb, 0);
    assert_int_equal(r.radio.shadowing.correlation_distance_mm, SCN_WORD);
    assert_int_equal(r.radio.fading.model, FADING_NONE);
    assert_int_equal(r.radio.link_margin_cdb, 1000);
    assert_int_equal(r.radio.interference, INTERFERENCE_CROCE);
    assert_int_equal(r.radio.interference_sum, SUM_PEAK);
    assert_int_equal(r.radio.demod_lock, LOCK_PREAMBLE_END);
    assert_int_equal(r.radio.iq_isolation_cdb, SCN_WORD);
    assert_int_equal(r.radio.duty_rule, DUTY_SLIDING_HOUR);
    assert_true(r.radio.duty_cycle);
    assert_true(r.radio.random_loss_ratio >= 0 && r.radio.random_loss_ratio <= 0);
    scenario_close(s);
}

static void test_key_messages(void **state)
{
    (void)state;
    struct scenario *s = NULL;
    struct root r;
    struct sim_error e = {0};
    int rc = read_keys(
        "placement:\n  kind: list\n  points:\n  - {x: 1m, y: 2m}\n  - {x: -1m, y: 0m, z: 3m}\n", &s,
        &r, &e);
    if (rc)
        fail_msg("%s", e.text);
    struct place out[3];
    assert_int_equal(place_group(&r.placement, s, "g", 2, 1, 1, out, &e), SIM_OK);
    expect(&out[0], 1000, 2000, 1500);
    expect(&out[1], -1000, 0, 3000);
    assert_int_equal(place_group(&r.placement, s, "g", 3, 1, 1, out, &e), SIM_ESCENARIO);
    assert_memory_equal(e.text, "t.yaml:", 7);
    scenario_close(s);
    assert_int_equal(read_keys("placement:\n  kind: file\n  file: no-such.csv\n", &s, &r, &e),
                     SIM_OK);
    assert_int_equal(place_group(&r.placement, s, "g", 1, 1, 1, out, &e), SIM_ESCENARIO);
    assert_memory_equal(e.text, "t.yaml:3:", 9);
    assert_non_null(strstr(e.text, "/tmp/no-such.csv: cannot be opened"));
    scenario_close(s);
    assert_int_equal(read_keys("placement: {kind: disk}\n", &s, &r, &e), SIM_ESCENARIO);
    assert_int_equal(read_keys("placement: {radius: 1km}\n", &s, &r, &e), SIM_ESCENARIO);
    assert_int_equal(read_keys("placement: {kind: disc}\nradio: {region: EU433}\n", &s, &r, &e),
                     SIM_ESCENARIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_disc),        cmocka_unit_test(test_rectangle),
        cmocka_unit_test(test_independent), cmocka_unit_test(test_file),
        cmocka_unit_test(test_keys),        cmocka_unit_test(test_key_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
