/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the database of runs: equal input gives an equal dump, a run that was not completed is
 * visible and has no rows, levels, awkward texts, the balance, every view; and that a file which is
 * not ours, locked, of another version or on a full disk gives a clear error and keeps what was
 * complete. Speed is not pinned here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/files.h"
#include "results/schema.h"
#include "results/store.h"
#include "sim/entity.h"
#include "sim/mem.h"

#define DB  BUILD_DIR "/test_store.db"
#define DB2 BUILD_DIR "/test_store_2.db"

static const struct store_run run_1 = {"cell.yaml", "run: {seed: 1}\n", "0.1.0", "", 1, 2, 3, 4};

static void remove_db(const char *path)
{
    char name[500];
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static int setup(void **state)
{
    (void)state;
    remove_db(DB);
    remove_db(DB2);
    return 0;
}

static struct store *open_store(const char *path, enum row_level level)
{
    struct store *st;
    struct sim_error e;
    if (store_open(&st, path, level, &run_1, &e) != SIM_OK)
        fail_msg("%s", e.text);
    return st;
}

static void close_store(struct store *st, bool complete)
{
    struct sim_error e;
    if (store_close(st, complete, &e) != SIM_OK)
        fail_msg("%s", e.text);
}

static sqlite3 *open_db(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static void exec(const char *path, const char *sql)
{
    sqlite3 *db = open_db(path);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* Everything a query gives, columns behind |, rows behind line ends; the caller frees. */
static char *query(const char *path, const char *sql)
{
    sqlite3 *db = open_db(path);
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW)
        for (int i = 0, n = sqlite3_column_count(q); i < n; i++) {
            const unsigned char *s = sqlite3_column_text(q, i);
            fprintf(f, "%s%s", s ? (const char *)s : "NULL", i + 1 < n ? "|" : "\n");
        }
    if (rc != SQLITE_DONE)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    fclose(f);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return text;
}

static void check_query(const char *sql, const char *want)
{
    char *have = query(DB, sql);
    assert_string_equal(have, want);
    free(have);
}

static void check_open_fails(const char *path, int code, const char *part)
{
    struct store *st;
    struct sim_error e = {0};
    assert_int_equal(store_open(&st, path, ROW_SUMMARY, &run_1, &e), code);
    assert_null(st);
    assert_int_equal(e.code, code);
    if (!strstr(e.text, part))
        fail_msg("no '%s' in: %s", part, e.text);
}

static const struct row_tx tx_1 = {.node = 11,
                                   .seq = 5,
                                   .network = 33,
                                   .target = ROW_NULL,
                                   .kind = FRAME_UP,
                                   .start_ns = -7,
                                   .end_ns = INT64_MAX,
                                   .frequency_hz = 868100000,
                                   .dr = 5,
                                   .sf = 7,
                                   .power_cdbm = -1400,
                                   .size_bytes = 23,
                                   .devaddr = 0xffffffff,
                                   .fcnt = 65536,
                                   .fport = ROW_NULL};

/* One row or more of every table, through a trace. */
static void emit_all(struct trace *t)
{
    struct row_node node = {.id = 11,
                            .kind = NODE_DEVICE,
                            .name = "it's \"a\"; DROP TABLE tx;--/0",
                            .group_name = "\xc3\xa4/\n",
                            .eui = NULL,
                            .network = 33};
    trace_row(t, ROW_NODE, &node);
    node = (struct row_node){.id = 33, .kind = NODE_NETWORK, .name = "net", .group_name = ""};
    trace_row(t, ROW_NODE, &node);
    trace_row(t, ROW_TX, &tx_1);
    trace_row(t, ROW_RX,
              &(struct row_rx){.node = 11, .seq = 5, .receiver = 33, .window = ROW_NULL});
    for (int final = 0; final < 2; final++)
        trace_row(t, ROW_LOSS,
                  &(struct row_loss){11, 5, 33, LOSS_INTERFERENCE, final, ROW_NULL, ROW_NULL});
    trace_row(t, ROW_LINK, &(struct row_link){11, 22, -9000, 1000});
    trace_row(t, ROW_DOWNLINK,
              &(struct row_downlink){11, 5, ROW_NULL, ROW_NULL, DL_NO_GATEWAY, ROW_NULL, ROW_NULL});
    trace_row(t, ROW_MAC_COMMAND, &(struct row_mac_command){1, 11, 1, 2, "LinkCheckReq", ""});
    trace_row(t, ROW_DEVICE_STAT,
              &(struct row_device_stat){.device = 11,
                                        .devaddr = 0x0a0b,
                                        .n_messages = 4,
                                        .n_messages_delivered = 3,
                                        .n_tx = 3,
                                        .gap_min_ns = SIM_S(1),
                                        .gap_max_ns = SIM_S(3),
                                        .gap_sum_ns = SIM_S(4),
                                        .energy_uj = 6000,
                                        .battery_days = 40,
                                        .best_gateway = ROW_NULL});
    trace_row(t, ROW_ENERGY,
              &(struct row_energy){.device = 11,
                                   .length_ns = SIM_S(2),
                                   .tx_ns = SIM_S(1),
                                   .tx_uj = 4500,
                                   .sleep_uj = 1500});
    trace_row(t, ROW_GATEWAY_STAT, &(struct row_gateway_stat){.gateway = 22});
    trace_row(t, ROW_TRAFFIC_STAT, &(struct row_traffic_stat){33, FRAME_UP, 5, 10, 7, 1});
    trace_row(t, ROW_LOSS_STAT, &(struct row_loss_stat){33, FRAME_UP, 5, LOSS_SENSITIVITY, 3});
    trace_row(t, ROW_DOWNLINK_STAT, &(struct row_downlink_stat){33, 1, DL_SENT, 4});
    trace_row(t, ROW_DUTY_STAT, &(struct row_duty_stat){ROW_NULL, "g1", 10000, 2, SIM_S(18), 0});
    trace_row(t, ROW_WARNING, &(struct row_warning){"cell.yaml:3:4", "look"});
    trace_row(t, ROW_METRIC, &(struct row_metric){"load_ratio", ROW_NULL, 0.25});
}

/* A link of 1 Gbit/s and a flow from it to node 11; a run lasts 4 ns. */
static void emit_ip(struct trace *t)
{
    trace_row(t, ROW_IP_LINK, &(struct row_ip_link){1, "lan", "csma", 1000000000, 1, 0});
    trace_row(t, ROW_IP_LINK_STAT, &(struct row_ip_link_stat){1, IP_TRAFFIC_MLD, 3, 1, 0, 0, 0, 0});
    trace_row(t, ROW_IP_FLOW,
              &(struct row_ip_flow){"f", 33, "fd00::1", "ff15::1", 40000, 4, 0, 1, 3});
    trace_row(t, ROW_IP_INTERFACE,
              &(struct row_ip_interface){11, 2, 1, NULL, "10.0.0.1", NULL, NULL});
    trace_row(t, ROW_IP_FORWARDING,
              &(struct row_ip_forwarding){SIM_S(1), 11, "fd00::1", "ff15::1", 1, "2"});
    trace_row(t, ROW_IP_JOIN,
              &(struct row_ip_join){11, 1, "ff15::1", 40000, SIM_MS(1), SIM_MS(3), SIM_MS(5), 2,
                                    SIM_MS(9), 4});
    trace_row(t, ROW_IP_FLOW_STAT,
              &(struct row_ip_flow_stat){"f", 11, 4, 3, 1, 0, 0, SIM_MS(1), SIM_MS(3), SIM_MS(6)});
}

static void write_all(const char *path, enum row_level level, bool complete)
{
    struct store *st = open_store(path, level);
    struct trace t;
    trace_init(&t);
    store_listen(st, &t);
    store_param(st, "run.seed", "1");
    emit_all(&t);
    emit_ip(&t);
    assert_false(store_failed(st));
    close_store(st, complete);
}

static void test_values(void **state)
{
    (void)state;
    write_all(DB, ROW_ALL, true);
    check_query(
        "SELECT id, scenario, seed, run_number, status, level, start_gps_ns, duration_ns, version, "
        "options, scenario_text FROM run",
        "1|cell.yaml|1|2|complete|all|3|4|0.1.0||run: {seed: 1}\n\n");
    check_query("SELECT * FROM tx",
                "1|11|5|33|NULL|2|-7|9223372036854775807|868100000|5|7|-1400|23|"
                "4294967295|65536|NULL\n");
    check_query("SELECT name, group_name, eui FROM node WHERE id = 11",
                "it's \"a\"; DROP TABLE tx;--/0|\xc3\xa4/\n|NULL\n");
    check_query("SELECT * FROM metric", "1|load_ratio|NULL|0.25\n");
    check_query("SELECT * FROM param", "1|run.seed|1\n");
    check_query("SELECT name FROM code WHERE table_name = 'loss' AND code = 7", "interference\n");
    check_query("PRAGMA integrity_check", "ok\n");
    check_query("PRAGMA application_id", "1665295716\n");
}

static void test_levels(void **state)
{
    (void)state;
    static const enum row_level levels[] = {ROW_SUMMARY, ROW_FRAMES, ROW_ALL};
    for (int i = 0; i < 3; i++)
        write_all(DB, levels[i], true);
    check_query("SELECT level, (SELECT count(*) FROM tx WHERE run = r.id), "
                "(SELECT count(*) FROM loss WHERE run = r.id), (SELECT count(*) FROM link WHERE "
                "run = r.id), "
                "(SELECT count(*) FROM device_stat WHERE run = r.id) FROM run r",
                "summary|0|0|0|1\nframes|1|1|0|1\nall|1|2|1|1\n");
}

/* Many more rows than a buffer holds arrive all, in order. */
static void test_many_rows(void **state)
{
    (void)state;
    struct store *st = open_store(DB, ROW_FRAMES);
    struct row_node node = {.name = "a", .group_name = NULL};
    char eui[100];
    for (int64_t i = 0; i < 20000; i++) {
        struct row_tx tx = tx_1;
        tx.seq = i;
        store_row(st, ROW_TX, &tx);
        snprintf(eui, sizeof eui, "%064d", (int)i);
        node.id = i;
        node.eui = eui;
        store_row(st, ROW_NODE, &node);
    }
    close_store(st, true);
    check_query("SELECT count(*), sum(seq), sum(rowid - 1 = seq) FROM tx",
                "20000|199990000|20000\n");
    check_query("SELECT count(*), sum(cast(eui AS INTEGER) = id) FROM node", "20000|20000\n");
}

static char *dump(const char *path)
{
    char *all = NULL;
    size_t len;
    FILE *f = open_memstream(&all, &len);
    char *tables = query(path, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    for (char *t = strtok(tables, "\n"); t; t = strtok(NULL, "\n")) {
        char sql[100];
        snprintf(sql, sizeof sql, "SELECT rowid, * FROM %s ORDER BY rowid", t);
        char *rows = query(path, sql);
        fprintf(f, "%s\n%s", t, rows);
        free(rows);
    }
    char *schema = query(path, "SELECT sql FROM sqlite_schema");
    fputs(schema, f);
    fclose(f);
    free(schema);
    free(tables);
    return all;
}

static void test_equal_dump(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        write_all(DB, ROW_ALL, true);
        write_all(DB2, ROW_ALL, true);
    }
    char *a = dump(DB), *b = dump(DB2);
    assert_string_equal(a, b);
    assert_null(strstr(a, BUILD_DIR));
    free(a);
    free(b);
}

static void test_incomplete(void **state)
{
    (void)state;
    write_all(DB, ROW_SUMMARY, true);
    write_all(DB, ROW_SUMMARY, false); /* ended early: its rows are there, but marked */
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) { /* killed in the middle: only its mark is there */
        struct store *st = open_store(DB, ROW_FRAMES);
        for (int i = 0; i < 10000; i++)
            store_row(st, ROW_TX, &tx_1);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    check_query("SELECT id, status, (SELECT count(*) FROM tx WHERE run = r.id) FROM run r",
                "1|complete|0\n2|incomplete|0\n3|incomplete|0\n");
    write_all(DB, ROW_SUMMARY, true);
    check_query("SELECT id, status FROM run WHERE id > 2", "3|incomplete\n4|complete\n");
    check_query("SELECT DISTINCT run FROM v_delivery", "1\n4\n"); /* views leave it out */
}

static void test_discard(void **state)
{
    (void)state;
    write_all(DB, ROW_SUMMARY, true);
    struct store *st = open_store(DB, ROW_FRAMES);
    assert_int_equal(store_run_id(st), 2);
    store_row(st, ROW_TX, &tx_1);
    store_discard(st);
    store_discard(NULL);
    assert_int_equal(store_close(NULL, true, NULL), SIM_OK);
    check_query("SELECT id FROM run", "1\n");
    check_query("SELECT count(*) FROM tx", "0\n");
}

static void test_balance(void **state)
{
    (void)state;
    struct store *st = open_store(DB, ROW_SUMMARY);
    struct sim_error e;
    struct row_node net = {.id = 33, .kind = NODE_NETWORK, .name = "net"};
    store_row(st, ROW_NODE, &net);
    store_row(st, ROW_TRAFFIC_STAT, &(struct row_traffic_stat){33, FRAME_UP, 5, 10, 7, 1});
    store_row(st, ROW_LOSS_STAT, &(struct row_loss_stat){33, FRAME_UP, 5, LOSS_SENSITIVITY, 2});
    store_row(st, ROW_LOSS_STAT, &(struct row_loss_stat){33, FRAME_UP, 5, LOSS_CHANNEL, 1});
    assert_int_equal(store_check_balance(st, &e), SIM_OK);
    store_row(st, ROW_LOSS_STAT, &(struct row_loss_stat){33, FRAME_DOWN, 0, LOSS_WINDOW, 1});
    assert_int_equal(store_check_balance(st, &e), SIM_EINVAL);
    assert_string_equal(
        e.text, "network net, unconfirmed_down, data rate 0: 0 sent, but 0 received and 1 lost");
    close_store(st, true);
}

static void test_views(void **state)
{
    (void)state;
    write_all(DB, ROW_ALL, true);
    static const char *const one_row[] = {
        "v_delivery", "v_losses", "v_downlinks", "v_duty",  "v_gaps",       "v_energy", "v_states",
        "v_devices",  "v_flows",  "v_link_load", "v_joins", "v_tree_edges", "v_tx",     "v_rx"};
    for (size_t i = 0; i < sizeof one_row / sizeof *one_row; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", one_row[i]);
        check_query(sql, "1\n");
    }
    check_query("SELECT network, kind, dr, n_sent, n_received, delivery_ratio FROM v_delivery",
                "net|unconfirmed_up|5|10|7|0.7\n");
    check_query("SELECT network, kind, dr, reason, n_lost, loss_ratio FROM v_losses",
                "net|unconfirmed_up|5|sensitivity|3|0.3\n");
    check_query("SELECT window, result, n_downlinks, share_ratio FROM v_downlinks",
                "1|sent|4|1.0\n");
    check_query("SELECT node, sub_band, limit_ratio, mean_of_limit, max_hour_of_limit FROM v_duty",
                "devices|g1|0.01|50.0|0.5\n");
    check_query("SELECT gap_min_s, gap_mean_s, gap_max_s FROM v_gaps", "1.0|2.0|3.0\n");
    check_query("SELECT device_mean_mj, per_message_mj, battery_mean_days FROM v_energy",
                "6.0|2.0|40.0\n");
    check_query("SELECT phase, n_devices, mean_s, mean_mj, tx_ratio, rx_ratio, sleep_ratio FROM "
                "v_states",
                "run|1|2.0|6.0|0.75|0.0|0.25\n");
    check_query("SELECT devaddr, delivery_ratio, best_gateway FROM v_devices",
                "00000A0B|0.75|NULL\n");
    check_query("SELECT flow, group_addr, n_lost, delivery_ratio, delay_mean_ms FROM v_flows",
                "f|ff15::1|1|0.75|2.0\n");
    check_query("SELECT first_after_ms, in_stream, last_after_ms, n_after, n_missed FROM v_joins",
                "2.0|1|4.0|2|4\n");
    check_query("SELECT link, kind, n_packets, mean_bps, load_ratio FROM v_link_load",
                "lan|mld|3|2000000000.0|2.0\n");
    check_query("SELECT reason, final FROM v_loss", "interference|0\ninterference|1\n");
}

static void test_not_ours(void **state)
{
    (void)state;
    exec(DB, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    struct stat before, after;
    stat(DB, &before);
    check_open_fails(DB, SIM_EDB, "another program");
    stat(DB, &after);
    assert_int_equal(before.st_size, after.st_size);
    check_query("SELECT a FROM t", "1\n");
    check_query("PRAGMA journal_mode", "delete\n");

    FILE *f = fopen(DB2, "wb");
    for (int i = 0; i < 1000; i++)
        fputs("not a database\n", f);
    fclose(f);
    check_open_fails(DB2, SIM_EDB, "is not a castbed database");
    stat(DB2, &after);
    assert_int_equal(after.st_size, 15000);
}

static void test_other_version(void **state)
{
    (void)state;
    write_all(DB, ROW_SUMMARY, true);
    assert_in_range(schema_version(), 100000, 999999);
    char sql[80];
    snprintf(sql, sizeof sql, "%d\n", schema_version());
    check_query("PRAGMA user_version", sql);
    exec(DB, "PRAGMA user_version = 99");
    check_open_fails(DB, SIM_EDB, "was written by castbed with schema 99, this one writes ");
    exec(DB, "PRAGMA user_version = 0");
    check_open_fails(DB, SIM_EDB, "with schema 0, this one writes ");
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d; DROP TABLE param", schema_version());
    exec(DB, sql);
    check_open_fails(DB, SIM_EDB, "no such table: param");
}

static void test_bad_paths(void **state)
{
    (void)state;
    check_open_fails("", SIM_EINVAL, "empty");
    check_open_fails(BUILD_DIR, SIM_EIO, "opening");
    check_open_fails(BUILD_DIR "/no/such/folder/x.db", SIM_EIO, "No such file or directory");
    check_open_fails("/proc/x.db", SIM_EIO, "check the folder");
}

static void test_read_only(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may write everywhere */
    write_all(DB, ROW_SUMMARY, true);
    chmod(DB, 0444);
    check_open_fails(DB, SIM_EIO, "cannot be written");
}

/* A second writer is refused after STORE_BUSY_MS, whichever program it is; readers are not. */
static void test_locked(void **state)
{
    (void)state;
    write_all(DB, ROW_SUMMARY, true);
    struct store *st = open_store(DB, ROW_SUMMARY);
    check_query("SELECT id, status FROM run", "1|complete\n2|incomplete\n");
    check_open_fails(DB, SIM_EBUSY, "locked by another program");
    close_store(st, true);
    check_query("SELECT id, status FROM run", "1|complete\n2|complete\n");
}

/* Write a run in a child process that cannot make files larger than limit; returns the child's
 * SIM_E code, made positive, or 255 when it did not end by itself. */
static int write_with_limit(rlim_t limit, int n_rows)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit r = {limit, limit};
        setrlimit(RLIMIT_FSIZE, &r);
        struct store *st;
        struct sim_error e = {0};
        int rc = store_open(&st, DB, ROW_FRAMES, &run_1, &e);
        for (int i = 0; !rc && i < n_rows && !store_failed(st); i++)
            store_row(st, ROW_TX, &tx_1);
        if (!rc)
            rc = store_close(st, true, &e);
        if (rc && !strstr(e.text, "no room left"))
            fprintf(stderr, "%s\n", e.text), _exit(254);
        _exit(rc ? rc - SIM_ERR_BASE : 0);
    }
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* A disk that fills while the run's row, its rows, or its end is written: a clear error, and the
 * earlier run is whole. */
static void test_disk_full(void **state)
{
    (void)state;
    write_all(DB, ROW_ALL, true);
    struct stat s;
    stat(DB, &s);
    static const int n_rows[] = {10, 60000, 200000};
    static const int more[] = {-100000, 20000, 500000, 1500000};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++) {
            int rc = write_with_limit((rlim_t)(s.st_size + more[k]), n_rows[i]);
            if (rc != 0 && rc != SIM_ENOSPC - SIM_ERR_BASE)
                fail_msg("%d rows, %d bytes more: %d", n_rows[i], more[k], rc);
            if (n_rows[i] == 200000)
                assert_int_equal(rc, SIM_ENOSPC - SIM_ERR_BASE);
            check_query("PRAGMA integrity_check", "ok\n");
            check_query(
                "SELECT status, (SELECT count(*) FROM tx WHERE run = 1) FROM run WHERE id = 1",
                "complete|1\n");
            check_query(
                "SELECT count(*) FROM tx t JOIN run r ON r.id = t.run WHERE status = 'incomplete'",
                "0\n");
        }
    write_all(DB, ROW_ALL, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_values, setup),
        cmocka_unit_test_setup(test_levels, setup),
        cmocka_unit_test_setup(test_many_rows, setup),
        cmocka_unit_test_setup(test_equal_dump, setup),
        cmocka_unit_test_setup(test_incomplete, setup),
        cmocka_unit_test_setup(test_discard, setup),
        cmocka_unit_test_setup(test_balance, setup),
        cmocka_unit_test_setup(test_views, setup),
        cmocka_unit_test_setup(test_not_ours, setup),
        cmocka_unit_test_setup(test_other_version, setup),
        cmocka_unit_test_setup(test_bad_paths, setup),
        cmocka_unit_test_setup(test_read_only, setup),
        cmocka_unit_test_setup(test_locked, setup),
        cmocka_unit_test_setup(test_disk_full, setup),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
