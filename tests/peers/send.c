/* SPDX-License-Identifier: GPL-2.0-only
 * send INTERFACE GROUP PORT TTL PERIOD_MS: for the scripts here: sends datagrams of 100 octets to
 * an IPv4 group from an interface until it is ended. */
#define _DEFAULT_SOURCE /* struct ip_mreqn */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

int main(int argc, char **argv)
{
    char data[100] = "peers";
    if (argc != 6) {
        fprintf(stderr, "usage: send INTERFACE GROUP PORT TTL PERIOD_MS\n");
        return 2;
    }
    struct ip_mreqn from = {.imr_ifindex = (int)if_nametoindex(argv[1])};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((unsigned short)atoi(argv[3]))};
    int s = socket(AF_INET, SOCK_DGRAM, 0), ttl = atoi(argv[4]);
    long period_ms = atol(argv[5]);
    struct timespec wait = {.tv_sec = period_ms / 1000, .tv_nsec = period_ms % 1000 * 1000000};
    if (inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 ||
        setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from) ||
        setsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl)) {
        perror(argv[2]);
        return 1;
    }
    for (;;) {
        sendto(s, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to);
        nanosleep(&wait, NULL);
    }
}
