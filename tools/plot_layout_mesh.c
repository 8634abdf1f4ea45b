/* SPDX-License-Identifier: GPL-2.0-only
 * Graphs with cycles. Nodes of one link are set aside; the others (the core) begin where classical
 * scaling of their distances puts them and are then moved until the stress, the sum over pairs of
 * (distance in the picture / distance along links - 1)^2, does not fall any more; the picture is
 * turned, and the nodes set aside are put around their neighbours, where there is room. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/detmath.h"
#include "sim/mem.h"
#include "tools/plot_layout_internal.h"

struct mesh {
    const struct layout_lists *l;
    uint32_t n;          /* nodes of the core */
    uint32_t *node, *at; /* core to graph, and back; UINT32_MAX: set aside */
    uint16_t *d;         /* distances along links, n * n */
    double *x, *y;       /* of the core */
};

static bool is_aside(const struct layout_lists *l, uint32_t i)
{
    return layout_degree(l, i) == 1 && layout_degree(l, l->to[l->first[i]]) > 1;
}

/* Distances from core node c to all; those out of reach are far. */
static void measure(struct mesh *m, uint32_t c, uint32_t *queue)
{
    uint16_t *d = &m->d[(size_t)c * m->n], far = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n; i++)
        d[i] = UINT16_MAX;
    d[c] = 0;
    queue[n++] = c;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t node = m->node[queue[k]];
        far = d[queue[k]];
        for (uint32_t e = m->l->first[node]; e < m->l->first[node + 1]; e++) {
            uint32_t j = m->at[m->l->to[e]];
            if (j == UINT32_MAX || d[j] != UINT16_MAX)
                continue;
            d[j] = (uint16_t)(far + 1);
            queue[n++] = j;
        }
    }
    for (uint32_t i = 0; i < m->n; i++)
        if (d[i] == UINT16_MAX)
            d[i] = (uint16_t)(far + 3);
}

static void centre(double *v, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += v[i];
    for (uint32_t i = 0; i < n; i++)
        v[i] -= sum / n;
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* v times the doubly centred squares of the distances, halved and negative; v is centred. */
static void multiply(const struct mesh *m, const double *v, double *out)
{
    for (uint32_t i = 0; i < m->n; i++) {
        const uint16_t *d = &m->d[(size_t)i * m->n];
        double sum = 0;
        for (uint32_t j = 0; j < m->n; j++)
            sum += (double)d[j] * d[j] * v[j];
        out[i] = -0.5 * sum;
    }
    centre(out, m->n);
}

/* A coordinate of classical scaling, by power iteration, beside one that is there (or NULL). */
static void scale(const struct mesh *m, double *v, const double *other)
{
    double *next = mem_alloc(m->n, sizeof *next), value = 0;
    centre(v, m->n);
    for (int k = 0; k < 60; k++) {
        double along = other ? dot(v, other, m->n) / dot(other, other, m->n) : 0;
        for (uint32_t i = 0; other && i < m->n; i++)
            v[i] -= along * other[i];
        double len = sqrt(dot(v, v, m->n));
        for (uint32_t i = 0; i < m->n; i++)
            v[i] /= len > 0 ? len : 1;
        multiply(m, v, next);
        value = dot(v, next, m->n);
        for (uint32_t i = 0; k < 59 && i < m->n; i++)
            v[i] = next[i];
    }
    for (uint32_t i = 0; i < m->n; i++)
        v[i] *= sqrt(value > 0 ? value : 0);
    free(next);
}

/* Move a node to where its distances want it on average. Returns how far it went. */
static double move(struct mesh *m, uint32_t i)
{
    const uint16_t *d = &m->d[(size_t)i * m->n];
    double x = 0, y = 0, weight = 0;
    for (uint32_t j = 0; j < m->n; j++) {
        if (j == i)
            continue;
        double dx = m->x[i] - m->x[j], dy = m->y[i] - m->y[j], len = sqrt(dx * dx + dy * dy);
        double w = 1.0 / ((double)d[j] * d[j]), by = len > 1e-9 ? d[j] / len : 0;
        x += w * (m->x[j] + by * dx);
        y += w * (m->y[j] + by * dy);
        weight += w;
    }
    double gone = fabs(x / weight - m->x[i]) + fabs(y / weight - m->y[i]);
    m->x[i] = x / weight;
    m->y[i] = y / weight;
    return gone;
}

static void place_core(struct mesh *m, uint32_t root)
{
    uint32_t start = m->at[root] == UINT32_MAX ? 0 : m->at[root], far = start;
    const uint16_t *d = &m->d[(size_t)start * m->n];
    for (uint32_t i = 0; i < m->n; i++)
        far = d[i] > d[far] ? i : far;
    for (uint32_t i = 0; i < m->n; i++) { /* a little apart, so that no two are at one place */
        m->x[i] = d[i] + 1e-3 * i / m->n;
        m->y[i] = m->d[(size_t)far * m->n + i] + 1e-2 * ((i * 7919u) % m->n) / m->n;
    }
    scale(m, m->x, NULL);
    scale(m, m->y, m->x);
    for (uint32_t i = 0; i < m->n; i++)
        m->y[i] += 1e-3 * ((i * 7919u) % m->n) / m->n;
    int n_rounds = m->n < 300 ? 300 : 60;
    for (int k = 0; k < n_rounds; k++) {
        double most = 0;
        for (uint32_t i = 0; i < m->n; i++) {
            double gone = move(m, i);
            most = gone > most ? gone : most;
        }
        if (most < 1e-3)
            return;
    }
}

/* How to turn the picture, in turns: links upright and level if most of them can be, else its
 * longest side level. */
static double turn_of(const struct mesh *m)
{
    double c = 0, s = 0, xx = 0, xy = 0, yy = 0, n = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t node = m->node[i];
        xx += m->x[i] * m->x[i];
        xy += m->x[i] * m->y[i];
        yy += m->y[i] * m->y[i];
        for (uint32_t e = m->l->first[node]; e < m->l->first[node + 1]; e++) {
            uint32_t j = m->at[m->l->to[e]];
            if (j == UINT32_MAX)
                continue;
            double dx = m->x[j] - m->x[i], dy = m->y[j] - m->y[i], len = dx * dx + dy * dy;
            double re = (dx * dx - dy * dy) / len, im = 2 * dx * dy / len; /* twice the angle */
            c += re * re - im * im;
            s += 2 * re * im;
            n++;
        }
    }
    if (sqrt(c * c + s * s) > 0.4 * n)
        return -det_atan2_deg(s, c) / 4 / 360;
    return -det_atan2_deg(2 * xy, xx - yy) / 2 / 360;
}

static void turn(struct mesh *m, uint32_t root)
{
    double by = turn_of(m), c = det_cos_turn(by), s = det_sin_turn(by), xx = 0, yy = 0;
    uint32_t start = m->at[root] == UINT32_MAX ? m->at[m->l->to[m->l->first[root]]] : m->at[root];
    centre(m->x, m->n);
    centre(m->y, m->n);
    for (uint32_t i = 0; i < m->n; i++) {
        double x = c * m->x[i] - s * m->y[i], y = s * m->x[i] + c * m->y[i];
        m->x[i] = x;
        m->y[i] = y;
        xx += x * x;
        yy += y * y;
    }
    for (uint32_t i = 0; yy > 1.02 * xx && i < m->n; i++) { /* lie down */
        double x = m->x[i];
        m->x[i] = m->y[i];
        m->y[i] = x;
    }
    double mirror_x = m->x[start] > 0 ? -1 : 1, mirror_y = m->y[start] < 0 ? -1 : 1;
    for (uint32_t i = 0; i < m->n; i++) {
        m->x[i] *= mirror_x;
        m->y[i] *= mirror_y;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Angles in turns of a core node's links to others of the core, ascending. Returns their number. */
static uint32_t angles_of(const struct mesh *m, uint32_t c, double *angle)
{
    uint32_t n = 0, node = m->node[c];
    for (uint32_t e = m->l->first[node]; e < m->l->first[node + 1]; e++) {
        uint32_t j = m->at[m->l->to[e]];
        if (j != UINT32_MAX)
            angle[n++] = det_atan2_deg(m->y[j] - m->y[c], m->x[j] - m->x[c]) / 360;
    }
    if (n > 1)
        qsort(angle, n, sizeof *angle, compare_doubles);
    return n;
}

static double gap_behind(const double *angle, uint32_t n, uint32_t i)
{
    return i + 1 < n ? angle[i + 1] - angle[i] : angle[0] + 1 - angle[i];
}

/* Put the neighbours that were set aside into the gaps, always one more into the widest. */
static void place_aside(const struct mesh *m, uint32_t c, double *x, double *y)
{
    uint32_t node = m->node[c], degree = layout_degree(m->l, node), n_aside = 0, i = 0, k = 0;
    double *angle = mem_alloc(degree + 1, sizeof *angle);
    uint32_t *in_gap = mem_alloc(degree + 1, sizeof *in_gap);
    uint32_t n = angles_of(m, c, angle);
    n_aside = degree - n;
    n = n ? n : 1; /* nothing else: the angle 0 */
    for (uint32_t a = 0; a < n_aside; a++) {
        uint32_t widest = 0;
        for (uint32_t g = 1; g < n; g++)
            if (gap_behind(angle, n, g) / (in_gap[g] + 1) >
                gap_behind(angle, n, widest) / (in_gap[widest] + 1) + 1e-9)
                widest = g;
        in_gap[widest]++;
    }
    double radius = n_aside * 0.15 / 6.28 > 0.45 ? n_aside * 0.15 / 6.28 : 0.45;
    for (uint32_t e = m->l->first[node]; e < m->l->first[node + 1]; e++) {
        uint32_t leaf = m->l->to[e];
        if (m->at[leaf] != UINT32_MAX)
            continue;
        while (k == in_gap[i]) {
            i++;
            k = 0;
        }
        double at = angle[i] + gap_behind(angle, n, i) * ++k / (in_gap[i] + 1);
        x[leaf] = m->x[c] + radius * det_cos_turn(at);
        y[leaf] = m->y[c] + radius * det_sin_turn(at);
    }
    free(angle);
    free(in_gap);
}

void layout_mesh(const struct layout_lists *l, uint32_t root, double *x, double *y)
{
    struct mesh m = {
        .l = l, .node = mem_alloc(l->n, sizeof *m.node), .at = mem_alloc(l->n, sizeof *m.at)};
    for (uint32_t i = 0; i < l->n; i++) {
        m.at[i] = is_aside(l, i) ? UINT32_MAX : m.n;
        if (m.at[i] != UINT32_MAX)
            m.node[m.n++] = i;
    }
    uint32_t *queue = mem_alloc(m.n, sizeof *queue);
    m.d = mem_alloc((size_t)m.n * m.n, sizeof *m.d);
    m.x = mem_alloc(m.n, sizeof *m.x);
    m.y = mem_alloc(m.n, sizeof *m.y);
    for (uint32_t c = 0; c < m.n; c++)
        measure(&m, c, queue);
    place_core(&m, root);
    turn(&m, root);
    for (uint32_t c = 0; c < m.n; c++) {
        x[m.node[c]] = m.x[c];
        y[m.node[c]] = m.y[c];
        place_aside(&m, c, x, y);
    }
    free(queue);
    free(m.d);
    free(m.x);
    free(m.y);
    free(m.node);
    free(m.at);
}
