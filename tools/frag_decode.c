/* SPDX-License-Identifier: GPL-2.0-only
 * castbed frag decode: lines of fragments to an image. Every line is checked against the block in
 * the end, so that a damaged fragment is noticed where there are more than are needed. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "models/packages/fragdecode.h"
#include "sim/bytes.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/frag.h"
#include "tools/read_file.h"

enum { MAX_TEXT = 1 << 28 };

/* One line's fragment. */
struct fragment {
    unsigned line, n;
    uint8_t data[FRAG_MAX_SIZE];
};

struct job {
    const struct frag_args *a;
    struct fragrows *rows;
    struct fragdec dec;
    uint8_t *block;
    char *next; /* where the next line begins; NULL behind the last */
    unsigned line;
    unsigned n_lines;                          /* with a fragment */
    unsigned done_line, done_n, done_received; /* where the block was complete; 0: not yet */
};

/* Cut off the next line, without its end and blanks; NULL behind the last. */
static char *next_line(struct job *j)
{
    char *line = j->next;
    if (!line)
        return NULL;
    char *end = strchr(line, '\n');
    j->next = end && end[1] ? end + 1 : NULL;
    if (end)
        *end = 0;
    for (size_t len = strlen(line); len && strchr(" \t\r", line[len - 1]);)
        line[--len] = 0;
    j->line++;
    return line;
}

/* FRAG_DONE, or FRAG_USAGE after a message. */
static int parse_line(struct job *j, const char *line, struct fragment *f)
{
    const struct frag_args *a = j->a;
    size_t n_digits = strspn(line, "0123456789"), len;
    if (n_digits == 0 || line[n_digits] != ' ')
        return frag_fail(a, FRAG_USAGE, "%s:%u: found \"%.30s\"; a number, a space, hex", a->input,
                         j->line, line);
    f->n = n_digits < 9 ? (unsigned)strtoul(line, NULL, 10) : UINT_MAX;
    if (f->n < 1 || f->n > FRAG_MAX_N)
        return frag_fail(a, FRAG_USAGE, "%s:%u: fragment number %.*s; 1 to %d", a->input, j->line,
                         (int)n_digits, line, FRAG_MAX_N);
    int rc = hex_parse(line + n_digits + 1, f->data, sizeof f->data, &len);
    if (rc == SIM_ESYNTAX)
        return frag_fail(a, FRAG_USAGE, "%s:%u: the octets of fragment %u are not hex", a->input,
                         j->line, f->n);
    if (rc || len != a->frag_size)
        return frag_fail(a, FRAG_USAGE, "%s:%u: fragment %u has %s octets than %u", a->input,
                         j->line, f->n, rc || len > a->frag_size ? "more" : "fewer", a->frag_size);
    f->line = j->line;
    return FRAG_DONE;
}

static void push(struct job *j, const struct fragment *f)
{
    j->n_lines++;
    if (fragdec_push(&j->dec, f->n, f->data) != FRAGDEC_COMPLETE)
        return;
    j->done_line = f->line;
    j->done_n = f->n;
    j->done_received = j->dec.n_received;
}

/* All lines into the decoder, kept in *kept for the check. */
static int read_lines(struct job *j, struct fragment **kept)
{
    size_t n_room = 0;
    for (char *line; (line = next_line(j));) {
        struct fragment f = {0};
        if (!*line || *line == '#')
            continue;
        int rc = parse_line(j, line, &f);
        if (rc)
            return rc;
        if (j->n_lines == n_room) {
            n_room = n_room ? 2 * n_room : 256;
            *kept = mem_grow(*kept, n_room, sizeof **kept);
        }
        (*kept)[j->n_lines] = f;
        push(j, &f);
    }
    return FRAG_DONE;
}

static int check_lines(const struct job *j, const struct fragment *kept)
{
    uint8_t again[FRAG_MAX_SIZE];
    for (unsigned i = 0; i < j->n_lines; i++) {
        fragcode_encode(j->rows, j->block, j->a->frag_size, kept[i].n, again);
        if (memcmp(again, kept[i].data, j->a->frag_size) != 0)
            return frag_fail(j->a, FRAG_NO,
                             "%s:%u: fragment %u contradicts others: one of them is damaged, or "
                             "--m or --version is wrong; no image is written",
                             j->a->input, kept[i].line, kept[i].n);
    }
    for (size_t i = 0, at = (size_t)j->a->m * j->a->frag_size - j->a->padding; i < j->a->padding;
         i++)
        if (j->block[at + i])
            return frag_fail(j->a, FRAG_NO,
                             "the last %u octets are not all 0: --padding is wrong, or a fragment "
                             "is damaged; no image is written",
                             j->a->padding);
    return FRAG_DONE;
}

static int say_no(const struct job *j)
{
    return frag_fail(j->a, FRAG_NO,
                     "cannot be rebuilt: rank %u of %u after %u fragments (%u of them uncoded and "
                     "different), %u independent ones are missing%s",
                     fragdec_rank(&j->dec), j->a->m, j->n_lines, j->dec.n_have,
                     fragdec_missing(&j->dec),
                     j->dec.no_room ? "; more was lost than --max-lost allows" : "");
}

static int write_image(const struct job *j)
{
    const struct frag_args *a = j->a;
    size_t len = (size_t)a->m * a->frag_size - a->padding;
    bool to_stdout = strcmp(a->output, "-") == 0;
    FILE *f = to_stdout ? stdout : fopen(a->output, "wb");
    bool ok = f && fwrite(j->block, 1, len, f) == len && fflush(f) == 0;
    int why = errno;
    if (f && !to_stdout && fclose(f) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (!ok) {
        if (f && !to_stdout)
            remove(a->output);
        return frag_fail(a, FRAG_UNFINISHED, "%s: cannot be written: %s", a->output, strerror(why));
    }
    fprintf(to_stdout ? stderr : stdout,
            "complete with fragment %u (line %u): %u received for %u, %u more than needed at "
            "best; %zu octets\n",
            j->done_n, j->done_line, j->done_received, a->m, j->done_received - a->m, len);
    return to_stdout ? FRAG_DONE : frag_flush(a, stdout, FRAG_DONE);
}

static int decode_text(struct job *j)
{
    struct fragment *kept = NULL;
    struct fragdec_cfg cfg = {.rows = j->rows,
                              .frag_size = j->a->frag_size,
                              .max_lost = j->a->has_max_lost ? j->a->max_lost : j->a->m,
                              .block = j->block};
    int rc = fragdec_init(&j->dec, &cfg);
    SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
    rc = read_lines(j, &kept);
    if (!rc && !fragdec_complete(&j->dec))
        rc = say_no(j);
    if (!rc)
        rc = check_lines(j, kept);
    if (!rc)
        rc = write_image(j);
    free(kept);
    fragdec_fini(&j->dec);
    return rc;
}

int frag_decode(const struct frag_args *a)
{
    struct job j = {.a = a};
    struct sim_error e;
    uint8_t *text;
    size_t len;
    if (a->padding >= a->frag_size)
        return frag_fail(a, FRAG_USAGE, "--padding %u: less than --frag-size %u", a->padding,
                         a->frag_size);
    if (read_file(a->input, MAX_TEXT, &text, &len, &e))
        return frag_fail(a, FRAG_USAGE, "%s", e.text);
    int rc = FRAG_DONE;
    if (memchr(text, 0, len))
        rc = frag_fail(a, FRAG_USAGE, "%s: not a text of fragments: it has octets 0", a->input);
    if (!rc) {
        j.next = (char *)text;
        rc = fragrows_open(&j.rows, a->code, a->m);
        SIM_CHECK(rc == SIM_OK, "%s", sim_strerror(rc));
        j.block = mem_alloc((size_t)a->m * a->frag_size, 1);
        rc = decode_text(&j);
        free(j.block);
        fragrows_close(j.rows);
    }
    free(text);
    return rc;
}
