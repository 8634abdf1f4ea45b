/* SPDX-License-Identifier: GPL-2.0-only
 * Captures for Wireshark.
 *
 * A gateway's file is open only while its waiting packets are written, so a thousand gateways
 * need one descriptor. Uplinks arrive when they end and downlinks when they begin: packets wait,
 * sorted by their first bit, until none can come before them any more.
 *
 * pcap packet: | seconds 4 | nanoseconds 4 | length 4 | length 4 | LoRaTap 15 | PHY payload |,
 * little endian; LoRaTap: | version 1 | padding 1 | length 2 | Hz 4 | 125 kHz 1 | SF 1 | packet,
 * max, current RSSI 3 | | SNR 1 | sync word 1 |, big endian. */
#include "results/capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/capture_path.h"
#include "sim/bytes.h"
#include "sim/mem.h"

static const uint32_t pcap_magic_ns = 0xa1b23c4d;

enum {
    LINKTYPE_LORATAP = 270,
    SNAPLEN = 65535,
    LORATAP_LEN = 15,
    PACKET_HEAD_LEN = 16 + LORATAP_LEN,
    SYNC_WORD_LORAWAN = 0x34,
    SYNC_WORD_BEACON = 0, /* on the air 0x34 too, but then Wireshark takes it for a frame */
    WRITE_SIZE = 65536,   /* bytes to come before a file is opened again */
};

/* Longer than any frame on the air: 255 octets at SF12 and 125 kHz with coding rate 4/8 take 14.1
 * s. */
static const sim_time max_airtime = SIM_S(20);

struct packet {
    sim_time start_ns;
    size_t len;
    uint8_t *bytes; /* pcap packet header, LoRaTap header, PHY payload */
};

struct gateway_file {
    int64_t id;
    char *path;
    struct packet *packets; /* n waiting, by start */
    size_t n, room;
    size_t waiting_size, write_at; /* bytes waiting, and when to write the oldest */
};

struct capture {
    char *dir;
    int64_t start_gps_ns;
    struct gateway_file *files; /* n, by id */
    size_t n;
    struct trace_session *sessions;
    size_t n_sessions, sessions_room;
    struct sim_error error; /* the first */
};

static int by_id(const void *a, const void *b)
{
    const struct gateway_file *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static bool path_taken(const struct capture *c, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(c->files[i].path, path) == 0)
            return true;
    return false;
}

/* Names that differ only in characters a file cannot have get the gateway's id behind them. */
static char *unique_path(const struct capture *c, size_t n, const struct capture_gateway *g)
{
    char id[24];
    char *name, *path = capture_file_path(c->dir, g->name, ".pcap");

    if (!path_taken(c, n, path))
        return path;
    free(path);
    snprintf(id, sizeof id, "%012" PRIx64, (uint64_t)g->id);
    name = capture_text_join(g->name, "-", id);
    path = capture_file_path(c->dir, name, ".pcap");
    free(name);
    return path;
}

/* Close f after writing; the first failure of either counts. */
static int close_written(FILE *f, bool ok, const char *path, struct sim_error *e)
{
    if (fclose(f) != 0)
        ok = false;
    return ok ? SIM_OK : capture_io_error(e, path);
}

static int write_file_header(const char *path, struct sim_error *e)
{
    uint8_t head[24];
    struct wr w;
    FILE *f = fopen(path, "wb");

    if (!f)
        return capture_io_error(e, path);
    wr_init(&w, head, sizeof head);
    wr_u32le(&w, pcap_magic_ns);
    wr_u16le(&w, 2); /* version 2.4 */
    wr_u16le(&w, 4);
    wr_u32le(&w, 0); /* UTC */
    wr_u32le(&w, 0);
    wr_u32le(&w, SNAPLEN);
    wr_u32le(&w, LINKTYPE_LORATAP);
    return close_written(f, fwrite(head, 1, sizeof head, f) == sizeof head, path, e);
}

static int open_files(struct capture *c, const struct capture_gateway *gateways, size_t n,
                      struct sim_error *e)
{
    for (size_t i = 0; i < n; i++) {
        int err;
        c->files[i] =
            (struct gateway_file){.id = gateways[i].id, .path = unique_path(c, i, &gateways[i])};
        c->n = i + 1;
        err = write_file_header(c->files[i].path, e);
        if (err != SIM_OK)
            return err;
    }
    if (n > 0)
        qsort(c->files, n, sizeof c->files[0], by_id);
    for (size_t i = 1; i < n; i++)
        if (c->files[i].id == c->files[i - 1].id)
            return sim_error_set(e, SIM_EINVAL, "two gateways have the number %" PRId64,
                                 c->files[i].id);
    return SIM_OK;
}

static void capture_free(struct capture *c)
{
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < c->files[i].n; k++)
            free(c->files[i].packets[k].bytes);
        free(c->files[i].packets);
        free(c->files[i].path);
    }
    free(c->files);
    free(c->sessions);
    free(c->dir);
    free(c);
}

int capture_open(struct capture **out, const char *dir, int64_t start_gps_ns,
                 const struct capture_gateway *gateways, size_t n, struct sim_error *e)
{
    struct capture *c;
    int err = capture_make_dir(dir, e);

    *out = NULL;
    if (err != SIM_OK)
        return err;
    c = mem_alloc(1, sizeof *c);
    c->dir = mem_text(dir);
    c->start_gps_ns = start_gps_ns;
    c->files = mem_alloc(n, sizeof c->files[0]);
    err = open_files(c, gateways, n, e);
    if (err != SIM_OK) {
        capture_free(c);
        return err;
    }
    *out = c;
    return SIM_OK;
}

/* LoRaTap's octet for a power: dBm + 139, rounded and clamped; the packet's RSSI has quarter steps
 * when the SNR is negative. */
static uint8_t rssi_octet(int cdbm, bool quarters)
{
    int steps = quarters ? 4 : 1;
    int over = (cdbm + 13900) * steps;

    if (over <= 0)
        return 0;
    over = (over + 50) / 100;
    return (uint8_t)(over < 255 ? over : 255);
}

/* Two's complement quarters of dB. */
static uint8_t snr_octet(int cdb)
{
    int quarters = cdb >= 0 ? (cdb * 4 + 50) / 100 : -((-cdb * 4 + 50) / 100);

    if (quarters < -128)
        quarters = -128;
    if (quarters > 127)
        quarters = 127;
    return (uint8_t)quarters;
}

/* A downlink has no reception: its EIRP stands in place of the RSSI, with SNR 0. */
static void write_loratap(struct wr *w, const struct trace_frame *f)
{
    uint8_t snr = f->uplink ? snr_octet(f->snr_cdb) : 0;

    wr_u8(w, 0);
    wr_u8(w, 0);
    wr_u16be(w, LORATAP_LEN);
    wr_u32be(w, (uint32_t)f->frequency_hz);
    wr_u8(w, (uint8_t)(f->bandwidth_hz / 125000));
    wr_u8(w, (uint8_t)f->sf);
    wr_u8(w, rssi_octet(f->power_cdbm, snr >= 0x80));
    wr_u8(w, rssi_octet(f->power_cdbm, false));
    wr_u8(w, 0); /* not measured */
    wr_u8(w, snr);
    wr_u8(w, f->beacon ? SYNC_WORD_BEACON : SYNC_WORD_LORAWAN);
}

static struct packet make_packet(const struct capture *c, const struct trace_frame *f)
{
    struct packet p = {.start_ns = f->start_ns, .len = PACKET_HEAD_LEN + (size_t)f->len};
    int64_t gps_ns = c->start_gps_ns + f->start_ns;
    int64_t gps_s = gps_ns / 1000000000, ns = gps_ns % 1000000000;
    struct wr w;

    if (ns < 0) {
        gps_s--;
        ns += 1000000000;
    }
    p.bytes = mem_alloc(p.len, 1);
    wr_init(&w, p.bytes, p.len);
    wr_u32le(&w, (uint32_t)sim_unix_from_gps(gps_s));
    wr_u32le(&w, (uint32_t)ns);
    wr_u32le(&w, (uint32_t)(LORATAP_LEN + f->len));
    wr_u32le(&w, (uint32_t)(LORATAP_LEN + f->len));
    write_loratap(&w, f);
    wr_bytes(&w, f->bytes, (size_t)f->len);
    SIM_CHECK(w.err == SIM_OK && wr_len(&w) == p.len, "packet of %d bytes", f->len);
    return p;
}

/* Append the packets that begin before a time. */
static int write_before(struct gateway_file *g, sim_time end, struct sim_error *e)
{
    size_t n = 0;
    bool ok = true;
    FILE *f;

    while (n < g->n && g->packets[n].start_ns < end)
        n++;
    if (n == 0)
        return SIM_OK;
    f = fopen(g->path, "ab");
    if (!f)
        return capture_io_error(e, g->path);
    for (size_t i = 0; i < n; i++) {
        ok = ok && fwrite(g->packets[i].bytes, 1, g->packets[i].len, f) == g->packets[i].len;
        g->waiting_size -= g->packets[i].len;
        free(g->packets[i].bytes);
    }
    g->n -= n;
    memmove(g->packets, g->packets + n, g->n * sizeof g->packets[0]);
    return close_written(f, ok, g->path, e);
}

static void insert_packet(struct gateway_file *g, struct packet p)
{
    size_t at = g->n;

    if (g->n == g->room) {
        g->room = g->room ? 2 * g->room : 64;
        g->packets = mem_grow(g->packets, g->room, sizeof g->packets[0]);
    }
    while (at > 0 && g->packets[at - 1].start_ns > p.start_ns)
        at--;
    memmove(g->packets + at + 1, g->packets + at, (g->n - at) * sizeof g->packets[0]);
    g->packets[at] = p;
    g->n++;
    g->waiting_size += p.len;
}

static void on_frame(void *ctx, const struct trace_frame *f)
{
    struct capture *c = ctx;
    struct gateway_file key = {.id = f->gateway}, *g = NULL;

    if (c->error.code != SIM_OK)
        return;
    if (c->n > 0)
        g = bsearch(&key, c->files, c->n, sizeof c->files[0], by_id);
    SIM_CHECK(g, "no capture of gateway %" PRId64, f->gateway);
    insert_packet(g, make_packet(c, f));
    if (g->waiting_size >= g->write_at) {
        write_before(g, g->packets[g->n - 1].start_ns - max_airtime, &c->error);
        g->write_at = g->waiting_size + WRITE_SIZE;
    }
}

static void on_session(void *ctx, const struct trace_session *s)
{
    struct capture *c = ctx;

    if (c->n_sessions == c->sessions_room) {
        c->sessions_room = c->sessions_room ? 2 * c->sessions_room : 64;
        c->sessions = mem_grow(c->sessions, c->sessions_room, sizeof c->sessions[0]);
    }
    c->sessions[c->n_sessions++] = *s;
}

void capture_listen(struct capture *c, struct trace *t)
{
    struct trace_listener l = {.frame = on_frame, .session = on_session, .ctx = c};

    trace_listen(t, &l);
}

static bool is_zero(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != 0)
            return false;
    return true;
}

/* One line: address, network key, application key, EUI; address and EUI as on the air. */
static void write_key_row(FILE *f, uint32_t devaddr, const uint8_t *nwkskey, const uint8_t *appskey,
                          uint64_t eui)
{
    uint8_t address[4], eui_bytes[8];
    char text[4][2 * 16 + 1];
    struct wr w;

    wr_init(&w, address, sizeof address);
    wr_u32le(&w, devaddr);
    wr_init(&w, eui_bytes, sizeof eui_bytes);
    wr_u64le(&w, eui);
    fprintf(f, "\"%s\",\"%s\",\"%s\",\"%s\"\n", hex_print(address, 4, text[0]),
            hex_print(nwkskey, 16, text[1]), hex_print(appskey, 16, text[2]),
            hex_print(eui_bytes, 8, text[3]));
}

static int by_joineui(const void *a, const void *b)
{
    const struct trace_session *x = a, *y = b;
    int order = (x->joineui > y->joineui) - (x->joineui < y->joineui);

    if (order == 0)
        order = (x->device > y->device) - (x->device < y->device);
    return order != 0 ? order : memcmp(x->appkey, y->appkey, sizeof x->appkey);
}

/* Wireshark takes the first row with a frame's JoinEUI, or with its address. Rows for join-requests
 * come first, one a JoinEUI, with the root key in the place of the AppSKey and an address that no
 * device can have; then one row a session, in the order in which they began, with a JoinEUI of
 * ones. */
static void write_keys(FILE *f, struct trace_session *by_eui, const struct capture *c)
{
    const uint8_t none[16] = {0};
    size_t n = 0;

    for (size_t i = 0; i < c->n_sessions; i++)
        if (!is_zero(c->sessions[i].appkey, sizeof c->sessions[i].appkey))
            by_eui[n++] = c->sessions[i];
    qsort(by_eui, n, sizeof by_eui[0], by_joineui);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_eui[i].joineui != by_eui[i - 1].joineui)
            write_key_row(f, UINT32_MAX, none, by_eui[i].appkey, by_eui[i].joineui);
    for (size_t i = 0; i < c->n_sessions; i++)
        if (!c->sessions[i].root_only)
            write_key_row(f, c->sessions[i].devaddr, c->sessions[i].nwkskey, c->sessions[i].appskey,
                          UINT64_MAX);
}

static int write_keys_file(const struct capture *c, struct sim_error *e)
{
    char *path = capture_text_join(c->dir, "/", "encryption_keys_lorawan");
    struct trace_session *by_eui = mem_alloc(c->n_sessions, sizeof *by_eui);
    FILE *f = fopen(path, "wb");
    int err;

    if (f) {
        write_keys(f, by_eui, c);
        err = close_written(f, !ferror(f), path, e);
    } else {
        err = capture_io_error(e, path);
    }
    free(by_eui);
    free(path);
    return err;
}

int capture_close(struct capture *c, struct sim_error *e)
{
    int err;

    if (!c)
        return SIM_OK;
    for (size_t i = 0; i < c->n && c->error.code == SIM_OK; i++)
        write_before(&c->files[i], SIM_NEVER, &c->error);
    if (c->error.code == SIM_OK)
        write_keys_file(c, &c->error);
    err = c->error.code;
    if (e)
        *e = c->error;
    capture_free(c);
    return err;
}
