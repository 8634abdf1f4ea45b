/* SPDX-License-Identifier: GPL-2.0-only
 * What a scenario says about the air: section radio, placements and shared choices, as read. */
#ifndef RADIO_CFG_H
#define RADIO_CFG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/scenario.h"

enum radio_interference {
    INTERFERENCE_CROCE,
    INTERFERENCE_GOURSAUD,
    INTERFERENCE_CAPTURE,
    INTERFERENCE_ALOHA,
    INTERFERENCE_NONE
};
/* Copies of a multicast frame that several gateways begin together. */
enum radio_same_frame { SAME_INTERFERES, SAME_SYNCHRONOUS };
enum radio_sum { SUM_PEAK, SUM_ENERGY };
enum radio_lock { LOCK_PREAMBLE_END, LOCK_FRAME_START };
enum radio_duty_rule { DUTY_SLIDING_HOUR, DUTY_TOFF };
enum radio_fading { FADING_NONE, FADING_RAYLEIGH, FADING_RICIAN, FADING_LOGNORMAL };
enum path_loss_model { LOSS_LOG_DISTANCE, LOSS_OKUMURA_HATA, LOSS_MATRIX, LOSS_NS3 };
enum hata_area { HATA_URBAN_LARGE, HATA_URBAN_SMALL, HATA_SUBURBAN, HATA_OPEN };

/* An attribute of an ns-3 model, as ns-3 writes it. */
struct ns3_attribute_cfg {
    const char *name, *value;
};

struct path_loss_cfg {
    int model;                  /* enum path_loss_model */
    double exponent;            /* log_distance */
    int64_t reference_loss_cdb; /* log_distance */
    int64_t reference_distance_mm;
    int area;                       /* okumura_hata */
    const char *matrix_file;        /* matrix: CSV device,gateway,loss_db */
    const char *ns3_model;          /* ns3: its type name */
    struct scn_list ns3_attributes; /* struct ns3_attribute_cfg */
};

struct shadowing_cfg {
    int64_t sigma_cdb;
    int64_t correlation_distance_mm; /* 0: independent links */
};

struct fading_cfg {
    int model; /* enum radio_fading */
    int64_t rician_k_cdb;
    int64_t lognormal_sigma_cdb;
};

struct radio_cfg {
    int region; /* index into region_names */
    struct path_loss_cfg path_loss;
    struct shadowing_cfg shadowing;
    struct fading_cfg fading;
    int64_t link_margin_cdb;  /* links below best sensitivity minus this are cut off */
    int interference;         /* enum radio_interference */
    int interference_sum;     /* enum radio_sum */
    int same_frame;           /* enum radio_same_frame */
    int demod_lock;           /* enum radio_lock */
    int64_t iq_isolation_cdb; /* between up- and downlinks; SCN_WORD "perfect" */
    int duty_rule;            /* enum radio_duty_rule */
    bool duty_cycle;          /* obey it at all */
    double random_loss_ratio; /* plain Bernoulli loss of every copy */
};
extern const struct scn_section radio_section;

enum place_kind { PLACE_LIST, PLACE_GRID, PLACE_DISC, PLACE_RECTANGLE, PLACE_FILE };

struct place_point {
    int64_t x_mm, y_mm;
    int64_t z_mm; /* SCN_WORD: the group's height */
};

struct place_cfg {
    int kind;                    /* enum place_kind */
    struct scn_list points;      /* list: struct place_point */
    int64_t x_mm, y_mm;          /* centre of a disc, grid or rectangle */
    int64_t radius_mm;           /* disc */
    int64_t inner_radius_mm;     /* disc: ring */
    int64_t width_mm, height_mm; /* rectangle */
    int64_t columns, rows;       /* grid */
    int64_t spacing_x_mm, spacing_y_mm;
    const char *file; /* CSV: x_m,y_m[,z_m] */
    int64_t z_mm;     /* height above ground of every point */
};
extern const struct scn_section place_section;

#endif
