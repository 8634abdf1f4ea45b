/* SPDX-License-Identifier: GPL-2.0-only
 * castbed plot. A kind of plot is two files, KIND.sql (what is shown) and KIND.gp (how it looks),
 * built into the program from results/plots or taken from --dir. Both are joined to one gnuplot
 * script with its data. */
#include "tools/cmd_plot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/files.h"
#include "sim/mem.h"
#include "sim/scenario.h"
#include "sim/time.h"
#include "tools/plot_data.h"
#include "tools/plot_gnuplot.h"

enum {
    EXIT_OK = 0,
    EXIT_NO = 1,
    EXIT_USAGE = 2,
    EXIT_UNFINISHED = 3,
    MAX_KINDS = 32,
    MAX_SQL_BYTES = 1000000,
};

struct options {
    const char *kind, *out, *dir, *title;
    const char *const *files;
    size_t n_files;
    int64_t run;
    struct plot_params params;
    int64_t length_ns;
    double width_mm; /* 0: not given */
};

static const char usage[] =
    "usage: castbed plot KIND FILE.db... -o FILE.svg|.png|.pdf|.gp [options]\n"
    "       castbed plot --list\n"
    "  -o FILE          what to write; .gp is the gnuplot script with its data, to be changed by "
    "hand\n"
    "  --run ID         only this run (table run, column id)\n"
    "  --width MM       printed width, 60 to 1000: 85 is a column of text, 180 a page; letters "
    "keep their size of 7 pt\n"
    "  --title TEXT     title instead of the plot's own\n"
    "  --by PATH        pdr-vs-devices, join-leave: one line for each value of this scenario key\n"
    "  --gateway NAME   timeline: which gateway (default: the first by name)\n"
    "  --group NAME     session: which multicast group (default: the first to begin)\n"
    "  --campaign NAME  campaign, fragments, completion: which campaign (default: the first to "
    "begin)\n"
    "  --flow NAME      tree: which flow (default: the first by name that somebody receives)\n"
    "  --at TIME        tree: when (default: when it has most members)\n"
    "  --devices NAMES  windows, session, beacons, fragments, energy: only these devices or "
    "groups, with a comma between\n"
    "  --from TIME      timeline, windows, session, beacons, campaign: begin, since the start of "
    "the run (default 0s; windows: the first window; session: its start)\n"
    "  --span TIME      timeline, windows, session, beacons, campaign: length (default 10s; "
    "windows: 3 s or the session; session, beacons, campaign: all of it)\n"
    "  --dir DIR        take KIND.sql and KIND.gp from this folder; start from copies of "
    "results/plots\n"
    "  --list           the kinds of plots\n"
    "  -h, --help       this text\n";

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "castbed plot: %s%s\n%s", what, value, usage);
    return EXIT_USAGE;
}

/* Names of the built-in kinds (to be freed) and the first line of their SQL. Returns their number.
 */
static size_t list_kinds(char *names[MAX_KINDS], const char *help[MAX_KINDS])
{
    static const char prefix[] = "plots/";
    size_t n = 0;
    for (const struct results_file *f = results_files; f->name && n < MAX_KINDS; f++) {
        const char *end = strstr(f->name, ".sql");
        if (strncmp(f->name, prefix, sizeof prefix - 1) != 0 || !end)
            continue;
        const char *name = f->name + sizeof prefix - 1;
        names[n] = mem_copy(name, (size_t)(end - name));
        help[n++] = f->text + strlen("-- ");
    }
    return n;
}

static int print_kinds(void)
{
    char *names[MAX_KINDS];
    const char *help[MAX_KINDS];
    size_t n = list_kinds(names, help);
    for (size_t i = 0; i < n; i++) {
        printf("%-16s %.*s\n", names[i], (int)strcspn(help[i], "\n"), help[i]);
        free(names[i]);
    }
    return EXIT_OK;
}

static int unknown_kind(const char *kind)
{
    char *names[MAX_KINDS];
    const char *help[MAX_KINDS];
    size_t n = list_kinds(names, help);
    const char *near = scn_did_you_mean(kind, (const char *const *)names, n);
    if (near)
        fprintf(stderr, "castbed plot: no kind of plot '%s': did you mean %s?\n", kind, near);
    else
        fprintf(stderr, "castbed plot: no kind of plot '%s': see castbed plot --list\n", kind);
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    return EXIT_USAGE;
}

static bool parse_time(const char *text, int64_t min, int64_t *ns)
{
    return scn_quantity_parse(text, SCN_TIME, ns) == SIM_OK && *ns >= min && *ns < INT64_MAX / 4;
}

static bool parse_id(const char *text, int64_t *id)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    *id = v;
    return !errno && end != text && !*end && v > 0;
}

static bool parse_width(const char *text, double *mm)
{
    char *end;
    *mm = strtod(text, &end);
    return end != text && !*end && *mm >= PLOT_MIN_WIDTH_MM && *mm <= PLOT_MAX_WIDTH_MM;
}

/* Take over an option with its value. Returns false when the option or the value is not known. */
static bool set_option(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "-o") == 0)
        o->out = value;
    else if (strcmp(name, "--dir") == 0)
        o->dir = value;
    else if (strcmp(name, "--title") == 0)
        o->title = value;
    else if (strcmp(name, "--width") == 0)
        return parse_width(value, &o->width_mm);
    else if (strcmp(name, "--by") == 0)
        o->params.by = value;
    else if (strcmp(name, "--gateway") == 0)
        o->params.gateway = value;
    else if (strcmp(name, "--group") == 0)
        o->params.group = value;
    else if (strcmp(name, "--campaign") == 0)
        o->params.campaign = value;
    else if (strcmp(name, "--devices") == 0)
        o->params.devices = value;
    else if (strcmp(name, "--flow") == 0)
        o->params.flow = value;
    else if (strcmp(name, "--at") == 0)
        return o->params.at_given = parse_time(value, 0, &o->params.at_ns);
    else if (strcmp(name, "--run") == 0)
        return parse_id(value, &o->run);
    else if (strcmp(name, "--from") == 0)
        return o->params.from_given = parse_time(value, 0, &o->params.from_ns);
    else if (strcmp(name, "--span") == 0)
        return o->params.length_given = parse_time(value, 1, &o->length_ns);
    else
        return false;
    return true;
}

/* Fill in o; files: argc elements for the databases' names. */
static int parse(struct options *o, int argc, char **argv, const char **files)
{
    *o = (struct options){.files = files, .title = "", .length_ns = SIM_S(10)};
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1]) {
            if (i + 1 >= argc)
                return usage_error("not an option, or without its value: ", argv[i]);
            if (!set_option(o, argv[i], argv[i + 1])) {
                fprintf(stderr, "castbed plot: %s %s: not understood\n%s", argv[i], argv[i + 1],
                        usage);
                return EXIT_USAGE;
            }
            i++;
        } else if (!o->kind) {
            o->kind = argv[i];
        } else {
            files[o->n_files++] = argv[i];
        }
    }
    if (!o->kind)
        return usage_error("which kind of plot?", "");
    if (!o->n_files)
        return usage_error("which database?", "");
    if (!o->out)
        return usage_error("where to? -o FILE.svg is missing", "");
    if (!plot_gnuplot_knows(o->out))
        return usage_error("the name of the output must end with .svg, .png, .pdf or .gp: ",
                           o->out);
    o->params.to_ns = o->params.from_ns + o->length_ns;
    return EXIT_OK;
}

/* A file of a kind, from --dir or built in; NULL: not there. The caller frees. */
static char *kind_file(const struct options *o, const char *kind, const char *end)
{
    char path[1000];
    if (!o->dir) {
        snprintf(path, sizeof path, "plots/%s%s", kind, end);
        const char *text = results_file_text(path);
        return text ? mem_text(text) : NULL;
    }
    if (snprintf(path, sizeof path, "%s/%s%s", o->dir, kind, end) >= (int)sizeof path)
        return NULL;
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    char *text = mem_alloc(MAX_SQL_BYTES + 1, 1);
    size_t n = fread(text, 1, MAX_SQL_BYTES, f);
    text[n] = 0;
    fclose(f);
    return text;
}

/* What a kind is made of; owned. */
struct kind {
    char *sql, *gp;
};

static void kind_free(struct kind *k)
{
    free(k->sql);
    free(k->gp);
}

/* Put the kind in k's place that it names for runs without its rows, if it suits them. */
static bool take_other(const struct options *o, struct plot_data *d, struct kind *k)
{
    char name[100];
    struct sim_error e;
    if (!plot_data_otherwise(k->sql, name, sizeof name))
        return false;
    struct kind other = {kind_file(o, name, ".sql"), kind_file(o, name, ".gp")};
    if (!other.sql || !other.gp || plot_data_check(d, other.sql, &e)) {
        kind_free(&other);
        return false;
    }
    kind_free(k);
    *k = other;
    return true;
}

/* Write the whole script: terminal, data, then the kind's own part. */
static int write_script(const struct options *o, FILE *f, const char *output, struct kind *k,
                        struct sim_error *e)
{
    struct plot_data *d;
    int error = plot_data_open(&d, o->files, o->n_files, e);
    if (error)
        return error;
    plot_gnuplot_header(f, o->out, output, o->width_mm);
    fputs("plot_title = ", f);
    plot_data_quote(f, o->title);
    fputc('\n', f);
    error = plot_data_select(d, k->sql, o->run, stderr, e);
    if (error == SIM_ENODATA && take_other(o, d, k))
        error = SIM_OK;
    if (!error && !o->run && !strstr(k->sql, "-- runs: one"))
        plot_data_note_mixed(d, k->sql, o->params.by, stderr);
    if (!error)
        error = plot_data_write(d, k->sql, &o->params, f, e);
    plot_data_close(d);
    fputs(k->gp, f);
    return error;
}

static int exit_code(int error)
{
    if (error == SIM_ENODATA)
        return EXIT_NO;
    return error == SIM_EIO || error == SIM_ENOSPC || error == SIM_EBUSY ? EXIT_UNFINISHED
                                                                         : EXIT_USAGE;
}

static int report(const struct sim_error *e)
{
    fprintf(stderr, "castbed plot: %s\n", e->text);
    return exit_code(e->code);
}

/* A new file beside the output; path gets its name. */
static FILE *open_beside(const char *out, char *path, size_t size)
{
    if (snprintf(path, size, "%s.XXXXXX", out) >= (int)size) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!f && fd >= 0)
        close(fd);
    return f;
}

/* Run the script and put its picture in place. */
static int draw(const struct options *o, const char *script, const char *picture,
                struct sim_error *e)
{
    int error = plot_gnuplot_run(script, e);
    if (error == SIM_ENOENT)
        e->code = SIM_EIO; /* gnuplot missing: could not finish */
    size_t len = strlen(o->out);
    if (!error && len > 4 && strcmp(o->out + len - 4, ".pdf") == 0)
        error = plot_gnuplot_undate(picture, e);
    if (!error && rename(picture, o->out) != 0)
        error = sim_error_set(e, SIM_EIO, "%s: cannot be written: %s", o->out, strerror(errno));
    unlink(picture);
    return error;
}

static int make_plot(const struct options *o, struct kind *k)
{
    char script[1000], picture[1010];
    struct sim_error e = {0};
    FILE *f = open_beside(o->out, script, sizeof script);
    if (!f) {
        fprintf(stderr, "castbed plot: %s: cannot be written: %s\n", o->out, strerror(errno));
        return EXIT_UNFINISHED;
    }
    size_t len = strlen(o->out);
    bool only_script = len > 3 && strcmp(o->out + len - 3, ".gp") == 0;
    snprintf(picture, sizeof picture, "%s.new", script);
    int error = write_script(o, f, only_script ? "plot.svg" : picture, k, &e);
    if ((ferror(f) | fclose(f)) && !error)
        error = sim_error_set(&e, SIM_EIO, "%s: cannot be written: %s", o->out, strerror(errno));
    if (!error && only_script && rename(script, o->out) != 0)
        error = sim_error_set(&e, SIM_EIO, "%s: cannot be written: %s", o->out, strerror(errno));
    if (!error && !only_script)
        error = draw(o, script, picture, &e);
    if (error || !only_script)
        unlink(script);
    return error ? report(&e) : EXIT_OK;
}

/* An option whose parameter the SQL does not have, or NULL. */
static const char *option_in_vain(const struct options *o, const char *sql)
{
    const struct plot_params *p = &o->params;
    const struct {
        bool given;
        const char *option, *parameter, *other;
    } uses[] = {
        {p->by, "--by", ":by", ":by"},
        {p->gateway, "--gateway", ":gateway", ":gateway"},
        {p->group, "--group", ":group", ":group"},
        {p->campaign, "--campaign", ":campaign", ":campaign"},
        {p->devices, "--devices", ":devices", ":devices"},
        {p->flow, "--flow", ":flow", ":flow"},
        {p->at_given, "--at", ":at_ns", ":at_ns"},
        {p->from_given, "--from", ":from_ns", ":begin_ns"},
        {p->length_given, "--span", ":to_ns", ":span_ns"},
    };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (uses[i].given && !strstr(sql, uses[i].parameter) && !strstr(sql, uses[i].other))
            return uses[i].option;
    return NULL;
}

static int plot(const struct options *o)
{
    struct kind k = {kind_file(o, o->kind, ".sql"), kind_file(o, o->kind, ".gp")};
    int rc;
    const char *vain = k.sql && k.gp ? option_in_vain(o, k.sql) : NULL;
    if (vain) {
        fprintf(stderr, "castbed plot: %s has no use for %s\n", o->kind, vain);
        rc = EXIT_USAGE;
    } else if (k.sql && k.gp)
        rc = make_plot(o, &k);
    else if (o->dir) {
        fprintf(stderr, "castbed plot: %s: has no %s.sql and %s.gp\n", o->dir, o->kind, o->kind);
        rc = EXIT_USAGE;
    } else {
        rc = unknown_kind(o->kind);
    }
    kind_free(&k);
    return rc;
}

int cmd_plot(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--list") == 0)
            return print_kinds();
    }
    struct options o;
    const char **files = mem_alloc((size_t)argc + 1, sizeof *files);
    int rc = parse(&o, argc, argv, files);
    if (rc == EXIT_OK)
        rc = plot(&o);
    free(files);
    return rc;
}
