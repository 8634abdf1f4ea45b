/* SPDX-License-Identifier: GPL-2.0-only
 * The kinds of values: from the written text into the field, each refusal with what was found, what
 * is allowed and the next step. */
#include "sim/scenario_internal.h"

#include <float.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "sim/mem.h"
#include "sim/time.h"

enum { QUOTE = 100, ALLOWED = 400 };

static const char *const dist_names[] = {"fixed", "uniform", "normal", "exponential", NULL};

static char *list_names(const char *const *names, char *buf, size_t size)
{
    size_t len = 0;
    buf[0] = 0;
    for (; *names; names++) {
        int n = snprintf(buf + len, size - len, "%s%s", len ? ", " : "", *names);
        if ((size_t)n >= size - len)
            break;
        len += (size_t)n;
    }
    return buf;
}

/* "1s..100s", "at least 1s", "at most 100s", or "" without bounds. */
static char *range_text(const struct scn_key *k, char *buf, size_t size)
{
    buf[0] = 0;
    if (k->min && k->max)
        snprintf(buf, size, "%s..%s", k->min, k->max);
    else if (k->min)
        snprintf(buf, size, "at least %s", k->min);
    else if (k->max)
        snprintf(buf, size, "at most %s", k->max);
    return buf;
}

static char *number_text(const struct scn_key *k, char *buf, size_t size)
{
    char units[100], range[100];
    scn_unit_names(k->unit, units, sizeof units);
    range_text(k, range, sizeof range);
    const char *what = k->kind == SCN_REAL ? "a number" : "a whole number";
    if (k->unit == SCN_RATIO)
        snprintf(buf, size, "%s%s(as 0.15 or 15%%)", range, *range ? " " : "a ratio ");
    else if (*range)
        snprintf(buf, size, "%s", range);
    else if (*units)
        snprintf(buf, size, "a number with a unit (%s)", units);
    else
        snprintf(buf, size, "%s", what);
    return buf;
}

char *scn_allowed(const struct scn_key *k, char *buf, size_t size)
{
    char text[ALLOWED], word[80] = "";
    if (k->word)
        snprintf(word, sizeof word, " or the word %s", k->word);
    switch (k->kind) {
    case SCN_BOOL:
        snprintf(text, sizeof text, "true or false");
        break;
    case SCN_ENUM:
        list_names(k->names, text, sizeof text);
        break;
    case SCN_TEXT:
        snprintf(text, sizeof text, "a text");
        break;
    case SCN_FILE:
        snprintf(text, sizeof text, "the path of a file");
        break;
    case SCN_HEX:
        snprintf(text, sizeof text, "%zu hex digits", 2 * k->len);
        break;
    case SCN_INSTANT:
        snprintf(text, sizeof text, "an instant as 2026-01-01T00:00:00Z or gps:1234567890");
        break;
    case SCN_SECTION:
        snprintf(text, sizeof text, "a map");
        break;
    case SCN_LIST:
        snprintf(text, sizeof text, "a list of maps");
        break;
    default:
        number_text(k, text, sizeof text);
    }
    snprintf(buf, size, "%s%s", text, word);
    return buf;
}

/* The general refusal: what was found, what is allowed, and a next step. */
static int refuse(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                  const char *next)
{
    char q[QUOTE], allowed[ALLOWED];
    return scn_error(c, n, "found %s, allowed %s; %s", node_describe(n, q, sizeof q),
                     scn_allowed(k, allowed, sizeof allowed), next);
}

static int read_bool(struct scn_ctx *c, const struct scn_key *k, const struct node *n, bool *v)
{
    if (strcmp(n->text, "true") == 0)
        *v = true;
    else if (strcmp(n->text, "false") == 0)
        *v = false;
    else
        return refuse(c, k, n, "write one of the two words");
    return SIM_OK;
}

/* Why this text is no quantity of the key's unit. */
static int refuse_quantity(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                           const char *text, enum scn_quantity_fault fault)
{
    char q[QUOTE], units[100], allowed[ALLOWED], number[60], unit[40];
    scn_quote(text, q, sizeof q);
    scn_unit_names(k->unit, units, sizeof units);
    size_t len = strspn(text, "+-0123456789.eE");
    snprintf(number, sizeof number, "%.*s", (int)(len < 50 ? len : 50), text);
    switch (fault) {
    case QUANTITY_NO_UNIT:
        return scn_error(c, n, "found %s without a unit, allowed units %s; write e.g. \"%s%s\"", q,
                         units, number, scn_unit_example(k, number));
    case QUANTITY_OTHER_UNIT:
        scn_quote(text + len + strspn(text + len, " "), unit, sizeof unit);
        if (!*units)
            return scn_error(
                c, n, "found %s with %s behind the number, allowed %s; write the number alone", q,
                unit, scn_allowed(k, allowed, sizeof allowed));
        return scn_error(c, n, "found unit %s in %s, allowed units %s; write e.g. \"%s%s\"", unit,
                         q, units, number, scn_unit_example(k, number));
    case QUANTITY_NOT_WHOLE:
        return scn_error(c, n, "found %s, allowed only whole multiples of %s; round it", q,
                         scn_unit_step(k->unit, unit, sizeof unit));
    case QUANTITY_TOO_LARGE:
        return scn_error(c, n, "found %s, which is too large, allowed %s; write a smaller value", q,
                         scn_allowed(k, allowed, sizeof allowed));
    default:
        return scn_error(c, n, "found %s, allowed %s; begin with a number", q,
                         scn_allowed(k, allowed, sizeof allowed));
    }
}

static int check_range(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                       const char *text, int64_t v)
{
    if ((!k->min || v >= scn_bound(k, k->min)) && (!k->max || v <= scn_bound(k, k->max)))
        return SIM_OK;
    char q[QUOTE], allowed[ALLOWED];
    return scn_error(c, n, "found %s, allowed %s; write a value in this range",
                     scn_quote(text, q, sizeof q), scn_allowed(k, allowed, sizeof allowed));
}

/* One quantity from a piece of text; bounds only where asked. */
static int read_quantity(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                         const char *text, int64_t *v)
{
    const char *unit_at;
    if (k->word && strcmp(text, k->word) == 0) {
        *v = SCN_WORD;
        return SIM_OK;
    }
    enum scn_quantity_fault fault = scn_quantity_read(text, k->unit, v, &unit_at);
    return fault ? refuse_quantity(c, k, n, text, fault) : SIM_OK;
}

int scn_element_read(struct scn_ctx *c, const struct scn_key *k, const struct node *n, int64_t *v)
{
    if (n->type != NODE_SCALAR || node_is_null(n))
        return refuse(c, k, n, "write one value here");
    int rc = read_quantity(c, k, n, n->text, v);
    return rc || *v == SCN_WORD ? rc : check_range(c, k, n, n->text, *v);
}

/* A decimal number and nothing else, or with % when the unit is a ratio. */
static bool parse_real(const char *text, enum scn_unit unit, double *v)
{
    char copy[80];
    size_t len = strlen(text);
    bool percent = unit == SCN_RATIO && len && text[len - 1] == '%';
    if (percent)
        len--;
    while (len && text[len - 1] == ' ')
        len--;
    if (!len || len > sizeof copy - 4 || strspn(text, "+-.0123456789eE") < len)
        return false;
    memcpy(copy, text, len);
    copy[len] = 0;
    if (percent && strpbrk(copy, "eE"))
        return false;
    if (percent)
        memcpy(copy + len, "e-2", 4); /* rounds once, as if 0.15 had been written */
    char *end;
    *v = strtod(copy, &end);
    return !*end && end != copy && *v >= -DBL_MAX && *v <= DBL_MAX;
}

static double real_bound(const struct scn_key *k, const char *text)
{
    double v = 0;
    SIM_CHECK(parse_real(text, k->unit, &v), "key %s: bound %s is no number", k->name, text);
    return v;
}

static int read_real(struct scn_ctx *c, const struct scn_key *k, const struct node *n, double *v)
{
    if (k->word && strcmp(n->text, k->word) == 0) {
        *v = (double)SCN_WORD;
        return SIM_OK;
    }
    if (!parse_real(n->text, k->unit, v))
        return refuse(c, k, n,
                      k->unit == SCN_RATIO ? "write e.g. \"15%\"" : "write a number alone");
    if ((k->min && *v < real_bound(k, k->min)) || (k->max && *v > real_bound(k, k->max)))
        return refuse(c, k, n, "write a value in this range");
    return SIM_OK;
}

static int read_enum(struct scn_ctx *c, const struct scn_key *k, const struct node *n, int *v)
{
    int count = 0;
    for (; k->names[count]; count++) {
        if (strcmp(k->names[count], n->text) == 0) {
            *v = count;
            return SIM_OK;
        }
    }
    char next[120];
    const char *near = scn_did_you_mean(n->text, k->names, (size_t)count);
    snprintf(next, sizeof next, "%s%s%s", near ? "did you mean \"" : "write one of them",
             near ? near : "", near ? "\"?" : "");
    return refuse(c, k, n, next);
}

/* Text and paths: bounds are lengths in bytes. */
static int read_text(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                     const char **v)
{
    int64_t len = (int64_t)strlen(n->text);
    int64_t min = k->min ? scn_bound(k, k->min) : 0;
    int64_t max = k->max ? scn_bound(k, k->max) : SCN_MAX_TEXT;
    char q[QUOTE];
    if (k->word && strcmp(n->text, k->word) == 0)
        return SIM_OK; /* stays NULL */
    if (len < min || len > max)
        return scn_error(
            c, n,
            "found %s of %" PRId64 " bytes, allowed %" PRId64 "..%" PRId64 " bytes; make it %s",
            scn_quote(n->text, q, sizeof q), len, min, max, len < min ? "longer" : "shorter");
    if (k->kind == SCN_FILE && !len)
        return refuse(c, k, n, "write a path, or leave the key out");
    if (k->kind == SCN_TEXT || n->text[0] == '/') {
        *v = n->text;
        return SIM_OK;
    }
    size_t size = strlen(c->s->base_dir) + (size_t)len + 2;
    char *path = scn_own(c->s, size, 1);
    snprintf(path, size, "%s/%s", c->s->base_dir, n->text);
    *v = path;
    return SIM_OK;
}

static int read_hex(struct scn_ctx *c, const struct scn_key *k, const struct node *n, uint8_t *v)
{
    size_t len = 0, max = strlen(n->text) / 2 + 1;
    char found[80];
    if (k->word && strcmp(n->text, k->word) == 0)
        return SIM_OK; /* stays zero */
    uint8_t *bytes = mem_alloc(max, 1);
    int rc = hex_parse(n->text, bytes, max, &len);
    if (!rc && len == k->len)
        memcpy(v, bytes, len);
    free(bytes);
    if (rc)
        return refuse(c, k, n, "use 0-9 and a-f, two digits a byte, nothing else");
    snprintf(found, sizeof found, "these are %zu digits: %s", 2 * len,
             len < k->len ? "add the missing ones" : "remove some");
    return len == k->len ? SIM_OK : refuse(c, k, n, found);
}

static int64_t instant_bound(const struct scn_key *k, const char *text)
{
    int64_t v = 0;
    SIM_CHECK(!sim_instant_parse(text, &v), "key %s: bound %s is no instant", k->name, text);
    return v;
}

static int read_instant(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                        int64_t *v)
{
    char q[QUOTE], range[100];
    if (k->word && strcmp(n->text, k->word) == 0) {
        *v = SCN_WORD;
        return SIM_OK;
    }
    int rc = sim_instant_parse(n->text, v);
    if (rc)
        return refuse(c, k, n,
                      rc == SIM_ERANGE ? "this date or time does not exist or is outside 1980..2200"
                                       : "write it in one of these forms");
    if ((k->min && *v < instant_bound(k, k->min)) || (k->max && *v > instant_bound(k, k->max)))
        return scn_error(c, n, "found %s, allowed %s; write an instant in this range",
                         scn_quote(n->text, q, sizeof q), range_text(k, range, sizeof range));
    return SIM_OK;
}

/* "name(a, b)" cut into its pieces. */
struct call {
    char name[24];
    char args[2][80];
    int n_args;
};

static bool take(char *to, size_t size, const char *from, size_t len)
{
    while (len && *from == ' ') {
        from++;
        len--;
    }
    while (len && from[len - 1] == ' ')
        len--;
    if (!len || len >= size)
        return false;
    memcpy(to, from, len);
    to[len] = 0;
    return true;
}

static bool parse_call(const char *text, struct call *call)
{
    const char *open = strchr(text, '(');
    size_t len = strlen(text);
    memset(call, 0, sizeof *call);
    if (!open || text[len - 1] != ')' ||
        !take(call->name, sizeof call->name, text, (size_t)(open - text)))
        return false;
    const char *p = open + 1, *end = text + len - 1;
    while (call->n_args < 2) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        if (!take(call->args[call->n_args], sizeof call->args[0], p, (size_t)(stop - p)))
            return false;
        call->n_args++;
        if (!comma)
            return true;
        p = comma + 1;
    }
    return false;
}

static int refuse_dist(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                       const char *name)
{
    char q[QUOTE], example[60];
    const char *near = name ? scn_did_you_mean(name, dist_names, 4) : NULL;
    if (near && strcmp(near, name) == 0)
        near = NULL; /* the name is right, its parameters are not */
    snprintf(example, sizeof example, "%s%s%s",
             near ? "did you mean \"" : "write one of these forms", near ? near : "",
             near ? "\"?" : "");
    return scn_error(c, n,
                     "found %s, allowed a value%s%s, uniform(a, b), normal(mean, sd) or "
                     "exponential(mean); %s",
                     scn_quote(n->text, q, sizeof q), k->unit ? " like 1" : "",
                     k->unit ? scn_unit_example(k, "1") : "", example);
}

/* The rules between the parameters of a distribution. */
static int check_dist(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                      const struct call *call, const struct scn_dist *d)
{
    char q[QUOTE];
    int rc = check_range(c, k, n, call->args[0], d->a);
    if (!rc && d->kind == SCN_UNIFORM)
        rc = check_range(c, k, n, call->args[1], d->b);
    if (rc)
        return rc;
    scn_quote(n->text, q, sizeof q);
    if (d->kind == SCN_UNIFORM && d->a > d->b)
        return scn_error(c, n, "found %s, allowed uniform(a, b) with a <= b; swap the two", q);
    if (d->kind == SCN_NORMAL && d->b < 0)
        return scn_error(c, n,
                         "found %s, allowed a standard deviation of 0 or more; remove its sign", q);
    if (d->kind == SCN_EXPONENTIAL && d->a <= 0)
        return scn_error(c, n, "found %s, allowed a mean above 0; write a larger mean", q);
    return SIM_OK;
}

static int read_dist(struct scn_ctx *c, const struct scn_key *k, const struct node *n,
                     struct scn_dist *d)
{
    struct call call;
    if (!strchr(n->text, '(')) {
        d->kind = SCN_FIXED;
        int rc = read_quantity(c, k, n, n->text, &d->a);
        return rc || d->a == SCN_WORD ? rc : check_range(c, k, n, n->text, d->a);
    }
    if (!parse_call(n->text, &call))
        return refuse_dist(c, k, n, *call.name ? call.name : NULL);
    int kind = 0;
    while (dist_names[kind] && strcmp(dist_names[kind], call.name) != 0)
        kind++;
    bool two = kind == SCN_UNIFORM || kind == SCN_NORMAL;
    if (!dist_names[kind] || call.n_args != (two ? 2 : 1))
        return refuse_dist(c, k, n, dist_names[kind] ? NULL : call.name);
    struct scn_key plain = *k;
    plain.word = NULL; /* a word cannot be a parameter */
    d->kind = (enum scn_dist_kind)kind;
    int rc = read_quantity(c, &plain, n, call.args[0], &d->a);
    if (!rc && two)
        rc = read_quantity(c, &plain, n, call.args[1], &d->b);
    return rc ? rc : check_dist(c, &plain, n, &call, d);
}

int scn_value_read(struct scn_ctx *c, const struct scn_key *k, const struct node *n, void *field)
{
    if (n->type != NODE_SCALAR)
        return refuse(c, k, n, "write one value");
    if (node_is_null(n))
        return refuse(c, k, n, "write a value, or remove the key to use its default");
    switch (k->kind) {
    case SCN_BOOL:
        return read_bool(c, k, n, field);
    case SCN_INT:
    case SCN_QUANTITY:
        return scn_element_read(c, k, n, field);
    case SCN_REAL:
        return read_real(c, k, n, field);
    case SCN_ENUM:
        return read_enum(c, k, n, field);
    case SCN_TEXT:
    case SCN_FILE:
        return read_text(c, k, n, field);
    case SCN_HEX:
        return read_hex(c, k, n, field);
    case SCN_INSTANT:
        return read_instant(c, k, n, field);
    case SCN_DIST:
        return read_dist(c, k, n, field);
    default:
        SIM_CHECK(0, "key %s: kind %d is no scalar", k->name, (int)k->kind);
        return SIM_EINVAL;
    }
}
