/* SPDX-License-Identifier: GPL-2.0-only
 * Feeds a fuzz target without libFuzzer: every file of a corpus folder in the order of names, every
 * beginning of it, and a fixed number of random mutations of each; the same ones on every run. A
 * file whose name starts with "bomb" takes long by its nature and is tried once, as it is. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mem.h"

enum { N_MUTATIONS = 2000, N_PREFIXES = 300, MAX_SIZE = 1 << 20, MAX_GROWTH = 64 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u); /* SplitMix64 (Steele, Lea, Flood 2014) */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t n)
{
    return n == 0 ? 0 : (size_t)(next_random(state) % n);
}

/* A copy in memory of exactly that size, so that the sanitizer sees any read outside. */
static void try_input(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    if (!exact)
        exit(1);
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

/* One change: a bit, a byte, a byte with a meaning, a part left out, a part doubled. buf has room
 * to grow. */
static size_t mutate(uint64_t *state, uint8_t *buf, size_t size, size_t room)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '\n', ':', '"', '-', '{', '9', ' '};
    size_t at = below(state, size);
    size_t n = 1 + below(state, 16);

    if (size == 0) {
        buf[0] = (uint8_t)next_random(state);
        return 1;
    }
    switch (below(state, 5)) {
    case 0:
        buf[at] ^= (uint8_t)(1u << below(state, 8));
        return size;
    case 1:
        buf[at] = (uint8_t)next_random(state);
        return size;
    case 2:
        buf[at] = telling[below(state, sizeof telling)];
        return size;
    case 3:
        n = n < size - at ? n : size - at;
        memmove(buf + at, buf + at + n, size - at - n);
        return size - n;
    default:
        n = n < size - at ? n : size - at;
        if (size + n > room)
            return size;
        memmove(buf + at + n, buf + at, size - at);
        return size + n;
    }
}

static void replay(const uint8_t *data, size_t size, uint64_t seed, size_t n_mutations)
{
    size_t room = size + MAX_GROWTH;
    uint8_t *buf = mem_alloc(room, 1);
    uint64_t state = seed;

    try_input(data, size);
    for (size_t cut = 0; cut < size && cut < N_PREFIXES; cut++)
        try_input(data, cut);
    for (size_t i = 0; i < n_mutations; i++) {
        size_t len = size;
        memcpy(buf, data, size);
        for (size_t n = 1 + below(&state, 4); n > 0; n--)
            len = mutate(&state, buf, len, room);
        try_input(buf, len);
    }
    free(buf);
}

static int replay_file(const char *dir, const char *name, size_t n_mutations)
{
    char path[4096];
    uint64_t seed = 0;
    size_t size;
    uint8_t *data;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return -1;
    }
    data = mem_alloc(MAX_SIZE, 1);
    size = fread(data, 1, MAX_SIZE, f);
    fclose(f);
    for (const char *p = name; *p; p++)
        seed = seed * 31 + (unsigned char)*p;
    if (strncmp(name, "bomb", 4) == 0)
        try_input(data, size);
    else
        replay(data, size, seed, n_mutations);
    free(data);
    return 0;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **names;
    size_t n_mutations = argc > 2 ? strtoul(argv[2], NULL, 10) : N_MUTATIONS;
    int n, failed = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER [MUTATIONS-OF-EACH]\n", argv[0]);
        return 2;
    }
    n = scandir(argv[1], &names, visible, alphasort);
    if (n <= 0) {
        fprintf(stderr, "%s: no corpus there\n", argv[1]);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        failed |= replay_file(argv[1], names[i]->d_name, n_mutations);
        free(names[i]);
    }
    free(names);
    printf("%d files of %s, %zu mutations of each\n", n, argv[1], n_mutations);
    return failed ? 1 : 0;
}
