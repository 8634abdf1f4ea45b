/* SPDX-License-Identifier: GPL-2.0-only
 * What LoRa receivers need: SNR and sensitivity by spreading factor and bandwidth.
 *
 * sx1272, sx1276: data sheets (SX1272 rev. 4, SX1276 rev. 7, high-frequency port), measured by the
 * maker. sx1301: the gateway column of the ns-3 lorawan module (-130 dBm at SF7 to -142.5 dBm at
 * SF12, 125 kHz): about 3 dB better than the bare reference design, as if with an amplifier at the
 * antenna. sx1302: -125 dBm at SF7 to -141 dBm at SF12, 125 kHz, straight line between. Both at
 * other bandwidths: scaled with the noise, 3.01 dB for 250 kHz, 6.02 dB for 500 kHz. thermal: noise
 * floor with the given noise figure, plus the required SNR. SF5 and, where the source stops at SF7,
 * SF6: from the next one by the required SNR's 2.5 dB. FSK: -108 dBm for every chip, an assumption
 * (50 kbit/s in the SX1276 data sheet lies about there). */
#include "models/radio/region.h"
#include "sim/detmath.h"
#include "sim/err.h"

enum { SF_FIRST = 5, N_SF = 8, FSK_CDBM = -10800, FSK_SNR_CDB = 1000 };

const char *const radio_receiver_names[] = {"sx1272", "sx1276",  "sx1301",
                                            "sx1302", "thermal", NULL};

/* By bandwidth 125, 250, 500 kHz, then SF5 to SF12. */
static const int sx1272[3][N_SF] = {
    {-11850, -12100, -12400, -12700, -13000, -13300, -13500, -13700},
    {-11550, -11800, -12200, -12500, -12800, -13000, -13200, -13500},
    {-10850, -11100, -11600, -11900, -12200, -12500, -12800, -12900},
};
static const int sx1276[3][N_SF] = {
    {-11550, -11800, -12300, -12600, -12900, -13200, -13300, -13600},
    {-11250, -11500, -12000, -12300, -12500, -12800, -13000, -13300},
    {-10850, -11100, -11600, -11900, -12200, -12500, -12800, -13000},
};
static const int sx1301[N_SF] = {-12500, -12750, -13000, -13250, -13500, -13750, -14000, -14250};
static const int sx1302[N_SF] = {-12000, -12250, -12500, -12820, -13140, -13460, -13780, -14100};

int radio_required_snr_cdb(int sf)
{
    if (sf == 0)
        return FSK_SNR_CDB;
    SIM_CHECK(sf >= 5 && sf <= 12, "sf %d", sf);
    return 1000 - 250 * sf;
}

int radio_noise_floor_cdbm(int64_t bw_hz, int noise_figure_cdb)
{
    SIM_CHECK(bw_hz > 0, "%lld Hz", (long long)bw_hz);
    return -17400 + det_cdb_of_ratio((double)bw_hz) + noise_figure_cdb;
}

/* The measured tables know three bandwidths; others are scaled with the noise from 125 kHz. */
static int of_table(const int table[3][N_SF], int sf, int64_t bw_hz)
{
    int i_sf = sf - SF_FIRST;
    if (bw_hz == 250000)
        return table[1][i_sf];
    if (bw_hz == 500000)
        return table[2][i_sf];
    return table[0][i_sf] + det_cdb_of_ratio((double)bw_hz / 125000.0);
}

int radio_sensitivity_cdbm(enum radio_receiver rx, int sf, int64_t bw_hz, int noise_figure_cdb)
{
    SIM_CHECK(bw_hz > 0 && (sf == 0 || (sf >= 5 && sf <= 12)), "sf %d, %lld Hz", sf,
              (long long)bw_hz);
    if (rx == RX_THERMAL)
        return radio_noise_floor_cdbm(bw_hz, noise_figure_cdb) + radio_required_snr_cdb(sf);
    if (sf == 0)
        return FSK_CDBM;
    switch (rx) {
    case RX_SX1272:
        return of_table(sx1272, sf, bw_hz);
    case RX_SX1276:
        return of_table(sx1276, sf, bw_hz);
    case RX_SX1301:
        return sx1301[sf - SF_FIRST] + det_cdb_of_ratio((double)bw_hz / 125000.0);
    default:
        return sx1302[sf - SF_FIRST] + det_cdb_of_ratio((double)bw_hz / 125000.0);
    }
}
