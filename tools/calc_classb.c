/* SPDX-License-Identifier: GPL-2.0-only
 * calc pingslot, calc beacon and calc hop: class B slots, frames and channels. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/lorawan/beacon.h"
#include "models/lorawan/crypto.h"
#include "models/lorawan/pingslot.h"
#include "models/radio/region.h"
#include "sim/err.h"
#include "sim/scenario.h"
#include "tools/calc.h"

enum { MAX_REGIONS = 32, MAX_NAMES = 300 };

/* The region of a name; AS923 alone is AS923-1. NULL when the tables have no such region. */
static const struct region *find_region(const char *name)
{
    return region_find(strcmp(name, "AS923") == 0 ? "AS923-1" : name);
}

/* Say which region was probably meant. */
static void complain_region(const struct calc *c, const char *name)
{
    const char *names[MAX_REGIONS];
    char all[MAX_NAMES] = "";
    size_t n = 0, len = 0;
    for (; n < region_count() && n < MAX_REGIONS && len < sizeof all; n++) {
        names[n] = region_at(n)->name;
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", n ? ", " : "", names[n]);
    }
    const char *near = scn_did_you_mean(name, names, n);
    if (near)
        calc_fail(c, "--region: there is no '%.60s'; did you mean %s?", name, near);
    else
        calc_fail(c, "--region: there is no '%.60s'; allowed are %s", name, all);
}

/* Options first..last must have been given. */
static bool have(const struct calc *c, const struct calc_opt *opts, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++)
        if (!opts[i].value) {
            calc_fail(c, "%s is missing", opts[i].name);
            return false;
        }
    return true;
}

static bool beacon_time_arg(const struct calc *c, const struct calc_opt *o, uint32_t *time_s)
{
    int64_t v;
    if (!calc_int(c, o->name, o->value, 0, UINT32_MAX, &v))
        return false;
    *time_s = (uint32_t)v;
    return true;
}

int calc_pingslot(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {
        {"--devaddr", false, NULL}, {"--beacon-time", false, NULL}, {"--periodicity", false, NULL}};
    enum calc_go go = calc_args(c, argc, argv, opts, 3, NULL, 0);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    uint64_t devaddr;
    int64_t periodicity;
    uint32_t time_s;
    if (!have(c, opts, 0, 2) || !calc_hex_number(c, "--devaddr", opts[0].value, 4, &devaddr) ||
        !beacon_time_arg(c, &opts[1], &time_s) ||
        !calc_int(c, "--periodicity", opts[2].value, 0, PINGSLOT_MAX_PERIODICITY, &periodicity))
        return CALC_USAGE;
    struct lw_aes zero;
    pingslot_key_init(&zero);
    int p = (int)periodicity, offset = pingslot_offset(&zero, time_s, (uint32_t)devaddr, p);
    json_t *o = json_object();
    json_object_set_new(o, "beacon_time", json_integer(time_s));
    calc_set_number_hex(o, "devaddr", devaddr, 8);
    json_object_set_new(o, "periodicity", json_integer(p));
    json_object_set_new(o, "ping_period", json_integer(pingslot_period(p)));
    json_object_set_new(o, "ping_nb", json_integer(pingslot_nb(p)));
    json_object_set_new(o, "ping_offset", json_integer(offset));
    json_object_set_new(o, "first_slot_start_ms_after_beacon",
                        json_integer(pingslot_start(offset) / SIM_MS(1)));
    return calc_print(c, o);
}

int calc_hop(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[] = {
        {"--region", false, NULL}, {"--devaddr", false, NULL}, {"--beacon-time", false, NULL}};
    enum calc_go go = calc_args(c, argc, argv, opts, 3, NULL, 0);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    uint64_t devaddr;
    uint32_t t;
    if (!have(c, opts, 0, 2) || !calc_hex_number(c, "--devaddr", opts[1].value, 4, &devaddr) ||
        !beacon_time_arg(c, &opts[2], &t))
        return CALC_USAGE;
    const struct region *r = find_region(opts[0].value);
    if (!r) {
        complain_region(c, opts[0].value);
        return CALC_USAGE;
    }
    json_t *o = json_object();
    json_object_set_new(o, "region", json_string(r->name));
    json_object_set_new(o, "beacon_time", json_integer(t));
    calc_set_number_hex(o, "devaddr", devaddr, 8);
    json_object_set_new(o, "beacon_channel", json_integer(beacon_channel(r, t)));
    /* The vectors' name for the same number. */
    if (strcmp(r->name, "US915") == 0 || strcmp(r->name, "AU915") == 0)
        json_object_set_new(o, "us915_au915_beacon_channel", json_integer(beacon_channel(r, t)));
    json_object_set_new(o, "beacon_freq", json_integer(beacon_hz(r, t)));
    json_object_set_new(o, "pingslot_channel",
                        json_integer(pingslot_channel(r, t, (uint32_t)devaddr)));
    json_object_set_new(o, "pingslot_freq", json_integer(pingslot_hz(r, t, (uint32_t)devaddr)));
    return calc_print(c, o);
}

enum {
    OPT_REGION,
    OPT_TIME,
    OPT_DECODE,
    OPT_PREC,
    OPT_INFO_DESC,
    OPT_LAT,
    OPT_LON,
    OPT_NETID,
    OPT_GWID,
    OPT_INFO,
    N_BEACON
};

/* Layout and, where the tables have it, region of a name: a layout also counts its regions that
 * the tables lack (EU433, ...). NULL after a message. */
static const struct beacon_layout *find_layout(const struct calc *c, const char *name,
                                               const struct region **region)
{
    static const int sf[] = {8, 9, 10, 12};
    size_t len = strlen(name);
    *region = find_region(name);
    if (*region)
        return beacon_layout_of(*region);
    for (size_t i = 0; len > 4 && i < sizeof sf / sizeof *sf; i++) {
        const struct beacon_layout *l = beacon_layout(sf[i]);
        const char *at = strstr(l->regions, name);
        if (at && (at[len] == ',' || at[len] == ' ' || at[len] == '\0'))
            return l;
    }
    complain_region(c, name);
    return NULL;
}

static bool degrees(const struct calc *c, const struct calc_opt *o, double limit, double *deg)
{
    char *end = NULL;
    errno = 0;
    *deg = strtod(o->value, &end);
    if (end == o->value || *end || errno || !(*deg >= -limit && *deg <= limit)) {
        calc_fail(c, "%s: '%.60s'; allowed are -%g to %g degrees", o->name, o->value, limit, limit);
        return false;
    }
    return true;
}

/* How the gateway's part is given: as a position, as NetID and number, as octets, or not at all. */
static bool check_info_options(const struct calc *c, const struct calc_opt *opts)
{
    bool position = opts[OPT_LAT].value || opts[OPT_LON].value;
    bool netid = opts[OPT_NETID].value || opts[OPT_GWID].value;
    if (position + netid + (opts[OPT_INFO].value != NULL) > 1) {
        calc_fail(c, "give --lat and --lon, or --netid and --gwid, or --info, not several");
        return false;
    }
    if (!position && !netid && !opts[OPT_INFO].value && opts[OPT_INFO_DESC].value) {
        calc_fail(c, "--info-desc needs what it describes: --lat and --lon, --netid and --gwid, or "
                     "--info");
        return false;
    }
    return (!position || have(c, opts, OPT_LAT, OPT_LON)) &&
           (!netid || have(c, opts, OPT_NETID, OPT_GWID));
}

/* The gateway's part into b; desc: InfoDesc as given, or -1. */
static bool set_info(const struct calc *c, const struct calc_opt *opts, int64_t desc,
                     struct beacon *b)
{
    if (desc >= 0)
        b->info_desc = (uint8_t)desc;
    if (opts[OPT_LAT].value) {
        double lat, lon;
        if (!degrees(c, &opts[OPT_LAT], 90, &lat) || !degrees(c, &opts[OPT_LON], 180, &lon))
            return false;
        if (b->info_desc > BEACON_GPS_3) {
            calc_fail(c, "--lat and --lon go with --info-desc 0, 1 or 2");
            return false;
        }
        beacon_position_set(b, lat, lon);
    } else if (opts[OPT_NETID].value) {
        uint64_t netid, gwid;
        if (!calc_hex_number(c, "--netid", opts[OPT_NETID].value, 3, &netid) ||
            !calc_hex_number(c, "--gwid", opts[OPT_GWID].value, 3, &gwid))
            return false;
        if (desc >= 0 && desc != BEACON_NETID) {
            calc_fail(c, "--netid and --gwid go with --info-desc 3");
            return false;
        }
        beacon_netid_set(b, (uint32_t)netid, (uint32_t)gwid);
    } else if (opts[OPT_INFO].value) {
        return calc_hex_exact(c, "--info", opts[OPT_INFO].value, b->info, BEACON_INFO_LEN);
    }
    return true;
}

/* Members of the gateway's part. */
static void say_info(json_t *o, const struct beacon *b)
{
    json_object_set_new(o, "infodesc", json_integer(b->info_desc));
    calc_set_hex(o, "info6", b->info, BEACON_INFO_LEN);
    if (b->info_desc <= BEACON_GPS_3) {
        double lat, lon;
        beacon_position_get(b, &lat, &lon);
        json_object_set_new(o, "lat", json_real(lat));
        json_object_set_new(o, "lon", json_real(lon));
    } else if (b->info_desc == BEACON_NETID) {
        uint32_t netid, gwid;
        beacon_netid_get(b, &netid, &gwid);
        calc_set_number_hex(o, "netid", netid, 6);
        calc_set_number_hex(o, "gwid", gwid, 6);
    }
}

/* Members that encoding and decoding share, in the vectors' order. */
static json_t *say_beacon(const struct beacon_layout *l, const struct region *r,
                          const struct beacon *b, const uint8_t *frame)
{
    json_t *o = json_object();
    size_t crc1 = (size_t)l->rfu1_len + 5, crc2 = (size_t)l->len - 2;
    json_object_set_new(o, "sf", json_integer(l->sf));
    json_object_set_new(o, "bw_khz", json_integer(l->bw_hz / 1000));
    json_object_set_new(o, "regions", json_string(l->regions));
    if (r) {
        json_object_set_new(o, "region", json_string(r->name));
        json_object_set_new(o, "beacon_channel", json_integer(beacon_channel(r, b->time_s)));
        json_object_set_new(o, "beacon_freq", json_integer(beacon_hz(r, b->time_s)));
    }
    json_object_set_new(o, "time", json_integer(b->time_s));
    json_object_set_new(o, "param_prec", json_integer(b->param & BEACON_MAX_PREC));
    if (b->gateway_ok)
        say_info(o, b);
    calc_set_hex(o, "beacon", frame, (size_t)l->len);
    json_object_set_new(o, "length", json_integer(l->len));
    calc_set_number_hex(o, "crc1", (uint64_t)(frame[crc1] | frame[crc1 + 1] << 8), 4);
    calc_set_number_hex(o, "crc2", (uint64_t)(frame[crc2] | frame[crc2 + 1] << 8), 4);
    json_object_set_new(o, "airtime_ns", json_integer(beacon_airtime(l)));
    return o;
}

static int encode(const struct calc *c, const struct calc_opt *opts)
{
    const struct region *r;
    struct beacon b = {.gateway_ok = true};
    uint8_t frame[BEACON_MAX_LEN];
    int64_t prec = 0, desc = -1;
    if (!have(c, opts, OPT_REGION, OPT_TIME))
        return CALC_USAGE;
    const struct beacon_layout *l = find_layout(c, opts[OPT_REGION].value, &r);
    if (!l || !beacon_time_arg(c, &opts[OPT_TIME], &b.time_s) || !check_info_options(c, opts))
        return CALC_USAGE;
    if (opts[OPT_PREC].value &&
        !calc_int(c, "--prec", opts[OPT_PREC].value, 0, BEACON_MAX_PREC, &prec))
        return CALC_USAGE;
    if (opts[OPT_INFO_DESC].value &&
        !calc_int(c, "--info-desc", opts[OPT_INFO_DESC].value, 0, 255, &desc))
        return CALC_USAGE;
    if (!set_info(c, opts, desc, &b))
        return CALC_USAGE;
    b.param = (uint8_t)prec;
    int rc = beacon_encode(l, &b, frame);
    SIM_CHECK(rc == l->len, "beacon_encode: %s", sim_strerror(rc));
    json_t *o = say_beacon(l, r, &b, frame);
    if (opts[OPT_LAT].value) { /* as asked; --decode shows what the 24 bits keep of it */
        json_object_set_new(o, "lat", json_real(strtod(opts[OPT_LAT].value, NULL)));
        json_object_set_new(o, "lon", json_real(strtod(opts[OPT_LON].value, NULL)));
    }
    return calc_print(c, o);
}

/* The layout that octets of a length have: with 19 there are two, then the first CRC decides. */
static const struct beacon_layout *guess_layout(const uint8_t *frame, size_t len)
{
    static const int sf[] = {8, 9, 10, 12};
    const struct beacon_layout *found = NULL;
    for (size_t i = 0; i < sizeof sf / sizeof *sf; i++) {
        struct beacon b;
        const struct beacon_layout *l = beacon_layout(sf[i]);
        if ((size_t)l->len != len)
            continue;
        if (!found || beacon_decode(l, &b, frame, len) == SIM_OK)
            found = l;
    }
    return found;
}

static int decode(const struct calc *c, const struct calc_opt *opts)
{
    const struct region *r = NULL;
    struct beacon b = {0};
    uint8_t frame[BEACON_MAX_LEN];
    size_t len;
    for (int i = 0; i < N_BEACON; i++)
        if (opts[i].value && i != OPT_REGION && i != OPT_DECODE)
            return calc_fail(c, "%s is for making a beacon, not for --decode", opts[i].name);
    if (!calc_hex(c, "--decode", opts[OPT_DECODE].value, frame, sizeof frame, &len))
        return CALC_USAGE;
    const struct beacon_layout *l = opts[OPT_REGION].value
                                        ? find_layout(c, opts[OPT_REGION].value, &r)
                                        : guess_layout(frame, len);
    if (!l && opts[OPT_REGION].value)
        return CALC_USAGE;
    if (!l)
        return calc_fail(c, "--decode: %zu octets; beacons have 17, 19 or 23", len);
    if (len != (size_t)l->len)
        return calc_fail(c, "--decode: %zu octets; beacons of %s have %d", len,
                         opts[OPT_REGION].value, l->len);
    int rc = beacon_decode(l, &b, frame, len);
    if (rc) {
        json_t *o = json_object();
        calc_set_hex(o, "beacon", frame, len);
        json_object_set_new(o, "length", json_integer((json_int_t)len));
        json_object_set_new(o, "crc1_ok", json_false());
        calc_note(c, "the first CRC does not fit: not a beacon, or not of this layout");
        rc = calc_print(c, o);
        return rc ? rc : CALC_NO;
    }
    json_t *o = say_beacon(l, r, &b, frame);
    json_object_set_new(o, "crc1_ok", json_true());
    json_object_set_new(o, "crc2_ok", json_boolean(b.gateway_ok));
    rc = calc_print(c, o);
    if (rc == CALC_OK && !b.gateway_ok) {
        calc_note(c, "the second CRC does not fit: the time counts, the gateway's part is lost");
        rc = CALC_NO;
    }
    return rc;
}

int calc_beacon(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[N_BEACON] = {
        [OPT_REGION] = {"--region", false, NULL},
        [OPT_TIME] = {"--time", false, NULL},
        [OPT_DECODE] = {"--decode", false, NULL},
        [OPT_PREC] = {"--prec", false, NULL},
        [OPT_INFO_DESC] = {"--info-desc", false, NULL},
        [OPT_LAT] = {"--lat", false, NULL},
        [OPT_LON] = {"--lon", false, NULL},
        [OPT_NETID] = {"--netid", false, NULL},
        [OPT_GWID] = {"--gwid", false, NULL},
        [OPT_INFO] = {"--info", false, NULL},
    };
    enum calc_go go = calc_args(c, argc, argv, opts, N_BEACON, NULL, 0);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    return opts[OPT_DECODE].value ? decode(c, opts) : encode(c, opts);
}
