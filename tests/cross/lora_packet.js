// SPDX-License-Identifier: GPL-2.0-only
// Checks the captures and keys of a folder, and the frames of its file "large", with lora-packet.
'use strict';
const fs = require('fs');
const path = require('path');
const assert = require('assert');
const lora = require('lora-packet');

const [dir, nwkskey, appskey] = process.argv.slice(2);
const reversed = (hex) => Buffer.from(hex, 'hex').reverse().toString('hex');

// encryption_keys_lorawan: "DevAddr","NwkSKey","AppSKey","AppEUI", address and EUI as on the air.
// A row without an address holds a JoinEUI with the AppKey in the third column.
function readKeys(file) {
    const rows = fs.readFileSync(file, 'utf8').trim().split('\n').map((l) => l.split(',').map((f) => f.replace(/"/g, '')));
    const sessions = new Map(), appkeys = new Map();
    for (const [addr, nwk, app, eui] of rows) {
        if (addr === 'ffffffff')
            appkeys.set(reversed(eui), app);
        else
            sessions.set(reversed(addr), { nwk: Buffer.from(nwk, 'hex'), app: Buffer.from(app, 'hex') });
    }
    return { sessions, appkeys };
}

// PHY payloads of a pcap file: 24 octets of header, then 16 a packet; LoRaTap has its length in octets 2 and 3.
function readFrames(file) {
    const b = fs.readFileSync(file), frames = [];
    for (let at = 24; at + 16 <= b.length;) {
        const len = b.readUInt32LE(at + 8), packet = b.subarray(at + 16, at + 16 + len);
        frames.push(Buffer.from(packet.subarray(packet.readUInt16BE(2))));
        at += 16 + len;
    }
    return frames;
}

const { sessions, appkeys } = readKeys(path.join(dir, 'encryption_keys_lorawan'));
const frames = [];
for (const f of fs.readdirSync(dir).filter((n) => n.endsWith('.pcap')).sort())
    frames.push(...readFrames(path.join(dir, f)));

let nRequests = 0, nAccepts = 0, nData = 0;
const nonces = new Map(); // JoinEUI -> DevNonces seen
for (const bytes of frames.filter((f) => f[0] === 0x00)) {
    const p = lora.fromWire(bytes), eui = p.AppEUI.toString('hex');
    assert(lora.verifyMIC(p, null, Buffer.from(appkeys.get(eui), 'hex')), `join-request of ${eui}`);
    nonces.set(eui, [...(nonces.get(eui) || []), p.DevNonce]);
    nRequests++;
}

// The join-accept opened with an AppKey, or null; a wrong key gives noise, of which the library may also complain.
function openAccept(bytes, appkey) {
    try {
        const plain = lora.fromWire(lora.decryptJoinAccept(lora.fromWire(bytes), appkey));
        return lora.verifyMIC(plain, null, appkey) ? plain : null;
    } catch (e) {
        return null;
    }
}

// A join-accept does not say whose it is: exactly one AppKey must fit. Every session in the keys follows from one of them.
const derived = new Set();
for (const bytes of frames.filter((f) => f[0] === 0x20)) {
    let fits = 0;
    for (const [eui, devnonces] of nonces) {
        const appkey = Buffer.from(appkeys.get(eui), 'hex');
        const plain = openAccept(bytes, appkey);
        if (!plain)
            continue;
        fits++;
        for (const n of devnonces) {
            const k = lora.generateSessionKeys10(appkey, plain.NetID, plain.AppNonce, n);
            derived.add(plain.DevAddr.toString('hex') + k.NwkSKey.toString('hex') + k.AppSKey.toString('hex'));
        }
    }
    assert.strictEqual(fits, 1, `join-accept ${bytes.toString('hex')} fits ${fits} AppKeys`);
    nAccepts++;
}
for (const [addr, s] of sessions)
    assert(derived.has(addr + s.nwk.toString('hex') + s.app.toString('hex')), `session keys of ${addr}`);

// Data frames, those without FPort among them (tshark takes the octet behind FOpts for one).
let nPortless = 0;
for (const bytes of frames.filter((f) => (f[0] & 0xe0) >= 0x40 && (f[0] & 0xe0) <= 0xa0)) {
    const p = lora.fromWire(bytes), session = sessions.get(p.DevAddr.toString('hex'));
    assert(session, `a session for ${p.DevAddr.toString('hex')}`);
    assert(lora.verifyMIC(p, session.nwk), `MIC of ${bytes.toString('hex')}`);
    nPortless += p.getFPort() === null;
    nData++;
}

let nLarge = 0;
for (const line of fs.readFileSync(path.join(dir, 'large'), 'utf8').trim().split('\n')) {
    const [fcnt32, hex] = line.split(' '), msb = Buffer.alloc(2);
    msb.writeUInt16LE(Math.floor(Number(fcnt32) / 65536));
    const p = lora.fromWire(Buffer.from(hex, 'hex')), key = Buffer.from(nwkskey, 'hex');
    assert(lora.verifyMIC(p, key, null, msb), `MIC with counter ${fcnt32}`);
    assert.strictEqual(lora.decrypt(p, Buffer.from(appskey, 'hex'), key, msb).toString(), 'Hello', `payload, ${fcnt32}`);
    nLarge++;
}

assert(nRequests > 0 && nAccepts > 0 && nData > 0 && nPortless > 0 && nLarge === 8, 'something of each kind');
console.log(`${nRequests} join-requests, ${nAccepts} join-accepts, ${sessions.size} sessions, ${nData} data frames (${nPortless} without FPort), ${nLarge} large counters: all good`);
