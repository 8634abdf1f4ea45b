/* SPDX-License-Identifier: GPL-2.0-only
 * Runs for tests/run: see harness.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/mem.h"
#include "tools/world.h"

#define ADD(r, list, item)                                                                         \
    do {                                                                                           \
        if ((r)->n_##list == (r)->cap_##list) {                                                    \
            (r)->cap_##list = (r)->cap_##list ? 2 * (r)->cap_##list : 64;                          \
            (r)->list = mem_grow((r)->list, (size_t)(r)->cap_##list, sizeof *(r)->list);           \
        }                                                                                          \
        (r)->list[(r)->n_##list++] = (item);                                                       \
    } while (0)

static void add_mac(struct run *r, const struct row_mac_command *row)
{
    struct run_mac m = {.row = *row};
    snprintf(m.hex, sizeof m.hex, "%s", row->payload_hex);
    ADD(r, mac, m);
}

static void add_message(struct run *r, const struct row_message *row)
{
    struct run_message m = {.row = *row};
    snprintf(m.name, sizeof m.name, "%s", row->name ? row->name : "");
    snprintf(m.hex, sizeof m.hex, "%s", row->payload_hex);
    snprintf(m.result, sizeof m.result, "%s", row->result);
    ADD(r, message, m);
}

static void add_member(struct run *r, const struct row_group_member *row)
{
    struct run_member m = {.row = *row};
    snprintf(m.group, sizeof m.group, "%s", row->group_name);
    snprintf(m.reason, sizeof m.reason, "%s", row->reason);
    ADD(r, member, m);
}

static void add_phase(struct run *r, const struct row_campaign *row)
{
    struct run_phase p = {.row = *row};
    snprintf(p.campaign, sizeof p.campaign, "%s", row->campaign);
    snprintf(p.phase, sizeof p.phase, "%s", row->phase);
    ADD(r, phase, p);
}

/* Dispatch over the tables that a run keeps. */
static void on_row(void *ctx, enum row_table_id table, const void *row)
{
    struct run *r = ctx;
    switch (table) {
    case ROW_TX:
        ADD(r, tx, *(const struct row_tx *)row);
        break;
    case ROW_RX:
        ADD(r, rx, *(const struct row_rx *)row);
        break;
    case ROW_LOSS:
        ADD(r, loss, *(const struct row_loss *)row);
        break;
    case ROW_DOWNLINK:
        ADD(r, downlink, *(const struct row_downlink *)row);
        break;
    case ROW_WINDOW:
        ADD(r, window, *(const struct row_window *)row);
        break;
    case ROW_CLOCK_SAMPLE:
        ADD(r, clock, *(const struct row_clock_sample *)row);
        break;
    case ROW_BEACON:
        ADD(r, beacon, *(const struct row_beacon *)row);
        break;
    case ROW_CLASS_B:
        ADD(r, class_b, *(const struct row_class_b *)row);
        break;
    case ROW_MAC_COMMAND:
        add_mac(r, row);
        break;
    case ROW_DEVICE_STAT:
        ADD(r, device, *(const struct row_device_stat *)row);
        break;
    case ROW_ENERGY:
        ADD(r, energy, *(const struct row_energy *)row);
        break;
    case ROW_GATEWAY_STAT:
        ADD(r, gateway, *(const struct row_gateway_stat *)row);
        break;
    case ROW_DUTY_STAT:
        ADD(r, duty, *(const struct row_duty_stat *)row);
        break;
    case ROW_METRIC:
        ADD(r, metric, *(const struct row_metric *)row);
        break;
    case ROW_MESSAGE:
        add_message(r, row);
        break;
    case ROW_GROUP_MEMBER:
        add_member(r, row);
        break;
    case ROW_FRAGMENT:
        ADD(r, fragment, *(const struct row_fragment *)row);
        break;
    case ROW_RECOVERY:
        ADD(r, recovery, *(const struct row_recovery *)row);
        break;
    case ROW_FIRMWARE:
        ADD(r, firmware, *(const struct row_firmware *)row);
        break;
    case ROW_CAMPAIGN:
        add_phase(r, row);
        break;
    case ROW_CAMPAIGN_DEVICE:
        ADD(r, campaign_device, *(const struct row_campaign_device *)row);
        break;
    case ROW_CAMPAIGN_STATE:
        ADD(r, campaign_state, *(const struct row_campaign_state *)row);
        break;
    case ROW_WARNING:
        ADD(r, warning, *(const struct row_warning *)row);
        break;
    case ROW_IP_LINK_STAT:
        ADD(r, ip_link, *(const struct row_ip_link_stat *)row);
        break;
    case ROW_BACKHAUL_STAT:
        ADD(r, backhaul, *(const struct row_backhaul_stat *)row);
        break;
    case ROW_TRAFFIC_STAT:
        ADD(r, traffic, *(const struct row_traffic_stat *)row);
        break;
    default:
        break;
    }
}

static void on_frame(void *ctx, const struct trace_frame *f)
{
    struct run *r = ctx;
    struct run_frame k = {.f = *f};
    memcpy(k.bytes, f->bytes, (size_t)f->len);
    ADD(r, frame, k);
}

static void on_session(void *ctx, const struct trace_session *s)
{
    struct run *r = ctx;
    if (!s->root_only)
        ADD(r, session, *s);
}

static void write_piece(FILE *f, const char *piece)
{
    if (piece)
        fprintf(f, ", %s", piece);
}

static void write_scenario(FILE *f, const struct setup *s)
{
    fprintf(f, "run: {%s}\n", s->run ? s->run : "duration: 1h");
    fprintf(f, "radio: {%s}\n", s->radio ? s->radio : "region: EU868");
    fprintf(f, "networks: [{name: net");
    write_piece(f, s->network);
    fprintf(f, ", gateways: [{name: gw, placement: {kind: list, points: [%s]}",
            s->gateway_points ? s->gateway_points : "{x: 0m, y: 0m}");
    write_piece(f, s->gateway);
    fprintf(f, "}");
    write_piece(f, s->more_gateways);
    fprintf(f, "], server: {%s}}", s->server ? s->server : "");
    write_piece(f, s->more_networks);
    fprintf(f, "]\ndevices: [{name: dev, placement: {kind: list, points: [%s]}",
            s->device_points ? s->device_points : "{x: 100m, y: 0m}");
    write_piece(f, s->device);
    fprintf(f, ", traffic: {%s}}", s->traffic ? s->traffic : "kind: none");
    write_piece(f, s->more_devices);
    fprintf(f, "]\n");
    if (s->multicast)
        fprintf(f, "multicast: [%s]\n", s->multicast);
    if (s->campaigns)
        fprintf(f, "campaigns: [%s]\n", s->campaigns);
    if (s->faults)
        fprintf(f, "faults: [%s]\n", s->faults);
    if (s->ip)
        fprintf(f, "ip: {%s}\n", s->ip);
}

int run_load(struct world **w, const struct setup *s, struct sim_error *e)
{
    char path[] = BUILD_DIR "/scenario-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    write_scenario(f, s);
    assert_int_equal(fclose(f), 0);
    int rc = world_load(w, path, NULL, 0, e);
    if (!rc)
        rc = world_place(*w, e);
    remove(path);
    return rc;
}

static void listen(struct run *r, struct trace *trace)
{
    struct trace_listener l = {
        .rows = UINT64_MAX, .row = on_row, .frame = on_frame, .session = on_session, .ctx = r};
    trace_init(trace);
    trace_listen(trace, &l);
}

struct run *run_begin(const struct setup *s, struct trace *trace, struct world **w)
{
    struct run *r = mem_alloc(1, sizeof *r);
    struct sim_error e = {0};
    if (run_load(w, s, &e) != 0)
        fail_msg("%s", e.text);
    listen(r, trace);
    world_build(*w, trace);
    return r;
}

void run_end(struct world *w)
{
    unsigned unbalanced = world_finish(w);
    world_close(w);
    assert_int_equal(unbalanced, 0);
}

struct run *run_try(const struct setup *s)
{
    struct run *r = mem_alloc(1, sizeof *r);
    struct trace trace;
    struct world *w = NULL;
    struct sim_error e = {0};
    if (run_load(&w, s, &e) != 0) {
        snprintf(r->error, sizeof r->error, "%s", e.text);
        world_close(w);
        return r;
    }
    listen(r, &trace);
    world_build(w, &trace);
    world_run_until(w, world_cfg(w)->run.duration_ns);
    run_end(w);
    return r;
}

struct run *run_setup(const struct setup *s)
{
    struct run *r = run_try(s);
    if (r->error[0])
        fail_msg("%s", r->error);
    return r;
}

void run_free(struct run *r)
{
    free(r->tx);
    free(r->rx);
    free(r->loss);
    free(r->downlink);
    free(r->window);
    free(r->clock);
    free(r->beacon);
    free(r->class_b);
    free(r->mac);
    free(r->device);
    free(r->energy);
    free(r->gateway);
    free(r->duty);
    free(r->metric);
    free(r->traffic);
    free(r->message);
    free(r->member);
    free(r->fragment);
    free(r->recovery);
    free(r->firmware);
    free(r->phase);
    free(r->campaign_device);
    free(r->campaign_state);
    free(r->warning);
    free(r->backhaul);
    free(r->ip_link);
    free(r->frame);
    free(r->session);
    free(r);
}

const struct row_tx *run_tx(const struct run *r, const char *group, uint32_t index, int n)
{
    int64_t id = entity_make(group, index);
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].node == id && n-- == 0)
            return &r->tx[i];
    return NULL;
}

const struct row_tx *run_down(const struct run *r, const char *group, uint32_t index, int n)
{
    int64_t id = entity_make(group, index);
    for (int i = 0; i < r->n_tx; i++)
        if (r->tx[i].target == id && n-- == 0)
            return &r->tx[i];
    return NULL;
}

int run_n_tx(const struct run *r, const char *group, uint32_t index)
{
    int64_t id = entity_make(group, index);
    int n = 0;
    for (int i = 0; i < r->n_tx; i++)
        n += r->tx[i].node == id;
    return n;
}

int run_n_lost(const struct run *r, enum loss_reason reason)
{
    int n = 0;
    for (int i = 0; i < r->n_loss; i++)
        n += r->loss[i].final && r->loss[i].reason == (int64_t)reason;
    return n;
}

int run_n_planned(const struct run *r, enum downlink_result result)
{
    int n = 0;
    for (int i = 0; i < r->n_downlink; i++)
        n += r->downlink[i].result == (int64_t)result;
    return n;
}

const struct row_device_stat *run_device(const struct run *r, const char *group, uint32_t index)
{
    int64_t id = entity_make(group, index);
    for (int i = 0; i < r->n_device; i++)
        if (r->device[i].device == id)
            return &r->device[i];
    fail_msg("no device %s/%u", group, index);
    return NULL;
}

const struct run_mac *run_command(const struct run *r, bool uplink, uint8_t cid, int n)
{
    for (int i = 0; i < r->n_mac; i++)
        if (r->mac[i].row.uplink == uplink && r->mac[i].row.cid == cid && n-- == 0)
            return &r->mac[i];
    return NULL;
}

int run_n_commands(const struct run *r, bool uplink, uint8_t cid)
{
    int n = 0;
    for (int i = 0; i < r->n_mac; i++)
        n += r->mac[i].row.uplink == uplink && r->mac[i].row.cid == cid;
    return n;
}

double run_metric(const struct run *r, const char *name)
{
    for (int i = 0; i < r->n_metric; i++)
        if (strcmp(r->metric[i].name, name) == 0)
            return r->metric[i].value;
    fail_msg("no metric %s", name);
    return 0;
}

struct lw_frame run_frame_at(const struct run *r, bool uplink, sim_time start)
{
    struct lw_frame f = {0};
    for (int i = 0; i < r->n_frame; i++) {
        if (r->frame[i].f.uplink != uplink || r->frame[i].f.start_ns != start)
            continue;
        assert_int_equal(lw_frame_parse(&f, r->frame[i].bytes, (size_t)r->frame[i].f.len), 0);
        return f;
    }
    fail_msg("no frame starts at %lld ns", (long long)start);
    return f;
}

sim_time run_delay(const struct run *r, int n_up, int n_down)
{
    const struct row_tx *up = run_tx(r, "dev", 0, n_up), *down = run_down(r, "dev", 0, n_down);
    if (!up || !down)
        fail_msg("uplink %d or downlink %d was never sent", n_up, n_down);
    return down->start_ns - up->end_ns;
}
