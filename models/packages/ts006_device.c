/* SPDX-License-Identifier: GPL-2.0-only
 * Firmware management, device. The time in a reboot answer counts seconds from the answer's
 * sending. Source: TS006-1.0.0, section 3.
 *
 * RebootTime counts modulo 2^32: the instant nearest to the device's clock is meant. At this very
 * second, or before it, it has passed. */
#include "models/packages/ts006_device.h"

#include "sim/err.h"

void ts006_device_init(struct ts006_device *d, const struct ts006_device_cfg *cfg,
                       struct firmware *firmware)
{
    *d = (struct ts006_device){
        .cfg = cfg, .firmware = firmware, .reboot_at = SIM_NEVER, .reboot_gps_ns = INT64_MAX};
}

void ts006_device_out_init(struct ts006_device_out *out)
{
    out->n_send = 0;
    out->len = 0;
    out->reboot = false;
    out->drop = PKG_DROP_NONE;
}

static void put(const struct pkg_now *now, const struct ts006 *c, struct ts006_device_out *out)
{
    size_t len = (size_t)ts006_size(c);
    if (out->n_send == PKG_MAX_SEND || out->len + len > now->room) {
        out->drop = PKG_DROP_NO_ROOM;
        return;
    }
    out->send[out->n_send++] = *c;
    out->len += len;
}

void ts006_device_rebooted(struct ts006_device *d)
{
    d->reboot_at = SIM_NEVER;
    d->reboot_gps_ns = INT64_MAX;
}

void ts006_device_plan(struct ts006_device *d, sim_time at)
{
    ts006_device_rebooted(d);
    d->reboot_at = at;
}

/* Whole seconds until a later instant, rounded to the next. */
static uint32_t seconds(int64_t from_ns, int64_t to_ns)
{
    return to_ns <= from_ns ? 0 : (uint32_t)((to_ns - from_ns + SIM_S(1) - 1) / SIM_S(1));
}

static uint32_t time_answer(const struct ts006_device *d, int64_t gps_ns)
{
    if (d->cfg->absolute_answer)
        return (uint32_t)pkg_gps_s(d->reboot_gps_ns);
    return seconds(gps_ns, d->reboot_gps_ns);
}

static void reboot_time(struct ts006_device *d, const struct pkg_now *now, const struct ts006 *c,
                        struct ts006_device_out *out)
{
    struct ts006 a = {.cid = TS006_REBOOT_TIME, .uplink = true};
    uint32_t asked_s = c->u.reboot_time.time_s;
    if (asked_s == TS006_REBOOT_NOW) {
        out->reboot = true;
        return;
    }
    ts006_device_rebooted(d);
    if (asked_s == TS006_REBOOT_CANCEL) {
        a.u.reboot_time.time_s = TS006_REBOOT_CANCEL;
        put(now, &a, out);
        return;
    }
    int64_t now_s = pkg_gps_s(now->gps_ns);
    uint32_t ahead_s = asked_s - (uint32_t)now_s;
    if (d->cfg->no_clock || ahead_s == 0 || ahead_s > INT32_MAX) {
        out->drop = PKG_DROP_REBOOT_PAST;
    } else {
        d->reboot_gps_ns = pkg_gps_ns(now_s + ahead_s);
        a.u.reboot_time.time_s = time_answer(d, now->gps_ns);
    }
    put(now, &a, out);
}

static void reboot_countdown(struct ts006_device *d, const struct pkg_now *now,
                             const struct ts006 *c, struct ts006_device_out *out)
{
    struct ts006 a = *c;
    uint32_t s = c->u.reboot_countdown.countdown_s;
    if (s == TS006_COUNTDOWN_NOW) {
        out->reboot = true;
        return;
    }
    a.uplink = true;
    ts006_device_rebooted(d);
    if (s != TS006_COUNTDOWN_CANCEL)
        d->reboot_at = pkg_later(now->at, SIM_S((sim_time)s));
    put(now, &a, out);
}

static void upgrade_image(const struct ts006_device *d, const struct pkg_now *now,
                          struct ts006_device_out *out)
{
    struct ts006 a = {.cid = TS006_UPGRADE_IMAGE, .uplink = true};
    a.u.upgrade_image_ans.status = d->firmware->image;
    if (d->firmware->image == TS006_IMAGE_VALID)
        a.u.upgrade_image_ans.next_firmware_version = d->firmware->next_version;
    put(now, &a, out);
}

static void delete_image(struct ts006_device *d, const struct pkg_now *now, const struct ts006 *c,
                         struct ts006_device_out *out)
{
    struct ts006 a = {.cid = TS006_DELETE_IMAGE, .uplink = true};
    int rc = firmware_delete(d->firmware, c->u.delete_image_req.firmware_version);
    a.u.delete_image_ans.no_valid_image = rc == SIM_ENOENT;
    a.u.delete_image_ans.invalid_version = rc == SIM_ERANGE;
    if (rc)
        out->drop = rc == SIM_ENOENT ? PKG_DROP_NO_IMAGE : PKG_DROP_IMAGE_VERSION;
    put(now, &a, out);
}

void ts006_device_command(struct ts006_device *d, const struct pkg_now *now, const struct ts006 *c,
                          struct ts006_device_out *out)
{
    struct ts006 a = {.cid = c->cid, .uplink = true};
    SIM_CHECK(!c->uplink, "command %02x is a device's own", c->cid);
    switch ((enum ts006_cid)c->cid) {
    case TS006_PACKAGE_VERSION:
        a.u.package_version_ans.identifier = TS006_PACKAGE_ID;
        a.u.package_version_ans.version = 1;
        put(now, &a, out);
        break;
    case TS006_DEV_VERSION:
        a.u.dev_version_ans.fw_version = d->firmware->version;
        a.u.dev_version_ans.hw_version = d->firmware->cfg->hw_version;
        put(now, &a, out);
        break;
    case TS006_REBOOT_TIME:
        reboot_time(d, now, c, out);
        break;
    case TS006_REBOOT_COUNTDOWN:
        reboot_countdown(d, now, c, out);
        break;
    case TS006_UPGRADE_IMAGE:
        upgrade_image(d, now, out);
        break;
    case TS006_DELETE_IMAGE:
        delete_image(d, now, c, out);
        break;
    }
}

void ts006_device_receive(struct ts006_device *d, const struct pkg_now *now,
                          const struct pkg_payload *p, struct ts006_device_out *out)
{
    if (p->multicast || p->len > PKG_MAX_PAYLOAD) {
        out->drop = p->multicast ? PKG_DROP_MULTICAST : PKG_DROP_TOO_LONG;
        return;
    }
    struct ts006 c;
    size_t at = 0;
    int rc = 0;
    while (!out->reboot && (rc = ts006_next(p->buf, p->len, &at, false, &c)) > 0)
        ts006_device_command(d, now, &c, out);
    if (rc < 0)
        out->drop = pkg_drop_of(rc);
}

void ts006_device_wake(struct ts006_device *d, const struct pkg_now *now,
                       struct ts006_device_out *out)
{
    if (now->at >= d->reboot_at || now->gps_ns >= d->reboot_gps_ns)
        out->reboot = true;
}

sim_time ts006_device_next_at(const struct ts006_device *d)
{
    return d->reboot_at;
}

int64_t ts006_device_next_gps_ns(const struct ts006_device *d)
{
    return d->reboot_gps_ns;
}

/* An answer of the past, or to a cancellation, stays as it is. */
void ts006_device_stamp(const struct ts006_device *d, struct ts006 *c, const struct pkg_now *now)
{
    if (!c->uplink)
        return;
    if (c->cid == TS006_REBOOT_TIME && d->reboot_gps_ns != INT64_MAX &&
        c->u.reboot_time.time_s != TS006_REBOOT_CANCEL && c->u.reboot_time.time_s != 0)
        c->u.reboot_time.time_s = time_answer(d, now->gps_ns);
    if (c->cid == TS006_REBOOT_COUNTDOWN && d->reboot_at != SIM_NEVER &&
        c->u.reboot_countdown.countdown_s != TS006_COUNTDOWN_CANCEL)
        c->u.reboot_countdown.countdown_s = seconds(now->at, d->reboot_at);
}
