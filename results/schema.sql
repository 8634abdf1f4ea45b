-- The tables of a castbed database. Made from sim/rows.h; a test compares it.
-- Times are integer nanoseconds since the start of the run, powers hundredths of dBm;
-- the unit is at the end of each column's name. Views: results/queries.
PRAGMA application_id = 1665295716; -- user_version is made from what follows (results/schema.h)

CREATE TABLE run ( -- one row a run; its id is column run of every other table
  id INTEGER PRIMARY KEY, -- 1, 2, ... in the order in which runs were begun
  scenario TEXT NOT NULL, -- file name of the scenario
  seed INTEGER NOT NULL, -- which experiment
  run_number INTEGER NOT NULL, -- which repetition of it
  status TEXT NOT NULL, -- incomplete or complete; results of an incomplete run mean nothing
  level TEXT NOT NULL, -- what was stored: summary, frames or all
  start_gps_ns INTEGER NOT NULL, -- simulated time 0, since the GPS epoch
  duration_ns INTEGER NOT NULL, -- simulated time
  version TEXT NOT NULL, -- of the program
  options TEXT NOT NULL, -- what the command line changed
  scenario_text TEXT NOT NULL -- YAML with every default resolved
);

CREATE TABLE param ( -- keys of the resolved scenario, to select runs by
  run INTEGER NOT NULL, -- run.id
  path TEXT NOT NULL, -- e.g. run.duration
  value TEXT -- as written in the resolved scenario
);

CREATE TABLE code ( -- names of the numbers in columns of codes
  table_name TEXT NOT NULL, -- of the table that the name is made for; other tables share it
  column_name TEXT NOT NULL, -- e.g. kind, reason, result
  code INTEGER NOT NULL, -- the number in the column
  name TEXT NOT NULL, -- short name
  help TEXT NOT NULL -- what it means
);

CREATE TABLE node ( -- devices, gateways and networks; always stored
  run INTEGER NOT NULL, -- run.id
  id INTEGER, -- 24 bits of the group name's hash, 24 bits of the index in the group
  kind INTEGER, -- device, gateway or network (table code)
  name TEXT, -- group/index
  group_name TEXT, -- group of devices, of gateways, or the network's name
  index_in_group INTEGER, -- 0, 1, ...
  network INTEGER, -- node.id of the network it belongs to
  x_mm INTEGER, -- position, east
  y_mm INTEGER, -- position, north
  z_mm INTEGER, -- height above ground
  eui TEXT -- DevEUI or gateway EUI, most significant byte first
);

CREATE TABLE link ( -- links that are kept between devices and gateways; stored at level all
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  gateway INTEGER, -- node.id
  gain_cdb INTEGER, -- antenna to antenna, hundredths of dB (negative)
  distance_mm INTEGER -- straight line
);

CREATE TABLE tx ( -- transmissions; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- who transmits: node.id
  seq INTEGER, -- number of the transmission of this node, from 0
  network INTEGER, -- node.id of the network
  target INTEGER, -- downlink: node.id of the device; else NULL
  kind INTEGER, -- kind of frame (table code)
  start_ns INTEGER, -- first bit of the preamble, since run.start
  end_ns INTEGER, -- behind the last bit
  frequency_hz INTEGER, -- centre
  dr INTEGER, -- data rate index of the region
  sf INTEGER, -- spreading factor; 0 for FSK
  power_cdbm INTEGER, -- EIRP, hundredths of dBm
  size_bytes INTEGER, -- PHY payload
  devaddr INTEGER, -- of data frames; else NULL
  fcnt INTEGER, -- 32-bit counter of data frames, DevNonce of join-requests
  fport INTEGER -- NULL when there is none
);

CREATE TABLE rx ( -- decoded copies; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- who transmitted
  seq INTEGER, -- which transmission
  receiver INTEGER, -- node.id of the gateway or device
  power_cdbm INTEGER, -- at the receiver's antenna
  snr_cdb INTEGER, -- signal to noise
  window INTEGER -- downlink: 1 = RX1, 2 = RX2, 3 = RXC, 4 = ping slot; uplink: NULL
);

CREATE TABLE loss ( -- frames not received, with their one reason; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- who transmitted
  seq INTEGER, -- which transmission
  receiver INTEGER, -- node.id: the expected network or device; with final = 0 a gateway
  reason INTEGER, -- why (table code)
  final INTEGER, -- 1: the frame was lost for this receiver; 0: one gateway did not decode it
  power_cdbm INTEGER, -- at the best gateway, or at this receiver; NULL without a link
  miss_us INTEGER -- reason window: by how much the preamble missed the window, away from zero; negative: it came before the window could see it; at most 2^31 - 1; NULL: no window of this frequency and data rate, or the receiver turned away later
);

CREATE TABLE downlink ( -- downlinks that the server planned; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  uplink_seq INTEGER, -- transmission that opened the windows
  gateway INTEGER, -- node.id; NULL when none could be chosen
  window INTEGER, -- 1 = RX1, 2 = RX2, 3 = RXC, 4 = ping slot; NULL when none could be chosen
  result INTEGER, -- sent or why not (table code)
  planned_start_ns INTEGER, -- first bit, since run.start; NULL when never planned
  made_ns INTEGER -- when the application gave what it carries; NULL: nothing of the application
);

CREATE TABLE window ( -- receive windows with something on the air for the device; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  kind INTEGER, -- which window (table code)
  planned_ns INTEGER, -- when it would open with a perfect clock, since run.start
  start_ns INTEGER, -- when it did open
  length_ns INTEGER, -- true time; 0 when it never opened
  length_sym INTEGER, -- symbols; sessions: NULL
  node INTEGER, -- sender of the frame whose preamble it caught; sessions: NULL
  seq INTEGER, -- and its number; NULL: it caught none
  n_frames INTEGER, -- frames for the device that began on its frequency and data rate
  n_caught INTEGER, -- of these, preambles that it caught
  devaddr INTEGER -- sessions: McAddr of the group; else NULL
);

CREATE TABLE session ( -- sessions of multicast groups; always stored
  run INTEGER NOT NULL, -- run.id
  group_name TEXT, -- multicast group
  devaddr INTEGER, -- its McAddr; tx.devaddr of its frames, window.devaddr of its members
  planned_ns INTEGER, -- SessionTime, since run.start
  length_ns INTEGER, -- 2^TimeOut s; class B: 2^TimeOut beacon periods
  frequency_hz INTEGER, -- of its frames; 0: class B, the region's ping slots
  dr INTEGER, -- data rate index of its frames
  n_members INTEGER -- devices of the group
);

CREATE TABLE clock_sample ( -- errors of clocks that are not perfect; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- true time, since run.start
  device INTEGER, -- node.id, also of gateways and networks
  source INTEGER, -- what corrected it (table code)
  error_before_ns INTEGER, -- its time minus true time
  error_after_ns INTEGER, -- the same after the correction
  rate_ppb INTEGER -- how much faster than true time the clock runs then
);

CREATE TABLE beacon ( -- beacons at the devices that expected them; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  number INTEGER, -- GPS seconds of the beacon / 128
  start_ns INTEGER, -- first symbol at its gateway, since run.start
  reason INTEGER, -- received or why not (table code)
  n_missed INTEGER, -- beacons missed in a row before this one; NULL: it searches
  gateway INTEGER, -- node.id of the sender whose part was received; NULL: only the common part
  power_cdbm INTEGER, -- of all copies together; NULL: no gateway in reach
  open_ns INTEGER, -- start of the window
  length_ns INTEGER, -- of the window; NULL: it listened without a break
  error_before_ns INTEGER, -- of its clock: device time minus true time
  error_after_ns INTEGER -- the same behind the beacon
);

CREATE TABLE class_b ( -- steps of class B devices; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- when, since run.start
  device INTEGER, -- node.id
  step INTEGER, -- what it does from now on (table code)
  n_missed INTEGER -- beacons missed in a row before
);

CREATE TABLE mac_command ( -- MAC commands carried out; stored at level all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- when it was processed
  device INTEGER, -- node.id
  uplink INTEGER, -- 1: sent by the device, 0: by the server
  cid INTEGER, -- command identifier
  name TEXT, -- e.g. LinkADRReq
  payload_hex TEXT -- octets behind the CID
);

CREATE TABLE message ( -- commands of application packages; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- first bit of the uplink; downlink: handed to a gateway; received: its end
  device INTEGER, -- node.id
  fport INTEGER, -- 200: multicast set-up, 201: fragments, 202: clock, 203: firmware
  uplink INTEGER, -- 1: sent by the device, 0: by the server
  name TEXT, -- e.g. McGroupSetupReq; NULL when the bytes are no command
  payload_hex TEXT, -- the command with its CID, or what could not be read
  result TEXT -- sent, received, or why it had no effect or not all of it
);

CREATE TABLE group_member ( -- members of groups set up over the air; always stored
  run INTEGER NOT NULL, -- run.id
  group_name TEXT, -- multicast group
  device INTEGER, -- node.id
  mc_group_id INTEGER, -- McGroupID at the device
  ready INTEGER, -- 1: has keys and session, its frames count; 0: see reason
  at_ns INTEGER, -- when the server knew; NULL: never
  reason TEXT, -- ready, the error bits of the refusal, or what was not answered
  n_requests INTEGER, -- requests given to the network server, repeated ones too
  clock_error_s INTEGER -- device clock less server clock, from TimeToStart; NULL: not known
);

CREATE TABLE fragment ( -- fragments of blocks at devices; stored at level all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- end of its frame
  device INTEGER, -- node.id
  frag_index INTEGER, -- FragIndex of its session
  n INTEGER, -- its number: 1 to M uncoded, above M coded
  multicast INTEGER, -- 1: on a group's address, 0: on the device's own
  result INTEGER, -- what it did (table code)
  fragment_rank INTEGER -- independent fragments then; M: the block is there
);

CREATE TABLE recovery ( -- blocks at devices; always stored
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  frag_index INTEGER, -- FragIndex
  number INTEGER, -- of the device's sessions, in the order of their ends: 0, 1, ...
  m INTEGER, -- NbFrag: uncoded fragments of the block
  frag_size_bytes INTEGER, -- FragSize
  result INTEGER, -- what became of the block (table code)
  end_reason INTEGER, -- how the session ended (table code)
  n_uncoded INTEGER, -- different uncoded fragments received until the block was complete
  n_coded INTEGER, -- the same, coded ones
  n_repeated INTEGER, -- received once more before it was complete
  n_late INTEGER, -- received after it was complete
  n_refused INTEGER, -- fragments that the session did not take
  n_missing INTEGER, -- independent fragments still needed
  first_ns INTEGER, -- first fragment; NULL: none
  complete_ns INTEGER, -- when the block was complete, or taken as complete; NULL: never
  n_needed INTEGER, -- fragments received until then; NULL: never
  overhead INTEGER, -- n_needed - m: what was received in vain; NULL: never
  real_bytes INTEGER, -- 1: the device kept the bytes, 0: it worked on ranks
  acknowledged INTEGER -- 1: FragDataBlockReceivedReq was answered
);

CREATE TABLE firmware ( -- firmware of devices; always stored
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  hw_version INTEGER, -- HWVersion
  start_version INTEGER, -- FWVersion at the start
  version INTEGER, -- FWVersion at the end
  image INTEGER, -- in the slot (table code)
  last_image INTEGER, -- what the check said of the last image that came; NULL: none came
  image_version INTEGER, -- of that one; NULL: none came
  image_ns INTEGER, -- when it came; NULL: none came
  n_restarts INTEGER, -- reboots
  reboot_ns INTEGER, -- the last one; NULL: none
  n_updates INTEGER, -- reboots into a new version
  n_rollbacks INTEGER -- reboots into one that did not start, and back
);

CREATE TABLE campaign ( -- phases of firmware campaigns; always stored
  run INTEGER NOT NULL, -- run.id
  campaign TEXT, -- its name
  phase TEXT, -- set_up, invite, transmit, wait, status, feed, firmware
  round INTEGER, -- 0: the transmission itself, 1 and up: repair rounds
  session INTEGER, -- sessions so far
  start_ns INTEGER, -- since run.start
  end_ns INTEGER, -- since run.start
  n_devices INTEGER, -- that it was for
  n_complete INTEGER, -- devices whose block is known to be complete, at its end
  n_updated INTEGER, -- devices that are done, at its end
  n_failed INTEGER, -- devices given up so far, at its end
  n_frames INTEGER, -- frames to the group
  first_n INTEGER, -- first fragment number that was sent; NULL: none
  last_n INTEGER -- last one
);

CREATE TABLE campaign_device ( -- devices of firmware campaigns; always stored
  run INTEGER NOT NULL, -- run.id
  campaign TEXT, -- its name
  device INTEGER, -- node.id
  state INTEGER, -- at the end (table code)
  reason INTEGER, -- of a failure (table code)
  n_sessions INTEGER, -- sessions that it accepted
  n_missing INTEGER, -- fragments missing as it last told; NULL: never
  n_fed INTEGER, -- fragments sent to it alone
  clock_error_ns INTEGER, -- device clock less server clock, from TimeToStart; NULL: not known
  set_up_ns INTEGER, -- when it was ready for a session; NULL: never
  complete_ns INTEGER, -- when the server knew of the block; NULL: never
  over_ns INTEGER -- when it was done or given up
);

CREATE TABLE campaign_state ( -- changes of state of these devices; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  campaign TEXT, -- its name
  at_ns INTEGER, -- since run.start
  device INTEGER, -- node.id
  seq INTEGER, -- number of the change of this device, from 0
  state INTEGER -- from then on (table code)
);

CREATE TABLE device_stat ( -- what each device did; always stored
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  devaddr INTEGER, -- at the end of the run; NULL when not activated
  dr INTEGER, -- data rate at the end
  tx_power_cdbm INTEGER, -- EIRP at the end
  joined_ns INTEGER, -- first join-accept; NULL: never or ABP
  n_join_requests INTEGER, -- join-requests sent
  n_messages INTEGER, -- application messages made by the traffic model
  n_messages_dropped INTEGER, -- never sent: not joined, queue full, duty cycle or payload too long
  n_messages_delivered INTEGER, -- received by the network server (or acknowledged when confirmed)
  n_tx INTEGER, -- transmissions, repetitions and join-requests included
  n_tx_received INTEGER, -- of these, received by the network server
  n_rx INTEGER, -- downlinks received
  n_downlinks INTEGER, -- application downlinks that the server was given for it
  n_downlinks_delivered INTEGER, -- of these, received by the device
  n_multicast INTEGER, -- multicast frames received, each counter once
  airtime_ns INTEGER, -- sum of the transmissions
  gap_min_ns INTEGER, -- shortest time between the starts of two uplinks; NULL below two
  gap_max_ns INTEGER, -- longest
  gap_sum_ns INTEGER, -- sum: the mean is gap_sum_ns / (n_tx - 1)
  energy_uj INTEGER, -- drawn from the supply, all states
  tx_energy_uj INTEGER, -- of it, transmitting
  rx_energy_uj INTEGER, -- of it, receiving and listening
  battery_days REAL, -- life of devices[].energy.battery if all of it were like this run
  best_gateway INTEGER, -- node.id of the strongest link; NULL: none
  best_gain_cdb INTEGER, -- of that link
  best_dr INTEGER -- fastest data rate that the strongest gateway of its network can hear at full power; NULL: none
);

CREATE TABLE energy ( -- what each device drew from its supply; always stored
  run INTEGER NOT NULL, -- run.id
  device INTEGER, -- node.id
  phase INTEGER, -- which part of the run (table code)
  from_ns INTEGER, -- begin of the phase (of its first part), at power-on at the earliest
  length_ns INTEGER, -- its length, of all its parts
  tx_ns INTEGER, -- transmitting data frames
  rx_ns INTEGER, -- RX1 and RX2 of data frames, frames received there included
  join_ns INTEGER, -- transmitting join-requests, and their windows
  rxc_ns INTEGER, -- RXC of class C and of multicast sessions
  idle_ns INTEGER, -- from a transmission to its windows, and between them
  tx_uj INTEGER, -- energy of each of these states
  rx_uj INTEGER,
  join_uj INTEGER,
  rxc_uj INTEGER,
  idle_uj INTEGER,
  sleep_uj INTEGER -- energy of the time left
);

CREATE TABLE gateway_stat ( -- what each gateway did; always stored
  run INTEGER NOT NULL, -- run.id
  gateway INTEGER, -- node.id
  n_rx INTEGER, -- uplinks decoded, of any network
  n_rx_foreign INTEGER, -- of these, of other networks
  n_tx INTEGER, -- downlinks transmitted
  tx_airtime_ns INTEGER, -- sum of the transmissions
  n_lost_interference INTEGER, -- copies not decoded, by reason
  n_lost_sensitivity INTEGER,
  n_lost_no_demodulator INTEGER,
  n_lost_gateway_tx INTEGER,
  n_lost_gateway_down INTEGER
);

CREATE TABLE traffic_stat ( -- frames by network, kind and data rate; always stored
  run INTEGER NOT NULL, -- run.id
  network INTEGER, -- node.id
  kind INTEGER, -- kind of frame (table code)
  dr INTEGER, -- data rate index
  n_sent INTEGER, -- frames on the air
  n_received INTEGER, -- frames that the expected receiver got
  airtime_ns INTEGER -- sum
);

CREATE TABLE loss_stat ( -- losses by network, kind, data rate and reason; always stored
  run INTEGER NOT NULL, -- run.id
  network INTEGER, -- node.id
  kind INTEGER, -- kind of frame (table code)
  dr INTEGER, -- data rate index
  reason INTEGER, -- why (table code)
  n INTEGER -- frames
);

CREATE TABLE downlink_stat ( -- downlinks by window and result; always stored
  run INTEGER NOT NULL, -- run.id
  network INTEGER, -- node.id
  window INTEGER, -- 1 = RX1, 2 = RX2, 3 = RXC, 4 = ping slot, 0 = none could be chosen
  result INTEGER, -- sent or why not (table code)
  n INTEGER -- downlinks
);

CREATE TABLE duty_stat ( -- use of the duty cycle; always stored
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- node.id of a gateway, or NULL for all devices together
  sub_band TEXT, -- name
  limit_ppm INTEGER, -- allowed share, parts per million
  airtime_ns INTEGER, -- used in the run
  max_hour_ns INTEGER, -- most used within one clock hour of the run; devices: by any one device
  n_refused INTEGER -- transmissions put off or refused for it
);

CREATE TABLE warning ( -- what to look at before trusting the results; always stored
  run INTEGER NOT NULL, -- run.id
  place TEXT, -- file:line:column, or the part of the program
  text TEXT -- what to look at before trusting the results
);

CREATE TABLE metric ( -- single figures of the run; always stored
  run INTEGER NOT NULL, -- run.id
  name TEXT, -- with its unit at the end
  node INTEGER, -- node.id or NULL
  value REAL
);

CREATE TABLE ip_link ( -- links of the IP network; always stored
  run INTEGER NOT NULL, -- run.id
  id INTEGER, -- 24 bits of the group name's hash, 24 bits of the index in the group
  name TEXT, -- group, or group/index
  medium TEXT, -- csma or point_to_point
  rate_bps INTEGER, -- of the link
  delay_ns INTEGER, -- from one end to another
  segment INTEGER -- links that switches join have one number
);

CREATE TABLE ip_link_state ( -- failures and repairs of links; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- when
  link INTEGER, -- ip_link.id
  up INTEGER -- 0: nothing is heard on it from now on; 1: it is back
);

CREATE TABLE ip_interface ( -- interfaces of IP nodes, ports of switches; always stored
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- node.id
  iface INTEGER, -- 1, 2, ... within the node; of a switch its ports
  link INTEGER, -- ip_link.id
  mac TEXT, -- Ethernet address; NULL: a port, or of an external node
  ipv4 TEXT, -- NULL: none
  ipv6 TEXT, -- global or unique local; NULL: none
  ipv6_link TEXT -- link-local; NULL: none
);

CREATE TABLE ip_membership ( -- what interfaces and links want of groups; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- when
  node INTEGER, -- node.id
  iface INTEGER, -- of the node
  side INTEGER, -- whose view (table code)
  group_addr TEXT, -- multicast address
  mode TEXT, -- include, exclude, or none: nothing is wanted any more
  sources TEXT -- of the mode, with spaces between; NULL: none
);

CREATE TABLE ip_forwarding ( -- entries of multicast forwarding tables; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- when the entry was made, changed or removed
  node INTEGER, -- node.id
  source TEXT, -- address; *: all others
  group_addr TEXT, -- multicast address
  in_iface INTEGER, -- where datagrams must come in; 0: nowhere, e.g. without a route; NULL: entry removed
  out_ifaces TEXT -- where they leave, with spaces between; NULL: nowhere
);

CREATE TABLE ip_link_stat ( -- packets on each link by kind; always stored
  run INTEGER NOT NULL, -- run.id
  link INTEGER, -- ip_link.id
  kind INTEGER, -- what was sent (table code)
  n_packets INTEGER, -- given to the link, by all its interfaces
  n_bytes INTEGER, -- of IP, without link headers
  n_queue INTEGER, -- of these, gone because a queue was full
  n_down INTEGER, -- of these, gone because the link had failed when they were sent
  n_lost INTEGER, -- copies lost on the way to a receiver, drawn
  n_cut INTEGER -- copies lost on the way to a receiver, because the link failed meanwhile
);

CREATE TABLE ip_flow ( -- what was sent to groups; always stored
  run INTEGER NOT NULL, -- run.id
  name TEXT, -- of the scenario
  node INTEGER, -- node.id of the source
  source TEXT, -- address; NULL: nothing was sent
  group_addr TEXT, -- multicast address
  port INTEGER, -- UDP
  n_sent INTEGER, -- datagrams
  n_refused INTEGER, -- datagrams that the socket did not take
  first_ns INTEGER, -- when the first datagram was sent; NULL: none
  last_ns INTEGER -- when the last was sent
);

CREATE TABLE ip_flow_stat ( -- datagrams by flow and receiver; always stored
  run INTEGER NOT NULL, -- run.id
  flow TEXT, -- ip_flow.name
  node INTEGER, -- node.id of the receiver
  n_expected INTEGER, -- datagrams sent while a socket of it was a member
  n_received INTEGER, -- of these, received
  n_lost INTEGER, -- of these, not received, those under way at the end included
  n_duplicate INTEGER, -- further copies of datagrams that it had
  n_unexpected INTEGER, -- received, but sent before it was a member
  delay_min_ns INTEGER, -- from sending to receiving; NULL: nothing received
  delay_max_ns INTEGER, -- longest
  delay_sum_ns INTEGER -- sum over n_received + n_unexpected
);

CREATE TABLE ip_join ( -- stays of sockets in groups, from join to leave; always stored
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- node.id
  iface INTEGER, -- of the node
  group_addr TEXT, -- multicast address
  port INTEGER, -- UDP
  join_ns INTEGER, -- when the socket joined
  first_ns INTEGER, -- when it got its first datagram; NULL: none
  leave_ns INTEGER, -- when it left; NULL: it stayed to the end
  n_after INTEGER, -- datagrams of the group that came to the interface after that, unwanted
  last_ns INTEGER, -- when the last of these came; NULL: none
  n_missed INTEGER -- datagrams sent to the group after the last of these (or the leave) that did not come, though they would have before the end or the node's next join; 0: the link carries the group on, or nothing is sent; NULL: it stayed to the end
);

CREATE TABLE ip_received ( -- datagrams that nodes' sockets got; stored at levels frames and all
  run INTEGER NOT NULL, -- run.id
  at_ns INTEGER, -- when
  flow TEXT, -- ip_flow.name
  number INTEGER, -- of the datagram in the flow: 0, 1, ...
  node INTEGER, -- node.id of the receiver
  iface INTEGER, -- it came in on
  delay_ns INTEGER, -- since it was sent
  duplicate INTEGER -- 1: the node had it already
);

CREATE TABLE ip_drop ( -- packets that ended at a node, with their one reason; always stored
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- node.id
  iface INTEGER, -- they came in on
  protocol TEXT, -- data, igmp, mld, pim, or neighbor: ARP and neighbour discovery
  reason TEXT, -- the first found
  n INTEGER -- packets
);

CREATE TABLE backhaul_stat ( -- datagrams between gateways and servers, where a backhaul carries them; always stored
  run INTEGER NOT NULL, -- run.id
  node INTEGER, -- node.id: gateway; network: datagrams to groups of gateways
  kind INTEGER, -- of datagram (table code)
  n_sent INTEGER, -- to it, or by it
  n_bytes INTEGER, -- payload of UDP of these
  n_received INTEGER, -- of these, and of those to its groups, good ones that arrived
  n_dropped INTEGER -- arrived, but of no use: unreadable, too late, or the receiver was down
);
