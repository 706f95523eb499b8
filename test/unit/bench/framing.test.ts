import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBatch, Unframer, framed } from '../../../bench/peers/framing.js';
import { NatsReader } from '../../../bench/peers/nats.js';
import { RedisReader } from '../../../bench/peers/redis.js';

const messages = [Buffer.from('first'), Buffer.from('a\r\nb'), Buffer.alloc(300, 7)];

/** Feeds a stream cut into pieces of every size, and says what came out each time. */
function eachCut(
  stream: Buffer,
  reader: (receive: (message: Uint8Array) => void) => { feed(chunk: Buffer): void },
): void {
  for (let size = 1; size <= stream.length; size++) {
    const got: Buffer[] = [];
    const target = reader((message) => got.push(Buffer.from(message)));
    for (let at = 0; at < stream.length; at += size) target.feed(stream.subarray(at, at + size));
    assert.deepEqual(got, messages, `pieces of ${size} bytes`);
  }
}

test('frames come out whole wherever the stream is cut', () => {
  eachCut(Buffer.concat(messages.map(framed)), (receive) => new Unframer(receive));
});

test('a batch takes messages until one does not fit, and is empty after it was taken', () => {
  const batch = new FrameBatch(20);
  assert.equal(batch.add(Buffer.from('12345678')), true);
  assert.equal(batch.add(Buffer.from('123456789')), false);
  assert.deepEqual(batch.take(), framed(Buffer.from('12345678')));
  assert.equal(batch.take().length, 0);
  assert.equal(batch.add(Buffer.from('123456789')), true);
});

test('the messages of a NATS server come out whole wherever the stream is cut', () => {
  const parts = messages.flatMap((message) => [
    Buffer.from(`MSG there 1 ${message.length}\r\n`),
    message,
    Buffer.from('\r\n'),
  ]);
  const stream = Buffer.concat([Buffer.from('INFO {}\r\nPING\r\n'), ...parts]);
  let pings = 0;
  eachCut(stream, (receive) => new NatsReader(receive, (line) => void (pings += line === 'PING' ? 1 : 0)));
  assert.equal(pings, stream.length);
});

test('an error of the NATS server is thrown', () => {
  const reader = new NatsReader(
    () => undefined,
    () => undefined,
  );
  assert.throws(() => reader.feed(Buffer.from("-ERR 'Slow Consumer'\r\n")), /Slow Consumer/);
});

test('the messages of a Redis subscription come out whole wherever the stream is cut', () => {
  const parts = messages.flatMap((message) => [
    Buffer.from(`*3\r\n$7\r\nmessage\r\n$5\r\nthere\r\n$${message.length}\r\n`),
    message,
    Buffer.from('\r\n'),
  ]);
  const stream = Buffer.concat([Buffer.from('*3\r\n$9\r\nsubscribe\r\n$5\r\nthere\r\n:1\r\n'), ...parts]);
  eachCut(stream, (receive) => new RedisReader(receive));
});
