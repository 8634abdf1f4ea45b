/* SPDX-License-Identifier: GPL-2.0-only
 * Quantities with units: text to whole base units and back, exactly (no floating point). */
#include "sim/scenario_internal.h"

#include <inttypes.h>
#include <string.h>

#include "sim/mem.h"

enum { MAX_UNITS = 8 };

struct unit {
    const char *name;
    int64_t factor; /* base units in one */
};

struct unit_set {
    const char *example;          /* the unit that a message proposes */
    struct unit units[MAX_UNITS]; /* ascending; name NULL ends */
};

static const struct unit_set unit_sets[] = {
    [SCN_NONE] = {.example = ""},
    [SCN_TIME] = {"s",
                  {{"ns", 1},
                   {"us", 1000},
                   {"ms", 1000000},
                   {"s", 1000000000},
                   {"min", INT64_C(60000000000)},
                   {"h", INT64_C(3600000000000)},
                   {"d", INT64_C(86400000000000)}}},
    [SCN_FREQUENCY] = {"MHz", {{"Hz", 1}, {"kHz", 1000}, {"MHz", 1000000}, {"GHz", 1000000000}}},
    [SCN_POWER] = {"dBm", {{"dBm", 100}}},
    [SCN_LEVEL] = {"dB", {{"dB", 100}}},
    [SCN_LENGTH] = {"m", {{"mm", 1}, {"cm", 10}, {"m", 1000}, {"km", 1000000}}},
    [SCN_RATIO] = {.example = "%"},
    [SCN_DRIFT] = {"ppm", {{"ppb", 1}, {"ppm", 1000}}},
    [SCN_CURRENT] = {"mA", {{"nA", 1}, {"uA", 1000}, {"mA", 1000000}, {"A", 1000000000}}},
    [SCN_VOLTAGE] = {"V", {{"mV", 1}, {"V", 1000}}},
    [SCN_TEMPERATURE] = {"degC", {{"degC", 1000}}},
    [SCN_CHARGE] = {"mAh", {{"uAh", 1}, {"mAh", 1000}, {"Ah", 1000000}, {"kAh", 1000000000}}},
    [SCN_SIZE] = {"B", {{"B", 1}, {"kB", 1000}, {"KiB", 1024}}},
    [SCN_BIT_RATE] = {"Mbps",
                      {{"bps", 1}, {"kbps", 1000}, {"Mbps", 1000000}, {"Gbps", 1000000000}}},
};

char *scn_unit_names(enum scn_unit unit, char *buf, size_t size)
{
    size_t len = 0;
    buf[0] = 0;
    for (const struct unit *u = unit_sets[unit].units; u->name; u++) {
        int n = snprintf(buf + len, size - len, "%s%s", len ? " " : "", u->name);
        len += (size_t)n < size - len ? (size_t)n : 0;
    }
    if (unit == SCN_RATIO)
        snprintf(buf, size, "%%");
    return buf;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* mantissa * 10^exponent, exponent at most 0 once read. */
struct decimal {
    bool negative;
    bool too_large;
    uint64_t mantissa;
    int exponent;
};

static void decimal_digit(struct decimal *d, unsigned digit)
{
    if (d->mantissa > (UINT64_MAX - digit) / 10)
        d->too_large = true;
    else
        d->mantissa = d->mantissa * 10 + digit;
}

/* The exponent of "1e6"; a following unit like "eV" is not one. Returns the text behind it. */
static const char *read_exponent(const char *p, struct decimal *d)
{
    const char *q = p + 1;
    if (*p != 'e' && *p != 'E')
        return p;
    bool negative = *q == '-';
    if (*q == '-' || *q == '+')
        q++;
    if (!is_digit(*q))
        return p;
    int e = 0;
    while (is_digit(*q)) {
        e = e < 1000 ? e * 10 + (*q - '0') : e;
        q++;
    }
    d->exponent += negative ? -e : e;
    return q;
}

/* Sign, digits, fraction, exponent. Returns the text behind, or NULL when there is no number. */
static const char *read_decimal(const char *p, struct decimal *d)
{
    memset(d, 0, sizeof *d);
    d->negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return NULL;
    while (is_digit(*p))
        decimal_digit(d, (unsigned)(*p++ - '0'));
    if (*p == '.' && is_digit(p[1])) {
        const char *end = ++p;
        while (is_digit(*end))
            end++;
        const char *stop = end;
        while (stop > p && stop[-1] == '0')
            stop--;
        d->exponent = -(int)(stop - p < 1000 ? stop - p : 1000);
        for (; p < stop; p++)
            decimal_digit(d, (unsigned)(*p - '0'));
        p = end;
    }
    return read_exponent(p, d);
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* d * factor as a whole number. */
static enum scn_quantity_fault decimal_scale(const struct decimal *d, uint64_t factor,
                                             int64_t *value)
{
    uint64_t m = d->mantissa, den = 1;
    if (d->too_large)
        return d->exponent < 0 ? QUANTITY_NOT_WHOLE : QUANTITY_TOO_LARGE;
    for (int i = 0; m && i < d->exponent; i++) {
        if (m > UINT64_MAX / 10)
            return QUANTITY_TOO_LARGE;
        m *= 10;
    }
    for (int i = 0; m && i > d->exponent; i--) {
        if (m % 10 == 0)
            m /= 10;
        else if (den > UINT64_MAX / 10)
            return QUANTITY_NOT_WHOLE;
        else
            den *= 10;
    }
    uint64_t g = gcd(factor, den);
    factor /= g;
    den /= g;
    if (m % den)
        return QUANTITY_NOT_WHOLE;
    m /= den;
    if (m > (uint64_t)INT64_MAX / factor)
        return QUANTITY_TOO_LARGE;
    *value = d->negative ? -(int64_t)(m * factor) : (int64_t)(m * factor);
    return QUANTITY_OK;
}

enum scn_quantity_fault scn_quantity_read(const char *text, enum scn_unit unit, int64_t *value,
                                          const char **unit_at)
{
    struct decimal d;
    const char *p = read_decimal(text, &d);
    if (!p)
        return QUANTITY_NO_NUMBER;
    while (*p == ' ')
        p++;
    *unit_at = p;
    const struct unit *u = unit_sets[unit].units;
    if (!u->name)
        return *p ? QUANTITY_OTHER_UNIT : decimal_scale(&d, 1, value);
    if (!*p)
        return QUANTITY_NO_UNIT;
    for (; u->name; u++)
        if (strcmp(u->name, p) == 0)
            return decimal_scale(&d, (uint64_t)u->factor, value);
    return QUANTITY_OTHER_UNIT;
}

int scn_quantity_parse(const char *text, enum scn_unit unit, int64_t *value)
{
    const char *unit_at;
    int64_t v;
    switch (scn_quantity_read(text, unit, &v, &unit_at)) {
    case QUANTITY_OK:
        *value = v;
        return SIM_OK;
    case QUANTITY_NOT_WHOLE:
    case QUANTITY_TOO_LARGE:
        return SIM_ERANGE;
    default:
        return SIM_ESYNTAX;
    }
}

/* |value| / factor with at most max_digits decimals into buf, or false when that is not exact. */
static bool print_exact(uint64_t magnitude, const struct unit *u, int max_digits, char *buf,
                        size_t size)
{
    uint64_t factor = (uint64_t)u->factor;
    uint64_t whole = magnitude / factor, rest = magnitude % factor;
    char digits[24] = "";
    int n = 0;
    while (rest && n < max_digits) {
        rest *= 10; /* at most 10 * 86400e9: far from 2^64 */
        digits[n++] = (char)('0' + rest / factor);
        rest %= factor;
    }
    if (rest)
        return false;
    digits[n] = 0;
    snprintf(buf, size, "%" PRIu64 "%s%s", whole, n ? "." : "", digits);
    return true;
}

/* A power of ten keeps its decimals readable (868.0625MHz); minutes, hours, days and KiB only
 * halves. */
static int max_digits(int64_t factor)
{
    while (factor % 10 == 0)
        factor /= 10;
    return factor == 1 ? 4 : 1;
}

char *scn_quantity_print(int64_t value, enum scn_unit unit, char *buf, size_t size)
{
    const struct unit_set *set = &unit_sets[unit];
    const struct unit *u = set->units;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const char *sign = value < 0 ? "-" : "";
    char number[48];
    if (!u->name || value == 0) {
        snprintf(buf, size, "%" PRId64 "%s", value, u->name ? set->example : "");
        return buf;
    }
    int n = 0;
    while (u[n].name)
        n++;
    for (int i = n - 1; i >= 0; i--) {
        bool big_enough = n == 1 || i == 0 || magnitude >= (uint64_t)u[i].factor;
        if (big_enough &&
            print_exact(magnitude, &u[i], i ? max_digits(u[i].factor) : 4, number, sizeof number)) {
            snprintf(buf, size, "%s%s%s", sign, number, u[i].name);
            break;
        }
    }
    return buf;
}

char *scn_unit_step(enum scn_unit unit, char *buf, size_t size)
{
    return scn_quantity_print(1, unit, buf, size);
}

/* Does number with this unit lie within the key's bounds? */
static bool unit_fits(const struct scn_key *k, const char *number, const char *unit)
{
    char text[100];
    int64_t v;
    snprintf(text, sizeof text, "%s%s", number, unit);
    if (scn_quantity_parse(text, k->unit, &v))
        return false;
    return (!k->min || v >= scn_bound(k, k->min)) && (!k->max || v <= scn_bound(k, k->max));
}

const char *scn_unit_example(const struct scn_key *k, const char *number)
{
    const struct unit_set *set = &unit_sets[k->unit];
    if (k->unit == SCN_RATIO || unit_fits(k, number, set->example))
        return set->example;
    for (const struct unit *u = set->units; u->name; u++)
        if (unit_fits(k, number, u->name))
            return u->name;
    return set->example;
}

int64_t scn_bound(const struct scn_key *k, const char *text)
{
    int64_t v = 0;
    int rc = scn_quantity_parse(text, k->kind == SCN_LIST ? SCN_NONE : k->unit, &v);
    SIM_CHECK(rc == SIM_OK, "key %s: bound %s is no quantity of its unit", k->name, text);
    return v;
}
