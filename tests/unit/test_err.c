/* SPDX-License-Identifier: GPL-2.0-only
 * Pins error texts, errors for people, what a failed check prints, and memory that is not there. */
#include "sim/err.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/mem.h"

static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(sim_strerror(SIM_OK), "no error");
    assert_string_equal(sim_strerror(1), "unknown error");
    assert_string_equal(sim_strerror(SIM_ERR_BASE), "unknown error");
    assert_string_equal(sim_strerror(INT_MIN), "unknown error");
#define X(name, text)                                                                              \
    assert_true(SIM_##name < 0);                                                                   \
    assert_string_equal(sim_strerror(SIM_##name), text);
    SIM_ERR_MAP(X)
#undef X
}

static void test_set(void **state)
{
    (void)state;
    struct sim_error e = {0};
    assert_int_equal(sim_error_set(&e, SIM_ERANGE, "count %d: must be 1 to %d", 0, 9), SIM_ERANGE);
    assert_int_equal(e.code, SIM_ERANGE);
    assert_string_equal(e.text, "count 0: must be 1 to 9");
    assert_int_equal(sim_error_set(NULL, SIM_EIO, "nobody reads"), SIM_EIO);
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    sim_error_set(&e, SIM_ELONG, "%s", text);
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

enum { ABORTED = 99 };

/* End in order, so that executed lines are counted also in a child that aborts. */
static void on_abort(int sig)
{
    (void)sig;
    exit(ABORTED);
}

/* Run body in a child with its messages to text; returns the child's status. */
static int run_in_child(void (*body)(void), char *text, size_t size)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGABRT, on_abort);
        dup2(fd[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(fd[1]);
    size_t n = 0;
    ssize_t got;
    while (n < size - 1 && (got = read(fd[0], text + n, size - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = 0;
    close(fd[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static void fail_check(void)
{
    SIM_CHECK(1 + 1 == 2, "arithmetic");
    SIM_CHECK(1 + 1 == 3, "node %d", 42);
}

static void test_check(void **state)
{
    (void)state;
    char text[1000];
    int status = run_in_child(fail_check, text, sizeof text);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ABORTED);
    assert_non_null(strstr(text, "test_err.c:"));
    assert_non_null(strstr(text, "'1 + 1 == 3': node 42\n"));
}

static void grow_too_much(void)
{
    free(mem_grow(NULL, SIZE_MAX / 2, 4));
}

static void alloc_too_much(void)
{
    volatile size_t half = SIZE_MAX / 2;
    free(mem_alloc(half, 4));
}

static void realloc_too_much(void)
{
    volatile size_t half = SIZE_MAX / 2;
    free(mem_grow(NULL, half, 1));
}

static void test_out_of_memory(void **state)
{
    (void)state;
    void (*const bodies[])(void) = {grow_too_much, alloc_too_much, realloc_too_much};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char text[4000];
        int status = run_in_child(bodies[i], text, sizeof text);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
#ifndef __SANITIZE_ADDRESS__
        assert_int_equal(WEXITSTATUS(status), 3);
        assert_non_null(strstr(text, "out of memory"));
        assert_non_null(strstr(text, "test_err.c:"));
#endif
    }
}

static void test_memory(void **state)
{
    (void)state;
    char *none = mem_alloc(0, 8), *copy = mem_copy("a\0b", 3), *text = mem_text("abc");
    int *grown = mem_alloc(2, sizeof *grown);
    assert_int_equal(grown[0] | grown[1], 0);
    grown[1] = 7;
    grown = mem_grow(grown, 1000, sizeof *grown);
    assert_int_equal(grown[1], 7);
    grown = mem_grow(grown, 0, sizeof *grown);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(text, "abc");
    free(none);
    free(copy);
    free(text);
    free(grown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),  cmocka_unit_test(test_set),
        cmocka_unit_test(test_check),  cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
