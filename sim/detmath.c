/* SPDX-License-Identifier: GPL-2.0-only
 * Elementary functions from + - * / and sqrt only: argument reduction with split constants, then a
 * Taylor series long enough for double precision, summed in a fixed order. */
#include "sim/detmath.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "sim/err.h"

/* Each constant once as a rounded double, or as two parts: the high one has at least 21 zero bits
 * at its end, so that its product with an exponent is exact. */
#define LN2_HI      0x1.62e42fee00000p-1
#define LN2_LO      0x1.a39ef35793c76p-33
#define LOG10_2_HI  0x1.3441350800000p-2
#define LOG10_2_LO  0x1.f79fef311f12bp-34
#define LOG2_E      0x1.71547652b82fep+0
#define LOG2_10     0x1.a934f0979a371p+1
#define LN10        0x1.26bb1bbb55516p+1
#define LOG10_E     0x1.bcb7b1526e50ep-2
#define TWO_PI      0x1.921fb54442d18p+2
#define DEG_PER_RAD 0x1.ca5dc1a63c1f8p+5
#define SQRT_2      0x1.6a09e667f3bcdp+0

/* 10^(i - 40) */
static const double power_of_bel[81] = {
    1e-40, 1e-39, 1e-38, 1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29,
    1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17,
    1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,  1e-8,  1e-7,  1e-6,  1e-5,
    1e-4,  1e-3,  1e-2,  1e-1,  1e0,   1e1,   1e2,   1e3,   1e4,   1e5,   1e6,   1e7,
    1e8,   1e9,   1e10,  1e11,  1e12,  1e13,  1e14,  1e15,  1e16,  1e17,  1e18,  1e19,
    1e20,  1e21,  1e22,  1e23,  1e24,  1e25,  1e26,  1e27,  1e28,  1e29,  1e30,  1e31,
    1e32,  1e33,  1e34,  1e35,  1e36,  1e37,  1e38,  1e39,  1e40,
};

/* 10^(i / 1000) and 10^(32 i / 1000) */
static const double ratio_of_cdb_fine[32] = {
    1.0,
    1.0023052380778996,
    1.0046157902783952,
    1.0069316688518042,
    1.0092528860766845,
    1.0115794542598986,
    1.0139113857366795,
    1.0162486928706955,
    1.0185913880541169,
    1.02093948370768,
    1.023292992280754,
    1.0256519262514077,
    1.0280162981264735,
    1.030386120441616,
    1.0327614057613974,
    1.035142166679344,
    1.0375284158180127,
    1.039920165829059,
    1.0423174293933042,
    1.0447202192208,
    1.0471285480508996,
    1.0495424286523223,
    1.0519618738232228,
    1.0543868963912588,
    1.0568175092136585,
    1.0592537251772889,
    1.0616955571987245,
    1.0641430182243161,
    1.066596121230258,
    1.069054879222658,
    1.0715193052376064,
    1.0739894123412448,
};
static const double ratio_of_cdb_coarse[32] = {
    1.0,
    1.076465213629835,
    1.158777356155126,
    1.247383514242943,
    1.3427649611378638,
    1.4454397707459274,
    1.5559656316050745,
    1.6749428760264373,
    1.803017740859569,
    1.9408858775927782,
    2.0892961308540396,
    2.249054605835781,
    2.421029046736178,
    2.6061535499988957,
    2.8054336379517135,
    3.019951720402016,
    3.2508729738543436,
    3.4994516702835727,
    3.7670379898390887,
    4.055085354483838,
    4.365158322401659,
    4.698941086052154,
    5.058246620031141,
    5.445026528424212,
    5.861381645140288,
    6.3095734448019325,
    6.7920363261718455,
    7.3113908348341745,
    7.870457896950986,
    8.472274141405965,
    9.120108393559098,
    9.817479430199844,
};

/* c[0] + x c[1] + x^2 c[2] + ... */
static double polynomial(const double *c, int n, double x)
{
    double s = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        s = s * x + c[i];
    return s;
}

/* 2^e for a normal result, e from -1022 to 1023. */
static double power_of_two(int e)
{
    uint64_t bits = (uint64_t)(e + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = m 2^e with m from sqrt(1/2) to sqrt(2); x > 0 and finite. */
static double split(double x, int *e)
{
    uint64_t bits;
    int extra = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        extra = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    *e = (int)(bits >> 52) - 1023 + extra;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > SQRT_2) {
        m *= 0.5;
        (*e)++;
    }
    return m;
}

/* ln m for m from sqrt(1/2) to sqrt(2): 2 atanh((m - 1) / (m + 1)). */
static double log_near_one(double m)
{
    static const double c[] = {2.0,        2.0 / 3.0,  2.0 / 5.0,  2.0 / 7.0,
                               2.0 / 9.0,  2.0 / 11.0, 2.0 / 13.0, 2.0 / 15.0,
                               2.0 / 17.0, 2.0 / 19.0, 2.0 / 21.0, 2.0 / 23.0};
    double s = (m - 1.0) / (m + 1.0);
    return s * polynomial(c, (int)(sizeof c / sizeof *c), s * s);
}

/* Logarithm of what split cannot take: 0, negative, infinite, not a number. */
static double log_special(double x)
{
    if (x == 0.0)
        return -HUGE_VAL;
    return x > 0.0 ? x : (double)NAN;
}

double det_log(double x)
{
    if (!(x > 0.0 && x <= DBL_MAX))
        return log_special(x);
    int e;
    double ln_m = log_near_one(split(x, &e));
    return e * LN2_HI + (ln_m + e * LN2_LO);
}

double det_log10(double x)
{
    if (!(x > 0.0 && x <= DBL_MAX))
        return log_special(x);
    int e;
    double ln_m = log_near_one(split(x, &e));
    return e * LOG10_2_HI + (ln_m * LOG10_E + e * LOG10_2_LO);
}

/* e^r 2^k for |r| <= 0.35 and k from -1080 to 1024. */
static double exp_reduced(double r, int k)
{
    static const double c[] = {1.0,
                               1.0,
                               1.0 / 2.0,
                               1.0 / 6.0,
                               1.0 / 24.0,
                               1.0 / 120.0,
                               1.0 / 720.0,
                               1.0 / 5040.0,
                               1.0 / 40320.0,
                               1.0 / 362880.0,
                               1.0 / 3628800.0,
                               1.0 / 39916800.0,
                               1.0 / 479001600.0,
                               1.0 / 6227020800.0};
    double y = polynomial(c, (int)(sizeof c / sizeof *c), r);
    if (k < -1000)
        return y * power_of_two(k + 100) * 0x1p-100; /* may be subnormal: rounded once, here */
    return y * power_of_two(k - 1) * 2.0;
}

double det_exp(double x)
{
    if (isnan(x))
        return x;
    if (x > 709.0)
        return HUGE_VAL;
    if (x < -745.0)
        return 0.0;
    int k = (int)det_round(x * LOG2_E);
    return exp_reduced((x - k * LN2_HI) - k * LN2_LO, k);
}

double det_pow10(double x)
{
    if (isnan(x))
        return x;
    if (x > 308.0)
        return HUGE_VAL;
    if (x < -323.0)
        return 0.0;
    if (fabs(x) <= 40.0 && x == floor(x))
        return det_ratio_of_cdb((int)x * 1000);
    int k = (int)det_round(x * LOG2_10);
    return exp_reduced(((x - k * LOG10_2_HI) - k * LOG10_2_LO) * LN10, k);
}

/* sin a and cos a for |a| <= pi / 4. */
static double sin_small(double a)
{
    static const double c[] = {1.0,
                               -1.0 / 6.0,
                               1.0 / 120.0,
                               -1.0 / 5040.0,
                               1.0 / 362880.0,
                               -1.0 / 39916800.0,
                               1.0 / 6227020800.0,
                               -1.0 / 1307674368000.0,
                               1.0 / 355687428096000.0};
    return a * polynomial(c, (int)(sizeof c / sizeof *c), a * a);
}

static double cos_small(double a)
{
    static const double c[] = {1.0,
                               -1.0 / 2.0,
                               1.0 / 24.0,
                               -1.0 / 720.0,
                               1.0 / 40320.0,
                               -1.0 / 3628800.0,
                               1.0 / 479001600.0,
                               -1.0 / 87178291200.0,
                               1.0 / 20922789888000.0};
    return polynomial(c, (int)(sizeof c / sizeof *c), a * a);
}

/* cos(2 pi turns - quarters pi / 2): the part of a turn is exact before it is scaled. */
static double cos_turn_less(double turns, int quarters)
{
    double part = turns - floor(turns + 0.5); /* exact: -0.5 to 0.5 */
    if (!(fabs(part) <= 0.5))
        return (double)NAN;
    int q = (int)floor(part * 4.0 + 0.5);
    double a = (part - q * 0.25) * TWO_PI;
    switch ((q - quarters) & 3) {
    case 0:
        return cos_small(a);
    case 1:
        return -sin_small(a);
    case 2:
        return -cos_small(a);
    default:
        return sin_small(a);
    }
}

double det_cos_turn(double turns)
{
    return cos_turn_less(turns, 0);
}

double det_sin_turn(double turns)
{
    return cos_turn_less(turns, 1);
}

/* atan z in degrees, z from 0 to 1: from the nearest quarter, atan z = atan c + atan((z - c) / (1 +
 * z c)). */
static double atan_deg(double z)
{
    static const double base_deg[] = {0.0, 0x1.c128e80fae02ep+3, 0x1.a90a731a61dc4p+4,
                                      0x1.26f58ce59e23cp+5, 45.0};
    static const double c[] = {1.0,         -1.0 / 3.0, 1.0 / 5.0,   -1.0 / 7.0, 1.0 / 9.0,
                               -1.0 / 11.0, 1.0 / 13.0, -1.0 / 15.0, 1.0 / 17.0, -1.0 / 19.0};
    int i = (int)(z * 4.0 + 0.5);
    double near = i * 0.25;
    double w = (z - near) / (1.0 + z * near);
    return base_deg[i] + w * polynomial(c, (int)(sizeof c / sizeof *c), w * w) * DEG_PER_RAD;
}

double det_atan2_deg(double y, double x)
{
    double ax = fabs(x), ay = fabs(y);
    if (isnan(x) || isnan(y))
        return (double)NAN;
    if (ax == ay) /* also both zero, both infinite */
        return (y < 0.0 ? -1.0 : 1.0) * (ax == 0.0 ? 0.0 : x < 0.0 ? 135.0 : 45.0);
    double deg = ay < ax ? atan_deg(ay / ax) : 90.0 - atan_deg(ax / ay);
    if (x < 0.0)
        deg = 180.0 - deg;
    return y < 0.0 ? -deg : deg;
}

int64_t det_round(double x)
{
    SIM_CHECK(fabs(x) < 0x1p62, "%g cannot be rounded to an integer", x);
    double a = fabs(x);
    int64_t i = (int64_t)a;
    i += a - (double)i >= 0.5;
    return x < 0.0 ? -i : i;
}

double det_ratio_of_cdb(int centi_db)
{
    int c = centi_db < -40000 ? -40000 : centi_db > 40000 ? 40000 : centi_db;
    unsigned u = (unsigned)(c + 40000);
    unsigned part = u % 1000;
    return power_of_bel[u / 1000] * (ratio_of_cdb_coarse[part / 32] * ratio_of_cdb_fine[part % 32]);
}

int det_cdb_of_ratio(double ratio)
{
    SIM_CHECK(ratio > 0.0 && ratio <= DBL_MAX, "ratio %g has no level", ratio);
    return (int)det_round(1000.0 * det_log10(ratio));
}
