/* SPDX-License-Identifier: GPL-2.0-only
 * Tap devices. */
#include "tools/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/err.h"
#include "sim/ns3/ns3_net.h"

#define TUN_FILE "/dev/net/tun"

static int failed(const char *name, const char *what, struct sim_error *e)
{
    const char *why = strerror(errno);
    bool rights = errno == EPERM || errno == EACCES;
    return sim_error_set(e, SIM_EIO, "tap %s: %s: %s%s", name, what, why,
                         rights            ? "; it takes root, or CAP_NET_ADMIN"
                         : errno == EBUSY  ? "; another program has it"
                         : errno == EINVAL ? "; there is another device of that name"
                         : errno == ENOENT ? "; load the kernel's module tun"
                                           : "");
}

static int bring_up(const char *name, uint16_t mtu, struct sim_error *e)
{
    struct ifreq r = {.ifr_mtu = mtu};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = SIM_OK;
    if (s < 0)
        return failed(name, "socket", e);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (ioctl(s, SIOCSIFMTU, &r) != 0)
        rc = failed(name, "setting its MTU", e);
    else if (ioctl(s, SIOCGIFFLAGS, &r) == 0) {
        r.ifr_flags = (short)(r.ifr_flags | IFF_UP);
        if (ioctl(s, SIOCSIFFLAGS, &r) != 0)
            rc = failed(name, "bringing it up", e);
    } else {
        rc = failed(name, "asking for its state", e);
    }
    close(s);
    return rc;
}

int tap_open(const char *name, uint16_t mtu, struct sim_error *e)
{
    struct ifreq r = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI)};
    int fd = open(TUN_FILE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return failed(name, TUN_FILE, e);
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    int rc = ioctl(fd, TUNSETIFF, &r) != 0 ? failed(name, "attaching", e) : bring_up(name, mtu, e);
    if (rc) {
        close(fd);
        return rc;
    }
    return fd;
}

size_t tap_read(int fd, uint8_t *buf)
{
    ssize_t n = read(fd, buf, TAP_MAX);
    return n > 0 ? (size_t)n : 0;
}

bool tap_write(int fd, const struct ns3_frame *f)
{
    uint8_t buf[TAP_MAX];
    size_t len = f->len + 14;
    if (len > sizeof buf)
        return false;
    memcpy(buf, f->dst, 6);
    memcpy(buf + 6, f->src, 6);
    buf[12] = (uint8_t)(f->type >> 8);
    buf[13] = (uint8_t)f->type;
    memcpy(buf + 14, f->bytes, f->len);
    return write(fd, buf, len) == (ssize_t)len;
}
