/* SPDX-License-Identifier: GPL-2.0-only
 * calc fragmic: the integrity code of a fragmented data block in version 2, under the names of the
 * test vectors. */
#include <stdlib.h>
#include <string.h>

#include "models/packages/fragcode.h"
#include "models/packages/fragmic.h"
#include "sim/err.h"
#include "sim/mem.h"
#include "tools/calc.h"
#include "tools/read_file.h"

enum { KEY_LEN = 16 };

enum { OPT_GENAPPKEY, OPT_APPKEY, OPT_SESSION_CNT, OPT_FRAG_INDEX, OPT_DESCRIPTOR, OPT_IMAGE };
enum { N_OPTS = OPT_IMAGE + 1 };

static bool read_options(const struct calc *c, const struct calc_opt *opts, uint8_t key[KEY_LEN],
                         struct fragmic_session *s)
{
    const struct calc_opt *root = &opts[opts[OPT_GENAPPKEY].value ? OPT_GENAPPKEY : OPT_APPKEY];
    int64_t session_cnt, frag_index;
    if (!opts[OPT_GENAPPKEY].value == !opts[OPT_APPKEY].value) {
        calc_fail(c, "give either --genappkey (LoRaWAN 1.0.x) or --appkey (1.1)");
        return false;
    }
    for (int i = OPT_SESSION_CNT; i <= OPT_DESCRIPTOR; i++)
        if (!opts[i].value) {
            calc_fail(c, "%s is missing: the code covers it", opts[i].name);
            return false;
        }
    if (!calc_hex_exact(c, root->name, root->value, key, KEY_LEN) ||
        !calc_int(c, "--session-cnt", opts[OPT_SESSION_CNT].value, 0, UINT16_MAX, &session_cnt) ||
        !calc_int(c, "--frag-index", opts[OPT_FRAG_INDEX].value, 0, 3, &frag_index) ||
        !calc_hex_exact(c, "--descriptor", opts[OPT_DESCRIPTOR].value, s->descriptor,
                        sizeof s->descriptor))
        return false;
    s->session_cnt = (uint16_t)session_cnt;
    s->frag_index = (uint8_t)frag_index;
    return true;
}

/* The block from --image or from HEX; the caller frees it. */
static int read_block(const struct calc *c, const char *image, const char *hex, uint8_t **block,
                      size_t *len)
{
    struct sim_error e;
    *block = NULL;
    if (!image == !hex)
        return calc_fail(c, "give either the block as HEX or --image FILE");
    if (image)
        return read_file(image, FRAG_MAX_LEN, block, len, &e) ? calc_fail(c, "%s", e.text)
                                                              : CALC_OK;
    size_t max = strlen(hex) / 2;
    *block = mem_alloc(max + 1, 1);
    return calc_hex(c, "HEX", hex, *block, max, len) ? CALC_OK : CALC_USAGE;
}

int calc_fragmic(const struct calc *c, int argc, char **argv)
{
    struct calc_opt opts[N_OPTS] = {
        {"--genappkey", false, NULL},   {"--appkey", false, NULL},
        {"--session-cnt", false, NULL}, {"--frag-index", false, NULL},
        {"--descriptor", false, NULL},  {"--image", false, NULL},
    };
    const char *hex;
    enum calc_go go = calc_args(c, argc, argv, opts, N_OPTS, &hex, 1);
    if (go != CALC_GO)
        return go == CALC_BAD ? CALC_USAGE : CALC_OK;
    uint8_t root[KEY_LEN], key[KEY_LEN], mic[4], *block;
    struct fragmic_session s;
    size_t len;
    if (!read_options(c, opts, root, &s))
        return CALC_USAGE;
    int rc = read_block(c, opts[OPT_IMAGE].value, hex, &block, &len);
    if (!rc && len > FRAG_MAX_LEN)
        rc = calc_fail(c, "a block of %zu octets; at most %d", len, FRAG_MAX_LEN);
    if (!rc) {
        fragmic_key(root, key);
        fragmic_block(key, &s, block, len, mic);
        json_t *o = json_pack("{s:i, s:i, s:I}", "session_cnt", s.session_cnt, "frag_index",
                              s.frag_index, "data_len", (json_int_t)len);
        calc_set_hex(o, "descriptor_octets", s.descriptor, sizeof s.descriptor);
        calc_set_hex(o, "data_block_int_key", key, sizeof key);
        calc_set_hex(o, "mic_octets", mic, sizeof mic);
        rc = calc_print(c, o);
    }
    free(block);
    return rc;
}
