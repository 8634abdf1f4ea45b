/* SPDX-License-Identifier: GPL-2.0-only
 * Multicast of a host's sockets. Sources: see socket.h. */
#include "models/ip/socket.h"

#include <stdlib.h>
#include <string.h>

#include "sim/err.h"
#include "sim/mem.h"

const char *ip_sock_name(enum ip_sock e)
{
    static const char *const names[] = {
#define X(name, text) #name,
        IP_SOCK_MAP(X)
#undef X
    };
    return names[e];
}

const char *ip_sock_text(enum ip_sock e)
{
    static const char *const texts[] = {
#define X(name, text) text,
        IP_SOCK_MAP(X)
#undef X
    };
    return texts[e];
}

struct ip_sockets_cfg ip_sockets_cfg_default(void)
{
    return (struct ip_sockets_cfg){.v4 = {20, 10}, .v6 = {0, 64}};
}

void ip_sockets_init(struct ip_sockets *s, const struct ip_sockets_cfg *cfg)
{
    *s = (struct ip_sockets){.cfg = *cfg};
}

static void socket_free(struct ip_socket *k)
{
    for (uint32_t i = 0; i < k->n_members; i++)
        ip_filter_fini(&k->members[i].filter);
    free(k->members);
    free(k);
}

void ip_sockets_fini(struct ip_sockets *s)
{
    for (uint32_t i = 0; i < s->n_sockets; i++)
        socket_free(s->sockets[i]);
    free(s->sockets);
    s->sockets = NULL;
    s->n_sockets = 0;
}

struct ip_socket *ip_socket_open(struct ip_sockets *s, uint8_t family)
{
    s->sockets = mem_grow(s->sockets, s->n_sockets + 1, sizeof(struct ip_socket *));
    struct ip_socket *k = mem_alloc(1, sizeof *k);
    *k = (struct ip_socket){
        .family = family, .ttl = 1, .loop = true, .all = true, .bound = ip_addr_any(family)};
    s->sockets[s->n_sockets++] = k;
    return k;
}

static const struct ip_iface *iface_at(const struct ip_sockets *s, size_t i)
{
    size_t size = s->cfg.iface_size ? s->cfg.iface_size : sizeof *s->cfg.ifaces;
    return (const void *)((const char *)s->cfg.ifaces + i * size);
}

static const struct ip_iface *find_iface(const struct ip_sockets *s, uint32_t index)
{
    for (size_t i = 0; i < s->cfg.n_ifaces; i++)
        if (iface_at(s, i)->index == index)
            return iface_at(s, i);
    return NULL;
}

static bool is_own(const struct ip_sockets *s, const struct ip_addr *a)
{
    for (size_t i = 0; i < s->cfg.n_ifaces; i++) {
        const struct ip_iface *f = iface_at(s, i);
        if (ip_addr_equal(a, &f->v4) || ip_addr_equal(a, &f->v6) || ip_addr_equal(a, &f->v6_link))
            return true;
    }
    return false;
}

enum ip_sock ip_socket_bind(struct ip_sockets *s, struct ip_socket *k, const struct ip_addr *addr,
                            uint16_t port)
{
    if (addr->family != k->family)
        return IP_SOCK_EINVAL;
    if (!ip_addr_is_any(addr) && !ip_addr_is_multicast(addr) && !is_own(s, addr))
        return IP_SOCK_EADDRNOTAVAIL;
    k->bound = *addr;
    k->port = port;
    return IP_SOCK_OK;
}

enum ip_sock ip_socket_set_if(struct ip_sockets *s, struct ip_socket *k, uint32_t iface)
{
    if (iface != 0 && !find_iface(s, iface))
        return IP_SOCK_ENODEV;
    k->multicast_if = iface;
    return IP_SOCK_OK;
}

/* The interface meant by a join; 0: none. */
static uint32_t pick_iface(const struct ip_sockets *s, const struct ip_addr *group, uint32_t iface)
{
    if (iface == 0)
        iface = s->cfg.route(s->cfg.obj, group);
    return find_iface(s, iface) ? iface : 0;
}

static struct ip_membership *find(const struct ip_socket *k, const struct ip_addr *group,
                                  uint32_t iface)
{
    for (uint32_t i = 0; i < k->n_members; i++)
        if (ip_addr_equal(&k->members[i].group, group) &&
            (iface == 0 || k->members[i].iface == iface))
            return &k->members[i];
    return NULL;
}

void ip_sockets_filter(const struct ip_sockets *s, uint32_t iface, const struct ip_addr *group,
                       struct ip_filter *f)
{
    f->exclude = false;
    ip_set_clear(&f->sources);
    for (uint32_t i = 0; i < s->n_sockets; i++) {
        const struct ip_membership *m = find(s->sockets[i], group, iface);
        if (m)
            ip_filter_merge(f, &m->filter);
    }
}

uint32_t ip_sockets_users(const struct ip_sockets *s, uint32_t iface, const struct ip_addr *group)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_sockets; i++)
        n += find(s->sockets[i], group, iface) != NULL;
    return n;
}

/* The sockets' wishes have changed: tell what the interface wants now. */
static void tell(struct ip_sockets *s, uint32_t iface, const struct ip_addr *group)
{
    struct ip_filter f = {0};
    ip_sockets_filter(s, iface, group, &f);
    s->cfg.wanted(s->cfg.obj, iface, group, &f);
    ip_filter_fini(&f);
}

static const struct ip_sock_limits *limits(const struct ip_sockets *s, const struct ip_socket *k)
{
    return k->family == IP_V4 ? &s->cfg.v4 : &s->cfg.v6;
}

/* A new membership whose filter is still empty. */
static enum ip_sock add_member(struct ip_sockets *s, struct ip_socket *k,
                               const struct ip_addr *group, uint32_t iface,
                               struct ip_membership **m)
{
    uint32_t max = limits(s, k)->n_memberships;
    if (max > 0 && k->n_members >= max)
        return IP_SOCK_ENOBUFS;
    k->members = mem_grow(k->members, k->n_members + 1, sizeof *k->members);
    *m = &k->members[k->n_members++];
    **m = (struct ip_membership){.group = *group, .iface = iface};
    return IP_SOCK_OK;
}

static void remove_member(struct ip_sockets *s, struct ip_socket *k, struct ip_membership *m)
{
    struct ip_addr group = m->group;
    uint32_t iface = m->iface, i = (uint32_t)(m - k->members);
    ip_filter_fini(&m->filter);
    k->n_members--;
    memmove(m, m + 1, (k->n_members - i) * sizeof *m);
    tell(s, iface, &group);
}

void ip_socket_close(struct ip_sockets *s, struct ip_socket *k)
{
    while (k->n_members > 0)
        remove_member(s, k, &k->members[0]);
    uint32_t i = 0;
    while (s->sockets[i] != k)
        i++;
    s->n_sockets--;
    memmove(s->sockets + i, s->sockets + i + 1, (s->n_sockets - i) * sizeof *s->sockets);
    socket_free(k);
}

static bool is_group(const struct ip_socket *k, const struct ip_addr *group)
{
    return group->family == k->family && ip_addr_is_multicast(group);
}

enum ip_sock ip_socket_join(struct ip_sockets *s, struct ip_socket *k, const struct ip_addr *group,
                            uint32_t iface)
{
    if (!is_group(k, group))
        return IP_SOCK_EINVAL;
    iface = pick_iface(s, group, iface);
    if (iface == 0)
        return IP_SOCK_ENODEV;
    struct ip_membership *m = find(k, group, iface);
    if (m)
        return m->filter.exclude ? IP_SOCK_EADDRINUSE : IP_SOCK_EINVAL;
    enum ip_sock e = add_member(s, k, group, iface, &m);
    if (e)
        return e;
    m->filter.exclude = true;
    tell(s, iface, group);
    return IP_SOCK_OK;
}

enum ip_sock ip_socket_leave(struct ip_sockets *s, struct ip_socket *k, const struct ip_addr *group,
                             uint32_t iface)
{
    if (!is_group(k, group))
        return IP_SOCK_EINVAL;
    if (iface != 0 && !find_iface(s, iface))
        return IP_SOCK_ENODEV;
    struct ip_membership *m = find(k, group, iface);
    if (!m)
        return IP_SOCK_EADDRNOTAVAIL;
    remove_member(s, k, m);
    return IP_SOCK_OK;
}

/* Add a source to, or take it out of, a membership's list. */
static enum ip_sock change_source(struct ip_sockets *s, struct ip_socket *k,
                                  struct ip_membership *m, bool add, const struct ip_addr *source)
{
    struct ip_set *list = &m->filter.sources;
    if (add && !ip_set_has(list, source) && list->n >= limits(s, k)->n_sources)
        return IP_SOCK_ENOBUFS;
    bool changed = add ? ip_set_add(list, source) : ip_set_remove(list, source);
    if (!changed)
        return IP_SOCK_EADDRNOTAVAIL;
    if (!ip_filter_is_member(&m->filter))
        remove_member(s, k, m);
    else
        tell(s, m->iface, &m->group);
    return IP_SOCK_OK;
}

enum ip_sock ip_socket_source(struct ip_sockets *s, struct ip_socket *k, enum ip_sock_source what,
                              const struct ip_addr *group, uint32_t iface,
                              const struct ip_addr *source)
{
    bool include = what == IP_SOCK_JOIN_SOURCE || what == IP_SOCK_LEAVE_SOURCE;
    bool add = what == IP_SOCK_JOIN_SOURCE || what == IP_SOCK_BLOCK;
    if (!is_group(k, group) || source->family != k->family || !ip_addr_is_source(source))
        return IP_SOCK_EINVAL;
    iface = pick_iface(s, group, iface);
    if (iface == 0)
        return IP_SOCK_ENODEV;
    struct ip_membership *m = find(k, group, iface);
    if (m && m->filter.exclude == include)
        return IP_SOCK_EINVAL; /* the other kind of membership */
    if (!m && what == IP_SOCK_LEAVE_SOURCE)
        return IP_SOCK_EADDRNOTAVAIL;
    if (!m && !include)
        return IP_SOCK_EINVAL;
    enum ip_sock e = m ? IP_SOCK_OK : add_member(s, k, group, iface, &m);
    return e ? e : change_source(s, k, m, add, source);
}

enum ip_sock ip_socket_set_filter(struct ip_sockets *s, struct ip_socket *k,
                                  const struct ip_addr *group, uint32_t iface,
                                  const struct ip_filter *f)
{
    if (!is_group(k, group))
        return IP_SOCK_EINVAL;
    iface = pick_iface(s, group, iface);
    if (iface == 0)
        return IP_SOCK_ENODEV;
    if (f->sources.n > limits(s, k)->n_sources)
        return IP_SOCK_ENOBUFS;
    struct ip_membership *m = find(k, group, iface);
    if (!m)
        return IP_SOCK_EINVAL;
    ip_filter_copy(&m->filter, f);
    if (ip_filter_is_member(f))
        tell(s, iface, group);
    else
        remove_member(s, k, m);
    return IP_SOCK_OK;
}

/* Link-local groups are sent from the link-local address (RFC 6724 rule 2). */
static const struct ip_addr *source_of(const struct ip_iface *f, const struct ip_addr *group)
{
    if (group->family == IP_V4)
        return &f->v4;
    if (ip_group_scope(group) <= IP_SCOPE_LINK || f->v6.family == IP_NONE)
        return &f->v6_link;
    return &f->v6;
}

enum ip_sock ip_socket_send(const struct ip_sockets *s, const struct ip_socket *k,
                            const struct ip_addr *group, struct ip_send *out)
{
    if (!is_group(k, group))
        return IP_SOCK_EINVAL;
    uint32_t iface = k->multicast_if ? k->multicast_if : s->cfg.route(s->cfg.obj, group);
    const struct ip_iface *f = find_iface(s, iface);
    if (!f)
        return IP_SOCK_ENETUNREACH;
    bool bound = !ip_addr_is_any(&k->bound) && !ip_addr_is_multicast(&k->bound);
    const struct ip_addr *src = bound ? &k->bound : source_of(f, group);
    if (src->family == IP_NONE)
        return IP_SOCK_EADDRNOTAVAIL;
    bool node_local = group->family == IP_V6 && ip_group_scope(group) <= IP_SCOPE_INTERFACE;
    *out = (struct ip_send){.iface = iface,
                            .src = *src,
                            .ttl = k->ttl,
                            .loop = k->loop,
                            .wire = k->ttl > 0 && !node_local};
    return IP_SOCK_OK;
}

/* Every host is in the all-nodes groups of every interface: 224.0.0.1, ff01::1 and ff02::1 (RFC
 * 1112 section 7.2, RFC 4291 section 2.8). */
static bool is_all_nodes(const struct ip_addr *group)
{
    struct ip_addr a = ip_addr_any(IP_V6);
    if (group->family == IP_V4)
        return !ip_group_is_reported(group);
    a.b[0] = 0xff;
    a.b[1] = group->b[1];
    a.b[15] = 1;
    return (a.b[1] == 1 || a.b[1] == 2) && ip_addr_equal(&a, group);
}

static bool gets(const struct ip_socket *k, const struct ip_datagram *d)
{
    if (k->family != d->dst.family || k->port != d->port || k->port == 0)
        return false;
    if (!ip_addr_is_any(&k->bound) && !ip_addr_equal(&k->bound, &d->dst))
        return false;
    const struct ip_membership *m = find(k, &d->dst, d->iface);
    return m ? ip_filter_passes(&m->filter, &d->src) : k->all;
}

uint32_t ip_sockets_deliver(const struct ip_sockets *s, const struct ip_datagram *d, void *obj,
                            void (*get)(void *obj, struct ip_socket *k))
{
    struct ip_filter f = {0};
    uint32_t n = 0;
    ip_sockets_filter(s, d->iface, &d->dst, &f);
    bool passes = is_all_nodes(&d->dst) || ip_filter_passes(&f, &d->src);
    ip_filter_fini(&f);
    for (uint32_t i = 0; passes && i < s->n_sockets; i++) {
        if (!gets(s->sockets[i], d))
            continue;
        n++;
        if (get)
            get(obj, s->sockets[i]);
    }
    return n;
}
