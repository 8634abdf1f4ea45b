/* SPDX-License-Identifier: GPL-2.0-only
 * Nodes and links by their names. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/ip/plan_internal.h"
#include "sim/mem.h"

enum { WORD_SIZE = 300 }; /* names out of files are long */

sim_entity ip_plan_node_id(const struct ip_plan *p, uint32_t node)
{
    const struct ip_plan_group *g = ip_plan_group_of(p, node);
    return entity_make(g->name, node - g->first);
}

sim_entity ip_plan_link_id(const struct ip_plan *p, uint32_t link)
{
    const struct ip_plan_group *g = ip_plan_links_of(p, link);
    return entity_make(g->name, link - g->first);
}

char *ip_plan_link_name(const struct ip_plan *p, uint32_t link, char *buf, size_t size)
{
    const struct ip_plan_group *g = ip_plan_links_of(p, link);
    if (g->n == 1)
        snprintf(buf, size, "%s", g->name);
    else
        snprintf(buf, size, "%s/%" PRIu32, g->name, link - g->first);
    return buf;
}

const char *plan_word(const char **at, char *buf, size_t size)
{
    const char *p = *at + strspn(*at, " ,\t\n");
    size_t len = strcspn(p, " ,\t\n");
    *at = p + len;
    if (len == 0)
        return NULL;
    snprintf(buf, size, "%.*s", (int)(len < size ? len : size - 1), p);
    return buf;
}

static const struct ip_plan_group *find_group(const struct ip_plan_group *g, uint32_t n,
                                              const char *name, size_t len)
{
    for (uint32_t i = 0; i < n; i++)
        if (strncmp(g[i].name, name, len) == 0 && !g[i].name[len])
            return &g[i];
    return NULL;
}

/* "group" or "group/3"; *first and *n are set. */
static bool find_word(const struct ip_plan_group *groups, uint32_t n_groups, const char *word,
                      uint32_t *first, uint32_t *n)
{
    const char *slash = strchr(word, '/');
    size_t len = slash ? (size_t)(slash - word) : strlen(word);
    const struct ip_plan_group *g = find_group(groups, n_groups, word, len);
    uint32_t index;
    int used = 0;
    if (!g)
        return false;
    *first = g->first;
    *n = g->n;
    if (!slash)
        return true;
    if (sscanf(slash, "/%9" SCNu32 "%n", &index, &used) != 1 || slash[used] || index >= g->n)
        return false;
    *first = g->first + index;
    *n = 1;
    return true;
}

/* Nodes of a file have names of their own, which may look like numbers: they come first. */
static bool find_named(const struct ip_plan *p, const char *word, uint32_t *first)
{
    const char *slash = strchr(word, '/');
    const struct ip_plan_group *g =
        slash ? find_group(p->node_groups, p->n_node_groups, word, (size_t)(slash - word)) : NULL;
    for (uint32_t i = 0; g && g->own_names && i < g->n; i++)
        if (strcmp(p->node_name[g->first + i], word) == 0) {
            *first = g->first + i;
            return true;
        }
    return false;
}

static void add_range(struct ip_list *out, uint32_t first, uint32_t n)
{
    out->v = mem_grow(out->v, out->n + n, sizeof *out->v);
    for (uint32_t i = 0; i < n; i++)
        out->v[out->n++] = first + i;
}

static int check_twice(const struct ip_plan *p, const char *const *field,
                       const struct ip_list *list, struct sim_error *e)
{
    bool *seen = mem_alloc(p->graph.n_nodes, sizeof *seen);
    int rc = SIM_OK;
    for (uint32_t i = 0; !rc && i < list->n; i++) {
        if (seen[list->v[i]])
            rc = scenario_fail(p->scenario, field, e, "found %s twice; name each node once",
                               p->node_name[list->v[i]]);
        seen[list->v[i]] = true;
    }
    free(seen);
    return rc;
}

static void say_names(const struct ip_plan_group *g, uint32_t n, char *buf, size_t size)
{
    size_t len = 0;
    buf[0] = 0;
    for (uint32_t i = 0; i < n && len + 1 < size; i++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", g[i].name);
}

int plan_node_word(const struct ip_plan *p, const char *const *field, const char *word,
                   struct ip_list *out, struct sim_error *e)
{
    char known[200];
    uint32_t first, n = 1;
    if (!find_named(p, word, &first) &&
        !find_word(p->node_groups, p->n_node_groups, word, &first, &n)) {
        say_names(p->node_groups, p->n_node_groups, known, sizeof known);
        return scenario_fail(p->scenario, field, e,
                             "found \"%.80s\", allowed a group of nodes or one of them as "
                             "group/index: %s",
                             word, known);
    }
    add_range(out, first, n);
    return SIM_OK;
}

int plan_nodes(const struct ip_plan *p, const char *const *field, bool many, struct ip_list *out,
               struct sim_error *e)
{
    char word[WORD_SIZE];
    const char *at = *field;
    *out = (struct ip_list){0};
    while (plan_word(&at, word, sizeof word))
        if (plan_node_word(p, field, word, out, e))
            return SIM_ESCENARIO;
    if (out->n == 0)
        return scenario_fail(p->scenario, field, e, "found no name; name a node");
    if (!many && out->n != 1)
        return scenario_fail(p->scenario, field, e,
                             "found \"%.80s\", which is %" PRIu32
                             " nodes, allowed one; write for instance %s",
                             *field, out->n, p->node_name[out->v[0]]);
    return check_twice(p, field, out, e);
}

int plan_links(const struct ip_plan *p, const char *const *field, struct ip_list *out,
               struct sim_error *e)
{
    uint32_t first, n;
    char known[200];
    *out = (struct ip_list){0};
    if (!find_word(p->link_groups, p->n_link_groups, *field, &first, &n)) {
        say_names(p->link_groups, p->n_link_groups, known, sizeof known);
        return scenario_fail(p->scenario, field, e,
                             "found \"%.80s\", allowed a link, or one of several as name/index: %s",
                             *field, known);
    }
    add_range(out, first, n);
    return SIM_OK;
}

int plan_iface_on(const struct ip_plan *p, uint32_t node, const char *const *field, uint32_t *iface,
                  struct sim_error *e)
{
    struct ip_list links;
    *iface = 0;
    int rc = plan_links(p, field, &links, e);
    for (uint32_t i = 0; !rc && *iface == 0 && i < links.n; i++) {
        int64_t at = ip_graph_iface_on(&p->graph, node, links.v[i]);
        *iface = (uint32_t)(at + 1);
    }
    free(links.v);
    if (!rc && *iface == 0)
        return scenario_fail(p->scenario, field, e,
                             "%s has no interface on \"%.80s\"; name one of its links",
                             p->node_name[node], *field);
    return rc;
}
