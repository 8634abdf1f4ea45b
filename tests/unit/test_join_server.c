/* SPDX-License-Identifier: GPL-2.0-only
 * Pins the join server: which DevNonces it takes in both versions, JoinNonces that count, keys, and
 * what it says to requests that are not good. Left open: nothing of its header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "models/lorawan/join.h"
#include "models/server/join_server.h"
#include "sim/err.h"

enum { NETID = 0x000013 };
static const uint8_t key[16] = {7, 1, 2, 3};

static int ask(struct join_server *js, uint64_t joineui, uint64_t deveui, uint16_t devnonce,
               struct join_answer *a)
{
    uint8_t phy[LW_JOIN_REQUEST_LEN];
    struct lw_join_request r = {.joineui = joineui, .deveui = deveui, .devnonce = devnonce};
    assert_int_equal(lw_join_request_encode(&r, key, phy), LW_JOIN_REQUEST_LEN);
    return join_server_request(js, phy, sizeof phy, NETID, a);
}

static void counter(void **state)
{
    (void)state;
    struct join_answer a;
    struct join_server *js = join_server_open(1);
    join_server_add(js, 0, 1, 2, key, true);
    assert_int_equal(ask(js, 1, 2, 0, &a), SIM_OK);
    assert_int_equal(ask(js, 1, 2, 0, &a), SIM_EREPLAY);
    assert_int_equal(ask(js, 1, 2, 9, &a), SIM_OK); /* requests may get lost */
    assert_int_equal(ask(js, 1, 2, 8, &a), SIM_EREPLAY);
    assert_int_equal(ask(js, 1, 2, 65535, &a), SIM_OK);
    assert_int_equal(ask(js, 1, 2, 0, &a), SIM_EREPLAY); /* no way back */
    join_server_close(js);
}

static void random_nonces(void **state)
{
    (void)state;
    struct join_answer a;
    struct join_server *js = join_server_open(1);
    join_server_add(js, 0, 1, 2, key, false);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(ask(js, 1, 2, (uint16_t)(65000 - 600 * i), &a), SIM_OK);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(ask(js, 1, 2, (uint16_t)(65000 - 600 * i), &a), SIM_EREPLAY);
    assert_int_equal(ask(js, 1, 2, 1, &a), SIM_OK);
    join_server_close(js);
}

static void answers(void **state)
{
    (void)state;
    struct join_server *js = join_server_open(3);
    join_server_add(js, 2, 1, 0x20, key, true);
    join_server_add(js, 0, 1, 0x21, key, true);
    struct join_answer a, b;
    uint8_t nwkskey[16], appskey[16], phy[LW_JOIN_ACCEPT_MAX];
    assert_int_equal(ask(js, 1, 0x20, 5, &a), SIM_OK);
    assert_int_equal(ask(js, 1, 0x20, 6, &b), SIM_OK);
    assert_int_equal(a.device, 2);
    assert_int_equal(b.joinnonce, a.joinnonce + 1);
    lw_join_keys(key, a.joinnonce, NETID, 5, nwkskey, appskey);
    assert_memory_equal(a.nwkskey, nwkskey, 16);
    assert_memory_equal(a.appskey, appskey, 16);
    assert_memory_not_equal(a.nwkskey, b.nwkskey, 16);
    struct lw_join_accept accept = {.joinnonce = a.joinnonce, .netid = NETID, .devaddr = 99}, got;
    int len = join_server_accept(js, 2, &accept, phy);
    assert_int_equal(len, 17);
    assert_int_equal(lw_join_accept_open(&got, key, phy, (size_t)len), SIM_OK);
    assert_int_equal(got.devaddr, 99);
    join_server_close(js);
    join_server_close(NULL);
}

static void bad_requests(void **state)
{
    (void)state;
    struct join_answer a;
    uint8_t phy[LW_JOIN_REQUEST_LEN];
    struct lw_join_request r = {.joineui = 1, .deveui = 2, .devnonce = 0};
    struct join_server *js = join_server_open(20);
    for (uint32_t i = 0; i < 20; i++)
        join_server_add(js, i, 1, 2 + i, key, true);
    assert_int_equal(ask(js, 1, 99, 0, &a), SIM_ENOENT);
    assert_int_equal(ask(js, 3, 2, 0, &a), SIM_ENOENT); /* another JoinEUI */
    lw_join_request_encode(&r, key, phy);
    assert_int_equal(join_server_request(js, phy, 22, NETID, &a), SIM_ETRUNC);
    phy[22] ^= 1;
    assert_int_equal(join_server_request(js, phy, sizeof phy, NETID, &a), SIM_EMIC);
    phy[0] = 0x40;
    assert_int_equal(join_server_request(js, phy, sizeof phy, NETID, &a), SIM_EPROTO);
    assert_int_equal(ask(js, 1, 2, 0, &a), SIM_OK); /* a bad MIC used up nothing */
    for (uint32_t i = 1; i < 20; i++) {
        assert_int_equal(ask(js, 1, 2 + i, 0, &a), SIM_OK);
        assert_int_equal(a.device, i);
    }
    join_server_close(js);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counter),
        cmocka_unit_test(random_nonces),
        cmocka_unit_test(answers),
        cmocka_unit_test(bad_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
