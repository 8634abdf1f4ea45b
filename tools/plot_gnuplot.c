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

static const struct {
    const char *end, *terminal;
} terminals[] = {
    {".svg", "svg noenhanced size 900,560 font 'Arial,13' background rgb 'white'"},
    {".png",
     "pngcairo noenhanced size 1800,1120 font 'Sans,11' fontscale 2 linewidth 2 pointscale 2"},
    {".pdf", "pdfcairo noenhanced size 18cm,11.2cm font 'Sans,11' fontscale 0.8 pointscale 0.7"},
    {".gp", "svg noenhanced size 900,560 font 'Arial,13' background rgb 'white'"},
};

static const char *terminal_of(const char *out)
{
    size_t len = strlen(out);
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
        size_t n = strlen(terminals[i].end);
        if (len > n && strcmp(out + len - n, terminals[i].end) == 0)
            return terminals[i].terminal;
    }
    return NULL;
}

bool plot_gnuplot_knows(const char *out)
{
    return terminal_of(out) != NULL;
}

void plot_gnuplot_header(FILE *f, const char *out, const char *output)
{
    static const char *const colours[] = {"0072B2", "D55E00", "009E73", "E69F00",
                                          "CC79A7", "56B4E9", "000000", "F0E442"};
    fprintf(f, "set terminal %s\nset output ", terminal_of(out));
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
