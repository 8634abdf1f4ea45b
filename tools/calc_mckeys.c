/* SPDX-License-Identifier: GPL-2.0-only
 * calc mckeys: every key between a device's root key and the session keys of a multicast group,
 * under the names of the test vectors. */
#include "models/lorawan/mckeys.h"
#include "sim/bytes.h"
#include "tools/calc.h"

enum { KEY_LEN = 16 };

enum { OPT_GENAPPKEY, OPT_APPKEY, OPT_MCKEY_ENCRYPTED, OPT_MCKEY, OPT_MCADDR, N_OPTS };

static void set_key(json_t *o, const char *name, const uint8_t key[KEY_LEN])
{
    calc_set_hex(o, name, key, KEY_LEN);
}

/* The keys that hang from the root key; mckey is opened when it came encrypted. */
static void set_device_keys(json_t *o, const uint8_t root[KEY_LEN], bool genappkey, bool encrypted,
                            uint8_t mckey[KEY_LEN])
{
    uint8_t mcrootkey[KEY_LEN], mckekey[KEY_LEN], wrapped[KEY_LEN];
    if (genappkey)
        mckeys_root_from_genappkey(root, mcrootkey);
    else
        mckeys_root_from_appkey(root, mcrootkey);
    mckeys_kek(mcrootkey, mckekey);
    if (encrypted)
        mckeys_unwrap(mckekey, mckey, mckey);
    mckeys_wrap(mckekey, mckey, wrapped);
    set_key(o, genappkey ? "mcrootkey_from_genappkey" : "mcrootkey_from_appkey", mcrootkey);
    set_key(o, genappkey ? "mckekey_from_genappkey" : "mckekey_from_appkey", mckekey);
    set_key(o,
            genappkey ? "mckey_encrypted_under_genappkey_mckekey"
                      : "mckey_encrypted_under_appkey_mckekey",
            wrapped);
}

/* Which options go together; CALC_GO when these do, else after a message. */
static int check_options(const struct calc *c, const struct calc_opt *opts)
{
    bool root = opts[OPT_GENAPPKEY].value || opts[OPT_APPKEY].value;
    if (opts[OPT_GENAPPKEY].value && opts[OPT_APPKEY].value)
        return calc_fail(c, "give either --genappkey (LoRaWAN 1.0.x) or --appkey (1.1)");
    if (!opts[OPT_MCKEY_ENCRYPTED].value == !opts[OPT_MCKEY].value)
        return calc_fail(c, "give either --mckey-encrypted or --mckey");
    if (opts[OPT_MCKEY_ENCRYPTED].value && !root)
        return calc_fail(c,
                         "--mckey-encrypted needs --genappkey (LoRaWAN 1.0.x) or --appkey (1.1)");
    if (!opts[OPT_MCADDR].value)
        return calc_fail(c, "--mcaddr is missing: 8 hex digits");
    return CALC_OK;
}

int calc_mckeys(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[N_OPTS] = {
        {"--genappkey", false, NULL}, {"--appkey", false, NULL}, {"--mckey-encrypted", false, NULL},
        {"--mckey", false, NULL},     {"--mcaddr", false, NULL},
    };
    enum calc_go go = calc_args(c, argc, argv, opts, N_OPTS, NULL, 0);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    int rc = check_options(c, opts);
    if (rc)
        return rc;
    bool genappkey = opts[OPT_GENAPPKEY].value, encrypted = opts[OPT_MCKEY_ENCRYPTED].value;
    const struct calc_opt *root_opt = &opts[genappkey ? OPT_GENAPPKEY : OPT_APPKEY];
    const struct calc_opt *key_opt = &opts[encrypted ? OPT_MCKEY_ENCRYPTED : OPT_MCKEY];
    uint8_t root[KEY_LEN], mckey[KEY_LEN], mcnwkskey[KEY_LEN], mcappskey[KEY_LEN];
    uint64_t mc_addr;
    if ((root_opt->value && !calc_hex_exact(c, root_opt->name, root_opt->value, root, KEY_LEN)) ||
        !calc_hex_exact(c, key_opt->name, key_opt->value, mckey, KEY_LEN) ||
        !calc_hex_number(c, "--mcaddr", opts[OPT_MCADDR].value, 4, &mc_addr))
        return CALC_USAGE;
    json_t *o = json_object();
    calc_set_number_hex(o, "mcaddr", mc_addr, 8);
    if (root_opt->value)
        set_device_keys(o, root, genappkey, encrypted, mckey);
    mckeys_session(mckey, (uint32_t)mc_addr, mcnwkskey, mcappskey);
    set_key(o, "mckey", mckey);
    set_key(o, "mcappskey", mcappskey);
    set_key(o, "mcnetskey", mcnwkskey);
    return calc_print(c, o);
}
