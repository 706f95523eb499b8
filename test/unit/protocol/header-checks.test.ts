import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER, MESSAGE_BYTES_MAX, MessageReader, parseMessage, TlvType } from '#src/protocol/index.js';
import { ascending, refused, resealed, sealed, vectorBuilder, viewOf } from './kit.js';

function sample(): Uint8Array {
  return vectorBuilder().addTlv(TlvType.OrderBook, ascending(20)).addTlv(TlvType.L2Delta, ascending(300)).build();
}

test('every prefix of a message shorter than a header is too short', () => {
  const message = sample();
  for (let length = 0; length < 32; length++) {
    const error = refused('ERR_TOO_SHORT', () => parseMessage(message.subarray(0, length)));
    assert.match(error.message, new RegExp(`at least 32 bytes, this one ${length}$`));
  }
});

test('a message cut at any byte after its header has another payload than it says', () => {
  const message = sample();
  for (let length = 32; length < message.length; length++) {
    const error = refused('ERR_PAYLOAD_SIZE', () => parseMessage(message.subarray(0, length)));
    assert.match(error.message, new RegExp(`says ${message.length - 32} bytes of payload, but ${length - 32} follow`));
    assert.equal(error.offset, HEADER.payloadSize);
  }
});

test('a byte too many is a payload of another size', () => {
  const message = sample();
  const longer = new Uint8Array(message.length + 1);
  longer.set(message);
  refused('ERR_PAYLOAD_SIZE', () => parseMessage(longer));
});

test('every changed byte is found by the check that covers it', () => {
  const message = sample();
  for (let at = 0; at < message.length; at++) {
    const changed = message.slice();
    changed[at]! ^= 0x10;
    const isSize = at >= HEADER.payloadSize && at < HEADER.checksum;
    const code = at < 4 ? 'ERR_WRONG_MAGIC' : isSize ? 'ERR_PAYLOAD_SIZE' : 'ERR_CHECKSUM';
    refused(code, () => parseMessage(changed));
    refused(code, () => new MessageReader().wrap(changed));
  }
});

test('a wrong magic or checksum is named in the error', () => {
  const message = sample();
  viewOf(message).setUint32(0, 0xefbeadde, true);
  assert.match(refused('ERR_WRONG_MAGIC', () => parseMessage(message)).message, /0xefbeadde .* magic 0xdeadbeef/);
  const other = sample();
  viewOf(other).setUint32(HEADER.checksum, 1, true);
  assert.match(refused('ERR_CHECKSUM', () => parseMessage(other)).message, /checksum is 0x00000001/);
});

test('of several faults the first in the order of the checks is reported', () => {
  // All faults at once, then taken away one after the other.
  const broken = new Uint8Array(MESSAGE_BYTES_MAX + 1);
  broken[32] = 255;
  broken[33] = 1;
  const view = viewOf(broken);
  refused('ERR_TOO_SHORT', () => parseMessage(broken.subarray(0, 31)));
  refused('ERR_WRONG_MAGIC', () => parseMessage(broken));
  view.setUint32(HEADER.magic, 0xdeadbeef, true);
  refused('ERR_PAYLOAD_SIZE', () => parseMessage(broken));
  view.setUint32(HEADER.payloadSize, broken.length - 32, true);
  refused('ERR_TOO_LONG', () => parseMessage(broken));
  const shorter = broken.subarray(0, MESSAGE_BYTES_MAX);
  view.setUint32(HEADER.payloadSize, shorter.length - 32, true);
  refused('ERR_CHECKSUM', () => parseMessage(shorter));
  refused('ERR_EXTENDED_MARKER', () => parseMessage(resealed(shorter)));
});

test('a message of exactly 1 MiB is accepted', () => {
  const message = sealed(new Uint8Array(MESSAGE_BYTES_MAX - 32));
  assert.equal([...parseMessage(message).tlvs()].length, (MESSAGE_BYTES_MAX - 32) / 2);
});

test('numbers that this version does not know are carried in the header', () => {
  const message = sample();
  message[HEADER.domain] = 9;
  message[HEADER.version] = 2;
  message[HEADER.source] = 199;
  message[HEADER.flags] = 0x81;
  const { domain, version, source, flags } = parseMessage(resealed(message)).header;
  assert.deepEqual([domain, version, source, flags], [9, 2, 199, 0x81]);
});
