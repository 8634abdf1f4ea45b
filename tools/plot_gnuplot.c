/* SPDX-License-Identifier: GPL-2.0-only
 * The gnuplot side of a plot. Nothing of the machine or the clock gets into the picture. */
#include "tools/plot_gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/mem.h"
#include "tools/plot_data.h"

extern char **environ;

/* Scripts are drawn on a page of 900 by 560 steps with letters of 13; a millimetre of paper is this
 * many steps. */
static const double steps_per_mm = 900 / 182.0;

/* A terminal with the size of a step and of its letters, lines and points, for a picture that is
 * looked at, and the size of a step in print. */
struct terminal {
    const char *end, *name, *font;
    double step, printed_step;             /* in the unit of its size */
    const char *unit;                      /* behind each number of its size */
    double font_scale, scale, point_scale; /* letters, lines and points with steps of size 1 */
    bool has_point_scale;
};

static const struct terminal terminals[] = {
    {".svg", "svg", "Arial,13", 1, 96 / 25.4 * 182 / 900, "", 1, 1, 1, false},
    {".png", "pngcairo", "Sans,11", 2, 300 / 25.4 * 182 / 900, "", 1, 1, 1, true},
    {".pdf", "pdfcairo", "Sans,11", 0.02, 18.2 / 900, "cm", 40, 50, 35, true},
    {".gp", "svg", "Arial,13", 1, 96 / 25.4 * 182 / 900, "", 1, 1, 1, false},
};

static const struct terminal *terminal_of(const char *out)
{
    size_t len = strlen(out);
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
        size_t n = strlen(terminals[i].end);
        if (len > n && strcmp(out + len - n, terminals[i].end) == 0)
            return &terminals[i];
    }
    return NULL;
}

/* Steps of a picture across and down. */
struct page {
    double x, y;
    bool narrow;
};

static struct page page_of(double width_mm)
{
    struct page p = {900, 560, false};
    if (width_mm > 0) {
        p.narrow = width_mm < 130;
        p.x = width_mm * steps_per_mm;
        p.y = p.narrow ? 0.9 * p.x : p.x * 560 / 900;
    }
    return p;
}

static void write_terminal(FILE *f, const struct terminal *t, const struct page *p, bool printed)
{
    double step = printed ? t->printed_step : t->step;
    fprintf(f,
            "set terminal %s noenhanced size %.5g%s,%.5g%s font '%s' fontscale %.4g linewidth %.4g",
            t->name, p->x * step, t->unit, p->y * step, t->unit, t->font, t->font_scale * step,
            t->scale * step);
    if (t->has_point_scale)
        fprintf(f, " pointscale %.4g", t->point_scale * step);
    fputs(strcmp(t->name, "svg") == 0 ? " background rgb 'white'\n" : "\n", f);
    double letters = strcmp(t->name, "svg") == 0 ? 13 : 11;
    fprintf(f, "small_font = ',%.3g'\ntiny_font = ',%.3g'\n", letters * 0.85, letters * 0.7);
    if (p->narrow)
        fputs("set title font small_font\nset xlabel font small_font\nset ylabel font small_font\n"
              "set xtics font small_font\nset ytics font small_font\nset key font small_font\n",
              f);
    fprintf(f, "title_font = %s\n", p->narrow ? "small_font" : "''");
    fprintf(f, "wider = %.4g\nhigher = %.4g\nnarrow = %d\n", 900 / p->x, 560 / p->y, p->narrow);
}

bool plot_gnuplot_knows(const char *out)
{
    return terminal_of(out) != NULL;
}

void plot_gnuplot_header(FILE *f, const char *out, const char *output, double width_mm)
{
    static const char *const colours[] = {"0072B2", "D55E00", "009E73", "E69F00",
                                          "CC79A7", "56B4E9", "000000", "F0E442"};
    struct page page = page_of(width_mm);
    write_terminal(f, terminal_of(out), &page, width_mm > 0);
    fputs("set output ", f);
    plot_data_quote(f, output);
    fputs("\nset encoding utf8\nset datafile separator tab\nset border 3 linecolor rgb '#444444'\n"
          "set tics nomirror\nset grid linecolor rgb '#DDDDDD' linewidth 0.6 linetype 1\nunset "
          "grid\n",
          f);
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
        fprintf(f, "set linetype %zu linecolor rgb '#%s' linewidth 2\n", i + 1, colours[i]);
    fprintf(f, "set linetype cycle %zu\n", sizeof colours / sizeof *colours);
}

/* The environment without what would change the picture. The caller frees the array only. */
static char **quiet_environment(void)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t n = 0, k = 0;
    while (environ[n])
        n++;
    char **env = mem_alloc(n + 2, sizeof *env);
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "LC_ALL=", 7) != 0 && strncmp(environ[i], "GNUTERM=", 8) != 0)
            env[k++] = environ[i];
    env[k] = locale;
    return env;
}

static int spawn(const char *script, pid_t *pid)
{
    char program[] = "gnuplot", defaults[] = "-d";
    char *path = mem_text(script);
    char *const argv[] = {program, defaults, path, NULL};
    char **env = quiet_environment();
    posix_spawn_file_actions_t actions;
    int rc = posix_spawn_file_actions_init(&actions);
    if (!rc) {
        rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (!rc)
            rc = posix_spawnp(pid, program, &actions, NULL, argv, env);
        posix_spawn_file_actions_destroy(&actions);
    }
    free(env);
    free(path);
    return rc;
}

int plot_gnuplot_run(const char *script, struct sim_error *e)
{
    pid_t pid;
    int status, rc = spawn(script, &pid);
    if (rc == ENOENT)
        return sim_error_set(
            e, SIM_ENOENT,
            "gnuplot is not installed: install it (Debian: apt install gnuplot-nox), or "
            "write the script with -o FILE.gp");
    if (rc)
        return sim_error_set(e, SIM_EIO, "gnuplot cannot be started: %s", strerror(rc));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return sim_error_set(e, SIM_EIO, "gnuplot was lost: %s", strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return sim_error_set(
            e, SIM_EIO,
            "gnuplot failed; its messages are above. To look at its script: -o FILE.gp");
    return SIM_OK;
}

/* Overwrite the digits of "/CreationDate (D:20261231235959Z)" from the current position of f on. */
static bool overwrite_date(FILE *f)
{
    static const char mark[] = "/CreationDate (D:", epoch[] = "19700101000000";
    size_t matched = 0;
    for (int c; mark[matched] && (c = fgetc(f)) != EOF;)
        matched = c == mark[matched] ? matched + 1 : c == mark[0];
    if (mark[matched])
        return true; /* no date in it */
    return fseek(f, 0, SEEK_CUR) == 0 && fwrite(epoch, 1, sizeof epoch - 1, f) == sizeof epoch - 1;
}

int plot_gnuplot_undate(const char *picture, struct sim_error *e)
{
    FILE *f = fopen(picture, "r+b");
    bool ok = f && overwrite_date(f);
    if (f && fclose(f) != 0)
        ok = false;
    return ok ? SIM_OK
              : sim_error_set(e, SIM_EIO, "%s: cannot be written: %s", picture, strerror(errno));
}
