/* SPDX-License-Identifier: GPL-2.0-only
 * Fragments as frames of a group. */
#include "tests/support/feed.h"

#include <stdlib.h>
#include <string.h>

#include "models/packages/fragmic.h"
#include "models/server/multicast.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/world_internal.h"

static enum multicast_next ready(void *ctx, int *len)
{
    const struct feed *f = ctx;
    *len = TS004_FRAGMENT_OVERHEAD + f->setup.frag_size;
    return f->n_sent < f->n_fragments ? MULTICAST_FRAME : MULTICAST_DONE;
}

static void take(void *ctx, uint32_t frame, struct multicast_payload *p)
{
    struct feed *f = ctx;
    uint8_t data[FRAG_MAX_SIZE];
    struct ts004 c = {.cid = TS004_DATA_FRAGMENT};
    size_t at = 0;
    int rc = fragcode_encode(f->rows, f->block, f->setup.frag_size, frame + 1, data);
    SIM_CHECK(rc == SIM_OK, "fragment %u: %s", frame + 1, sim_strerror(rc));
    c.u.data_fragment.frag_index = f->setup.frag_index;
    c.u.data_fragment.n = (uint16_t)(frame + 1);
    c.u.data_fragment.data = data;
    c.u.data_fragment.len = f->setup.frag_size;
    rc = ts004_put(p->bytes, sizeof p->bytes, &at, 1, &c);
    SIM_CHECK(rc == SIM_OK, "fragment %u: %s", frame + 1, sim_strerror(rc));
    p->fport = TS004_FPORT;
    p->len = (uint8_t)at;
    f->n_sent++;
}

void feed_open(struct feed *f, struct world *w, uint32_t group, const struct ts004_setup_req *setup,
               enum frag_code code, uint32_t n_fragments)
{
    size_t len = (size_t)setup->nb_frag * setup->frag_size;
    *f = (struct feed){.setup = *setup, .code = code, .n_fragments = n_fragments, .has_mic = true};
    f->block = mem_alloc(len, 1);
    for (size_t i = 0; i < len; i++)
        f->block[i] = (uint8_t)(i * i / 3 + i / 256 + len);
    int rc = fragrows_open(&f->rows, code, setup->nb_frag);
    SIM_CHECK(rc == SIM_OK, "%u fragments: %s", setup->nb_frag, sim_strerror(rc));
    struct multicast_source source = {.ctx = f, .ready = ready, .take = take};
    multicast_set_source(w->multicast[group], &source);
}

void feed_provision(const struct feed *f, struct world *w, uint32_t first, uint32_t n)
{
    enum pkg_drop why;
    uint8_t key[16];
    struct ts004_setup_req q = f->setup;
    struct fragmic_session m = {.session_cnt = q.session_cnt, .frag_index = q.frag_index};
    memcpy(m.descriptor, q.descriptor, sizeof m.descriptor);
    for (uint32_t i = first; i < first + n; i++) {
        fragmic_key(devices_identity(w->devices, i).genappkey, key);
        if (f->has_mic)
            fragmic_block(key, &m, f->block, (size_t)q.nb_frag * q.frag_size - q.padding, q.mic);
        int rc = packages_provision(w->packages, i, &q, &why);
        SIM_CHECK(rc == SIM_OK, "device %u: %s", i, pkg_drop_text(why));
    }
}

void feed_close(struct feed *f)
{
    fragrows_close(f->rows);
    free(f->block);
}
