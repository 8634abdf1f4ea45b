/* SPDX-License-Identifier: GPL-2.0-only
 * What a campaign asks, as commands of TS003 to TS006, and what their answers mean for it. */
#include <string.h>

#include "models/lorawan/mckeys.h"
#include "models/packages/fragmic.h"
#include "models/server/campaigns_internal.h"
#include "sim/err.h"

/* Beyond the delay of an answer: its way. */
static const sim_time WAY = SIM_S(30);

static const struct campaign_phase_cfg *phase_of(const struct campaign_run *r,
                                                 enum campaign_request what)
{
    const struct campaign_phases_cfg *p = &r->s.cfg->phases;
    switch (what) {
    case CAMPAIGN_ASK_CLOCK:
        return &p->clock;
    case CAMPAIGN_ASK_GROUP:
        return &p->group;
    case CAMPAIGN_ASK_FRAGMENTS:
        return &p->fragments;
    case CAMPAIGN_ASK_SESSION:
        return &p->session;
    case CAMPAIGN_ASK_STATUS:
        return &p->status;
    case CAMPAIGN_ASK_REMOVE_FRAGMENTS:
    case CAMPAIGN_ASK_REMOVE_GROUP:
        return &p->remove;
    case CAMPAIGN_ASK_IMAGE:
        return &p->image;
    case CAMPAIGN_ASK_REBOOT:
    case CAMPAIGN_ASK_FW_VERSION:
        return &p->reboot;
    default:
        return &p->inventory;
    }
}

static sim_time least(sim_time a, sim_time b)
{
    return a < b ? a : b;
}

static struct pkg_retry retry_of(const struct campaign_run *r, enum campaign_request what)
{
    const struct campaign_phase_cfg *p = phase_of(r, what);
    struct pkg_retry t = {.n_tries = (uint8_t)p->tries, .spacing = p->spacing_ns};
    sim_time now = evq_now(r->all->s.evq), answer = r->rules.ack_wait + WAY;
    if (what == CAMPAIGN_ASK_STATUS && t.spacing < answer)
        t.spacing = answer;
    t.limit = least(p->deadline_ns, t.n_tries * t.spacing);
    if (what == CAMPAIGN_ASK_SESSION)
        t.limit = least(t.limit, r->session.open - now);
    return t;
}

static struct package_command version_req(enum campaign_request what)
{
    static const uint8_t fports[] = {TS003_FPORT, TS005_FPORT, TS004_FPORT, TS006_FPORT};
    /* CID 0 in all of them. */
    return (struct package_command){.fport = fports[what - CAMPAIGN_ASK_VERSION_CLOCK]};
}

static struct package_command clock_req(const struct campaign_run *r)
{
    struct package_command c = {.fport = TS003_FPORT, .u.ts003.cid = TS003_FORCE_RESYNC};
    c.u.ts003.u.force_resync.nb_transmissions = (uint8_t)r->s.cfg->clock.requests;
    return c;
}

static struct package_command group_req(const struct campaign_run *r, uint32_t member)
{
    uint8_t root[16], kek[16];
    struct multicast_terms t = multicast_terms(r->s.mc);
    struct device_identity id = devices_identity(r->all->s.devices, r->devices[member]);
    struct package_command c = {.fport = TS005_FPORT, .u.ts005.cid = TS005_GROUP_SETUP};
    mckeys_root_from_genappkey(id.genappkey, root);
    mckeys_kek(root, kek);
    c.u.ts005.u.group_setup_req.mc_group_id = r->mc_group_ids[member];
    c.u.ts005.u.group_setup_req.mc_addr = t.mc_addr;
    c.u.ts005.u.group_setup_req.min_mc_fcnt = t.min_fcnt;
    c.u.ts005.u.group_setup_req.max_mc_fcnt = t.max_fcnt;
    mckeys_wrap(kek, t.mc_key, c.u.ts005.u.group_setup_req.mc_key_encrypted);
    return c;
}

static struct package_command session_req(const struct campaign_run *r, uint32_t member)
{
    struct multicast_terms t = multicast_terms(r->s.mc);
    struct package_command c = {.fport = TS005_FPORT};
    struct ts005_session_req *q = &c.u.ts005.u.session_req;
    c.u.ts005.cid = t.class_b ? TS005_CLASS_B_SESSION : TS005_CLASS_C_SESSION;
    q->periodicity = t.periodicity;
    q->mc_group_id = r->mc_group_ids[member];
    q->session_time_s = (uint32_t)pkg_gps_s(r->all->s.start_gps_ns + r->session.open);
    q->time_out = r->session.timeout;
    q->frequency_hz = (uint32_t)t.frequency_hz;
    q->dr = t.dr;
    return c;
}

struct ts004_setup_req campaign_setup_req(const struct campaign_run *r, uint32_t member)
{
    const struct campaign_cfg *c = r->s.cfg;
    const struct campaign_block *b = r->s.block;
    struct ts004_setup_req q = {.frag_index = (uint8_t)c->frag_index,
                                .mc_group_mask =
                                    (uint8_t)(c->session.max ? 1u << r->mc_group_ids[member] : 0),
                                .nb_frag = (uint16_t)b->m,
                                .frag_size = (uint8_t)b->frag_size,
                                .padding = (uint8_t)b->padding,
                                .block_ack_delay = (uint8_t)c->block_ack_delay};
    memcpy(q.descriptor, c->descriptor, sizeof q.descriptor);
    if (b->version == 1)
        return q;
    q.ack_reception = c->end == CAMPAIGN_END_ACKNOWLEDGED;
    q.session_cnt = (uint16_t)c->session_cnt;
    if (r->provisioned && !packages_keeps_bytes(r->all->s.packages, r->devices[member]))
        return q; /* it checks nothing */
    uint8_t key[16];
    struct device_identity id = devices_identity(r->all->s.devices, r->devices[member]);
    struct fragmic_session s = {.session_cnt = q.session_cnt, .frag_index = q.frag_index};
    memcpy(s.descriptor, q.descriptor, sizeof s.descriptor);
    fragmic_key(id.genappkey, key);
    fragmic_block(key, &s, b->data, b->len, q.mic);
    return q;
}

static struct package_command fragments_req(const struct campaign_run *r, uint32_t member)
{
    struct package_command c = {.fport = TS004_FPORT, .u.ts004.cid = TS004_SESSION_SETUP};
    c.u.ts004.u.setup_req = campaign_setup_req(r, member);
    return c;
}

static struct package_command status_req(const struct campaign_run *r)
{
    struct package_command c = {.fport = TS004_FPORT, .u.ts004.cid = TS004_SESSION_STATUS};
    c.u.ts004.u.status_req.frag_index = (uint8_t)r->s.cfg->frag_index;
    c.u.ts004.u.status_req.participants = r->s.cfg->status != CAMPAIGN_STATUS_MISSING;
    return c;
}

static struct package_command remove_fragments_req(const struct campaign_run *r)
{
    struct package_command c = {.fport = TS004_FPORT, .u.ts004.cid = TS004_SESSION_DELETE};
    c.u.ts004.u.delete_req.frag_index = (uint8_t)r->s.cfg->frag_index;
    return c;
}

static struct package_command remove_group_req(const struct campaign_run *r, uint32_t member)
{
    struct package_command c = {.fport = TS005_FPORT, .u.ts005.cid = TS005_GROUP_DELETE};
    c.u.ts005.u.group_delete_req.mc_group_id = r->mc_group_ids[member];
    return c;
}

/* All devices get one time, that of the first request. */
static struct package_command reboot_req(struct campaign_run *r)
{
    struct package_command c = {.fport = TS006_FPORT, .u.ts006.cid = TS006_REBOOT_COUNTDOWN};
    sim_time delay = r->s.cfg->firmware.reboot_delay_ns, now = evq_now(r->all->s.evq);
    if (r->s.cfg->firmware.reboot == CAMPAIGN_REBOOT_COUNTDOWN) {
        c.u.ts006.u.reboot_countdown.countdown_s = (uint32_t)(delay / SIM_S(1));
        return c;
    }
    if (r->reboot_at < 0)
        r->reboot_at = now + delay;
    c.u.ts006.cid = TS006_REBOOT_TIME;
    c.u.ts006.u.reboot_time.time_s = (uint32_t)pkg_gps_s(r->all->s.start_gps_ns + r->reboot_at);
    return c;
}

static struct package_command firmware_req(uint8_t cid)
{
    return (struct package_command){.fport = TS006_FPORT, .u.ts006.cid = cid};
}

static struct package_command request_of(struct campaign_run *r, uint32_t member,
                                         enum campaign_request what)
{
    switch (what) {
    case CAMPAIGN_ASK_CLOCK:
        return clock_req(r);
    case CAMPAIGN_ASK_GROUP:
        return group_req(r, member);
    case CAMPAIGN_ASK_FRAGMENTS:
        return fragments_req(r, member);
    case CAMPAIGN_ASK_SESSION:
        return session_req(r, member);
    case CAMPAIGN_ASK_STATUS:
        return status_req(r);
    case CAMPAIGN_ASK_REMOVE_FRAGMENTS:
        return remove_fragments_req(r);
    case CAMPAIGN_ASK_REMOVE_GROUP:
        return remove_group_req(r, member);
    case CAMPAIGN_ASK_IMAGE:
        return firmware_req(TS006_UPGRADE_IMAGE);
    case CAMPAIGN_ASK_REBOOT:
        return reboot_req(r);
    case CAMPAIGN_ASK_FW_VERSION:
        return firmware_req(TS006_DEV_VERSION);
    default:
        return version_req(what);
    }
}

int campaign_ask(struct campaign_run *r, uint32_t member, enum campaign_request what)
{
    struct package_command c = request_of(r, member, what);
    struct pkg_retry retry = retry_of(r, what);
    if (retry.limit <= 0)
        return SIM_ERANGE;
    return packages_ask(r->all->s.packages, r->devices[member], &c, &retry);
}

struct package_command campaign_fragment(const struct campaign_run *r, unsigned n, uint8_t *data)
{
    struct package_command c = {.fport = TS004_FPORT, .u.ts004.cid = TS004_DATA_FRAGMENT};
    int rc = fragcode_encode(r->rows, r->s.block->data, r->s.block->frag_size, n, data);
    SIM_CHECK(rc == SIM_OK, "campaign %s, fragment %u: %s", r->s.cfg->name, n, sim_strerror(rc));
    c.u.ts004.u.data_fragment.frag_index = (uint8_t)r->s.cfg->frag_index;
    c.u.ts004.u.data_fragment.n = (uint16_t)n;
    c.u.ts004.u.data_fragment.data = data;
    c.u.ts004.u.data_fragment.len = r->s.block->frag_size;
    return c;
}

static bool from_ts003(const struct package_news *n, struct campaign_answer *a)
{
    uint8_t cid = n->asked->u.ts003.cid;
    if (cid == TS003_PACKAGE_VERSION) {
        a->what = CAMPAIGN_ASK_VERSION_CLOCK;
        a->version = n->answer ? n->answer->u.ts003.u.package_version_ans.version : 0;
        return true;
    }
    a->what = CAMPAIGN_ASK_CLOCK;
    return cid == TS003_FORCE_RESYNC;
}

static uint8_t session_reason(const struct ts005_session_ans *s)
{
    return s->mc_group_undefined ? CAMPAIGN_R_GROUP_UNDEFINED
           : s->freq_error       ? CAMPAIGN_R_FREQUENCY
           : s->dr_error         ? CAMPAIGN_R_DATA_RATE
                                 : CAMPAIGN_R_START_MISSED;
}

static bool from_ts005(const struct package_news *n, struct campaign_answer *a)
{
    const struct ts005 *answer = n->answer ? &n->answer->u.ts005 : NULL;
    switch ((enum ts005_cid)n->asked->u.ts005.cid) {
    case TS005_PACKAGE_VERSION:
        a->what = CAMPAIGN_ASK_VERSION_GROUP;
        a->version = answer ? answer->u.package_version_ans.version : 0;
        return true;
    case TS005_GROUP_SETUP:
        a->what = CAMPAIGN_ASK_GROUP;
        a->reason = CAMPAIGN_R_GROUP_ID;
        return true;
    case TS005_GROUP_DELETE:
        a->what = CAMPAIGN_ASK_REMOVE_GROUP;
        return true;
    case TS005_CLASS_B_SESSION:
    case TS005_CLASS_C_SESSION:
        a->what = CAMPAIGN_ASK_SESSION;
        a->clock_known = n->clock_known;
        a->clock_error_ns = SIM_S(n->clock_error_s);
        if (answer)
            a->reason = session_reason(&answer->u.session_ans);
        return true;
    default:
        return false;
    }
}

static uint8_t setup_reason(const struct ts004 *c)
{
    return c->u.setup_ans.index_not_supported    ? CAMPAIGN_R_FRAG_INDEX
           : c->u.setup_ans.not_enough_memory    ? CAMPAIGN_R_MEMORY
           : c->u.setup_ans.encoding_unsupported ? CAMPAIGN_R_ENCODING
           : c->u.setup_ans.wrong_descriptor     ? CAMPAIGN_R_DESCRIPTOR
                                                 : CAMPAIGN_R_SESSION_CNT;
}

/* Status answers come to a device's request or to that of a group. */
static bool from_status(const struct campaign_run *r, const struct ts004 *answer,
                        struct campaign_answer *a)
{
    a->what = CAMPAIGN_ASK_STATUS;
    if (!answer)
        return true;
    const struct ts004_status_ans *s = &answer->u.status_ans;
    if (s->has_counts && s->frag_index != r->s.cfg->frag_index)
        return false;
    a->missing = s->missing_frag;
    a->out_of_memory = s->memory_error;
    a->outcome = CAMPAIGN_ACCEPTED;
    if (s->session_does_not_exist || s->mic_error) {
        a->outcome = CAMPAIGN_REFUSED;
        a->reason = s->mic_error ? CAMPAIGN_R_MIC : CAMPAIGN_R_NO_BLOCK;
    }
    return true;
}

/* A receipt: the block is there. */
static bool from_receipt(const struct campaign_run *r, const struct ts004 *answer,
                         struct campaign_answer *a)
{
    a->what = CAMPAIGN_ASK_STATUS;
    a->outcome = CAMPAIGN_ACCEPTED;
    if (answer->u.block_received_req.mic_error) {
        a->outcome = CAMPAIGN_REFUSED;
        a->reason = CAMPAIGN_R_MIC;
    }
    return answer->u.block_received_req.frag_index == r->s.cfg->frag_index;
}

static bool from_ts004(const struct campaign_run *r, const struct package_news *n,
                       struct campaign_answer *a)
{
    const struct ts004 *answer = n->answer ? &n->answer->u.ts004 : NULL;
    switch ((enum ts004_cid)(answer ? answer->cid : n->asked->u.ts004.cid)) {
    case TS004_PACKAGE_VERSION:
        a->what = CAMPAIGN_ASK_VERSION_FRAGMENTS;
        a->version = answer ? answer->u.package_version_ans.version : 0;
        return true;
    case TS004_SESSION_SETUP:
        a->what = CAMPAIGN_ASK_FRAGMENTS;
        if (answer)
            a->reason = setup_reason(answer);
        return true;
    case TS004_SESSION_DELETE:
        a->what = CAMPAIGN_ASK_REMOVE_FRAGMENTS;
        return true;
    case TS004_SESSION_STATUS:
        return from_status(r, answer, a);
    case TS004_BLOCK_RECEIVED:
        return from_receipt(r, answer, a);
    default:
        return false;
    }
}

static void from_image(const struct ts006 *answer, struct campaign_answer *a)
{
    static const uint8_t reasons[] = {[TS006_IMAGE_NONE] = CAMPAIGN_R_NO_IMAGE,
                                      [TS006_IMAGE_BAD] = CAMPAIGN_R_IMAGE_BAD,
                                      [TS006_IMAGE_OTHER_HARDWARE] = CAMPAIGN_R_IMAGE_HARDWARE};
    a->fw_version = answer->u.upgrade_image_ans.next_firmware_version;
    if (answer->u.upgrade_image_ans.status == TS006_IMAGE_VALID)
        return;
    a->outcome = CAMPAIGN_REFUSED;
    a->reason = reasons[answer->u.upgrade_image_ans.status & 3];
}

/* Both answers count seconds from now on. */
static void from_reboot(const struct package_news *n, struct campaign_answer *a)
{
    const struct ts006 *answer = &n->answer->u.ts006;
    a->reason = CAMPAIGN_R_REBOOT_REFUSED;
    a->reboot_in = SIM_S((sim_time)(answer->cid == TS006_REBOOT_TIME
                                        ? answer->u.reboot_time.time_s
                                        : answer->u.reboot_countdown.countdown_s));
    if (a->outcome != CAMPAIGN_ACCEPTED || !n->implausible)
        return;
    a->outcome = CAMPAIGN_REFUSED;
    a->reason = CAMPAIGN_R_REBOOT_TIME;
}

static bool from_ts006(const struct package_news *n, struct campaign_answer *a)
{
    const struct ts006 *answer = n->answer ? &n->answer->u.ts006 : NULL;
    switch ((enum ts006_cid)n->asked->u.ts006.cid) {
    case TS006_PACKAGE_VERSION:
        a->what = CAMPAIGN_ASK_VERSION_FIRMWARE;
        a->version = answer ? answer->u.package_version_ans.version : 0;
        return true;
    case TS006_DEV_VERSION:
        a->what = CAMPAIGN_ASK_FW_VERSION;
        a->fw_version = answer ? answer->u.dev_version_ans.fw_version : 0;
        return true;
    case TS006_REBOOT_TIME:
    case TS006_REBOOT_COUNTDOWN:
        a->what = CAMPAIGN_ASK_REBOOT;
        if (answer)
            from_reboot(n, a);
        return true;
    case TS006_UPGRADE_IMAGE:
        a->what = CAMPAIGN_ASK_IMAGE;
        if (answer)
            from_image(answer, a);
        return true;
    default:
        return false;
    }
}

bool campaign_answer_of(const struct campaign_run *r, const struct package_news *n,
                        struct campaign_answer *a)
{
    static const enum campaign_outcome outcomes[] = {[PACKAGE_ACCEPTED] = CAMPAIGN_ACCEPTED,
                                                     [PACKAGE_REFUSED] = CAMPAIGN_REFUSED,
                                                     [PACKAGE_NO_ANSWER] = CAMPAIGN_SILENT,
                                                     [PACKAGE_TOLD] = CAMPAIGN_ACCEPTED};
    const struct package_command *c = n->asked ? n->asked : n->answer;
    *a = (struct campaign_answer){.outcome = outcomes[n->result]};
    if (!n->asked && c->fport != TS004_FPORT)
        return false;
    switch (c->fport) {
    case TS003_FPORT:
        return from_ts003(n, a);
    case TS004_FPORT:
        return from_ts004(r, n, a);
    case TS005_FPORT:
        return from_ts005(n, a);
    case TS006_FPORT:
        return from_ts006(n, a);
    default:
        return false;
    }
}
