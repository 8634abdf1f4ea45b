/* SPDX-License-Identifier: GPL-2.0-only
 * Time and memory of a block that goes to a provisioned group: per member and fragment, with the
 * radio and the decoders (on ranks) in it, and without the package. Arguments: members, M, coded
 * fragments, loss (all may be left out). Prints figures; passes no judgement. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/rows.h"
#include "tests/support/feed.h"
#include "tools/world_internal.h"

static double now_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Peak resident memory, MB; from the kernel's account. */
static long peak_mb(void)
{
    char line[200];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kb / 1000;
}

static unsigned long n_complete;

static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    (void)ctx;
    if (table == ROW_RECOVERY)
        n_complete += ((const struct row_recovery *)row)->result == RECOVERY_COMPLETE;
}

static void run(unsigned n_members, unsigned m, unsigned n_coded, const char *loss, bool package)
{
    char yaml[1500];
    struct world *w;
    struct sim_error e;
    struct trace trace;
    struct trace_listener l = {.rows = 1u << ROW_RECOVERY, .row = on_row};
    snprintf(yaml, sizeof yaml,
             "run: {duration: 9h}\n"
             "radio: {random_loss: %s, interference: none}\n"
             "networks:\n"
             "  - name: net\n"
             "    gateways: [{name: gw, placement: {kind: list, points: [{x: 0m, y: 0m}]}}]\n"
             "devices:\n"
             "  - {name: dev, count: %u, placement: {kind: disc, radius: 100m}, data_rate: 5,\n"
             "     traffic: {kind: none}%s}\n"
             "multicast:\n"
             "  - {name: g, members: [{devices: dev}], data_rate: 5, frequency: 869.525MHz,\n"
             "     session: {start: 1min, timeout: 14}, traffic: {count: 16000}}\n",
             loss, n_members,
             package ? ", packages: {fragmentation: 2, fragments: {real_bytes: 0%}}" : "");
    if (world_load_text(&w, "bench", yaml, strlen(yaml), ".", &e) || world_place(w, &e)) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    trace_init(&trace);
    trace_listen(&trace, &l);
    world_build(w, &trace);
    struct feed f;
    struct ts004_setup_req setup = {.mc_group_mask = 1, .nb_frag = (uint16_t)m, .frag_size = 50};
    feed_open(&f, w, 0, &setup, FRAG_CODE_V2, m + n_coded);
    f.has_mic = false;
    if (package)
        feed_provision(&f, w, 0, n_members);
    double before = now_s();
    n_complete = 0;
    world_run_until(w, world_cfg(w)->run.duration_ns);
    double spent = now_s() - before;
    world_finish(w);
    printf("%-8s %7u members, M %u + %u, loss %s: %6.2f s, %5.1f ns a member and fragment, "
           "%lu complete, peak %ld MB\n",
           package ? "decoders" : "frames", n_members, m, f.n_sent - m, loss, spent,
           spent * 1e9 / n_members / f.n_sent, n_complete, peak_mb());
    feed_close(&f);
    world_close(w);
}

int main(int argc, char **argv)
{
    unsigned n_members = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    unsigned m = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
    unsigned n_coded = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : m * 3 / 10;
    const char *loss = argc > 4 ? argv[4] : "10%";
    run(n_members, m, n_coded, loss, false);
    run(n_members, m, n_coded, loss, true);
    return 0;
}
