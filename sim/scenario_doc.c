/* SPDX-License-Identifier: GPL-2.0-only
 * The reference page of a table, in Markdown: the same text for the same table, always. */
#include "sim/scenario_internal.h"

#include <string.h>

static const char *kind_text(const struct scn_key *k)
{
    switch (k->kind) {
    case SCN_BOOL:
        return "true or false";
    case SCN_INT:
        return "whole number";
    case SCN_QUANTITY:
        return k->unit ? "quantity" : "whole number";
    case SCN_REAL:
        return k->unit == SCN_RATIO ? "ratio" : "number";
    case SCN_ENUM:
        return "word";
    case SCN_TEXT:
        return "text";
    case SCN_FILE:
        return "file";
    case SCN_HEX:
        return "hex";
    case SCN_INSTANT:
        return "instant";
    case SCN_DIST:
        return "distribution";
    case SCN_SECTION:
        return "section";
    case SCN_LIST:
        return "list of sections";
    case SCN_VALUES:
        return "list of quantities";
    default:
        return "table of quantities";
    }
}

/* Text inside a table's cell: a bar would end the cell, a line break the row. */
static void put_cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputs("\\|", out);
        else
            fputc(*text == '\n' ? ' ' : *text, out);
    }
}

static void put_range(FILE *out, const struct scn_key *k)
{
    const char *items = k->kind == SCN_LIST                          ? " items"
                        : k->kind == SCN_TEXT || k->kind == SCN_FILE ? " bytes"
                                                                     : "";
    const char *gap = "";
    if (k->kind == SCN_HEX) {
        fprintf(out, "%zu digits", 2 * k->len);
        gap = " or ";
    }
    for (int i = 0; k->kind == SCN_ENUM && k->names[i]; i++) {
        fprintf(out, "%s`", i ? " " : "");
        put_cell(out, k->names[i]);
        fputc('`', out);
        gap = " or ";
    }
    if (k->min || k->max) {
        if (k->min && k->max)
            fprintf(out, "%s..%s%s", k->min, k->max, items);
        else
            fprintf(out, "%s %s%s", k->min ? "at least" : "at most", k->min ? k->min : k->max,
                    items);
        gap = " or ";
    }
    if (k->word)
        fprintf(out, "%s`%s`", gap, k->word);
}

static void put_default(FILE *out, const struct scn_key *k)
{
    if (k->required) {
        fputs("required", out);
    } else if (k->def && !*k->def) {
        fputs("empty text", out);
    } else if (k->def) {
        fputc('`', out);
        put_cell(out, k->def);
        fputc('`', out);
    } else {
        fputs("not given", out);
    }
}

static void put_row(FILE *out, const struct scn_key *k)
{
    char units[100];
    scn_unit_names(k->unit, units, sizeof units);
    fprintf(out, "| `%s` | %s", k->name, kind_text(k));
    if (*units)
        fprintf(out, " (%s)", units);
    fputs(" | ", out);
    put_range(out, k);
    fputs(" | ", out);
    put_default(out, k);
    fputs(" | ", out);
    put_cell(out, k->help ? k->help : "");
    fputs(" |\n", out);
}

static void put_section(FILE *out, const struct scn_section *sec, const struct scn_path *path)
{
    fprintf(out, "## %s\n\n", path->len ? path->text : "The file");
    if (sec->help)
        fprintf(out, "%s\n\n", sec->help);
    if (sec->named && path->len)
        fprintf(out, "Items are named by `%s` in `--set` paths and messages.\n\n", sec->named);
    fputs("| key | kind and unit | range | default | help |\n|---|---|---|---|---|\n", out);
    for (const struct scn_key *k = sec->keys; k->name; k++)
        put_row(out, k);
    fputc('\n', out);
    for (const struct scn_key *k = sec->keys; k->name; k++) {
        if (k->kind != SCN_SECTION && k->kind != SCN_LIST)
            continue;
        struct scn_path below = *path;
        scn_path_push(&below, k->name);
        if (k->kind == SCN_LIST && below.len + 3 < sizeof below.text) {
            memcpy(below.text + below.len, "[]", 3);
            below.len += 2;
        }
        put_section(out, k->sub, &below);
    }
}

void scenario_reference(FILE *out, const struct scn_section *root)
{
    struct scn_path path = {.len = 0};
    put_section(out, root, &path);
}
