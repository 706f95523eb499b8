import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { captureChannels, type CaptureReport } from '#src/observe/capture/capture-channels.js';
import { OpenedCapture } from '#src/observe/capture/opened-capture.js';
import { channelFigures, type ChannelFigures } from '#src/observe/channel-figures.js';
import { BusError } from '#src/platform/bus-error.js';
import type { WallClock } from '#src/platform/clock.js';
import { RingObserver } from '#src/ring/observer.js';
import { numbered, TemporaryChannel, temporaryDirectory, type ChannelOptions } from '../../../kit/temporary-channel.js';

const TYPES = ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const;

interface Scene {
  readonly channel: TemporaryChannel;
  readonly file: string;
  readonly capture: (limits?: { lastMs?: number; bytes?: number; wallClock?: WallClock }) => Promise<CaptureReport>;
  readonly open: () => Segment;
}

function scene(t: TestContext, options: ChannelOptions): Scene {
  const channel = new TemporaryChannel(t, options);
  const file = join(temporaryDirectory(t), 'test.apcap');
  return {
    channel,
    file,
    capture: async (limits = {}) =>
      captureChannels({ directory: channel.directory, channels: ['test'], file, ...limits }),
    open: () => {
      const opened = new OpenedCapture(file);
      t.after(() => opened[Symbol.dispose]());
      const segment = Segment.openExisting(opened.directory, 'test', { ringWritable: false });
      assert.ok(segment);
      t.after(() => segment.close());
      return segment;
    },
  };
}

/** The messages of a segment from its oldest on: sequence, time, producer, and bytes. */
function messagesOf(segment: Segment): string[] {
  const observer = new RingObserver(segment);
  observer.moveTo('oldest');
  const found: string[] = [];
  while (
    observer.poll(
      ({ sequence, busReceivedNs, producerId, bytes }) =>
        found.push(`${sequence} ${busReceivedNs} ${producerId} ${Buffer.from(bytes).toString('hex')}`),
      100,
    ) > 0
  );
  return found;
}

/** What does not depend on where and when it is looked at. */
function lasting({
  path: _p,
  captured: _c,
  atNs: _a,
  wallAheadMs: _w,
  consumers,
  producers,
  ...figures
}: ChannelFigures): unknown {
  const still = <One extends { loopLagMs?: unknown; lagMs?: unknown }>({ loopLagMs: _l, lagMs: _m, ...one }: One) =>
    one;
  return JSON.parse(
    JSON.stringify({ ...figures, consumers: consumers.map(still), producers: producers.map(still) }, (_, value) =>
      typeof value === 'bigint' ? String(value) : (value as unknown),
    ),
  );
}

async function refusal(work: () => Promise<unknown>): Promise<BusError> {
  try {
    await work();
  } catch (error) {
    assert.ok(BusError.is(error), String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'expected a refusal' });
}

describe('a capture', () => {
  for (const type of TYPES) {
    it(`of a channel ${type} shows the same messages and figures as the channel did`, async (t) => {
      const { channel, capture, open } = scene(t, { type });
      const consumer = channel.consumer();
      const producer = channel.producer();
      for (let n = 0; n < 900; n++) {
        producer.write(numbered(n, 8 + (n % 300)));
        if (n % 3 !== 0) consumer.poll(() => undefined, 2);
      }
      const live = channel.observer();
      const [messages, figures] = [messagesOf(live), lasting(channelFigures(live))];
      const report = await capture();

      const captured = open();
      assert.deepEqual(messagesOf(captured), messages);
      assert.deepEqual(lasting(channelFigures(captured)), figures);
      assert.equal(report.channels[0]?.overwritten, 0);
      assert.equal(report.channels[0]?.leftOut, 0);
      assert.equal(report.channels[0]?.records, messages.length);
    });

    it(`of a channel ${type} that nobody has open, and that is empty, is empty and tells its sequence`, async (t) => {
      const origin = { position: 64 * 1_000_001, sequence: 5_000_000_123 };
      const { channel, capture, open } = scene(t, { type, origin });
      channel.segment(true).close();
      assert.equal((await capture()).channels[0]?.records, 0);
      const captured = open();
      assert.deepEqual(messagesOf(captured), []);
      assert.equal(channelFigures(captured).written, 5_000_000_123);
    });

    it(`of a channel ${type} with positions and sequences beyond 32 bits keeps them`, async (t) => {
      const origin = { position: 2 ** 45 - 640, sequence: 2 ** 33 - 5 };
      const { channel, capture, open } = scene(t, { type, origin });
      const producer = channel.producer();
      for (let n = 0; n < 1500; n++) producer.write(numbered(n, 100));
      const messages = messagesOf(channel.observer());
      await capture();
      assert.deepEqual(messagesOf(open()), messages);
    });
  }

  it('shows endpoints as they were: alive when they are long gone, and dead when they were dead', async (t) => {
    const { channel, capture, open } = scene(t, { type: 'MPMC' });
    channel.deadConsumer('fallen');
    const consumer = channel.consumer('latest', 'reader');
    const producer = channel.producer();
    producer.write(numbered(1));
    await capture();
    consumer.close();
    producer.close();
    const { consumers, producers, captured } = channelFigures(open());
    assert.deepEqual(
      consumers.map(({ name, state }) => [name, state]),
      [
        ['fallen', 'dead'],
        ['reader', 'alive'],
      ],
    );
    assert.deepEqual(
      producers.map(({ name, state }) => [name, state]),
      [['writer', 'alive']],
    );
    assert.equal(captured?.machine.length !== 0, true);
  });

  it('keeps how far the clock on the wall was from that of the channel, whatever the one here says', async (t) => {
    const { channel, capture, open } = scene(t, {});
    channel.producer();
    await capture({ wallClock: { nowMs: () => Date.now() + 86_400_000 } });
    const { wallAheadMs = 0 } = channelFigures(open());
    assert.ok(Math.abs(wallAheadMs - 86_400_000) < 60_000, `${wallAheadMs} ms`);
  });

  it('keeps an open claim as what it is: readers stop at it, and its producer is named', async (t) => {
    const { channel, capture, open } = scene(t, { type: 'MPSC' });
    const [slow, other] = [channel.producer(true, 'slow'), channel.producer(true, 'other')];
    slow.write(numbered(0));
    const claim = slow.tryClaim(100);
    assert.ok(typeof claim === 'object');
    other.write(numbered(1));
    const report = await capture();
    assert.equal(report.channels[0]?.openClaims, 1);
    assert.equal(report.channels[0]?.records, 3);
    assert.equal(messagesOf(open()).length, 1);
    claim.commit();
    assert.equal(messagesOf(channel.observer()).length, 3);
  });

  it('keeps at least what is asked for, by bytes and by time, and counts what is left out', async (t) => {
    const { channel, file, capture, open } = scene(t, { type: 'SPMC' });
    const producer = channel.producer();
    for (let n = 0; n < 400; n++) producer.write(numbered(n, 88));
    const { channels } = await capture({ bytes: 10_000 });
    const [one] = channels;
    assert.ok(one !== undefined && one.bytes >= 10_000 && one.bytes <= 10_000 + 4096 + 128, String(one?.bytes));
    assert.equal(one.leftOut, 400 - one.records);
    assert.equal(one.overwritten, 0);
    assert.equal(messagesOf(open()).length, one.records);
    const since = { directory: channel.directory, channels: ['test'], file: `${file}.2`, lastMs: 1 };
    const clock = { monotonicNs: () => 2 ** 52 };
    const [last] = (await captureChannels({ ...since, clock })).channels;
    assert.ok(last !== undefined && last.records > 0 && last.bytes <= 4096 + 128, String(last?.bytes));
    const [all] = (await captureChannels({ ...since, lastMs: 3_600_000, file: `${file}.3` })).channels;
    assert.equal(all?.records, 400);
    assert.equal(all.isTimed, true);
  });

  it('of messages without timestamps keeps all of them when a time is asked for, and says so', async (t) => {
    const { channel, capture } = scene(t, {});
    const producer = channel.producer(false);
    for (let n = 0; n < 100; n++) producer.write(numbered(n, 88));
    const [one] = (await capture({ lastMs: 1 })).channels;
    assert.equal(one?.records, 100);
    assert.equal(one.isTimed, false);
  });

  for (const type of TYPES) {
    it(`of a channel ${type} that is overwritten while it is copied is cut off at its front, and counts that`, async (t) => {
      const { channel, file, open } = scene(t, { type });
      const producer = channel.producer();
      let n = 0;
      const write = (count: number): void => {
        for (const end = n + count; n < end; n++) producer.write(numbered(n, 60 + (n % 100)));
      };
      write(800);
      const oldest = channelFigures(channel.observer()).oldest.sequence;
      const end = n;
      // asked before each part is written: others write meanwhile
      const signal = Object.defineProperty(new AbortController().signal, 'aborted', {
        get: () => {
          write(40);
          return false;
        },
      });
      const request = { directory: channel.directory, channels: ['test'], file, signal };
      const [one] = (await captureChannels(request)).channels;
      assert.ok(one !== undefined && one.overwritten > 0 && one.records > 0, JSON.stringify(one));
      assert.equal(one.tail.sequence, end);
      assert.equal(one.front.sequence, oldest + one.overwritten);
      assert.equal(one.front.sequence + one.records, end);
      const messages = messagesOf(open());
      const first = one.front.sequence;
      assert.deepEqual(
        messages.map((line) => line.replace(/^(\d+) \d+/, '$1')),
        Array.from({ length: one.records }, (_, index) => {
          const number = first + index;
          return `${number} 0 ${Buffer.from(numbered(number, 60 + (number % 100))).toString('hex')}`;
        }),
      );
    });
  }

  it('stores nothing in the channel and takes no slot', async (t) => {
    const { channel, capture } = scene(t, { type: 'MPMC' });
    const producer = channel.producer();
    producer.write(numbered(1));
    producer.close();
    const { control } = channel.observer();
    const before = Buffer.from(control.bytes);
    await capture();
    assert.ok(before.equals(control.bytes));
  });

  it('is a file of this user alone, and leaves nothing beside it', async (t) => {
    const { channel, file, capture } = scene(t, {});
    channel.producer().write(numbered(1));
    const { bytes } = await capture();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(file).size, bytes);
    assert.deepEqual(readdirSync(join(file, '..')), ['test.apcap']);
  });

  it('never replaces a file', async (t) => {
    const { channel, file, capture } = scene(t, {});
    channel.producer().write(numbered(1));
    writeFileSync(file, 'mine');
    const error = await refusal(capture);
    assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
    assert.match(error.message, /is there already/);
    assert.equal(statSync(file).size, 4);
  });

  it('leaves nothing when it is told to end, and when no channel can be captured', async (t) => {
    const { channel, file, capture } = scene(t, {});
    channel.producer().write(numbered(1));
    const signal = AbortSignal.abort();
    const request = { directory: channel.directory, channels: ['test'], file };
    assert.equal((await refusal(async () => captureChannels({ ...request, signal }))).code, 'ERR_ABORTED');
    assert.equal(
      (await refusal(async () => captureChannels({ ...request, channels: ['none'] }))).code,
      'ERR_UNKNOWN_CHANNEL',
    );
    channel.observer().control.putFloat64(CONTROL.at.oldest, 7);
    assert.equal((await refusal(capture)).code, 'ERR_CORRUPT');
    assert.deepEqual(readdirSync(join(file, '..')), []);
  });

  it('has what can be captured, and says what cannot', async (t) => {
    const { channel, file } = scene(t, {});
    channel.producer().write(numbered(1));
    writeFileSync(join(channel.directory, 'broken.ring'), 'no segment', { mode: 0o600 });
    const report = await captureChannels({ directory: channel.directory, channels: ['broken', 'test'], file });
    assert.deepEqual(
      report.unusable.map(({ channel: name, code }) => [name, code]),
      [['broken', 'ERR_CORRUPT']],
    );
    using opened = new OpenedCapture(file);
    assert.deepEqual(readdirSync(opened.directory), ['test.ring']);
    assert.equal(opened.unusable[0]?.channel, 'broken');
  });

  it('refuses endpoints: nobody takes part in what is over', async (t) => {
    const { channel, capture, file } = scene(t, {});
    channel.producer().write(numbered(1));
    await capture();
    using opened = new OpenedCapture(file);
    const error = await refusal(async () =>
      Segment.openOrCreate(opened.directory, channel.shape, { ringWritable: true }),
    );
    assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
    assert.match(error.message, /unfolded from a capture/);
  });

  it('cannot be captured itself', async (t) => {
    const { channel, capture, file } = scene(t, {});
    channel.producer().write(numbered(1));
    await capture();
    using opened = new OpenedCapture(file);
    const again = { directory: opened.directory, channels: ['test'], file: `${file}.2` };
    assert.match((await refusal(async () => captureChannels(again))).message, /is a capture itself/);
  });
});
