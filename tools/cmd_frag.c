/* SPDX-License-Identifier: GPL-2.0-only
 * castbed frag: reads the command line; the work is in frag_*.c. */
#include "tools/cmd_frag.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario.h"
#include "tools/frag.h"
#include "tools/usage.h"

struct subcommand {
    const char *name;
    int (*run)(const struct frag_args *a);
    bool takes_file;
    const char *needs; /* letters of the options that must be there */
    const char *may;   /* letters of those that can */
};

static const struct subcommand subcommands[] = {
    {"encode", frag_encode, true, "nr", "vlo"},
    {"decode", frag_decode, true, "mno", "pvlL"},
    {"row", frag_row, false, "mi", "vl"},
    {"check", frag_check, false, "", "mavle"},
};
enum { N_SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static const struct option options[] = {{"m", required_argument, NULL, 'm'},
                                        {"frag-size", required_argument, NULL, 'n'},
                                        {"redundancy", required_argument, NULL, 'r'},
                                        {"index", required_argument, NULL, 'i'},
                                        {"padding", required_argument, NULL, 'p'},
                                        {"max-lost", required_argument, NULL, 'L'},
                                        {"version", required_argument, NULL, 'v'},
                                        {"output", required_argument, NULL, 'o'},
                                        {"literal", no_argument, NULL, 'l'},
                                        {"all", no_argument, NULL, 'a'},
                                        {"every", no_argument, NULL, 'e'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
enum { MAX_LETTER = 128 };

static void help(FILE *f)
{
    fputs(
        "usage: castbed frag encode IMAGE --frag-size N --redundancy R [-o FILE]\n"
        "       castbed frag decode FILE --m M --frag-size N [--padding P] [--max-lost L] -o "
        "IMAGE\n"
        "       castbed frag row --m M --index K\n"
        "       castbed frag check --m M | --all [--every]\n\n"
        "Fragmented data blocks (TS004): fragments 1 to M are pieces of the block, those behind "
        "are parity.\n"
        "A file of fragments has one a line: its number, a space, its octets as hex. Lines may "
        "be missing,\n"
        "repeated and in any order. \"-\" is standard input or output.\n\n"
        "  encode   cut an image into fragments and add parity\n"
        "  decode   rebuild the image; says how many fragments that needed\n"
        "  row      parity row K (fragment M + K): a 1 for each uncoded fragment in it\n"
        "  check    blind spots of the parity rows: uncoded fragments that are in the same rows\n\n"
        "  --m M            number of uncoded fragments, 1 to 16383\n"
        "  --frag-size N    octets of a fragment, 1 to 255\n"
        "  --redundancy R   number of parity fragments, or a share of M rounded up, as 30%\n"
        "  --index K        1 to 16383 - M\n"
        "  --padding P      octets of the last fragment that are not the image's; 0 if not given\n"
        "  --max-lost L     memory: lost uncoded fragments that can be repaired; any if not given\n"
        "  --version 1|2    of TS004; 1 if not given\n"
        "  --literal        version 2 as its text reads (seed N), not as it is deployed (N - M)\n"
        "  --all            every M from 1 to 16383: a line for each that has a blind spot\n"
        "  --every          with --all: a line for the others too\n"
        "  -o, --output     where to write\n\n"
        "Exit code: 0 done, 1 the answer is no (cannot be rebuilt, a blind spot), 2 bad usage or "
        "input,\n"
        "3 could not finish.\n",
        f);
}

int frag_fail(const struct frag_args *a, int code, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "castbed frag %s: ", a->what);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return code;
}

int frag_flush(const struct frag_args *a, FILE *f, int code)
{
    if (fflush(f) == 0 && !ferror(f))
        return code;
    return frag_fail(a, FRAG_UNFINISHED, "the output cannot be written: %s", strerror(errno));
}

static bool read_number(const struct frag_args *a, int letter, unsigned max, unsigned *value)
{
    const struct option *o = options;
    while (o->val != letter)
        o++;
    unsigned least = letter == 'p' || letter == 'r' || letter == 'L' ? 0 : 1;
    size_t n_digits = strspn(optarg, "0123456789");
    unsigned long v = n_digits > 0 && n_digits < 9 ? strtoul(optarg, NULL, 10) : ULONG_MAX;
    bool percent = letter == 'r' && strcmp(optarg + n_digits, "%") == 0;
    if ((optarg[n_digits] && !percent) || v < least || v > max) {
        frag_fail(a, 0, "--%s: found \"%.40s\"; a whole number from %u to %u%s", o->name, optarg,
                  least, max, letter == 'r' ? ", or a share with %" : "");
        return false;
    }
    *value = (unsigned)v;
    return true;
}

static bool read_redundancy(struct frag_args *a)
{
    bool percent = strchr(optarg, '%');
    a->has_redundancy = true;
    return read_number(a, 'r', FRAG_MAX_N, percent ? &a->redundancy_percent : &a->n_redundant);
}

/* One option; false after a message. */
static bool take_option(struct frag_args *a, int letter, unsigned *version, bool *literal)
{
    switch (letter) {
    case 'm':
        return read_number(a, letter, FRAG_MAX_N, &a->m);
    case 'n':
        return read_number(a, letter, FRAG_MAX_SIZE, &a->frag_size);
    case 'r':
        return read_redundancy(a);
    case 'i':
        return read_number(a, letter, FRAG_MAX_N, &a->index);
    case 'p':
        return read_number(a, letter, FRAG_MAX_SIZE, &a->padding);
    case 'L':
        a->has_max_lost = true;
        return read_number(a, letter, FRAG_MAX_N, &a->max_lost);
    case 'v':
        return read_number(a, letter, 2, version);
    case 'o':
        a->output = optarg;
        return true;
    case 'l':
        *literal = true;
        return true;
    case 'a':
        a->all = true;
        return true;
    case 'e':
        a->every = true;
        return true;
    }
    return false;
}

/* Are the options those that the subcommand has? */
static bool check_given(const struct frag_args *a, const struct subcommand *s, const bool *given)
{
    for (const struct option *o = options; o->name; o++) {
        bool needed = strchr(s->needs, o->val);
        if (given[o->val] && !needed && !strchr(s->may, o->val)) {
            frag_fail(a, 0, "does not take --%s", o->name);
            return false;
        }
        if (needed && !given[o->val]) {
            frag_fail(a, 0, "--%s is missing; castbed frag -h explains it", o->name);
            return false;
        }
    }
    return true;
}

static bool take_file(struct frag_args *a, const struct subcommand *s, int argc, char **argv)
{
    int n = argc - optind;
    if (n != s->takes_file) {
        frag_fail(a, 0, s->takes_file ? "one file at a time, found %d" : "takes no file, found %d",
                  n);
        return false;
    }
    a->input = s->takes_file ? argv[optind] : NULL;
    return true;
}

/* Returns 0, 1 when help was asked for, -1 after a message. */
static int parse(struct frag_args *a, const struct subcommand *s, int argc, char **argv)
{
    bool given[MAX_LETTER] = {false}, literal = false;
    unsigned version = 1;
    int c;
    optind = opterr = 0;
    while ((c = getopt_long(argc, argv, ":o:h", options, NULL)) != -1) {
        if (c == 'h') {
            help(stdout);
            return 1;
        }
        if (c == '?' || c == ':') {
            usage_bad_option("castbed frag", argv, options, c);
            return -1;
        }
        given[c] = true;
        if (!take_option(a, c, &version, &literal))
            return -1;
    }
    if (!check_given(a, s, given) || !take_file(a, s, argc, argv))
        return -1;
    if (literal && version != 2) {
        frag_fail(a, 0, "--literal is about version 2: give --version 2");
        return -1;
    }
    a->code = literal ? FRAG_CODE_V2_LITERAL : version == 2 ? FRAG_CODE_V2 : FRAG_CODE_V1;
    return 0;
}

static int unknown(const char *name)
{
    const char *names[N_SUBCOMMANDS];
    for (size_t i = 0; i < N_SUBCOMMANDS; i++)
        names[i] = subcommands[i].name;
    const char *near = scn_did_you_mean(name, names, N_SUBCOMMANDS);
    fprintf(stderr, "castbed frag: there is no '%.60s'; %s%s%s\n", name,
            near ? "did you mean " : "castbed frag -h lists what there is", near ? near : "",
            near ? "?" : "");
    return FRAG_USAGE;
}

int cmd_frag(int argc, char **argv)
{
    if (argc < 2) {
        fputs("castbed frag: encode, decode, row or check? castbed frag -h explains them\n",
              stderr);
        return FRAG_USAGE;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        help(stdout);
        return FRAG_DONE;
    }
    for (size_t i = 0; i < N_SUBCOMMANDS; i++) {
        const struct subcommand *s = &subcommands[i];
        if (strcmp(argv[1], s->name) != 0)
            continue;
        struct frag_args a = {.what = s->name};
        int rc = parse(&a, s, argc - 1, argv + 1);
        return rc < 0 ? FRAG_USAGE : rc > 0 ? FRAG_DONE : s->run(&a);
    }
    return unknown(argv[1]);
}
