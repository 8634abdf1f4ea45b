/* SPDX-License-Identifier: GPL-2.0-only
 * How long a program takes from being started to its end: bench_start N PROGRAM ARGUMENT... starts
 * it N times and prints the median and the least, in milliseconds of wall time. */
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Returns the time that it took, or -1 when it cannot be started or fails. */
static int64_t run_once(char **argv)
{
    pid_t child;
    int status;
    int64_t start = now_ns();
    if (posix_spawn(&child, argv[0], NULL, NULL, argv, environ) || waitpid(child, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? now_ns() - start : -1;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    long n = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    if (n < 1 || n > 100000) {
        fputs("usage: bench_start N PROGRAM ARGUMENT...\n", stderr);
        return 2;
    }
    int64_t *took = calloc((size_t)n, sizeof *took);
    for (long i = 0; took && i < n; i++) {
        took[i] = run_once(argv + 2);
        if (took[i] < 0) {
            fprintf(stderr, "bench_start: %s failed\n", argv[2]);
            return 1;
        }
    }
    if (!took)
        return 1;
    qsort(took, (size_t)n, sizeof *took, compare);
    printf("%.2f %.2f\n", (double)took[n / 2] / 1e6, (double)took[0] / 1e6);
    free(took);
    return 0;
}
