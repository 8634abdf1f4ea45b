/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware management on FPort 203: its table, and the device's end. Blocks become images, and a
 * reboot restarts the device with everything that is in its memory. */
#include "models/server/packages_ts006.h"

#include <stdlib.h>
#include <string.h>

#include "models/server/packages_ts004.h"
#include "sim/err.h"
#include "sim/mem.h"

/* Later than the machine says: behind what frames of that instant bring. */
static const sim_time AFTER = 2;

static void open_run(struct packages *ps)
{
    ps->ts006 = mem_alloc(1, sizeof *ps->ts006);
    ps->ts006->boards = mem_alloc(ps->n_groups, sizeof *ps->ts006->boards);
    ps->ts006->cfgs = mem_alloc(ps->n_groups, sizeof *ps->ts006->cfgs);
}

static void close_run(struct packages *ps)
{
    free(ps->ts006->images);
    free(ps->ts006->boards);
    free(ps->ts006->cfgs);
    free(ps->ts006);
}

static void open(struct packages *ps, struct pk_device *d)
{
    const struct package_firmware_cfg *c = &d->cfg->firmware_device;
    struct pk_ts006 *t = d->ts006 = mem_alloc(1, sizeof *t);
    struct firmware_cfg *board = &ps->ts006->boards[d->group];
    struct ts006_device_cfg *cfg = &ps->ts006->cfgs[d->group];
    *board =
        (struct firmware_cfg){.hw_version = (uint32_t)c->hardware,
                              .fw_version = (uint32_t)c->version,
                              .slot_size = c->slot_bytes == SCN_WORD ? 0 : (uint32_t)c->slot_bytes,
                              .boots = c->boot == PACKAGE_BOOT_STARTS,
                              .unchecked = !c->checked};
    *cfg = (struct ts006_device_cfg){.absolute_answer = c->answer == PACKAGE_ANSWER_ABSOLUTE,
                                     .no_clock = c->answer == PACKAGE_ANSWER_ZERO};
    firmware_init(&t->firmware, board);
    ts006_device_init(&t->device, cfg, &t->firmware);
    t->image_at = t->reboot_at = -1;
}

static void close(struct packages *ps, struct pk_device *d)
{
    (void)ps;
    free(d->ts006->plan);
    free(d->ts006);
}

void packages_sign(struct packages *ps, const struct package_image *image)
{
    struct pk_ts006_run *run = ps->ts006;
    run->images = mem_grow(run->images, run->n_images + 1, sizeof *run->images);
    run->images[run->n_images++] = *image;
}

static const struct package_image *find_image(const struct pk_ts006_run *run,
                                              const uint8_t *descriptor)
{
    for (uint32_t i = run->n_images; i-- > 0;)
        if (memcmp(run->images[i].descriptor, descriptor, 4) == 0)
            return &run->images[i];
    return NULL;
}

static bool signature_ok(const struct pk_device *d, const struct pk_block *b,
                         const struct package_image *image)
{
    if (!image || !b->whole || b->len != image->len ||
        d->cfg->firmware_device.image == PACKAGE_SIGNATURE_CORRUPT)
        return false;
    return !b->bytes || memcmp(b->bytes, image->bytes, b->len) == 0;
}

/* After a random part of 2^(4 + BlockAckDelay) s. */
static void reboot_by_itself(struct packages *ps, struct pk_device *d, uint8_t block_ack_delay)
{
    struct pkg_now now = pk_device_now(ps, d, &pk_ts006);
    sim_time delay =
        (sim_time)((uint64_t)(now.random >> 12) * (uint64_t)SIM_S(16 << block_ack_delay) >> 20);
    ts006_device_plan(&d->ts006->device, pkg_later(now.at, delay));
}

void pk_ts006_block(struct packages *ps, struct pk_device *d, const struct pk_block *b)
{
    struct pk_ts006 *t = d->ts006;
    const struct package_image *signed_one = find_image(ps->ts006, b->descriptor);
    struct firmware_image image = {.size = (uint32_t)b->len,
                                   .signature_ok = signature_ok(d, b, signed_one)};
    if (signed_one) {
        image.version = signed_one->version;
        image.hw_version = signed_one->hw_version;
    }
    t->last_image = (uint8_t)firmware_store(&t->firmware, &image);
    t->image_version = image.version;
    t->image_at = evq_now(ps->s.evq);
    if (t->last_image == TS006_IMAGE_VALID &&
        d->cfg->firmware_device.reboot == PACKAGE_REBOOT_AUTOMATIC)
        reboot_by_itself(ps, d, b->block_ack_delay);
}

static void restart(struct packages *ps, struct pk_device *d)
{
    const struct package_firmware_cfg *c = &d->cfg->firmware_device;
    ts006_device_rebooted(&d->ts006->device);
    firmware_restart(&d->ts006->firmware);
    d->ts006->reboot_at = evq_now(ps->s.evq);
    if (d->ts004)
        pk_ts004_restart(ps, d);
    devices_restart(ps->s.devices, d->device, c->restart_ns, c->rejoin);
}

static void begin(struct packages *ps, struct pk_device *d)
{
    (void)d;
    ts006_device_out_init(&ps->ts006->out);
}

/* A reboot at once comes behind all that this instant brings: what follows is not read. */
static enum pkg_drop command(struct packages *ps, struct pk_device *d, const struct pk_input *in,
                             const struct package_command *c)
{
    struct ts006_device_out *out = &ps->ts006->out;
    if (out->reboot)
        return PKG_DROP_RESTART;
    out->drop = PKG_DROP_NONE;
    ts006_device_command(&d->ts006->device, &in->now, &c->u.ts006, out);
    if (out->reboot)
        ts006_device_plan(&d->ts006->device, in->now.at);
    return out->drop;
}

static void end(struct packages *ps, struct pk_device *d)
{
    const struct ts006_device_out *out = &ps->ts006->out;
    struct device_packet p = {.fport = TS006_FPORT};
    size_t len = 0;
    for (int i = 0; i < out->n_send && !out->reboot; i++) {
        int rc = ts006_put(p.bytes, sizeof p.bytes, &len, &out->send[i]);
        SIM_CHECK(rc == SIM_OK, "node %lld: answer %d: %s", (long long)d->id, i, sim_strerror(rc));
    }
    p.len = (uint8_t)len;
    if (len)
        devices_send_packet(ps->s.devices, d->device, &p);
}

/* True time when the clock reads what the machine waits for, or its timer has counted so far. */
static sim_time due(struct packages *ps, struct pk_device *d)
{
    const struct ts006_device *t = &d->ts006->device;
    sim_time at = ts006_device_next_at(t);
    if (at != SIM_NEVER)
        return devices_when_uptime(ps->s.devices, d->device, at);
    return devices_when_gps(ps->s.devices, d->device, ts006_device_next_gps_ns(t));
}

static sim_time next_wake(struct packages *ps, struct pk_device *d)
{
    return pkg_later(due(ps, d), AFTER);
}

static void wake(struct packages *ps, struct pk_device *d, const struct pkg_now *now)
{
    (void)now;
    if (due(ps, d) < evq_now(ps->s.evq))
        restart(ps, d);
}

static void stamp(const struct packages *ps, const struct pk_device *d, int64_t gps_ns,
                  struct package_command *c)
{
    struct pkg_now now = {.at = devices_uptime(ps->s.devices, d->device, evq_now(ps->s.evq)),
                          .gps_ns = gps_ns};
    ts006_device_stamp(&d->ts006->device, &c->u.ts006, &now);
}

int packages_firmware(const struct packages *ps, uint32_t device, struct package_firmware *f)
{
    const struct pk_device *d = pk_find(ps, device);
    if (!d || !d->ts006)
        return SIM_ENOENT;
    const struct firmware *w = &d->ts006->firmware;
    *f = (struct package_firmware){w->version, w->next_version, w->image};
    return SIM_OK;
}

static int64_t time_or_null(sim_time at)
{
    return at < 0 ? ROW_NULL : at;
}

static void firmware_row(const struct packages *ps, const struct pk_device *d)
{
    const struct pk_ts006 *t = d->ts006;
    const struct firmware *f = &t->firmware;
    bool any = t->image_at >= 0;
    struct row_firmware row = {.device = d->id,
                               .hw_version = f->cfg->hw_version,
                               .start_version = f->cfg->fw_version,
                               .version = f->version,
                               .image = f->image,
                               .last_image = any ? t->last_image : ROW_NULL,
                               .image_version = any ? (int64_t)t->image_version : ROW_NULL,
                               .image_ns = time_or_null(t->image_at),
                               .n_restarts = f->n_restarts,
                               .reboot_ns = time_or_null(t->reboot_at),
                               .n_updates = f->n_updates,
                               .n_rollbacks = f->n_rollbacks};
    trace_row(ps->s.trace, ROW_FIRMWARE, &row);
}

static void finish(struct packages *ps)
{
    for (uint32_t i = 0; i < ps->n; i++)
        if (ps->d[i].ts006)
            firmware_row(ps, &ps->d[i]);
}

static int64_t version(const struct package_cfg *c)
{
    return c->firmware;
}

static int next(const uint8_t *buf, size_t len, size_t *at, bool uplink, int v,
                struct package_command *c)
{
    (void)v;
    c->fport = TS006_FPORT;
    return ts006_next(buf, len, at, uplink, &c->u.ts006);
}

static int put(uint8_t *buf, size_t size, size_t *at, int v, const struct package_command *c)
{
    (void)v;
    return ts006_put(buf, size, at, &c->u.ts006);
}

static const char *name(const struct package_command *c, bool uplink, int v)
{
    (void)v;
    return ts006_name(c->u.ts006.cid, uplink);
}

const struct pk_kind pk_ts006 = {
    .fport = TS006_FPORT,
    .version = version,
    .next = next,
    .put = put,
    .name = name,
    .open_run = open_run,
    .close_run = close_run,
    .open = open,
    .close = close,
    .finish = finish,
    .begin = begin,
    .command = command,
    .end = end,
    .next_wake = next_wake,
    .wake = wake,
    .stamp = stamp,
    .server_command = pk_ts006_server_command,
    .server_next_wake = pk_ts006_server_next,
    .server_wake = pk_ts006_server_wake,
    .ask = pk_ts006_ask,
    .cancel = pk_ts006_cancel,
};
