/* SPDX-License-Identifier: GPL-2.0-only
 * Captures of Ethernet frames. A file is open only while what waits for it is written.
 *
 * pcapng, little endian, every block: | type 4 | length 4 | body, padded to 4 | length 4 |
 * section header: | 1a2b3c4d | version 1.0 | section length -1 |
 * interface: | linktype 2 | 0 2 | no snap length 4 | if_name | if_tsresol 9 |
 * packet: | interface 4 | time high 4 | time low 4 | length 4 | length 4 | frame | epb_flags | */
#include "results/packet_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/capture_path.h"
#include "sim/bytes.h"
#include "sim/mem.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_ETHERNET = 1,
    OPT_END = 0,
    OPT_NAME = 2,
    OPT_FLAGS = 2,
    OPT_TSRESOL = 9,
    NANOSECONDS = 9,
    INBOUND = 1,
    OUTBOUND = 2,
    HEADER = 14,
    MAX_FRAME = 2000,
    MAX_BLOCK = MAX_FRAME + 100,
    WRITE_SIZE = 65536, /* bytes to wait before a file is opened again */
};

struct file {
    bool is_link;
    int64_t id;
    char *path;
    uint8_t *bytes; /* waiting */
    size_t n, cap;
};

struct packet_capture {
    int64_t start_gps_ns;
    struct file *files; /* by kind and id */
    size_t n;
    struct sim_error error; /* the first */
};

static int order(bool a_link, int64_t a, bool b_link, int64_t b)
{
    if (a_link != b_link)
        return a_link ? 1 : -1;
    return (a > b) - (a < b);
}

static int compare(const void *x, const void *y)
{
    const struct file *a = x, *b = y;
    return order(a->is_link, a->id, b->is_link, b->id);
}

static struct file *find(const struct packet_capture *c, bool is_link, int64_t id)
{
    struct file key = {.is_link = is_link, .id = id};
    return c->n ? bsearch(&key, c->files, c->n, sizeof key, compare) : NULL;
}

static void pad(struct wr *w)
{
    while (wr_len(w) % 4)
        wr_u8(w, 0);
}

static void option(struct wr *w, uint16_t code, const void *value, size_t len)
{
    wr_u16le(w, code);
    wr_u16le(w, (uint16_t)len);
    wr_bytes(w, value, len);
    pad(w);
}

static void block_begin(struct wr *w, uint8_t *buf, size_t size, uint32_t type)
{
    wr_init(w, buf, size);
    wr_u32le(w, type);
    wr_u32le(w, 0); /* the length, when it is known */
}

static void block_end(struct wr *w)
{
    struct wr head;
    option(w, OPT_END, NULL, 0);
    uint32_t len = (uint32_t)wr_len(w) + 4;
    wr_u32le(w, len);
    wr_init(&head, w->start + 4, 4);
    wr_u32le(&head, len);
    SIM_CHECK(w->err == SIM_OK, "a block of %u bytes", len);
}

static void wait_for(struct file *f, const struct wr *w)
{
    size_t len = wr_len(w);
    if (f->n + len > f->cap) {
        f->cap = 2 * (f->n + len);
        f->bytes = mem_grow(f->bytes, f->cap, 1);
    }
    memcpy(f->bytes + f->n, w->start, len);
    f->n += len;
}

static void add_section(struct file *f)
{
    uint8_t buf[40];
    struct wr w;
    block_begin(&w, buf, sizeof buf, BLOCK_SECTION);
    wr_u32le(&w, BYTE_ORDER_MAGIC);
    wr_u16le(&w, 1);
    wr_u16le(&w, 0);
    wr_u64le(&w, UINT64_MAX); /* not told */
    block_end(&w);
    wait_for(f, &w);
}

static void add_interface(struct file *f, const char *name)
{
    uint8_t buf[MAX_BLOCK], resolution = NANOSECONDS;
    struct wr w;
    block_begin(&w, buf, sizeof buf, BLOCK_INTERFACE);
    wr_u16le(&w, LINKTYPE_ETHERNET);
    wr_u16le(&w, 0);
    wr_u32le(&w, 0);
    option(&w, OPT_NAME, name, strlen(name));
    option(&w, OPT_TSRESOL, &resolution, 1);
    block_end(&w);
    wait_for(f, &w);
}

/* Nanoseconds since 1970. */
static uint64_t utc_of(const struct packet_capture *c, sim_time at)
{
    int64_t gps = c->start_gps_ns + at, s = gps / SIM_S(1), ns = gps % SIM_S(1);
    if (ns < 0) {
        s--;
        ns += SIM_S(1);
    }
    return (uint64_t)(sim_unix_from_gps(s) * SIM_S(1) + ns);
}

static void add_packet(const struct packet_capture *c, struct file *f, const struct trace_packet *p,
                       uint32_t iface)
{
    uint8_t buf[MAX_BLOCK];
    uint64_t at = utc_of(c, p->at_ns);
    uint32_t len = (uint32_t)(HEADER + p->len);
    struct wr w;
    SIM_CHECK(len <= MAX_FRAME, "a frame of %u bytes", len);
    block_begin(&w, buf, sizeof buf, BLOCK_PACKET);
    wr_u32le(&w, iface);
    wr_u32le(&w, (uint32_t)(at >> 32));
    wr_u32le(&w, (uint32_t)at);
    wr_u32le(&w, len);
    wr_u32le(&w, len);
    wr_bytes(&w, p->dst, 6);
    wr_bytes(&w, p->src, 6);
    wr_u16be(&w, p->type);
    wr_bytes(&w, p->bytes, p->len);
    pad(&w);
    const uint8_t flags[4] = {p->out ? OUTBOUND : INBOUND};
    option(&w, OPT_FLAGS, flags, sizeof flags);
    block_end(&w);
    wait_for(f, &w);
}

/* Append what waits. */
static int flush(struct file *f, struct sim_error *e)
{
    if (f->n == 0)
        return SIM_OK;
    FILE *out = fopen(f->path, "ab");
    if (!out)
        return capture_io_error(e, f->path);
    bool ok = fwrite(f->bytes, 1, f->n, out) == f->n;
    f->n = 0;
    if (fclose(out) != 0)
        ok = false;
    return ok ? SIM_OK : capture_io_error(e, f->path);
}

static void write_to(struct packet_capture *c, struct file *f, const struct trace_packet *p,
                     uint32_t iface)
{
    add_packet(c, f, p, iface);
    if (f->n >= WRITE_SIZE)
        flush(f, &c->error);
}

static void on_packet(void *ctx, const struct trace_packet *p)
{
    struct packet_capture *c = ctx;
    if (c->error.code)
        return;
    struct file *node = find(c, false, p->node), *link = find(c, true, p->link);
    if (node)
        write_to(c, node, p, p->iface - 1);
    if (link && p->out)
        write_to(c, link, p, 0);
}

void packet_capture_listen(struct packet_capture *c, struct trace *t)
{
    struct trace_listener l = {.packet = on_packet, .ctx = c};
    trace_listen(t, &l);
}

static void free_all(struct packet_capture *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->files[i].path);
        free(c->files[i].bytes);
    }
    free(c->files);
    free(c);
}

/* Names that differ only in what a file's name cannot have get the number behind them. */
static char *unique_path(const struct packet_capture *c, const char *dir,
                         const struct packet_capture_file *s)
{
    char *path = capture_file_path(dir, s->name, ".pcapng"), id[24];
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->files[i].path, path) != 0)
            continue;
        snprintf(id, sizeof id, "%012llx", (unsigned long long)s->id);
        char *name = capture_text_join(s->name, "-", id);
        free(path);
        path = capture_file_path(dir, name, ".pcapng");
        free(name);
        break;
    }
    return path;
}

static int begin(struct packet_capture *c, const char *dir, const struct packet_capture_file *s,
                 struct sim_error *e)
{
    struct file f = {.is_link = s->is_link, .id = s->id, .path = unique_path(c, dir, s)};
    remove(f.path); /* an older capture */
    add_section(&f);
    for (size_t i = 0; i < s->n_ifaces; i++)
        add_interface(&f, s->ifaces[i]);
    c->files[c->n++] = f;
    return flush(&c->files[c->n - 1], e);
}

int packet_capture_open(struct packet_capture **out, const char *dir, int64_t start_gps_ns,
                        const struct packet_capture_file *files, size_t n, struct sim_error *e)
{
    *out = NULL;
    int rc = capture_make_dir(dir, e);
    if (rc)
        return rc;
    struct packet_capture *c = mem_alloc(1, sizeof *c);
    *c = (struct packet_capture){.start_gps_ns = start_gps_ns};
    c->files = mem_alloc(n, sizeof *c->files);
    for (size_t i = 0; !rc && i < n; i++)
        rc = begin(c, dir, &files[i], e);
    if (rc) {
        free_all(c);
        return rc;
    }
    if (n > 0)
        qsort(c->files, n, sizeof *c->files, compare);
    *out = c;
    return SIM_OK;
}

int packet_capture_close(struct packet_capture *c, struct sim_error *e)
{
    if (!c)
        return SIM_OK;
    for (size_t i = 0; !c->error.code && i < c->n; i++)
        flush(&c->files[i], &c->error);
    int rc = c->error.code;
    if (rc)
        *e = c->error;
    free_all(c);
    return rc;
}
