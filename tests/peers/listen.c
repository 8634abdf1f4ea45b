/* SPDX-License-Identifier: GPL-2.0-only
 * listen INTERFACE PORT GROUP[,SOURCE]...: for the scripts here: joins groups on an interface, from
 * any source or one each, and writes a line "GROUP SOURCE LENGTH" for each datagram until it is
 * ended; leaving is then the kernel's. */
#define _DEFAULT_SOURCE /* struct group_source_req */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_GROUPS = 16 };

struct membership {
    char text[100];
    int s;
};

static int set_address(const char *text, struct sockaddr_storage *out, unsigned short port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return AF_INET;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1 ? AF_INET6 : -1;
}

/* A socket that is bound to the group, so that it hears no other, and has joined it. */
static int join(struct membership *m, unsigned iface, unsigned short port)
{
    struct sockaddr_storage group, source, bound;
    char *comma = strchr(m->text, ',');
    int one = 1, rc;
    if (comma)
        *comma = 0;
    int family = set_address(m->text, &bound, port);
    set_address(m->text, &group, 0);
    if (family < 0 || (comma && set_address(comma + 1, &source, 0) != family))
        return -1;
    int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    m->s = socket(family, SOCK_DGRAM, 0);
    setsockopt(m->s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(m->s, (struct sockaddr *)&bound,
             family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)))
        return -1;
    if (comma) {
        struct group_source_req r = {
            .gsr_interface = iface, .gsr_group = group, .gsr_source = source};
        rc = setsockopt(m->s, level, MCAST_JOIN_SOURCE_GROUP, &r, sizeof r);
    } else {
        struct group_req r = {.gr_interface = iface, .gr_group = group};
        rc = setsockopt(m->s, level, MCAST_JOIN_GROUP, &r, sizeof r);
    }
    return rc;
}

static void show(const struct membership *m)
{
    char buf[2048], text[INET6_ADDRSTRLEN];
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom(m->s, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
    const void *a = from.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&from)->sin_addr
                                              : (void *)&((struct sockaddr_in6 *)&from)->sin6_addr;
    if (n < 0)
        return;
    printf("%s %s %zd\n", m->text, inet_ntop(from.ss_family, a, text, sizeof text), n);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct membership m[MAX_GROUPS];
    struct pollfd fds[MAX_GROUPS];
    int n = argc - 3;
    unsigned iface = argc > 3 ? if_nametoindex(argv[1]) : 0;
    if (n < 1 || n > MAX_GROUPS || !iface) {
        fprintf(stderr, "usage: listen INTERFACE PORT GROUP[,SOURCE]...\n");
        return 2;
    }
    for (int i = 0; i < n; i++) {
        snprintf(m[i].text, sizeof m[i].text, "%s", argv[3 + i]);
        if (join(&m[i], iface, (unsigned short)atoi(argv[2]))) {
            perror(argv[3 + i]);
            return 1;
        }
        fds[i] = (struct pollfd){.fd = m[i].s, .events = POLLIN};
    }
    for (;;) {
        poll(fds, (nfds_t)n, -1);
        for (int i = 0; i < n; i++)
            if (fds[i].revents)
                show(&m[i]);
    }
}
