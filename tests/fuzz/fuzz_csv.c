/* SPDX-License-Identifier: GPL-2.0-only
 * Fuzz target of the CSV reader: any bytes as a file, every field of every row read in each way. */
#include <string.h>

#include "sim/csv.h"
#include "sim/err.h"
#include "tests/fuzz/fuzz.h"

static void read_fields(const struct csv *c)
{
    struct sim_error e;
    int64_t v;
    for (size_t i = 0; i < c->n_columns; i++) {
        int column = (int)i;
        if (csv_int(c, column, -1000, 1000, &v, &e) == SIM_OK)
            SIM_CHECK(v >= -1000 && v <= 1000, "%lld", (long long)v);
        for (int decimals = 0; decimals <= 9; decimals += 3)
            if (csv_decimal(c, column, decimals, -5000000000, 5000000000, &v, &e) == SIM_OK)
                SIM_CHECK(v >= -5000000000 && v <= 5000000000, "%lld", (long long)v);
        csv_decimal(c, column, 9, INT64_MIN, INT64_MAX, &v, &e);
        SIM_CHECK(strlen(c->field[i]) <= c->len, "column %d", column);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv c;
    struct sim_error e = {0};
    bool more = true;
    int column, rc = csv_open_text(&c, "fuzz.csv", (const char *)data, size, &e);
    if (rc == SIM_OK) {
        csv_need(&c, "device", &column, &e);
        for (size_t i = 0; i < c.n_columns; i++)
            SIM_CHECK(csv_column(&c, c.column[i]) == (int)i, "column %zu", i);
        while ((rc = csv_next(&c, &more, &e)) == SIM_OK && more)
            read_fields(&c);
    }
    SIM_CHECK(rc == SIM_OK || (rc == e.code && e.text[0]), "code %d without a message", rc);
    csv_close(&c);
    return 0;
}
