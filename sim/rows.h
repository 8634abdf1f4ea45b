/* SPDX-License-Identifier: GPL-2.0-only
 * The rows of a run's database: one table of columns each, from which come the C structs, the
 * schema (results/schema.sql), the insert statements and the documentation.
 *
 * Every table has in front a column run (of table run), added by the store. INT is int64_t, REAL
 * double, TEXT a borrowed const char * (NULL: NULL). INT columns may hold ROW_NULL. Codes are
 * explained in table code, made from the lists at the top of this file. */
#ifndef SIM_ROWS_H
#define SIM_ROWS_H

#include <stdint.h>

#include "sim/rows_backhaul.h"
#include "sim/rows_campaign.h"
#include "sim/rows_energy.h"
#include "sim/rows_ip.h"

#define ROW_NULL INT64_MIN

/* What became of a frame for one expected receiver. Not heard is 0 only for LOSS_NONE. */
#define LOSS_MAP(X)                                                                                \
    X(NONE, "none", "received")                                                                    \
    X(NO_LINK, "no_link", "no gateway of the network can ever hear this node")                     \
    X(CHANNEL, "channel", "no gateway that hears the node listens to this channel")                \
    X(GATEWAY_DOWN, "gateway_down", "the gateway had failed")                                      \
    X(SENSITIVITY, "sensitivity", "power below the receiver's sensitivity")                        \
    X(GATEWAY_TX, "gateway_tx", "the half-duplex gateway was transmitting")                        \
    X(NO_DEMODULATOR, "no_demodulator", "every demodulator was taken")                             \
    X(INTERFERENCE, "interference", "another frame was too strong")                                \
    X(RANDOM, "random", "plain random loss asked for by the scenario")                             \
    X(WINDOW, "window", "the receiver was not listening at that time")                             \
    X(RECEIVER_BUSY, "receiver_busy", "the receiver was busy with another frame")                  \
    X(DEVICE_TX, "device_tx", "the device was transmitting")                                       \
    X(SERVER_DOWN, "server_down", "the network server had failed")                                 \
    X(MIC, "mic", "message integrity code or counter did not fit any session")                     \
    X(REPLAY, "replay", "counter or nonce was used before")                                        \
    X(UNKNOWN_DEVICE, "unknown_device", "no session has this address")                             \
    X(MALFORMED, "malformed", "the bytes are not a frame")                                         \
    X(ENDED, "ended", "the run ended before the outcome")                                          \
    X(BACKHAUL, "backhaul", "lost, or too late, between the gateways and the server")

enum loss_reason {
#define X(name, text, help) LOSS_##name,
    LOSS_MAP(X)
#undef X
        N_LOSS
};

#define FRAME_KIND_MAP(X)                                                                          \
    X(JOIN_REQUEST, "join_request", "join-request")                                                \
    X(JOIN_ACCEPT, "join_accept", "join-accept")                                                   \
    X(UP, "unconfirmed_up", "unconfirmed data uplink")                                             \
    X(CONFIRMED_UP, "confirmed_up", "confirmed data uplink")                                       \
    X(DOWN, "unconfirmed_down", "unconfirmed data downlink")                                       \
    X(CONFIRMED_DOWN, "confirmed_down", "confirmed data downlink")                                 \
    X(MULTICAST_DOWN, "multicast_down", "multicast data downlink, counted once for each member")   \
    X(BEACON, "beacon", "class B beacon, counted once for each device that expects it")

enum frame_kind {
#define X(name, text, help) FRAME_##name,
    FRAME_KIND_MAP(X)
#undef X
        N_FRAME_KIND
};

/* What a gateway or the server's planner did with a downlink. */
#define DOWNLINK_RESULT_MAP(X)                                                                     \
    X(SENT, "sent", "transmitted")                                                                 \
    X(TOO_LATE, "too_late", "reached the gateway too late for its queue")                          \
    X(TOO_EARLY, "too_early", "more than 512 s ahead")                                             \
    X(COLLISION_PACKET, "collision_packet", "overlaps a packet in the queue")                      \
    X(COLLISION_BEACON, "collision_beacon", "overlaps a beacon or its guard")                      \
    X(TX_FREQ, "tx_freq", "frequency outside the gateway's range")                                 \
    X(TX_POWER, "tx_power", "power the gateway does not have")                                     \
    X(FULL, "queue_full", "the gateway's queue holds 32 packets")                                  \
    X(DUTY_CYCLE, "duty_cycle", "no sub-band time left at any gateway")                            \
    X(NO_GATEWAY, "no_gateway", "no gateway was free in either window")                            \
    X(GATEWAY_DOWN, "gateway_down", "the gateway had failed")                                      \
    X(ENDED, "ended", "the run ended first")                                                       \
    X(GPS_UNLOCKED, "gps_unlocked", "timed by GPS, which the gateway had lost")                    \
    X(BACKHAUL, "backhaul", "did not reach the gateway")                                           \
    X(NO_PATH, "no_path", "the server had heard nothing of the gateway (PULL_DATA)")

enum downlink_result {
#define X(name, text, help) DL_##name,
    DOWNLINK_RESULT_MAP(X)
#undef X
        N_DL
};

#define NODE_KIND_MAP(X)                                                                           \
    X(DEVICE, "device", "end device")                                                              \
    X(GATEWAY, "gateway", "gateway")                                                               \
    X(NETWORK, "network", "network server")                                                        \
    X(IP_HOST, "ip_host", "IP host")                                                               \
    X(IP_ROUTER, "ip_router", "IP router")                                                         \
    X(IP_PROXY, "ip_proxy", "router that is a membership proxy")                                   \
    X(IP_EXTERNAL_HOST, "external_host", "real program behind taps, the end of paths")             \
    X(IP_EXTERNAL_ROUTER, "external_router", "real program behind taps, which routes")             \
    X(IP_HUB, "hub", "hub")                                                                        \
    X(IP_SWITCH, "switch", "Ethernet switch without snooping")                                     \
    X(IP_SNOOPING_SWITCH, "snooping_switch", "Ethernet switch that snoops on membership")

enum node_kind {
#define X(name, text, help) NODE_##name,
    NODE_KIND_MAP(X)
#undef X
        N_NODE_KIND
};

/* Which receive window. */
#define WINDOW_KIND_MAP(X)                                                                         \
    X(RX1, "rx1", "first class A window")                                                          \
    X(RX2, "rx2", "second class A window")                                                         \
    X(RXC, "rxc_session", "class C session of a multicast group")                                  \
    X(PING, "ping_slot", "class B ping slot")                                                      \
    X(PING_SESSION, "ping_session", "class B session of a multicast group")

enum window_kind {
#define X(name, text, help) WINDOW_##name,
    WINDOW_KIND_MAP(X)
#undef X
        N_WINDOW_KIND
};

/* What a clock was set by, or why it was looked at. */
#define CLOCK_SOURCE_MAP(X)                                                                        \
    X(START, "start", "no correction: the start of the run")                                       \
    X(END, "end", "no correction: the end of the run")                                             \
    X(DEVICE_TIME, "device_time", "DeviceTimeAns")                                                 \
    X(TS003, "ts003", "AppTimeAns of TS003")                                                       \
    X(BEACON, "beacon", "class B beacon")                                                          \
    X(GPS, "gps", "GPS has come back (gateways)")                                                  \
    X(GPS_LOST, "gps_lost", "no correction: GPS has failed (gateways)")

enum clock_source {
#define X(name, text, help) CLOCK_SOURCE_##name,
    CLOCK_SOURCE_MAP(X)
#undef X
        N_CLOCK_SOURCE
};

/* Steps of a class B device. */
#define CLASS_B_MAP(X)                                                                             \
    X(ASK, "ask_time", "asks for the time with DeviceTimeReq")                                     \
    X(SEARCH, "search", "listens around the next beacons, as it has been told the time")           \
    X(COLD, "cold_search", "listens without a break for a beacon")                                 \
    X(PAUSE, "pause", "sleeps after a cold search that found nothing")                             \
    X(LOCK, "lock", "has received a beacon, after none or after some that it missed")              \
    X(BEACONLESS, "beaconless", "missed a beacon; goes on with wider windows for 120 min")         \
    X(ON, "class_b", "class B: listens in ping slots and sets the ClassB bit")                     \
    X(LOST, "class_a", "120 min without a beacon: back to class A")                                \
    X(OVER, "session_over", "a class A device whose class B sessions are over")

enum class_b_step {
#define X(name, text, help) CLASS_B_##name,
    CLASS_B_MAP(X)
#undef X
        N_CLASS_B
};

#define ROW_NODE_COLS(C)                                                                           \
    C(INT, id, "24 bits of the group name's hash, 24 bits of the index in the group")              \
    C(INT, kind, "device, gateway or network (table code)")                                        \
    C(TEXT, name, "group/index")                                                                   \
    C(TEXT, group_name, "group of devices, of gateways, or the network's name")                    \
    C(INT, index_in_group, "0, 1, ...")                                                            \
    C(INT, network, "node.id of the network it belongs to")                                        \
    C(INT, x_mm, "position, east")                                                                 \
    C(INT, y_mm, "position, north")                                                                \
    C(INT, z_mm, "height above ground")                                                            \
    C(TEXT, eui, "DevEUI or gateway EUI, most significant byte first")

/* Links that are kept (store: all). */
#define ROW_LINK_COLS(C)                                                                           \
    C(INT, device, "node.id")                                                                      \
    C(INT, gateway, "node.id")                                                                     \
    C(INT, gain_cdb, "antenna to antenna, hundredths of dB (negative)")                            \
    C(INT, distance_mm, "straight line")

/* Every transmission, up or down; (node, seq) names it. */
#define ROW_TX_COLS(C)                                                                             \
    C(INT, node, "who transmits: node.id")                                                         \
    C(INT, seq, "number of the transmission of this node, from 0")                                 \
    C(INT, network, "node.id of the network")                                                      \
    C(INT, target, "downlink: node.id of the device; else NULL")                                   \
    C(INT, kind, "kind of frame (table code)")                                                     \
    C(INT, start_ns, "first bit of the preamble, since run.start")                                 \
    C(INT, end_ns, "behind the last bit")                                                          \
    C(INT, frequency_hz, "centre")                                                                 \
    C(INT, dr, "data rate index of the region")                                                    \
    C(INT, sf, "spreading factor; 0 for FSK")                                                      \
    C(INT, power_cdbm, "EIRP, hundredths of dBm")                                                  \
    C(INT, size_bytes, "PHY payload")                                                              \
    C(INT, devaddr, "of data frames; else NULL")                                                   \
    C(INT, fcnt, "32-bit counter of data frames, DevNonce of join-requests")                       \
    C(INT, fport, "NULL when there is none")

/* Every copy that a receiver decoded. */
#define ROW_RX_COLS(C)                                                                             \
    C(INT, node, "who transmitted")                                                                \
    C(INT, seq, "which transmission")                                                              \
    C(INT, receiver, "node.id of the gateway or device")                                           \
    C(INT, power_cdbm, "at the receiver's antenna")                                                \
    C(INT, snr_cdb, "signal to noise")                                                             \
    C(INT, window, "downlink: 1 = RX1, 2 = RX2, 3 = RXC, 4 = ping slot; uplink: NULL")

/* Every frame that an expected receiver did not get (store: frames), or every copy not decoded
 * (store: all). */
#define ROW_LOSS_COLS(C)                                                                           \
    C(INT, node, "who transmitted")                                                                \
    C(INT, seq, "which transmission")                                                              \
    C(INT, receiver, "node.id: the expected network or device; with final = 0 a gateway")          \
    C(INT, reason, "why (table code)")                                                             \
    C(INT, final, "1: the frame was lost for this receiver; 0: one gateway did not decode it")     \
    C(INT, power_cdbm, "at the best gateway, or at this receiver; NULL without a link")            \
    C(INT, miss_us,                                                                                \
      "reason window: by how much the preamble missed the window, away from zero; negative: it "   \
      "came before the window could see it; at most 2^31 - 1; NULL: no window of this frequency "  \
      "and data rate, or the receiver turned away later")

/* Receive windows in which something was on the air for the device; devices with log_windows: every
 * RX1 and RX2 that opened. RX1, RX2 and ping slots: as the
 * window was when a downlink began; sessions: one row a member and multicast session, as it was at
 * the end. */
#define ROW_WINDOW_COLS(C)                                                                         \
    C(INT, device, "node.id")                                                                      \
    C(INT, kind, "which window (table code)")                                                      \
    C(INT, planned_ns, "when it would open with a perfect clock, since run.start")                 \
    C(INT, start_ns, "when it did open")                                                           \
    C(INT, length_ns, "true time; 0 when it never opened")                                         \
    C(INT, length_sym, "symbols; sessions: NULL")                                                  \
    C(INT, node, "sender of the frame whose preamble it caught; sessions: NULL")                   \
    C(INT, seq, "and its number; NULL: it caught none")                                            \
    C(INT, n_frames, "frames for the device that began on its frequency and data rate")            \
    C(INT, n_caught, "of these, preambles that it caught")                                         \
    C(INT, devaddr, "sessions: McAddr of the group; else NULL")

/* Sessions of multicast groups, as the server means them. */
#define ROW_SESSION_COLS(C)                                                                        \
    C(TEXT, group_name, "multicast group")                                                         \
    C(INT, devaddr, "its McAddr; tx.devaddr of its frames, window.devaddr of its members")         \
    C(INT, planned_ns, "SessionTime, since run.start")                                             \
    C(INT, length_ns, "2^TimeOut s; class B: 2^TimeOut beacon periods")                            \
    C(INT, frequency_hz, "of its frames; 0: class B, the region's ping slots")                     \
    C(INT, dr, "data rate index of its frames")                                                    \
    C(INT, n_members, "devices of the group")

/* What a clock showed (of a device; the GPS time of a gateway whose GPS fails; a server's): at the
 * start of the run, around each correction, at the end. In between the error grows by rate_ppb when
 * nothing but a constant drift acts. Corrections by beacons have rows for devices with
 * class_b.log_beacons, and for all with store: all. */
#define ROW_CLOCK_SAMPLE_COLS(C)                                                                   \
    C(INT, at_ns, "true time, since run.start")                                                    \
    C(INT, device, "node.id, also of gateways and networks")                                       \
    C(INT, source, "what corrected it (table code)")                                               \
    C(INT, error_before_ns, "its time minus true time")                                            \
    C(INT, error_after_ns, "the same after the correction")                                        \
    C(INT, rate_ppb, "how much faster than true time the clock runs then")

/* A beacon at a device that expected it; devices with class_b.log_beacons, all with store: all. */
#define ROW_BEACON_COLS(C)                                                                         \
    C(INT, device, "node.id")                                                                      \
    C(INT, number, "GPS seconds of the beacon / 128")                                              \
    C(INT, start_ns, "first symbol at its gateway, since run.start")                               \
    C(INT, reason, "received or why not (table code)")                                             \
    C(INT, n_missed, "beacons missed in a row before this one; NULL: it searches")                 \
    C(INT, gateway, "node.id of the sender whose part was received; NULL: only the common part")   \
    C(INT, power_cdbm, "of all copies together; NULL: no gateway in reach")                        \
    C(INT, open_ns, "start of the window")                                                         \
    C(INT, length_ns, "of the window; NULL: it listened without a break")                          \
    C(INT, error_before_ns, "of its clock: device time minus true time")                           \
    C(INT, error_after_ns, "the same behind the beacon")

/* Steps of class B devices. */
#define ROW_CLASS_B_COLS(C)                                                                        \
    C(INT, at_ns, "when, since run.start")                                                         \
    C(INT, device, "node.id")                                                                      \
    C(INT, step, "what it does from now on (table code)")                                          \
    C(INT, n_missed, "beacons missed in a row before")

/* Every downlink that the server planned. */
#define ROW_DOWNLINK_COLS(C)                                                                       \
    C(INT, device, "node.id")                                                                      \
    C(INT, uplink_seq, "transmission that opened the windows")                                     \
    C(INT, gateway, "node.id; NULL when none could be chosen")                                     \
    C(INT, window, "1 = RX1, 2 = RX2, 3 = RXC, 4 = ping slot; NULL when none could be chosen")     \
    C(INT, result, "sent or why not (table code)")                                                 \
    C(INT, planned_start_ns, "first bit, since run.start; NULL when never planned")                \
    C(INT, made_ns, "when the application gave what it carries; NULL: nothing of the application")

/* Every MAC command that was carried out (store: all). */
#define ROW_MAC_COMMAND_COLS(C)                                                                    \
    C(INT, at_ns, "when it was processed")                                                         \
    C(INT, device, "node.id")                                                                      \
    C(INT, uplink, "1: sent by the device, 0: by the server")                                      \
    C(INT, cid, "command identifier")                                                              \
    C(TEXT, name, "e.g. LinkADRReq")                                                               \
    C(TEXT, payload_hex, "octets behind the CID")

/* Commands of application packages: one row when it is sent, one when the other side has it. */
#define ROW_MESSAGE_COLS(C)                                                                        \
    C(INT, at_ns, "first bit of the uplink; downlink: handed to a gateway; received: its end")     \
    C(INT, device, "node.id")                                                                      \
    C(INT, fport, "200: multicast set-up, 201: fragments, 202: clock, 203: firmware")              \
    C(INT, uplink, "1: sent by the device, 0: by the server")                                      \
    C(TEXT, name, "e.g. McGroupSetupReq; NULL when the bytes are no command")                      \
    C(TEXT, payload_hex, "the command with its CID, or what could not be read")                    \
    C(TEXT, result, "sent, received, or why it had no effect or not all of it")

/* Members of multicast groups that are set up over the air. */
#define ROW_GROUP_MEMBER_COLS(C)                                                                   \
    C(TEXT, group_name, "multicast group")                                                         \
    C(INT, device, "node.id")                                                                      \
    C(INT, mc_group_id, "McGroupID at the device")                                                 \
    C(INT, ready, "1: has keys and session, its frames count; 0: see reason")                      \
    C(INT, at_ns, "when the server knew; NULL: never")                                             \
    C(TEXT, reason, "ready, the error bits of the refusal, or what was not answered")              \
    C(INT, n_requests, "requests given to the network server, repeated ones too")                  \
    C(INT, clock_error_s, "device clock less server clock, from TimeToStart; NULL: not known")

/* Always complete, whatever is stored: one row a device. */
#define ROW_DEVICE_STAT_COLS(C)                                                                    \
    C(INT, device, "node.id")                                                                      \
    C(INT, devaddr, "at the end of the run; NULL when not activated")                              \
    C(INT, dr, "data rate at the end")                                                             \
    C(INT, tx_power_cdbm, "EIRP at the end")                                                       \
    C(INT, joined_ns, "first join-accept; NULL: never or ABP")                                     \
    C(INT, n_join_requests, "join-requests sent")                                                  \
    C(INT, n_messages, "application messages made by the traffic model")                           \
    C(INT, n_messages_dropped,                                                                     \
      "never sent: not joined, queue full, duty cycle or payload too long")                        \
    C(INT, n_messages_delivered,                                                                   \
      "received by the network server (or acknowledged when confirmed)")                           \
    C(INT, n_tx, "transmissions, repetitions and join-requests included")                          \
    C(INT, n_tx_received, "of these, received by the network server")                              \
    C(INT, n_rx, "downlinks received")                                                             \
    C(INT, n_downlinks, "application downlinks that the server was given for it")                  \
    C(INT, n_downlinks_delivered, "of these, received by the device")                              \
    C(INT, n_multicast, "multicast frames received, each counter once")                            \
    C(INT, airtime_ns, "sum of the transmissions")                                                 \
    C(INT, gap_min_ns, "shortest time between the starts of two uplinks; NULL below two")          \
    C(INT, gap_max_ns, "longest")                                                                  \
    C(INT, gap_sum_ns, "sum: the mean is gap_sum_ns / (n_tx - 1)")                                 \
    C(INT, energy_uj, "drawn from the supply, all states")                                         \
    C(INT, tx_energy_uj, "of it, transmitting")                                                    \
    C(INT, rx_energy_uj, "of it, receiving and listening")                                         \
    C(REAL, battery_days, "life of devices[].energy.battery if all of it were like this run")      \
    C(INT, best_gateway, "node.id of the strongest link; NULL: none")                              \
    C(INT, best_gain_cdb, "of that link")                                                          \
    C(INT, best_dr,                                                                                \
      "fastest data rate that the strongest gateway of its network can hear at full power; NULL: " \
      "none")

/* One row a gateway. */
#define ROW_GATEWAY_STAT_COLS(C)                                                                   \
    C(INT, gateway, "node.id")                                                                     \
    C(INT, n_rx, "uplinks decoded, of any network")                                                \
    C(INT, n_rx_foreign, "of these, of other networks")                                            \
    C(INT, n_tx, "downlinks transmitted")                                                          \
    C(INT, tx_airtime_ns, "sum of the transmissions")                                              \
    C(INT, n_lost_interference, "copies not decoded, by reason")                                   \
    C(INT, n_lost_sensitivity, "")                                                                 \
    C(INT, n_lost_no_demodulator, "")                                                              \
    C(INT, n_lost_gateway_tx, "")                                                                  \
    C(INT, n_lost_gateway_down, "")

/* sent = received + sum of losses, per network, direction, kind and data rate. */
#define ROW_TRAFFIC_STAT_COLS(C)                                                                   \
    C(INT, network, "node.id")                                                                     \
    C(INT, kind, "kind of frame (table code)")                                                     \
    C(INT, dr, "data rate index")                                                                  \
    C(INT, n_sent, "frames on the air")                                                            \
    C(INT, n_received, "frames that the expected receiver got")                                    \
    C(INT, airtime_ns, "sum")

#define ROW_LOSS_STAT_COLS(C)                                                                      \
    C(INT, network, "node.id")                                                                     \
    C(INT, kind, "kind of frame (table code)")                                                     \
    C(INT, dr, "data rate index")                                                                  \
    C(INT, reason, "why (table code)")                                                             \
    C(INT, n, "frames")

#define ROW_DOWNLINK_STAT_COLS(C)                                                                  \
    C(INT, network, "node.id")                                                                     \
    C(INT, window, "1 = RX1, 2 = RX2, 3 = RXC, 4 = ping slot, 0 = none could be chosen")           \
    C(INT, result, "sent or why not (table code)")                                                 \
    C(INT, n, "downlinks")

/* Duty cycle: how much of each sub-band's time was used. */
#define ROW_DUTY_STAT_COLS(C)                                                                      \
    C(INT, node, "node.id of a gateway, or NULL for all devices together")                         \
    C(TEXT, sub_band, "name")                                                                      \
    C(INT, limit_ppm, "allowed share, parts per million")                                          \
    C(INT, airtime_ns, "used in the run")                                                          \
    C(INT, max_hour_ns, "most used within one clock hour of the run; devices: by any one device")  \
    C(INT, n_refused, "transmissions put off or refused for it")

#define ROW_WARNING_COLS(C)                                                                        \
    C(TEXT, place, "file:line:column, or the part of the program")                                 \
    C(TEXT, text, "what to look at before trusting the results")

#define ROW_METRIC_COLS(C)                                                                         \
    C(TEXT, name, "with its unit at the end")                                                      \
    C(INT, node, "node.id or NULL")                                                                \
    C(REAL, value, "")

/* R(NAME, name, level, help): level is the least storing level at which the rows are kept. */
#define ROW_MAP(R)                                                                                 \
    R(NODE, node, ROW_SUMMARY, "devices, gateways and networks")                                   \
    R(LINK, link, ROW_ALL, "links that are kept between devices and gateways")                     \
    R(TX, tx, ROW_FRAMES, "transmissions")                                                         \
    R(RX, rx, ROW_FRAMES, "decoded copies")                                                        \
    R(LOSS, loss, ROW_FRAMES, "frames not received, with their one reason")                        \
    R(DOWNLINK, downlink, ROW_FRAMES, "downlinks that the server planned")                         \
    R(WINDOW, window, ROW_FRAMES, "receive windows with something on the air for the device")      \
    R(SESSION, session, ROW_SUMMARY, "sessions of multicast groups")                               \
    R(CLOCK_SAMPLE, clock_sample, ROW_FRAMES, "errors of clocks that are not perfect")             \
    R(BEACON, beacon, ROW_FRAMES, "beacons at the devices that expected them")                     \
    R(CLASS_B, class_b, ROW_FRAMES, "steps of class B devices")                                    \
    R(MAC_COMMAND, mac_command, ROW_ALL, "MAC commands carried out")                               \
    R(MESSAGE, message, ROW_FRAMES, "commands of application packages")                            \
    R(GROUP_MEMBER, group_member, ROW_SUMMARY, "members of groups set up over the air")            \
    R(FRAGMENT, fragment, ROW_ALL, "fragments of blocks at devices")                               \
    R(RECOVERY, recovery, ROW_SUMMARY, "blocks at devices")                                        \
    R(FIRMWARE, firmware, ROW_SUMMARY, "firmware of devices")                                      \
    R(CAMPAIGN, campaign, ROW_SUMMARY, "phases of firmware campaigns")                             \
    R(CAMPAIGN_DEVICE, campaign_device, ROW_SUMMARY, "devices of firmware campaigns")              \
    R(CAMPAIGN_STATE, campaign_state, ROW_FRAMES, "changes of state of these devices")             \
    R(DEVICE_STAT, device_stat, ROW_SUMMARY, "what each device did")                               \
    R(ENERGY, energy, ROW_SUMMARY, "what each device drew from its supply")                        \
    R(GATEWAY_STAT, gateway_stat, ROW_SUMMARY, "what each gateway did")                            \
    R(TRAFFIC_STAT, traffic_stat, ROW_SUMMARY, "frames by network, kind and data rate")            \
    R(LOSS_STAT, loss_stat, ROW_SUMMARY, "losses by network, kind, data rate and reason")          \
    R(DOWNLINK_STAT, downlink_stat, ROW_SUMMARY, "downlinks by window and result")                 \
    R(DUTY_STAT, duty_stat, ROW_SUMMARY, "use of the duty cycle")                                  \
    R(WARNING, warning, ROW_SUMMARY, "what to look at before trusting the results")                \
    R(METRIC, metric, ROW_SUMMARY, "single figures of the run")                                    \
    ROW_IP_MAP(R)                                                                                  \
    ROW_BACKHAUL_MAP(R)

enum row_level { ROW_SUMMARY, ROW_FRAMES, ROW_ALL };

enum row_table_id {
#define R(NAME, name, level, help) ROW_##NAME,
    ROW_MAP(R)
#undef R
        N_ROW_TABLES
};

#define ROW_CTYPE_INT               int64_t
#define ROW_CTYPE_REAL              double
#define ROW_CTYPE_TEXT              const char *
#define ROW_FIELD(type, name, help) ROW_CTYPE_##type name;

struct row_node {
    ROW_NODE_COLS(ROW_FIELD)
};
struct row_link {
    ROW_LINK_COLS(ROW_FIELD)
};
struct row_tx {
    ROW_TX_COLS(ROW_FIELD)
};
struct row_rx {
    ROW_RX_COLS(ROW_FIELD)
};
struct row_loss {
    ROW_LOSS_COLS(ROW_FIELD)
};
struct row_downlink {
    ROW_DOWNLINK_COLS(ROW_FIELD)
};
struct row_window {
    ROW_WINDOW_COLS(ROW_FIELD)
};
struct row_session {
    ROW_SESSION_COLS(ROW_FIELD)
};
struct row_clock_sample {
    ROW_CLOCK_SAMPLE_COLS(ROW_FIELD)
};
struct row_beacon {
    ROW_BEACON_COLS(ROW_FIELD)
};
struct row_class_b {
    ROW_CLASS_B_COLS(ROW_FIELD)
};
struct row_mac_command {
    ROW_MAC_COMMAND_COLS(ROW_FIELD)
};
struct row_message {
    ROW_MESSAGE_COLS(ROW_FIELD)
};
struct row_group_member {
    ROW_GROUP_MEMBER_COLS(ROW_FIELD)
};
struct row_fragment {
    ROW_FRAGMENT_COLS(ROW_FIELD)
};
struct row_recovery {
    ROW_RECOVERY_COLS(ROW_FIELD)
};
struct row_firmware {
    ROW_FIRMWARE_COLS(ROW_FIELD)
};
struct row_campaign {
    ROW_CAMPAIGN_COLS(ROW_FIELD)
};
struct row_campaign_device {
    ROW_CAMPAIGN_DEVICE_COLS(ROW_FIELD)
};
struct row_campaign_state {
    ROW_CAMPAIGN_STATE_COLS(ROW_FIELD)
};
struct row_device_stat {
    ROW_DEVICE_STAT_COLS(ROW_FIELD)
};
struct row_energy {
    ROW_ENERGY_COLS(ROW_FIELD)
};
struct row_gateway_stat {
    ROW_GATEWAY_STAT_COLS(ROW_FIELD)
};
struct row_traffic_stat {
    ROW_TRAFFIC_STAT_COLS(ROW_FIELD)
};
struct row_loss_stat {
    ROW_LOSS_STAT_COLS(ROW_FIELD)
};
struct row_downlink_stat {
    ROW_DOWNLINK_STAT_COLS(ROW_FIELD)
};
struct row_duty_stat {
    ROW_DUTY_STAT_COLS(ROW_FIELD)
};
struct row_warning {
    ROW_WARNING_COLS(ROW_FIELD)
};
struct row_metric {
    ROW_METRIC_COLS(ROW_FIELD)
};

#define ROW_STRUCT(NAME, name, level, help)                                                        \
    struct row_##name {                                                                            \
        ROW_##NAME##_COLS(ROW_FIELD)                                                               \
    };
ROW_IP_MAP(ROW_STRUCT)
ROW_BACKHAUL_MAP(ROW_STRUCT)

enum row_col_type { ROW_COL_INT, ROW_COL_REAL, ROW_COL_TEXT };

struct row_col {
    const char *name;
    enum row_col_type type;
    const char *help;
};

struct row_table {
    const char *name;
    const char *help;
    enum row_level level;
    const struct row_col *cols; /* every field of the struct is 8 bytes, in this order */
    unsigned n_cols;
};

extern const struct row_table row_tables[N_ROW_TABLES];

/* One name of a code, for table code of the database. */
struct row_code {
    const char *table, *column, *name, *help;
    int code;
};
extern const struct row_code row_codes[];
extern const unsigned row_n_codes;

#endif
