/* SPDX-License-Identifier: GPL-2.0-only
 * GPS time against UTC, and instants as text. */
#include "sim/time.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/err.h"

#define GPS_EPOCH_UNIX INT64_C(315964800) /* 1980-01-06T00:00:00Z */

/* Unix seconds from which GPS - UTC is one second more. Source: IERS Bulletin C, 1981 to 2017. */
static const int64_t leap_unix[] = {
    362793600, 394329600,  425865600,  489024000,  567993600,  631152000,
    662688000, 709948800,  741484800,  773020800,  820454400,  867715200,
    915148800, 1136073600, 1230768000, 1341100800, 1435708800, 1483228800,
};
enum { N_LEAP = sizeof leap_unix / sizeof *leap_unix };

int64_t sim_gps_from_unix(int64_t unix_s)
{
    int64_t leap = 0;
    while (leap < N_LEAP && unix_s >= leap_unix[leap])
        leap++;
    return unix_s - GPS_EPOCH_UNIX + leap;
}

int64_t sim_unix_from_gps(int64_t gps_s)
{
    int64_t leap = 0;
    while (leap < N_LEAP && gps_s >= leap_unix[leap] - GPS_EPOCH_UNIX + leap)
        leap++;
    return gps_s + GPS_EPOCH_UNIX - leap;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar (era of 400 years, March first). */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = y / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t days, int *y, int *m, int *d)
{
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400 + (*m <= 2));
}

/* Digits of a fraction, as ns; sets *s behind them. */
static int64_t parse_fraction(const char **s)
{
    int64_t ns = 0, unit = 100000000;
    while (**s >= '0' && **s <= '9') {
        ns += (**s - '0') * unit;
        unit /= 10;
        (*s)++;
    }
    return ns;
}

static int parse_gps(const char *text, int64_t *gps_ns)
{
    int64_t s = 0;
    if (*text < '0' || *text > '9')
        return SIM_ESYNTAX;
    while (*text >= '0' && *text <= '9') {
        s = s * 10 + (*text++ - '0');
        if (s > INT64_C(7000000000))
            return SIM_ERANGE;
    }
    int64_t ns = 0;
    if (*text == '.') {
        text++;
        ns = parse_fraction(&text);
    }
    if (*text)
        return SIM_ESYNTAX;
    *gps_ns = s * 1000000000 + ns;
    return SIM_OK;
}

static bool date_exists(int y, int mo, int d)
{
    int yy, mm, dd;
    if (mo < 1 || mo > 12 || d < 1 || d > 31)
        return false;
    civil_from_days(days_from_civil(y, mo, d), &yy, &mm, &dd);
    return yy == y && mm == mo && dd == d;
}

int sim_instant_parse(const char *text, int64_t *gps_ns)
{
    if (strncmp(text, "gps:", 4) == 0)
        return parse_gps(text + 4, gps_ns);
    int y, mo, d, h = 0, mi = 0, s = 0, n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &y, &mo, &d, &n) != 3 || n != 10)
        return SIM_ESYNTAX;
    const char *p = text + n;
    if (*p == 'T') {
        int used = 0;
        if (sscanf(p, "T%2d:%2d%n", &h, &mi, &used) != 2 || used != 6)
            return SIM_ESYNTAX;
        p += used;
        if (*p == ':') {
            if (sscanf(p, ":%2d%n", &s, &used) != 1 || used != 3)
                return SIM_ESYNTAX;
            p += used;
        }
    }
    int64_t frac = 0;
    if (*p == '.') {
        p++;
        frac = parse_fraction(&p);
    }
    if (strcmp(p, "Z") != 0 && !(n == 10 && *p == 0 && p == text + n))
        return SIM_ESYNTAX;
    if (h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 || !date_exists(y, mo, d))
        return SIM_ERANGE;
    int64_t unix_s = days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + s;
    if (unix_s < GPS_EPOCH_UNIX || y > 2200)
        return SIM_ERANGE;
    *gps_ns = sim_gps_from_unix(unix_s) * 1000000000 + frac;
    return SIM_OK;
}

char *sim_instant_print(int64_t gps_ns, char *buf, size_t size)
{
    int64_t gps_s = gps_ns / 1000000000, ns = gps_ns % 1000000000;
    int64_t unix_s = sim_unix_from_gps(gps_s);
    int y, m, d;
    civil_from_days(unix_s / 86400, &y, &m, &d);
    int64_t t = unix_s % 86400;
    int n = snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d", y, m, d, (int)(t / 3600),
                     (int)(t / 60 % 60), (int)(t % 60));
    if (n > 0 && (size_t)n < size)
        snprintf(buf + n, size - (size_t)n, ns ? ".%09" PRId64 "Z" : "Z", ns);
    return buf;
}
