/* SPDX-License-Identifier: GPL-2.0-only
 * Ping slots. The bits behind an offset are the first two octets, little endian, of
 * AES(zero key, | beacon time 4 | DevAddr or McAddr 4 | zeros 8 |); little endian inside. */
#include "models/lorawan/pingslot.h"

#include <string.h>

#include "models/lorawan/crypto.h"
#include "models/radio/region.h"
#include "sim/err.h"

enum { BLOCK = 16, MANY = 64 /* blocks encrypted in one call */ };

static void check_periodicity(int periodicity)
{
    SIM_CHECK(periodicity >= 0 && periodicity <= PINGSLOT_MAX_PERIODICITY, "periodicity %d",
              periodicity);
}

int pingslot_nb(int periodicity)
{
    check_periodicity(periodicity);
    return 1 << (PINGSLOT_MAX_PERIODICITY - periodicity);
}

int pingslot_period(int periodicity)
{
    return PINGSLOT_N / pingslot_nb(periodicity);
}

void pingslot_key_init(struct lw_aes *zero_key)
{
    static const uint8_t zeros[BLOCK];
    lw_aes_init(zero_key, zeros);
}

static void put_u32le(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

uint16_t pingslot_random(const struct lw_aes *zero_key, uint32_t beacon_time_s, uint32_t addr)
{
    uint16_t random;
    pingslot_random_many(zero_key, beacon_time_s, &addr, 1, &random);
    return random;
}

void pingslot_random_many(const struct lw_aes *zero_key, uint32_t beacon_time_s,
                          const uint32_t *addr, size_t n, uint16_t *random)
{
    uint8_t in[MANY * BLOCK], out[MANY * BLOCK];
    memset(in, 0, BLOCK * (n < MANY ? n : MANY));
    for (size_t k = 0; k < MANY && k < n; k++)
        put_u32le(in + BLOCK * k, beacon_time_s);
    for (size_t done = 0; done < n;) {
        size_t m = n - done < MANY ? n - done : MANY;
        for (size_t k = 0; k < m; k++)
            put_u32le(in + BLOCK * k + 4, addr[done + k]);
        aes128_encrypt(&zero_key->ctx, BLOCK * m, out, in);
        for (size_t k = 0; k < m; k++)
            random[done + k] = (uint16_t)(out[BLOCK * k] | out[BLOCK * k + 1] << 8);
        done += m;
    }
}

int pingslot_offset_of(uint16_t random, int periodicity)
{
    return random % pingslot_period(periodicity);
}

int pingslot_offset(const struct lw_aes *zero_key, uint32_t beacon_time_s, uint32_t addr,
                    int periodicity)
{
    return pingslot_offset_of(pingslot_random(zero_key, beacon_time_s, addr), periodicity);
}

sim_time pingslot_start(int slot)
{
    SIM_CHECK(slot >= 0 && slot < PINGSLOT_N, "slot %d", slot);
    return BEACON_RESERVED + slot * PINGSLOT_LEN;
}

/* How many of the slots offset, offset + period, ... start before a time since the beacon. */
static int slots_before(int offset, int period, int64_t since)
{
    int64_t first = pingslot_start(offset), step = period * PINGSLOT_LEN;
    return since <= first ? 0 : (int)((since - first + step - 1) / step);
}

struct pingslot pingslot_next(const struct lw_aes *zero_key, uint32_t addr, int periodicity,
                              int64_t after_gps_ns)
{
    int nb = pingslot_nb(periodicity), period = pingslot_period(periodicity);
    struct pingslot s = {.beacon_gps_ns = beacon_period_start(after_gps_ns)};
    int offset = pingslot_offset(zero_key, beacon_time_of(s.beacon_gps_ns), addr, periodicity);
    s.i = slots_before(offset, period, after_gps_ns - s.beacon_gps_ns);
    if (s.i >= nb) {
        s.i = 0;
        s.beacon_gps_ns += BEACON_PERIOD;
        offset = pingslot_offset(zero_key, beacon_time_of(s.beacon_gps_ns), addr, periodicity);
    }
    s.slot = offset + s.i * period;
    s.start_gps_ns = s.beacon_gps_ns + pingslot_start(s.slot);
    return s;
}

/* The sum may have 33 bits; numbers of channels divide 2^32, so it does not matter whether it
 * wraps.
 */
int pingslot_channel(const struct region *r, uint32_t beacon_time_s, uint32_t addr)
{
    uint64_t sum = (uint64_t)addr + beacon_time_s / BEACON_PERIOD_S;
    return (int)(sum % (unsigned)r->n_ping_channels);
}

int64_t pingslot_hz(const struct region *r, uint32_t beacon_time_s, uint32_t addr)
{
    return r->ping_frequency_hz + pingslot_channel(r, beacon_time_s, addr) * r->ping_step_hz;
}
