/* SPDX-License-Identifier: GPL-2.0-only
 * castbed frag encode, row and check. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/packages/fragblind.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/frag.h"
#include "tools/read_file.h"

enum { PERCENT = 100 };

static int write_lines(const struct frag_args *a, FILE *f, const uint8_t *block, unsigned m,
                       unsigned n_last)
{
    struct fragrows *rows;
    uint8_t fragment[FRAG_MAX_SIZE];
    char hex[2 * FRAG_MAX_SIZE + 1];
    int rc = fragrows_open(&rows, a->code, m);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    for (unsigned n = 1; n <= n_last && !ferror(f); n++) {
        fragcode_encode(rows, block, a->frag_size, n, fragment);
        fprintf(f, "%u %s\n", n, hex_print(fragment, a->frag_size, hex));
    }
    fragrows_close(rows);
    return frag_flush(a, f, FRAG_DONE);
}

/* block: len octets in room for all fragments. */
static int encode_block(const struct frag_args *a, const uint8_t *block, size_t len)
{
    unsigned m, padding;
    if (fragcode_split(len, a->frag_size, &m, &padding) != SIM_OK)
        return frag_fail(a, FRAG_USAGE,
                         "%zu octets in fragments of %u: at most %d fragments, so give at least "
                         "--frag-size %zu",
                         len, a->frag_size, FRAG_MAX_N, (len + FRAG_MAX_N - 1) / FRAG_MAX_N);
    size_t n_redundant =
        a->n_redundant + ((size_t)m * a->redundancy_percent + PERCENT - 1) / PERCENT;
    if (m + n_redundant > FRAG_MAX_N)
        return frag_fail(a, FRAG_USAGE,
                         "%u fragments and %zu of parity: together at most %d have a number", m,
                         n_redundant, FRAG_MAX_N);
    bool to_stdout = !a->output || strcmp(a->output, "-") == 0;
    FILE *f = to_stdout ? stdout : fopen(a->output, "w");
    if (!f)
        return frag_fail(a, FRAG_UNFINISHED, "%s: cannot be written: %s", a->output,
                         strerror(errno));
    int rc = write_lines(a, f, block, m, m + (unsigned)n_redundant);
    if (!to_stdout && fclose(f) != 0 && rc == FRAG_DONE)
        rc = frag_fail(a, FRAG_UNFINISHED, "%s: cannot be written: %s", a->output, strerror(errno));
    if (rc == FRAG_DONE)
        fprintf(to_stdout ? stderr : stdout,
                "%zu octets: --m %u --frag-size %u --padding %u, and %zu of parity\n", len, m,
                a->frag_size, padding, n_redundant);
    return to_stdout ? rc : frag_flush(a, stdout, rc);
}

int frag_encode(const struct frag_args *a)
{
    struct sim_error e;
    uint8_t *image;
    size_t len;
    if (read_file(a->input, FRAG_MAX_LEN, &image, &len, &e))
        return frag_fail(a, FRAG_USAGE, "%s", e.text);
    int rc;
    if (len == 0) {
        rc = frag_fail(a, FRAG_USAGE, "%s: the image is empty", a->input);
    } else {
        uint8_t *block = mem_alloc(len + a->frag_size, 1);
        memcpy(block, image, len);
        rc = encode_block(a, block, len);
        free(block);
    }
    free(image);
    return rc;
}

int frag_row(const struct frag_args *a)
{
    uint64_t row[FRAG_MAX_N / FRAG_WORD_BIT + 1];
    if (a->m + a->index > FRAG_MAX_N)
        return frag_fail(a, FRAG_USAGE, "--index %u: fragment numbers end at %d, so at most %u",
                         a->index, FRAG_MAX_N, FRAG_MAX_N - a->m);
    int rc = fragcode_row(a->code, a->m, a->m + a->index, row);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    for (unsigned i = 0; i < a->m; i++)
        putchar(row[i / FRAG_WORD_BIT] >> i % FRAG_WORD_BIT & 1 ? '1' : '0');
    putchar('\n');
    return frag_flush(a, stdout, FRAG_DONE);
}

/* One line: what the blind spot is. */
static void print_kind(const struct fragblind *b)
{
    if (b->apart_after)
        printf("blind for the first %u parity rows", b->apart_after);
    else if (b->n_rows == 0)
        printf("no fragment number is left for parity");
    else
        printf("blind for all %u parity rows: %u fragments in the same rows as another, %u in none",
               b->n_rows, b->n_same, b->n_none);
}

static int check_one(const struct frag_args *a)
{
    struct fragblind b;
    int rc = fragblind_check(a->code, a->m, &b);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    printf("M = %u: ", a->m);
    if (!fragblind_bad(&b)) {
        printf("good: after %u parity rows any two fragments are told apart\n", b.apart_after);
        return frag_flush(a, stdout, FRAG_DONE);
    }
    print_kind(&b);
    putchar('\n');
    for (unsigned i = 0; i < b.n_shown; i++)
        if (b.shown[i].second)
            printf("fragments %u and %u: losing both cannot be repaired\n", b.shown[i].first,
                   b.shown[i].second);
        else
            printf("fragment %u: losing it cannot be repaired\n", b.shown[i].first);
    printf("the nearest good M: %u\n", fragblind_nearest(a->code, a->m, NULL));
    return frag_flush(a, stdout, FRAG_NO);
}

static int check_all(const struct frag_args *a)
{
    struct fragblind *all = mem_alloc(FRAG_MAX_N + 1, sizeof *all);
    uint16_t *known = mem_alloc(FRAG_MAX_N + 1, sizeof *known);
    unsigned n_late = 0, n_never = 0;
    for (unsigned m = 1; m <= FRAG_MAX_N; m++) {
        fragblind_check(a->code, m, &all[m]);
        known[m] = (uint16_t)all[m].apart_after;
    }
    puts("M\tapart_after\tin_same_rows\tin_no_row\tnearest_good");
    for (unsigned m = 1; m <= FRAG_MAX_N; m++) {
        bool bad = fragblind_bad(&all[m]);
        n_late += bad && known[m] != 0;
        n_never += bad && known[m] == 0;
        if (!bad && !a->every)
            continue;
        printf("%u\t%u\t%u\t%u\t%u\n", m, known[m], all[m].n_same, all[m].n_none,
               fragblind_nearest(a->code, m, known));
    }
    fprintf(stderr,
            "%u of %d numbers of fragments have blind spots: %u for all parity rows "
            "(apart_after 0), %u for more than %d\n",
            n_late + n_never, FRAG_MAX_N, n_never, n_late, FRAGBLIND_GOOD_ROWS);
    free(known);
    free(all);
    return frag_flush(a, stdout, FRAG_DONE);
}

int frag_check(const struct frag_args *a)
{
    if (!a->m == !a->all)
        return frag_fail(a, FRAG_USAGE, "give either --m M or --all");
    if (a->every && !a->all)
        return frag_fail(a, FRAG_USAGE, "--every goes with --all");
    return a->all ? check_all(a) : check_one(a);
}
