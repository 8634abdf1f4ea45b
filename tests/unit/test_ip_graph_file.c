/* SPDX-License-Identifier: GPL-2.0-only
 * Pins topologies out of files: what CSV and GraphML give (names, costs, rates, delays, directions,
 * parallel edges), as different programs write them, and what is refused with which place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "models/ip/graph_file.h"

/* A file that was read. */
struct got {
    struct ip_graph g;
    struct ip_graph_file f;
    struct sim_error e;
    int rc;
};

static struct ip_graph_names plain(void)
{
    return (struct ip_graph_names){.rate_unit_bps = 1, .delay_unit_ns = 1000000, .default_cost = 7};
}

static void forget(struct got *got)
{
    ip_graph_file_free(&got->f);
    ip_graph_free(&got->g);
}

/* Through a file, so that its reader is tested, too. */
static struct got read_as(const char *text, struct ip_graph_names names, bool graphml)
{
    char path[] = "/tmp/castbed-edges-XXXXXX";
    int fd = mkstemp(path);
    struct got got = {.rc = 0};
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    ip_graph_init(&got.g);
    got.rc = (graphml ? ip_graph_graphml : ip_graph_csv)(&got.g, path, &names, &got.f, &got.e);
    unlink(path);
    if (got.rc == 0)
        ip_graph_seal(&got.g);
    return got;
}

static struct got read_good(const char *text, struct ip_graph_names names, bool graphml)
{
    struct got got = read_as(text, names, graphml);
    if (got.rc)
        fail_msg("%s", got.e.text);
    assert_int_equal(got.f.n_nodes, got.g.n_nodes);
    assert_int_equal(got.f.n_links, got.g.n_links);
    return got;
}

static void expect_bad(const char *text, struct ip_graph_names names, bool graphml,
                       const char *says)
{
    struct got got = read_as(text, names, graphml);
    assert_int_equal(got.rc, SIM_ESCENARIO);
    if (!strstr(got.e.text, says))
        fail_msg("wanted \"%s\", it says \"%s\"", says, got.e.text);
    assert_int_equal(got.g.n_links, 0);
    forget(&got);
}

/* The nodes of a link. */
static void expect_link(const struct got *got, uint32_t link, const char *a, const char *b,
                        uint32_t cost)
{
    const struct ip_edge *l = &got->g.link[link];
    assert_string_equal(got->f.name[got->g.end[l->first].node], a);
    assert_string_equal(got->f.name[got->g.end[l->first + 1].node], b);
    assert_int_equal(l->cost, cost);
}

static void csv(void **state)
{
    struct ip_graph_names names = plain();
    (void)state;
    struct got got = read_good("from,to,cost\nberlin,paris,3\nparis,new york,\n", names, false);
    assert_int_equal(got.g.n_nodes, 3);
    expect_link(&got, 0, "berlin", "paris", 3);
    expect_link(&got, 1, "paris", "new_york", 7);
    assert_int_equal(got.f.rate_bps[0], -1);
    forget(&got);
    names = (struct ip_graph_names){.cost = "metric",
                                    .rate = "Mbit",
                                    .delay = "km",
                                    .rate_unit_bps = 1000000,
                                    .delay_unit_ns = 5000,
                                    .default_cost = 1};
    got =
        read_good("from,to,cost,metric,Mbit,km\na,b,9,4,2.5,1000\nb,c,9,1e2,,0.3\n", names, false);
    expect_link(&got, 0, "a", "b", 4);
    expect_link(&got, 1, "b", "c", 100);
    assert_int_equal(got.f.rate_bps[0], 2500000);
    assert_int_equal(got.f.delay_ns[0], 5000000);
    assert_int_equal(got.f.rate_bps[1], -1);
    assert_int_equal(got.f.delay_ns[1], 1500);
    forget(&got);
}

static void csv_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"from,to\n", "there is no edge"},
               {"from,two\na,b\n", "to"},
               {"from,to\na,\n", ":2: column to: found nothing"},
               {"from,to\na,a\n", ":2: a is joined to itself"},
               {"from,to,cost\na,b,0\n", ":2: cost: found 0, which is 0: must be 1 to 4294967295"},
               {"from,to,cost\na,b,1.5\n", ":2: cost: \"1.5\" is not a whole number"},
               {"from,to,cost\na,b,0x10\n", ":2: cost: \"0x10\" is not a number"},
               {"from,to,cost\na,b,1e400\n", "must be 1 to"},
               {"from,to\na b,c\na_b,c\n", "called \"a_b\", as is \"a b\" in line 2"},
               {"from,to\na,b\nb,c\nb,a\n", ":4: b and a are joined in line 2 already"}};
    struct ip_graph_names names = plain();
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_bad(bad[i].text, names, false, bad[i].says);
    names.rate = "speed";
    expect_bad("from,to\na,b\n", names, false, "the column speed is missing");
}

static void parallel(void **state)
{
    const char *text = "from,to,cost\na,b,1\nb,c,2\nb,a,3\na,b,4\n";
    struct ip_graph_names names = plain();
    (void)state;
    names.parallel = IP_PARALLEL_FIRST;
    struct got got = read_good(text, names, false);
    assert_int_equal(got.g.n_links, 2);
    expect_link(&got, 0, "a", "b", 1);
    expect_link(&got, 1, "b", "c", 2);
    forget(&got);
    names.parallel = IP_PARALLEL_ALL;
    got = read_good(text, names, false);
    assert_int_equal(got.g.n_links, 4);
    expect_link(&got, 2, "b", "a", 3);
    expect_link(&got, 3, "a", "b", 4);
    forget(&got);
}

/* The forms of programs: keys behind one another, attributes by name, numbers as floats. */
static const char networkx[] =
    "<?xml version='1.0' encoding='utf-8'?>\n"
    "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" "
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
    "xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns "
    "http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n"
    "  <key id=\"d2\" for=\"edge\" attr.name=\"delay\" attr.type=\"double\"/>\n"
    "  <key id=\"d1\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\">\n"
    "    <default>5.0</default>\n  </key>\n"
    "  <key id=\"d0\" for=\"node\" attr.name=\"weight\" attr.type=\"string\"/>\n"
    "  <graph edgedefault=\"undirected\">\n"
    "    <node id=\"7\"><data key=\"d0\">core &amp; edge</data></node>\n"
    "    <node id=\"1\"/>\n    <node id=\"0\"/>\n"
    "    <edge source=\"7\" target=\"1\"><data key=\"d1\">3.0</data></edge>\n"
    "    <edge source=\"1\" target=\"0\"><data key=\"d2\">1.5e-1</data></edge>\n"
    "  </graph>\n</graphml>\n";

static void graphml_networkx(void **state)
{
    struct ip_graph_names names = plain();
    (void)state;
    struct got got = read_good(networkx, names, true); /* nothing is wanted */
    assert_int_equal(got.g.n_nodes, 3);
    expect_link(&got, 0, "7", "1", 7);
    assert_int_equal(got.f.delay_ns[1], -1);
    forget(&got);
    names.cost = "weight"; /* of edges; that of nodes is another */
    names.delay = "delay";
    names.node_name = "weight";
    got = read_good(networkx, names, true);
    expect_link(&got, 0, "core_&_edge", "1", 3);
    expect_link(&got, 1, "1", "0", 5);
    assert_int_equal(got.f.delay_ns[0], -1);
    assert_int_equal(got.f.delay_ns[1], 150000);
    forget(&got);
}

/* yEd: labels within elements of its own; keys without attr.name are named by their ids. */
static void graphml_yed(void **state)
{
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\" xmlns:y=\"urn:y\">\n"
        "<!--made by hand-->\n"
        "<key for=\"port\" id=\"d0\" yfiles.type=\"portgraphics\"/>\n"
        "<key for=\"node\" id=\"d6\" yfiles.type=\"nodegraphics\"/>\n"
        "<key for=\"edge\" id=\"d10\" yfiles.type=\"edgegraphics\"/>\n"
        "<graph edgedefault=\"directed\" id=\"G\"><data key=\"d0\"/>\n"
        "<edge id=\"e0\" source=\"n0\" target=\"n1\"><data key=\"d10\"><y:PolyLineEdge>"
        "<y:EdgeLabel>20</y:EdgeLabel></y:PolyLineEdge></data></edge>\n"
        "<node id=\"n0\"><data key=\"d5\"/><data key=\"d6\"><y:ShapeNode><y:Fill color=\"#FF\"/>\n"
        "  <y:NodeLabel>Upper\n hall<y:LabelModel/></y:NodeLabel></y:ShapeNode></data></node>\n"
        "<node id=\"n1\"><y:node id=\"n0\"/><port name=\"p\"/></node>\n"
        "</graph><data key=\"d7\"><y:Resources/></data></graphml>";
    struct ip_graph_names names = plain();
    (void)state;
    names.node_name = "d6";
    names.cost = "d10";
    struct got got = read_good(text, names, true);
    assert_int_equal(got.g.n_nodes, 2);
    expect_link(&got, 0, "Upper_hall", "n1", 20);
    forget(&got);
}

#define GRAPH(inside) "<graphml><graph edgedefault='directed'>\n" inside "</graph></graphml>"
#define NODES         "<node id='a'/><node id='b'/>\n"
#define COSTS(inside) "<graphml><key id='cost' for='edge'/><graph>\n" inside "</graph></graphml>"

static void graphml_directions(void **state)
{
    struct ip_graph_names names = plain();
    (void)state;
    struct got got = read_good(
        GRAPH(NODES "<edge source='a' target='b'/><edge source='b' target='a'/>"), names, true);
    assert_int_equal(got.g.n_links, 1);
    forget(&got);
    names.parallel = IP_PARALLEL_ALL; /* two pairs and one undirected */
    got = read_good(GRAPH(NODES "<edge source='a' target='b'/><edge source='a' target='b'/>"
                                "<edge source='b' target='a' directed='false'/>"
                                "<edge source='b' target='a'/><edge source='b' target='a'/>"),
                    names, true);
    assert_int_equal(got.g.n_links, 3);
    expect_link(&got, 2, "b", "a", 7);
    forget(&got);
}

static void graphml_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", ":1:1: not well-formed XML: no element found"},
        {"<graphml>\n <graph></graphml>", ":2:11: not well-formed XML: mismatched tag"},
        {"<graphml/>", "there is no graph"},
        {"<svg/>", ":1:1: found <svg>; a GraphML file begins with <graphml>"},
        {GRAPH(NODES), "there is no edge"},
        {GRAPH("<node/>"), ":2:1: id: found nothing"},
        {GRAPH("<node id=''/>"), ":2:1: id: found nothing"},
        {GRAPH(NODES " <node id='b'/>"), ":3:2: node \"b\" is in line 2 already; remove one"},
        {GRAPH(NODES "<edge source='a' target='c'/>"), ":3:1: found \"c\", which is no node"},
        {GRAPH(NODES "<edge source='a'/>"), ":3:1: target: found nothing"},
        {GRAPH(NODES "<edge source='b' target='b'/>"), ":3:1: b is joined to itself"},
        {GRAPH(NODES "<edge source='a' target='b'/>\n<edge source='a' target='b'/>"),
         ":4:1: a and b are joined in line 3 already"},
        {GRAPH(NODES "<hyperedge/>"), ":3:1: found a hyperedge"},
        {GRAPH("<node id='a'>\n  <graph/></node>"), ":3:3: found a graph within a node"},
        {"<graphml><graph/><graph/></graphml>", ":1:18: found a second graph"},
        {"<!DOCTYPE graphml [<!ENTITY a 'aaaa'>]>\n<graphml/>",
         ":1:19: found <!DOCTYPE graphml>, which could define entities; remove it"},
        {"<!DOCTYPE graphml SYSTEM 'http://example.org/g.dtd'><graphml/>", "<!DOCTYPE graphml>"},
        {"<graphml>&a;</graphml>", ":1:10: not well-formed XML: undefined entity"},
        {COSTS(NODES "<edge source='a' target='b'><data key='cost'>x</data></edge>"),
         ":3:1: cost: \"x\" is not a number"},
        {COSTS(NODES "<edge source='a' target='b'><data key='cost'>-1</data></edge>"),
         ":3:1: cost: found -1, which is -1: must be 1 to"},
        {COSTS(NODES "<edge source='a' target='b'><data key='cost'>1</data>"
                     "<data key='cost'>1</data></edge>"),
         ":3:72: a second value of \"cost\""},
        {COSTS(NODES "<edge source='a' target='b' directed='true'><data key='cost'>1</data></edge>"
                     "\n<edge source='b' target='a' directed='true'/>"),
         ":4:1: b and a have other values than in the other direction, in line 3"},
        {"<graphml><key id='cost'/>\n<key id='d' attr.name='cost'/></graphml>",
         ":2:1: \"cost\" is in line 1 already; name the one that is meant by its id"},
        {"\x01", "not well-formed XML"},
        {"<graphml xmlns='urn:a'><graph xmlns='urn:b'/></graphml>", "there is no graph"}};
    struct ip_graph_names names = plain();
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_bad(bad[i].text, names, true, bad[i].says);
    names.rate = "LinkSpeedRaw";
    expect_bad(networkx, names, true, ":8:3: no key of edges is called \"LinkSpeedRaw\"");
    names = plain();
    names.node_name = "label";
    expect_bad("<graphml><key id='label' for='node'><default>x</default></key>\n<graph>" NODES
               "<edge source='a' target='b'/></graph></graphml>",
               names, true, "node \"b\" is called \"x\", as is \"a\" in line 2");
}

/* Depth and length are bounded, and the file's bytes may come in pieces (64 KiB each). */
static void graphml_large(void **state)
{
    size_t n = 300000, len = 0;
    char *text = malloc(2 * n);
    (void)state;
    assert_non_null(text);
    len += (size_t)sprintf(text, "<graphml><graph>");
    for (int i = 0; i < 300; i++)
        len += (size_t)sprintf(text + len, "<x>");
    expect_bad(text, plain(), true, "more than 200 elements within one another");
    len = (size_t)sprintf(text, "<graphml><key id='cost'/><graph>" NODES
                                "<edge source='a' target='b'><data key='cost'>");
    memset(text + len, ' ', n);
    sprintf(text + len + n, "9</data></edge></graph></graphml>");
    expect_bad(text, plain(), true, "a value of more than 65536 octets");
    len = (size_t)sprintf(text, "<graphml><key id='cost'/><graph>" NODES);
    memset(text + len, ' ', n);
    sprintf(text + len + n,
            "<edge source='a' target='b'><data key='cost'>9</data></edge></graph></graphml>");
    struct got got = read_good(text, plain(), true);
    expect_link(&got, 0, "a", "b", 9);
    forget(&got);
    free(text);
}

static void no_file(void **state)
{
    struct ip_graph_names names = plain();
    struct got got = {.rc = 0};
    (void)state;
    ip_graph_init(&got.g);
    assert_int_equal(ip_graph_graphml(&got.g, "/nowhere/x.graphml", &names, &got.f, &got.e),
                     SIM_ESCENARIO);
    assert_non_null(strstr(got.e.text, "/nowhere/x.graphml: cannot be opened"));
    assert_int_equal(ip_graph_graphml(&got.g, "/", &names, &got.f, &got.e), SIM_ESCENARIO);
    assert_non_null(strstr(got.e.text, "/: cannot be read"));
    forget(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(csv),
                                       cmocka_unit_test(csv_refused),
                                       cmocka_unit_test(parallel),
                                       cmocka_unit_test(graphml_networkx),
                                       cmocka_unit_test(graphml_yed),
                                       cmocka_unit_test(graphml_directions),
                                       cmocka_unit_test(graphml_refused),
                                       cmocka_unit_test(graphml_large),
                                       cmocka_unit_test(no_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
