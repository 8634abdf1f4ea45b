/* SPDX-License-Identifier: GPL-2.0-only
 * Arguments, messages, hex and JSON for the calculators. */
#include "tools/calc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "sim/scenario.h"

static void say(const struct calc *c, const char *fmt, va_list ap)
{
    fprintf(c->err, "castbed calc %s: ", c->what);
    vfprintf(c->err, fmt, ap);
    fputc('\n', c->err);
}

int calc_fail(const struct calc *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(c, fmt, ap);
    va_end(ap);
    fprintf(c->err, "See: castbed calc %s -h\n", c->what);
    return CALC_USAGE;
}

void calc_note(const struct calc *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(c, fmt, ap);
    va_end(ap);
}

enum { MAX_OPTS = 16, MAX_WORD = 40 };

static void unknown_option(const struct calc *c, const char *word, const struct calc_opt *opts,
                           size_t n_opts)
{
    const char *names[MAX_OPTS];
    for (size_t i = 0; i < n_opts; i++)
        names[i] = opts[i].name;
    const char *near = scn_did_you_mean(word, names, n_opts);
    if (near)
        calc_fail(c, "there is no option %s; did you mean %s?", word, near);
    else
        calc_fail(c, "there is no option %s", word);
}

/* One option word, "--name", "--name VALUE" or "--name=VALUE"; moves *i over the value. */
static bool take_option(const struct calc *c, int argc, char **argv, int *i, struct calc_opt *opts,
                        size_t n_opts)
{
    char name[MAX_WORD + 1];
    const char *word = argv[*i], *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    snprintf(name, sizeof name, "%.*s", len < MAX_WORD ? (int)len : MAX_WORD, word);
    struct calc_opt *o = NULL;
    for (size_t k = 0; k < n_opts; k++)
        if (strcmp(opts[k].name, name) == 0)
            o = &opts[k];
    if (!o) {
        unknown_option(c, name, opts, n_opts);
        return false;
    }
    if (o->value) {
        calc_fail(c, "%s is given twice", name);
        return false;
    }
    if (o->is_flag && equals) {
        calc_fail(c, "%s takes no value", name);
        return false;
    }
    if (!o->is_flag && !equals && *i + 1 >= argc) {
        calc_fail(c, "%s needs a value behind it", name);
        return false;
    }
    o->value = o->is_flag ? "" : equals ? equals + 1 : argv[++*i];
    return true;
}

enum calc_go calc_args(const struct calc *c, int argc, char **argv, struct calc_opt *opts,
                       size_t n_opts, const char **pos, size_t n_pos)
{
    SIM_CHECK(n_opts <= MAX_OPTS, "%zu options", n_opts);
    size_t n = 0;
    for (size_t i = 0; i < n_pos; i++)
        pos[i] = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            fputs(c->help, c->out);
            return CALC_HELP_SHOWN;
        }
        if (argv[i][0] == '-' && argv[i][1]) {
            if (!take_option(c, argc, argv, &i, opts, n_opts))
                return CALC_BAD;
        } else if (n == n_pos) {
            calc_fail(c, "'%.60s' is one word too many", argv[i]);
            return CALC_BAD;
        } else {
            pos[n++] = argv[i];
        }
    }
    return CALC_GO;
}

bool calc_int(const struct calc *c, const char *name, const char *text, int64_t lo, int64_t hi,
              int64_t *value)
{
    char *end = NULL;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    bool is_number = (text[0] >= '0' && text[0] <= '9') || (text[0] == '-' && text[1] >= '0');
    if (!is_number || *end) {
        calc_fail(c, "%s: '%.60s' is not a whole number", name, text);
        return false;
    }
    if (errno || v < lo || v > hi) {
        calc_fail(c, "%s: %.60s is out of range, allowed are %" PRId64 " to %" PRId64, name, text,
                  lo, hi);
        return false;
    }
    *value = v;
    return true;
}

/* The first character that is neither hex digit nor space, or NULL. Counts the digits. */
static const char *find_odd_char(const char *text, size_t *n_digits)
{
    *n_digits = 0;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (!strchr("0123456789abcdefABCDEF", *text))
            return text;
        ++*n_digits;
    }
    return NULL;
}

bool calc_hex(const struct calc *c, const char *name, const char *text, uint8_t *out, size_t max,
              size_t *len)
{
    size_t n_digits;
    const char *odd = find_odd_char(text, &n_digits);
    if (odd)
        calc_fail(c, "%s: character %zu is not a hex digit", name, (size_t)(odd - text) + 1);
    else if (n_digits % 2)
        calc_fail(c, "%s has %zu hex digits, an odd number: an octet has two", name, n_digits);
    else if (n_digits / 2 > max)
        calc_fail(c, "%s has %zu octets, allowed are at most %zu", name, n_digits / 2, max);
    else if (hex_parse(text, out, max, len))
        calc_fail(c, "%s: a space stands inside an octet", name);
    else
        return true;
    return false;
}

bool calc_hex_exact(const struct calc *c, const char *name, const char *text, uint8_t *out,
                    size_t len)
{
    size_t n_digits;
    const char *odd = find_odd_char(text, &n_digits);
    if (!odd && n_digits != 2 * len) {
        calc_fail(c, "%s has %zu hex digits, needed are %zu", name, n_digits, 2 * len);
        return false;
    }
    return calc_hex(c, name, text, out, len, &n_digits);
}

bool calc_hex_number(const struct calc *c, const char *name, const char *text, size_t len,
                     uint64_t *value)
{
    uint8_t b[8];
    SIM_CHECK(len <= sizeof b, "%zu octets", len);
    if (!calc_hex_exact(c, name, text, b, len))
        return false;
    *value = 0;
    for (size_t i = 0; i < len; i++)
        *value = *value << 8 | b[i];
    return true;
}

void calc_set_hex(json_t *object, const char *name, const uint8_t *p, size_t len)
{
    char *text = mem_alloc(2 * len + 1, 1);
    if (len)
        hex_print(p, len, text);
    json_object_set_new(object, name, json_string(text));
    free(text);
}

void calc_set_number_hex(json_t *object, const char *name, uint64_t value, int n_digits)
{
    char text[17];
    snprintf(text, sizeof text, "%0*" PRIx64, n_digits, value);
    json_object_set_new(object, name, json_string(text));
}

int calc_print(const struct calc *c, json_t *object)
{
    int rc = json_dumpf(object, c->out, JSON_INDENT(2));
    json_decref(object);
    if (rc || fputc('\n', c->out) == EOF || fflush(c->out)) {
        calc_note(c, "the answer cannot be written: %s", strerror(errno));
        return CALC_IO;
    }
    return CALC_OK;
}
