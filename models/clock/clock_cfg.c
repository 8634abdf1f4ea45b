/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of a group's clocks. */
#include "models/clock/clock_cfg.h"

#include <stddef.h>

#define T(field) offsetof(struct temperature_cfg, field)
#define C(field) offsetof(struct clock_cfg, field)

static const char *const temperature_names[] = {"constant", "daily", "file", NULL};

static const struct scn_key temperature_keys[] = {
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = T(kind),
     .names = temperature_names,
     .def = "constant",
     .help = "constant: mean; daily: mean plus swing times a cosine of one day; file: from a CSV."},
    {.name = "mean",
     .kind = SCN_QUANTITY,
     .unit = SCN_TEMPERATURE,
     .offset = T(mean_mdeg),
     .min = "-60degC",
     .max = "125degC",
     .def = "25degC",
     .only = "kind=constant|daily",
     .help = "constant: the temperature; daily: its mean."},
    {.name = "swing",
     .kind = SCN_QUANTITY,
     .unit = SCN_TEMPERATURE,
     .offset = T(swing_mdeg),
     .min = "0degC",
     .max = "90degC",
     .def = "10degC",
     .only = "kind=daily",
     .help = "daily: how far it goes above and below the mean."},
    {.name = "warmest",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = T(warmest_ns),
     .min = "0h",
     .max = "24h",
     .def = "15h",
     .only = "kind=daily",
     .help = "daily: time of day (UTC) of the highest temperature."},
    {.name = "file",
     .kind = SCN_FILE,
     .offset = T(file),
     .only = "kind=file",
     .help = "file: CSV with the columns time_s,temperature_c; time since the start of the run, "
             "rising; between rows straight lines, sampled every 60 s (files over 45 days: "
             "coarser)."},
    {.name = "repeat",
     .kind = SCN_BOOL,
     .offset = T(repeat),
     .def = "false",
     .only = "kind=file",
     .help =
         "file: start again at the time of the last row (a multiple of 60 s, at most 65536 min); "
         "false: its temperature stays."},
    {.name = "curvature",
     .kind = SCN_QUANTITY,
     .unit = SCN_DRIFT,
     .offset = T(curvature_ppb),
     .min = "-100ppb",
     .max = "100ppb",
     .def = "-34ppb",
     .help = "Drift per square degree away from the turnover; tuning-fork crystals: -34ppb."},
    {.name = "turnover",
     .kind = SCN_DIST,
     .unit = SCN_TEMPERATURE,
     .offset = T(turnover_mdeg),
     .min = "-40degC",
     .max = "85degC",
     .def = "25degC",
     .help = "Temperature at which the crystal is fastest (curvature negative), per device."},
    {.name = NULL},
};
static const struct scn_section temperature_section = {
    .name = "temperature",
    .help = "Temperature at the devices, and what it does to their sleep crystal: drift = "
            "curvature (temperature - turnover)^2.",
    .keys = temperature_keys,
    .size = sizeof(struct temperature_cfg)};

static const struct scn_key clock_keys[] = {
    {.name = "offset",
     .kind = SCN_DIST,
     .unit = SCN_TIME,
     .offset = C(offset_ns),
     .min = "-10000d",
     .max = "10000d",
     .def = "0s",
     .help = "Device time minus true time at the start of the run, per device."},
    {.name = "drift",
     .kind = SCN_DIST,
     .unit = SCN_DRIFT,
     .offset = C(drift_ppb),
     .min = "-1000ppm",
     .max = "1000ppm",
     .def = "0ppm",
     .help = "How much faster than true time the sleep crystal runs at its turnover temperature, "
             "per device."},
    {.name = "radio_drift",
     .kind = SCN_DIST,
     .unit = SCN_DRIFT,
     .offset = C(radio_drift_ppb),
     .min = "-1000ppm",
     .max = "1000ppm",
     .def = "0ppm",
     .help = "The same for the radio's crystal, which times what happens while the radio is on."},
    {.name = "temperature",
     .kind = SCN_SECTION,
     .offset = C(temperature),
     .sub = &temperature_section,
     .help = "Temperature and its effect."},
    {.name = "wander",
     .kind = SCN_QUANTITY,
     .unit = SCN_DRIFT,
     .offset = C(wander_ppb),
     .min = "0ppb",
     .max = "100ppb",
     .def = "0ppb",
     .help = "Random walk of the drift: its standard deviation after one hour, growing with the "
             "square root of time."},
    {.name = "granularity",
     .kind = SCN_QUANTITY,
     .unit = SCN_TIME,
     .offset = C(granularity_ns),
     .min = "0ns",
     .max = "1s",
     .def = "0ns",
     .help = "Step in which the clock is read and timers are set; 0: none."},
    {.name = "jitter",
     .kind = SCN_DIST,
     .unit = SCN_TIME,
     .offset = C(jitter_ns),
     .min = "-1s",
     .max = "1s",
     .def = "0ns",
     .help = "Added to every reading and every timer, drawn anew each time."},
    {.name = NULL},
};
const struct scn_section clock_section = {.name = "clock",
                                          .help = "The clock of each device.",
                                          .keys = clock_keys,
                                          .size = sizeof(struct clock_cfg)};

bool clock_cfg_has_temperature(const struct temperature_cfg *t)
{
    bool at_turnover = t->kind == TEMPERATURE_CONSTANT && t->turnover_mdeg.kind == SCN_FIXED &&
                       t->turnover_mdeg.a == t->mean_mdeg;
    return t->curvature_ppb != 0 && !at_turnover;
}

static bool always_zero(const struct scn_dist *d)
{
    return d->kind == SCN_FIXED && d->a == 0;
}

bool clock_cfg_perfect(const struct clock_cfg *cfg)
{
    return always_zero(&cfg->offset_ns) && always_zero(&cfg->drift_ppb) &&
           always_zero(&cfg->radio_drift_ppb) && always_zero(&cfg->jitter_ns) &&
           cfg->wander_ppb == 0 && cfg->granularity_ns == 0 &&
           !clock_cfg_has_temperature(&cfg->temperature);
}

int clock_cfg_check(const struct clock_cfg *cfg, const struct scenario *s, struct sim_error *e)
{
    const struct temperature_cfg *t = &cfg->temperature;
    if (t->kind == TEMPERATURE_FILE && !t->file)
        return scenario_fail(s, &t->file, e, "temperature: kind: file needs file: NAME.csv");
    if (t->kind != TEMPERATURE_FILE && t->file)
        return scenario_fail(s, &t->file, e, "temperature: file is only for kind: file");
    if (t->kind == TEMPERATURE_DAILY && (t->mean_mdeg + t->swing_mdeg > TEMPERATURE_MAX_MDEG ||
                                         t->mean_mdeg - t->swing_mdeg < TEMPERATURE_MIN_MDEG))
        return scenario_fail(s, &t->swing_mdeg, e,
                             "temperature: mean and swing reach beyond %d to %d degC: make swing "
                             "smaller",
                             TEMPERATURE_MIN_MDEG / 1000, TEMPERATURE_MAX_MDEG / 1000);
    return SIM_OK;
}
