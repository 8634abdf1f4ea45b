/* SPDX-License-Identifier: GPL-2.0-only
 * The keys of section radio and of every placement. */
#include "models/radio/radio_cfg.h"

#include "models/radio/region.h"

static const char *const loss_names[] = {"log_distance", "okumura_hata", "matrix", "ns3", NULL};
static const char *const area_names[] = {"urban_large", "urban_small", "suburban", "open", NULL};
static const char *const fading_names[] = {"none", "rayleigh", "rician", "lognormal", NULL};
static const char *const interference_names[] = {"croce", "goursaud", "capture",
                                                 "aloha", "none",     NULL};
static const char *const same_names[] = {"interferes", "synchronous", NULL};
static const char *const sum_names[] = {"peak", "energy", NULL};
static const char *const lock_names[] = {"preamble_end", "frame_start", NULL};
static const char *const duty_names[] = {"sliding_hour", "toff", NULL};
static const char *const place_names[] = {"list", "grid", "disc", "rectangle", "file", NULL};

#define AT(field) offsetof(struct ns3_attribute_cfg, field)
static const struct scn_key ns3_attribute_keys[] = {
    {.name = "name",
     .kind = SCN_TEXT,
     .offset = AT(name),
     .required = true,
     .min = "1",
     .max = "100",
     .help = "Name of the attribute, as in ns-3: `Exponent`."},
    {.name = "value",
     .kind = SCN_TEXT,
     .offset = AT(value),
     .required = true,
     .max = "1000",
     .help = "Its value, as ns-3 writes it: `3.2`, `Urban`, "
             "`ns3::UniformRandomVariable[Min=0|Max=10]`."},
    {0},
};
#undef AT

static const struct scn_section ns3_attribute_section = {
    .name = "ns3_attributes",
    .help = "Attributes of the ns-3 model that are not to have their default.",
    .keys = ns3_attribute_keys,
    .size = sizeof(struct ns3_attribute_cfg),
};

#define AT(field) offsetof(struct path_loss_cfg, field)
static const struct scn_key path_loss_keys[] = {
    {.name = "model",
     .kind = SCN_ENUM,
     .offset = AT(model),
     .def = "log_distance",
     .names = loss_names,
     .help =
         "How power falls with distance: `log_distance` (reference_loss + 10 exponent "
         "log10(d / reference_distance)), `okumura_hata` (150 to 1500 MHz, heights from the "
         "placements), `matrix` (a file with the loss of every link), or `ns3` (a model of ns-3, "
         "whose last digits may differ between processors)."},
    {.name = "exponent",
     .kind = SCN_REAL,
     .offset = AT(exponent),
     .min = "1",
     .max = "10",
     .def = "3.76",
     .only = "model=log_distance",
     .help = "Path loss exponent of `log_distance`: 2 in free space, 3 to 4 in a city."},
    {.name = "reference_loss",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = AT(reference_loss_cdb),
     .min = "0dB",
     .max = "200dB",
     .def = "7.7dB",
     .only = "model=log_distance",
     .help = "Loss at the reference distance, for `log_distance`."},
    {.name = "reference_distance",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = AT(reference_distance_mm),
     .min = "1mm",
     .max = "100km",
     .def = "1m",
     .only = "model=log_distance",
     .help = "Distance of the reference loss, for `log_distance`; nearer nodes count as this far."},
    {.name = "area",
     .kind = SCN_ENUM,
     .offset = AT(area),
     .def = "urban_small",
     .names = area_names,
     .only = "model=okumura_hata",
     .help = "Kind of ground for `okumura_hata`: a large or a small city, suburbs, open country."},
    {.name = "matrix_file",
     .kind = SCN_FILE,
     .offset = AT(matrix_file),
     .only = "model=matrix",
     .help =
         "For `matrix`, and needed there: CSV with the columns device, gateway, loss_db; nodes are "
         "written as group/index (meters/0), pairs that are missing cannot hear each other, nor "
         "can "
         "two devices or two gateways."},
    {.name = "ns3_model",
     .kind = SCN_TEXT,
     .offset = AT(ns3_model),
     .only = "model=ns3",
     .help =
         "For `ns3`, and needed there: type name of the model, as "
         "`ns3::Cost231PropagationLossModel`; a wrong name is answered with those that can be "
         "used. Its frequency is the region's unless an attribute says otherwise; what it draws "
         "is drawn once for each link."},
    {.name = "ns3_attributes",
     .kind = SCN_LIST,
     .offset = AT(ns3_attributes),
     .sub = &ns3_attribute_section,
     .only = "model=ns3",
     .help = "For `ns3`: attributes of the model."},
    {0},
};
#undef AT

static const struct scn_section path_loss_section = {
    .name = "path_loss",
    .help = "Mean loss between a device and a gateway.",
    .keys = path_loss_keys,
    .size = sizeof(struct path_loss_cfg),
};

#define AT(field) offsetof(struct shadowing_cfg, field)
static const struct scn_key shadowing_keys[] = {
    {.name = "sigma",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = AT(sigma_cdb),
     .min = "0dB",
     .max = "30dB",
     .def = "0dB",
     .help =
         "Standard deviation of the shadowing, drawn once for each link; 0dB is none. Counts for "
         "`log_distance`, `okumura_hata` and `ns3`, not for `matrix`."},
    {.name = "correlation_distance",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = AT(correlation_distance_mm),
     .min = "1m",
     .max = "100km",
     .def = "independent",
     .word = "independent",
     .help =
         "Distance between two devices at which their shadowing towards one gateway is correlated "
         "by 1/e; `independent` draws every link on its own."},
    {0},
};
#undef AT

static const struct scn_section shadowing_section = {
    .name = "shadowing",
    .help = "Loss by what stands in the way, constant during a run.",
    .keys = shadowing_keys,
    .size = sizeof(struct shadowing_cfg),
};

#define AT(field) offsetof(struct fading_cfg, field)
static const struct scn_key fading_keys[] = {
    {.name = "model",
     .kind = SCN_ENUM,
     .offset = AT(model),
     .def = "none",
     .names = fading_names,
     .help = "Change of power from frame to frame, drawn for every frame and receiver: `none`, "
             "`rayleigh` (no line of sight), `rician` (with one), `lognormal`."},
    {.name = "rician_k",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = AT(rician_k_cdb),
     .min = "-40dB",
     .max = "40dB",
     .def = "6dB",
     .only = "model=rician",
     .help = "Power of the direct path over that of the scattered ones, for `rician`."},
    {.name = "lognormal_sigma",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = AT(lognormal_sigma_cdb),
     .min = "0dB",
     .max = "30dB",
     .def = "3dB",
     .only = "model=lognormal",
     .help = "Standard deviation for `lognormal`."},
    {0},
};
#undef AT

static const struct scn_section fading_section = {
    .name = "fading",
    .help = "Change of power from frame to frame.",
    .keys = fading_keys,
    .size = sizeof(struct fading_cfg),
};

#define AT(field) offsetof(struct radio_cfg, field)
static const struct scn_key radio_keys[] = {
    {.name = "region",
     .kind = SCN_ENUM,
     .offset = AT(region),
     .def = "EU868",
     .names = region_names,
     .help =
         "Regional parameters: channels, data rates, payload limits, receive windows, powers and "
         "duty cycle of every network in the scenario."},
    {.name = "path_loss",
     .kind = SCN_SECTION,
     .offset = AT(path_loss),
     .sub = &path_loss_section,
     .help = "Mean loss between a device and a gateway."},
    {.name = "shadowing",
     .kind = SCN_SECTION,
     .offset = AT(shadowing),
     .sub = &shadowing_section,
     .help = "Loss by what stands in the way, constant during a run."},
    {.name = "fading",
     .kind = SCN_SECTION,
     .offset = AT(fading),
     .sub = &fading_section,
     .help = "Change of power from frame to frame."},
    {.name = "link_margin",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = AT(link_margin_cdb),
     .min = "0dB",
     .max = "100dB",
     .def = "10dB",
     .help =
         "A link is left out when even the strongest transmission arrives more than this below the "
         "best sensitivity; raise it when fading may lift weak links, or for more of the weak "
         "interference."},
    {.name = "interference",
     .kind = SCN_ENUM,
     .offset = AT(interference),
     .def = "croce",
     .names = interference_names,
     .help =
         "Which frame survives a collision: `croce` (measured thresholds between spreading "
         "factors), "
         "`goursaud` (theoretical ones), `capture` (6 dB within a spreading factor, others do not "
         "disturb), `aloha` (both are lost within a spreading factor), `none`."},
    {.name = "interference_sum",
     .kind = SCN_ENUM,
     .offset = AT(interference_sum),
     .def = "peak",
     .names = sum_names,
     .help =
         "What the thresholds of `croce` and `goursaud` are compared with: `peak` (the highest sum "
         "of powers at one instant), `energy` (power times time of overlap, summed for each "
         "spreading factor over the whole frame); the other models only know `peak`."},
    {.name = "same_frame",
     .kind = SCN_ENUM,
     .offset = AT(same_frame),
     .def = "interferes",
     .names = same_names,
     .help =
         "Copies of one multicast frame that several gateways begin within a tenth of a symbol: "
         "`interferes` (as any two frames), `synchronous` (they are the same symbols, as "
         "beacons, and do not disturb each other)."},
    {.name = "demod_lock",
     .kind = SCN_ENUM,
     .offset = AT(demod_lock),
     .def = "preamble_end",
     .names = lock_names,
     .help = "When a frame takes one of the gateway's demodulators: at the end of its preamble, as "
             "real "
             "gateways do, or at its start, as some simulators do."},
    {.name = "iq_isolation",
     .kind = SCN_QUANTITY,
     .unit = SCN_LEVEL,
     .offset = AT(iq_isolation_cdb),
     .min = "0dB",
     .max = "100dB",
     .def = "perfect",
     .word = "perfect",
     .help = "Attenuation between uplinks and downlinks, whose chirps run in opposite directions; "
             "`perfect`: they never disturb each other."},
    {.name = "duty_rule",
     .kind = SCN_ENUM,
     .offset = AT(duty_rule),
     .def = "sliding_hour",
     .names = duty_names,
     .help = "How the duty cycle of a sub-band is kept: `sliding_hour` (no hour with more air time "
             "than "
             "allowed), `toff` (silence after each frame in proportion to its air time)."},
    {.name = "duty_cycle",
     .kind = SCN_BOOL,
     .offset = AT(duty_cycle),
     .def = "true",
     .help = "Do devices and gateways keep the duty cycle of the region at all?"},
    {.name = "random_loss",
     .kind = SCN_REAL,
     .unit = SCN_RATIO,
     .offset = AT(random_loss_ratio),
     .min = "0%",
     .max = "100%",
     .def = "0%",
     .help = "Probability that a copy of a frame that would be received is lost all the same, "
             "drawn for "
             "every frame and receiver."},
    {0},
};
#undef AT

const struct scn_section radio_section = {
    .name = "radio",
    .help = "The air that all networks share: region, propagation, interference, duty cycle.",
    .keys = radio_keys,
    .size = sizeof(struct radio_cfg),
};

#define AT(field) offsetof(struct place_point, field)
static const struct scn_key point_keys[] = {
    {.name = "x",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = AT(x_mm),
     .required = true,
     .min = "-10000km",
     .max = "10000km",
     .help = "Position to the east."},
    {.name = "y",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = AT(y_mm),
     .required = true,
     .min = "-10000km",
     .max = "10000km",
     .help = "Position to the north."},
    {.name = "z",
     .kind = SCN_QUANTITY,
     .unit = SCN_LENGTH,
     .offset = AT(z_mm),
     .min = "0m",
     .max = "100km",
     .def = "group",
     .word = "group",
     .help = "Height above ground; `group`: the placement's z."},
    {0},
};
#undef AT

static const struct scn_section point_section = {
    .name = "points",
    .help = "Positions of the group's nodes, in the order of their index.",
    .keys = point_keys,
    .size = sizeof(struct place_point),
};

#define LENGTH_KEY(name_, field, min_, max_, def_, only_, help_)                                   \
    {                                                                                              \
        .name = (name_), .kind = SCN_QUANTITY, .unit = SCN_LENGTH,                                 \
        .offset = offsetof(struct place_cfg, field), .min = (min_), .max = (max_), .def = (def_),  \
        .only = (only_), .help = (help_)                                                           \
    }
#define AT(field) offsetof(struct place_cfg, field)
static const struct scn_key place_keys[] = {
    {.name = "kind",
     .kind = SCN_ENUM,
     .offset = AT(kind),
     .required = true,
     .names = place_names,
     .help = "`list` (points), `grid` (columns x rows), `disc` (uniform over a disc or ring), "
             "`rectangle` (uniform), `file` (CSV)."},
    {.name = "points",
     .kind = SCN_LIST,
     .offset = AT(points),
     .sub = &point_section,
     .only = "kind=list",
     .help =
         "For `list`: at least as many points as the group has nodes; the first ones are taken."},
    LENGTH_KEY("x", x_mm, "-10000km", "10000km", "0m", "kind=disc|grid|rectangle",
               "Centre of a `disc`, `grid` or `rectangle`, to the east."),
    LENGTH_KEY("y", y_mm, "-10000km", "10000km", "0m", "kind=disc|grid|rectangle",
               "Centre of a `disc`, `grid` or `rectangle`, to the north."),
    LENGTH_KEY("radius", radius_mm, "0m", "1000km", "1km", "kind=disc",
               "Outer radius of a `disc`."),
    LENGTH_KEY("inner_radius", inner_radius_mm, "0m", "1000km", "0m", "kind=disc",
               "For `disc`: nothing stands nearer to the centre than this, which makes a ring."),
    LENGTH_KEY("width", width_mm, "0m", "10000km", "1km", "kind=rectangle",
               "Extent of a `rectangle` along x."),
    LENGTH_KEY("height", height_mm, "0m", "10000km", "1km", "kind=rectangle",
               "Extent of a `rectangle` along y."),
    {.name = "columns",
     .kind = SCN_INT,
     .offset = AT(columns),
     .min = "1",
     .max = "16777216",
     .def = "auto",
     .word = "auto",
     .only = "kind=grid",
     .help = "For `grid`: points along x; `auto`: as many as make the grid about square."},
    {.name = "rows",
     .kind = SCN_INT,
     .offset = AT(rows),
     .min = "1",
     .max = "16777216",
     .def = "auto",
     .word = "auto",
     .only = "kind=grid",
     .help =
         "For `grid`: points along y; `auto`: as many as the group needs. Nodes fill it row by row "
         "from the south-west corner."},
    LENGTH_KEY("spacing_x", spacing_x_mm, "0m", "1000km", "1km", "kind=grid",
               "For `grid`: distance between columns."),
    LENGTH_KEY("spacing_y", spacing_y_mm, "0m", "1000km", "1km", "kind=grid",
               "For `grid`: distance between rows."),
    {.name = "file",
     .kind = SCN_FILE,
     .offset = AT(file),
     .only = "kind=file",
     .help = "For `file`, and needed there: CSV with the columns x_m, y_m and, if wanted, z_m (an "
             "empty "
             "z_m is the placement's z); at least as many rows as the group has nodes."},
    LENGTH_KEY("z", z_mm, "0m", "100km", "1.5m", NULL,
               "Height above ground of every node that has no height of its own; it counts for the "
               "distance, and for `okumura_hata` as the antenna's height."),
    {0},
};
#undef AT

const struct scn_section place_section = {
    .name = "placement",
    .help = "Where the nodes of a group stand, on a flat ground; x is east, y is north.",
    .keys = place_keys,
    .size = sizeof(struct place_cfg),
};
