/* SPDX-License-Identifier: GPL-2.0-only
 * castbed calc: finds the calculator that is asked for; the list of them and their help. */
#include "tools/cmd_calc.h"

#include <string.h>

#include "sim/scenario.h"
#include "tools/calc.h"

struct calculator {
    const char *name, *summary, *help;
    int (*run)(const struct calc *c, int argc, char **argv);
};

static const struct calculator calculators[] = {
    {"toa", "air time of a frame",
     "castbed calc toa --sf N --bw HZ --cr 4/N --len N [--preamble N] [--implicit] [--no-crc]\n"
     "castbed calc toa --fsk BPS --len N\n"
     "\n"
     "Air time of a LoRa or an FSK frame, in ns.\n"
     "  --sf N         spreading factor, 5 to 12\n"
     "  --bw HZ        bandwidth: 125000, 250000 or 500000\n"
     "  --cr 4/N       coding rate: 4/5, 4/6, 4/7 or 4/8\n"
     "  --len N        octets of the PHY payload, 0 to 255\n"
     "  --preamble N   symbols, 6 to 65535; 8 if not given\n"
     "  --implicit     implicit header (beacons)\n"
     "  --no-crc       without payload CRC (downlinks)\n"
     "  --fsk BPS      FSK with this bit rate instead, e.g. 50000\n",
     calc_toa},
    {"frame", "fields of a frame, or a frame from fields",
     "castbed calc frame HEX [--nwkskey K] [--appskey K] [--fcnt32 N]   a data frame\n"
     "castbed calc frame HEX [--appkey K]                              a join frame\n"
     "castbed calc frame --encode JSON                                 the reverse\n"
     "\n"
     "Every field of a LoRaWAN 1.0 frame; with keys also mic_ok, the plain payload and the MAC\n"
     "commands. Of 1.1 frames the fields are shown; 1.1 keys are not supported.\n"
     "  --nwkskey K    checks the MIC and opens FPort 0; 32 hex digits\n"
     "  --appskey K    opens the other ports\n"
     "  --fcnt32 N     the whole frame counter; the frame's 16 bits if not given\n"
     "  --appkey K     checks a join-request, opens a join-accept\n"
     "  --encode JSON  fields as calc frame prints them, with keys and fcnt32; \"-\" reads them\n"
     "                 from standard input. Data takes mtype (or uplink and confirmed), devaddr,\n"
     "                 fcnt32, nwkskey, and if wanted adr, ack, adrackreq and classb (up), "
     "fpending\n"
     "                 (down), fopts_plain, fport, frmpayload_plain, appskey; mtype is\n"
     "                 unconfirmed-data-up, -down, confirmed-data-up or -down. A join-request "
     "takes\n"
     "                 joineui, deveui, devnonce, appkey, a join-accept joinnonce, netid, "
     "devaddr,\n"
     "                 dlsettings, rxdelay, cflist_hex, appkey\n"
     "Exit code 1: the MIC does not fit.\n",
     calc_frame},
    {"join", "what a join agrees on, and its session keys",
     "castbed calc join --appkey K REQUEST_HEX ACCEPT_HEX\n"
     "\n"
     "Nonces, NetID, DevAddr, settings and session keys of a LoRaWAN 1.0 join.\n"
     "Exit code 1: a MIC does not fit.\n",
     calc_join},
    {"mac", "MAC commands of a link",
     "castbed calc mac HEX --up|--down\n"
     "\n"
     "The list of MAC commands in HEX (FOpts, or the plain payload of FPort 0).\n"
     "  --up, --down   direction of the frame that carries them\n",
     calc_mac},
    {"app", "commands of an application package",
     "castbed calc app HEX --port 200|201|202|203 --up|--down [--version 1|2]\n"
     "\n"
     "The list of package commands in HEX, a decrypted FRMPayload.\n"
     "  --port N       200: remote multicast set-up (TS005); 201: fragmented blocks (TS004);\n"
     "                 202: clock synchronisation (TS003); 203: firmware management (TS006)\n"
     "  --up, --down   direction of the frame that carries them\n"
     "  --version N    of the package, 1 or 2; 1 if not given\n",
     calc_app},
    {"mckeys", "keys of a multicast group",
     "castbed calc mckeys [--genappkey K | --appkey K] --mckey-encrypted K | --mckey K --mcaddr A\n"
     "\n"
     "From a device's root key and a group's key to McKEKey and the session keys of the group.\n"
     "  --genappkey K        root key of a LoRaWAN 1.0.x device; 32 hex digits\n"
     "  --appkey K           root key of a LoRaWAN 1.1 device\n"
     "  --mckey-encrypted K  the group's key as McGroupSetupReq carries it; needs a root key\n"
     "  --mckey K            the group's key itself\n"
     "  --mcaddr A           the group's address: 8 hex digits\n",
     calc_mckeys},
    {"fragmic", "integrity code of a fragmented block",
     "castbed calc fragmic --genappkey K | --appkey K --session-cnt N --frag-index N\n"
     "                     --descriptor D HEX | --image FILE\n"
     "\n"
     "DataBlockIntKey and the MIC of FragSessionSetupReq, version 2.\n"
     "  --genappkey K    root key of a LoRaWAN 1.0.x device; 32 hex digits\n"
     "  --appkey K       root key of a LoRaWAN 1.1 device\n"
     "  --session-cnt N  0 to 65535\n"
     "  --frag-index N   0 to 3\n"
     "  --descriptor D   four octets as sent: 8 hex digits\n"
     "  HEX, --image     the block, without padding\n",
     calc_fragmic},
    {"beacon", "a class B beacon, or the fields of one",
     "castbed calc beacon --region R --time T [--prec N] [--info-desc N] [--lat DEG --lon DEG]\n"
     "castbed calc beacon --region R --time T [--prec N] --netid HEX --gwid HEX\n"
     "castbed calc beacon --region R --time T [--prec N] [--info-desc N] --info HEX\n"
     "castbed calc beacon --decode HEX [--region R]\n"
     "\n"
     "The beacon that a gateway sends, with both CRCs; or what one says.\n"
     "  --region R      EU868, US915, ...; without it the length tells (and the first CRC)\n"
     "  --time T        the Time field: GPS seconds modulo 2^32, in practice a multiple of 128\n"
     "  --prec N        timing precision 10^(N - 6) s, 0 to 3; 0 if not given\n"
     "  --info-desc N   what the gateway's part is: 0 to 2 the position of antenna 1 to 3,\n"
     "                  3 NetID and gateway number, 128 and up the network's own\n"
     "  --lat, --lon    that position in degrees, north and east positive\n"
     "  --netid, --gwid 6 hex digits each; sets --info-desc 3\n"
     "  --info HEX      or the six octets as they are; zeros if nothing is given\n"
     "  --decode HEX    the octets on the air\n"
     "Exit code 1: a CRC does not fit. With a wrong second one the time still counts.\n",
     calc_beacon},
    {"pingslot", "ping slots of a class B address",
     "castbed calc pingslot --devaddr A --beacon-time T --periodicity P\n"
     "\n"
     "Offset and number of the ping slots behind one beacon; slot k of the period is at\n"
     "ping_offset + k * ping_period, each slot 30 ms, the first 2.12 s after the beacon.\n"
     "  --devaddr A      DevAddr or McAddr, 8 hex digits\n"
     "  --beacon-time T  the Time field of the beacon\n"
     "  --periodicity P  0 to 7: about every 2^P s\n",
     calc_pingslot},
    {"hop", "channels of beacons and ping slots",
     "castbed calc hop --region R --devaddr A --beacon-time T\n"
     "\n"
     "Channel and frequency of one beacon and of the ping slots behind it.\n"
     "  --region R       EU868, US915, ...; where nothing hops the channel is 0\n"
     "  --devaddr A      DevAddr or McAddr, 8 hex digits\n"
     "  --beacon-time T  the Time field of the beacon\n",
     calc_hop},
    {"netid", "type, NwkID and addresses of a NetID",
     "castbed calc netid HEX\n"
     "\n"
     "Type, prefix, NwkID and range of addresses of a NetID: 6 hex digits.\n",
     calc_netid},
    {"devaddr", "type and NwkID of a DevAddr",
     "castbed calc devaddr HEX\n"
     "\n"
     "Type, prefix, NwkID and the range of addresses with that NwkID: 8 hex digits.\n",
     calc_devaddr},
    {"gpstime", "GPS seconds, unix seconds and UTC",
     "castbed calc gpstime --unix N | --gps N\n"
     "\n"
     "One instant between 1980-01-06 and the end of 2199 in the three ways.\n",
     calc_gpstime},
    {"ip-group", "what an IP multicast address says",
     "castbed calc ip-group ADDRESS\n"
     "\n"
     "Class, scope, flags, embedded prefix or rendezvous point, Ethernet address and the groups "
     "that\n"
     "share it, of an IPv4 or IPv6 group.\n"
     "Exit code 1: the address is not a multicast address.\n",
     calc_ip_group},
    {"igmp", "an IGMP packet",
     "castbed calc igmp HEX\n"
     "\n"
     "Fields of an IGMPv1, v2 or v3 packet, from its IPv4 header on.\n"
     "Exit code 1: hosts and routers drop it; the answer says why.\n",
     calc_igmp},
    {"mld", "an MLD packet",
     "castbed calc mld HEX\n"
     "\n"
     "Fields of an MLDv1 or MLDv2 packet, from its IPv6 header on.\n"
     "Exit code 1: hosts and routers drop it; the answer says why.\n",
     calc_mld},
    {"mld-code", "times of IGMP and MLD as codes",
     "castbed calc mld-code CODE [--bits 8|16]\n"
     "castbed calc mld-code --encode VALUE [--bits 8|16]\n"
     "\n"
     "What a code means, or the largest code that means no more than VALUE.\n"
     "  --bits N   16: MLDv2 Maximum Response Code, ms (if not given)\n"
     "             8: IGMPv3 Max Resp Code, 0.1 s; QQIC of both, s\n",
     calc_mld_code},
    {"pim", "a PIM packet",
     "castbed calc pim HEX\n"
     "\n"
     "Fields of a PIM version 2 packet of any type, from its IPv4 or IPv6 header on.\n"
     "Exit code 1: routers drop it; the answer says why.\n",
     calc_pim},
};
enum { N_CALCULATORS = sizeof calculators / sizeof *calculators };

static void print_list(FILE *f)
{
    fputs("castbed calc WHAT ...\n\nAnswers with one JSON object. WHAT is one of\n", f);
    for (size_t i = 0; i < N_CALCULATORS; i++)
        fprintf(f, "  %-9s %s\n", calculators[i].name, calculators[i].summary);
    fputs("Usage of each: castbed calc WHAT -h\n", f);
}

static int unknown(const char *what, FILE *err)
{
    const char *names[N_CALCULATORS];
    for (size_t i = 0; i < N_CALCULATORS; i++)
        names[i] = calculators[i].name;
    const char *near = scn_did_you_mean(what, names, N_CALCULATORS);
    fprintf(err, "castbed calc: there is no calculator '%.60s'", what);
    if (near)
        fprintf(err, "; did you mean %s?\n", near);
    else
        fputs("; castbed calc -h lists them\n", err);
    return CALC_USAGE;
}

int calc_run(int argc, char **argv, FILE *out, FILE *err)
{
    if (argc < 2) {
        print_list(err);
        return CALC_USAGE;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        print_list(out);
        return CALC_OK;
    }
    for (size_t i = 0; i < N_CALCULATORS; i++) {
        const struct calculator *k = &calculators[i];
        if (strcmp(argv[1], k->name) != 0)
            continue;
        struct calc c = {.out = out, .err = err, .what = k->name, .help = k->help};
        return k->run(&c, argc - 1, argv + 1);
    }
    return unknown(argv[1], err);
}

int cmd_calc(int argc, char **argv)
{
    return calc_run(argc, argv, stdout, stderr);
}
