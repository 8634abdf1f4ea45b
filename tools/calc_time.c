/* SPDX-License-Identifier: GPL-2.0-only
 * calc toa: air time of LoRa and FSK frames. calc gpstime: GPS seconds, unix seconds, UTC. */
#include <string.h>

#include "models/radio/airtime.h"
#include "sim/time.h"
#include "tools/calc.h"

enum { OPT_SF, OPT_BW, OPT_CR, OPT_LEN, OPT_PREAMBLE, OPT_IMPLICIT, OPT_NO_CRC, OPT_FSK, N_TOA };

static int toa_fsk(const struct calc *c, const struct calc_opt *opts)
{
    int64_t bitrate_bps, len;
    for (int i = 0; i < N_TOA; i++)
        if (i != OPT_FSK && i != OPT_LEN && opts[i].value)
            return calc_fail(c, "%s is for LoRa, not for --fsk", opts[i].name);
    if (!opts[OPT_LEN].value)
        return calc_fail(c, "--len is missing");
    if (!calc_int(c, "--fsk", opts[OPT_FSK].value, 1, 1000000000, &bitrate_bps) ||
        !calc_int(c, "--len", opts[OPT_LEN].value, 0, 255, &len))
        return CALC_USAGE;
    sim_time ns = airtime_fsk(bitrate_bps, (int)len);
    if (ns < 0)
        return calc_fail(c, "--fsk: %s bit/s has no whole number of ns per bit",
                         opts[OPT_FSK].value);
    json_t *o = json_object();
    json_object_set_new(o, "bitrate", json_integer(bitrate_bps));
    json_object_set_new(o, "len", json_integer(len));
    json_object_set_new(o, "airtime_ns", json_integer(ns));
    return calc_print(c, o);
}

static bool toa_values(const struct calc *c, const struct calc_opt *opts, struct airtime_lora *a)
{
    int64_t sf, len, preamble_sym = 8;
    if (!calc_int(c, "--sf", opts[OPT_SF].value, 5, 12, &sf) ||
        !calc_int(c, "--bw", opts[OPT_BW].value, 1, INT64_C(1000000000), &a->bw_hz) ||
        !calc_int(c, "--len", opts[OPT_LEN].value, 0, 255, &len))
        return false;
    if (a->bw_hz != 125000 && a->bw_hz != 250000 && a->bw_hz != 500000) {
        calc_fail(c, "--bw: %s Hz; allowed are 125000, 250000 and 500000", opts[OPT_BW].value);
        return false;
    }
    const char *cr = opts[OPT_CR].value;
    if (strlen(cr) != 3 || cr[0] != '4' || cr[1] != '/' || cr[2] < '5' || cr[2] > '8') {
        calc_fail(c, "--cr: '%.60s'; allowed are 4/5, 4/6, 4/7 and 4/8", cr);
        return false;
    }
    if (opts[OPT_PREAMBLE].value &&
        !calc_int(c, "--preamble", opts[OPT_PREAMBLE].value, 6, 65535, &preamble_sym))
        return false;
    a->sf = (int)sf;
    a->cr = cr[2] - '4';
    a->len = (int)len;
    a->preamble_sym = (int)preamble_sym;
    a->implicit_header = opts[OPT_IMPLICIT].value;
    a->crc = !opts[OPT_NO_CRC].value;
    return true;
}

static int toa_lora(const struct calc *c, const struct calc_opt *opts)
{
    struct airtime_lora a;
    for (int i = OPT_SF; i <= OPT_LEN; i++)
        if (!opts[i].value)
            return calc_fail(c, "%s is missing", opts[i].name);
    if (!toa_values(c, opts, &a))
        return CALC_USAGE;
    sim_time ns = airtime_lora(&a);
    if (ns < 0)
        return calc_fail(c, "this combination of SF and bandwidth has no air time");
    json_t *o = json_object();
    json_object_set_new(o, "sf", json_integer(a.sf));
    json_object_set_new(o, "bw_khz", json_integer(a.bw_hz / 1000));
    json_object_set_new(o, "cr", json_string(opts[OPT_CR].value));
    json_object_set_new(o, "preamble", json_integer(a.preamble_sym));
    json_object_set_new(o, "implicit_header", json_boolean(a.implicit_header));
    json_object_set_new(o, "crc", json_boolean(a.crc));
    json_object_set_new(o, "len", json_integer(a.len));
    json_object_set_new(o, "ldro", json_boolean(airtime_ldro(a.sf, a.bw_hz)));
    json_object_set_new(o, "airtime_ns", json_integer(ns));
    return calc_print(c, o);
}

int calc_toa(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[N_TOA] = {
        [OPT_SF] = {"--sf", false, NULL},
        [OPT_BW] = {"--bw", false, NULL},
        [OPT_CR] = {"--cr", false, NULL},
        [OPT_LEN] = {"--len", false, NULL},
        [OPT_PREAMBLE] = {"--preamble", false, NULL},
        [OPT_IMPLICIT] = {"--implicit", true, NULL},
        [OPT_NO_CRC] = {"--no-crc", true, NULL},
        [OPT_FSK] = {"--fsk", false, NULL},
    };
    enum calc_go go = calc_args(c, argc, argv, opts, N_TOA, NULL, 0);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    return opts[OPT_FSK].value ? toa_fsk(c, opts) : toa_lora(c, opts);
}

/* 1980-01-06 to the end of 2199, as unix and as GPS seconds. */
#define UNIX_MIN INT64_C(315964800)
#define UNIX_MAX INT64_C(7258118399)

int calc_gpstime(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {{"--unix", false, NULL}, {"--gps", false, NULL}};
    enum calc_go go = calc_args(c, argc, argv, opts, 2, NULL, 0);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    if (!opts[0].value == !opts[1].value)
        return calc_fail(c, "give either --unix N or --gps N");
    int64_t unix_s, gps_s;
    if (opts[0].value) {
        if (!calc_int(c, "--unix", opts[0].value, UNIX_MIN, UNIX_MAX, &unix_s))
            return CALC_USAGE;
        gps_s = sim_gps_from_unix(unix_s);
    } else {
        if (!calc_int(c, "--gps", opts[1].value, 0, sim_gps_from_unix(UNIX_MAX), &gps_s))
            return CALC_USAGE;
        unix_s = sim_unix_from_gps(gps_s);
    }
    char utc[40];
    json_t *o = json_object();
    json_object_set_new(o, "gps_seconds", json_integer(gps_s));
    json_object_set_new(o, "unix", json_integer(unix_s));
    sim_instant_print(gps_s * 1000000000, utc, sizeof utc);
    json_object_set_new(o, "utc", json_string(utc));
    return calc_print(c, o);
}
