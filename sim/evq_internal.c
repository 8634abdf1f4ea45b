/* SPDX-License-Identifier: GPL-2.0-only
 * Heaps with four children a node (two cache lines), and merge sort. */
#include "sim/evq_internal.h"

#include <string.h>

#include "sim/mem.h"

enum { INSERTION_MAX = 16 }; /* runs sorted by insertion */

void evq_list_reserve(struct evq_list *l, size_t n)
{
    if (n <= l->cap)
        return;
    l->cap = n > 2 * l->cap ? n : 2 * l->cap;
    l->v = mem_grow(l->v, l->cap, sizeof *l->v);
}

void evq_list_take_heap(struct evq_list *l, struct evq_heap *h)
{
    if (h->n)
        memcpy(l->v + l->n, h->v + EVQ_HEAP_ROOT, h->n * sizeof *l->v);
    l->n += h->n;
    h->n = 0;
}

void evq_heap_push(struct evq_heap *h, const struct evq_event *e)
{
    if (h->n + EVQ_HEAP_ROOT >= h->cap) {
        h->cap = h->cap ? 2 * h->cap : 64;
        h->v = mem_grow(h->v, h->cap, sizeof *h->v);
    }
    struct evq_event *v = h->v;
    size_t i = EVQ_HEAP_ROOT + h->n++;
    while (i > EVQ_HEAP_ROOT) {
        size_t parent = i / 4 + 2;
        if (v[parent].key < e->key)
            break;
        v[i] = v[parent];
        i = parent;
    }
    v[i] = *e;
}

/* The least of the children c..end-1 (at most 4, at least 1). */
static size_t heap_least_child(const struct evq_event *v, size_t c, size_t end)
{
    if (c + 3 < end) {
        size_t a = c + (v[c + 1].key < v[c].key);
        size_t b = c + 2 + (v[c + 3].key < v[c + 2].key);
        return v[b].key < v[a].key ? b : a;
    }
    size_t least = c;
    for (size_t i = c + 1; i < end; i++)
        if (v[i].key < v[least].key)
            least = i;
    return least;
}

void evq_heap_pop(struct evq_heap *h, struct evq_event *e)
{
    struct evq_event *v = h->v;
    *e = v[EVQ_HEAP_ROOT];
    size_t end = EVQ_HEAP_ROOT + --h->n;
    const struct evq_event last = v[end];
    size_t i = EVQ_HEAP_ROOT;
    for (;;) {
        size_t c = 4 * (i - 2);
        if (c >= end)
            break;
        c = heap_least_child(v, c, end);
        if (last.key < v[c].key)
            break;
        v[i] = v[c];
        i = c;
    }
    v[i] = last;
}

static void sort_by_insertion(struct evq_event *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct evq_event e = v[i];
        size_t j = i;
        while (j > 0 && e.key < v[j - 1].key) {
            v[j] = v[j - 1];
            j--;
        }
        v[j] = e;
    }
}

/* Merge the sorted halves v[0..mid-1] and v[mid..n-1]; tmp: room for mid events. */
static void sort_merge(struct evq_event *v, size_t mid, size_t n, struct evq_event *tmp)
{
    if (v[mid - 1].key < v[mid].key)
        return;
    memcpy(tmp, v, mid * sizeof *v);
    size_t a = 0, b = mid, out = 0;
    while (a < mid && b < n)
        v[out++] = tmp[a].key < v[b].key ? tmp[a++] : v[b++];
    memcpy(v + out, tmp + a, (mid - a) * sizeof *v);
}

void evq_sort(struct evq_event *v, size_t n, struct evq_event *tmp)
{
    if (n <= INSERTION_MAX) {
        sort_by_insertion(v, n);
        return;
    }
    for (size_t i = 0; i < n; i += INSERTION_MAX)
        sort_by_insertion(v + i, n - i < INSERTION_MAX ? n - i : INSERTION_MAX);
    for (size_t half = INSERTION_MAX; half < n; half *= 2)
        for (size_t i = 0; i + half < n; i += 2 * half)
            sort_merge(v + i, half, n - i < 2 * half ? n - i : 2 * half, tmp);
}
