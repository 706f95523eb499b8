import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import {
  RelayDomain,
  StageFlag,
  TlvMessageBuilder,
  TraceContext,
  TlvType,
  withTrace,
  type TraceHop,
} from '#src/protocol/index.js';
import { apbus } from '../../../kit/run-apbus.js';
import { blocking, TemporaryChannel } from '../../../kit/temporary-channel.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const LOW = TRACE.slice(16);
const spanOf = (n: number): string => n.toString(16).padStart(16, '0');

const hop: TraceHop = {
  startTimestampNs: 1_700_000_000_000_000_000n,
  currentTimestampNs: 1_700_000_000_000_000_000n,
  sourceService: 4,
  spanDepth: 0,
  stageFlags: StageFlag.Collected,
};

const plain = (): Uint8Array => new TlvMessageBuilder(RelayDomain.MarketData, 4).addTlv(3, new Uint8Array(20)).build();

function tracedMessage(span: number, more: Partial<TraceHop> = {}, traceId = TRACE): Uint8Array {
  return withTrace(plain(), { ...hop, ...more }, { traceId, spanId: spanOf(span), flags: 1, tracestate: '' });
}

/** A message of a service that knows the TraceContext only. */
function shortMessage(): Uint8Array {
  return new TlvMessageBuilder(RelayDomain.Signal, 20)
    .addTlv(TraceContext, { ...hop, spanDepth: 1, traceId: Uint8Array.from(Buffer.from(LOW, 'hex')) })
    .build();
}

/** Another channel in the same directory, with one producer. */
function secondProducer(
  channel: TemporaryChannel,
  t: { after: (end: () => void) => void },
  timestamps = true,
): Producer {
  const shape = { ...channel.shape, name: 'signals' };
  const segment = Segment.openOrCreate(channel.directory, shape, { ringWritable: true });
  const producer = new Producer(segment, { service: 'strategy', timestamps, backpressure: blocking(20) });
  t.after(() => producer.close());
  return producer;
}

interface Document {
  readonly traceId: string;
  readonly messages: readonly Record<string, unknown>[];
  readonly limitReached: boolean;
  readonly damaged: number;
  readonly overwritten: number;
  readonly unreadable: readonly { readonly channel: string }[];
}

const documentOf = (data: string): Document => JSON.parse(data) as Document;

describe('apbus trace', () => {
  test('shows the messages of a trace over all channels in the order of time, without disturbing anyone', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer(true, 'collector');
    producer.write(plain());
    producer.write(tracedMessage(1));
    producer.write(tracedMessage(9, {}, '1'.repeat(32)));
    secondProducer(channel, t).write(tracedMessage(2, { spanDepth: 1, stageFlags: 5 }));
    const { code, data, messages } = await apbus('trace', TRACE, '--directory', channel.directory);
    assert.equal(messages, '');
    assert.equal(code, 0);
    const [summary, , headings, first, second] = data.split('\n');
    assert.match(summary ?? '', new RegExp(`^trace ${TRACE}: 2 messages on 2 channels, [0-9.]+[nums]+ from`));
    assert.match(headings ?? '', /^sent +after +waited +channel +sequence +producer +span +stages +in$/);
    assert.match(first ?? '', /^\d\d:\d\d:\d\d\.\d{9} +- +\S+ +test +1 +collector +0{15}1 +collected +ring$/);
    assert.match(second ?? '', / {2,}signals +0 +strategy +0{15}2 +collected,processed +ring$/);
  });

  test('prints the same for programs', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer(true, 'collector').write(tracedMessage(1));
    secondProducer(channel, t).write(tracedMessage(2, { spanDepth: 1, stageFlags: 5 }));
    const { code, data } = await apbus('trace', TRACE.toUpperCase(), '--directory', channel.directory, '--json');
    assert.equal(code, 0);
    const { messages, ...rest } = documentOf(data);
    assert.deepEqual(rest, {
      traceId: TRACE,
      limitReached: false,
      damaged: 0,
      damagedPlaces: 0,
      overwritten: 0,
      unreadable: [],
    });
    const [first, second] = messages;
    assert.deepEqual(
      { ...first, sentNs: '', receivedNs: '', waitedNs: 0 },
      {
        channel: 'test',
        sequence: 0,
        producer: 'collector',
        source: 'PolygonCollector',
        sentNs: '',
        receivedNs: '',
        sinceFirstNs: 0,
        sincePreviousNs: 0,
        waitedNs: 0,
        traceId: TRACE,
        spanId: spanOf(1),
        sampled: true,
        depth: 0,
        stages: ['collected'],
        found: 'ring',
      },
    );
    assert.equal(
      Number(BigInt(second!['sentNs'] as string) - BigInt(first!['sentNs'] as string)),
      second!['sinceFirstNs'],
    );
    assert.equal(second!['depth'], 1);
  });

  test('finds messages with eight bytes of the id only, and by these', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    producer.write(shortMessage());
    producer.write(tracedMessage(1));
    producer.write(tracedMessage(2, {}, `${'1'.repeat(16)}${LOW}`));
    const found = async (id: string): Promise<unknown[]> => {
      const { data } = await apbus('trace', id, '--directory', channel.directory, '--json');
      return documentOf(data).messages.map(({ sequence, spanId }) => [sequence, spanId]);
    };
    assert.deepEqual(await found(TRACE), [
      [0, null],
      [1, spanOf(1)],
    ]);
    assert.equal((await found(LOW)).length, 3);
    assert.equal((await found(`test/2`)).length, 2);
  });

  test('takes the time from the messages where the channel has no timestamps', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = secondProducer(channel, t, false);
    producer.write(tracedMessage(2, { spanDepth: 1, currentTimestampNs: hop.currentTimestampNs + 1_500_000n }));
    producer.write(tracedMessage(1));
    const { data } = await apbus('trace', TRACE, '--directory', channel.directory);
    const [summary, , , first, second] = data.split('\n');
    assert.match(summary ?? '', /2 messages on 1 channel, 1.5ms from the first to the last$/);
    assert.match(first ?? '', /^22:13:20\.000000000 +- +- +signals +1 /);
    assert.match(second ?? '', /^22:13:20\.001500000 +1.5ms +- +signals +0 /);
  });

  test('says that there is none, and fails', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer().write(plain());
    const { code, data, messages } = await apbus('trace', TRACE, '--directory', channel.directory);
    assert.equal(code, 1);
    assert.equal(data, '');
    assert.match(messages, new RegExp(`no message of trace ${TRACE} in 1 channel in `));
    const json = await apbus('trace', TRACE, '--directory', channel.directory, '--json');
    assert.equal(json.code, 1);
    assert.deepEqual(documentOf(json.data).messages, []);
  });

  for (const id of [
    '',
    '4bf9',
    `${TRACE}0`,
    'xyz',
    '0'.repeat(32),
    '0'.repeat(16),
    'a/b/1',
    '/1',
    `test/${'1'.repeat(16)}`,
  ])
    test(`refuses the id "${id}" as a usage error`, async () => {
      const { code, messages } = await apbus('trace', id);
      assert.equal(code, 2);
      assert.match(messages, /argument 'id'/);
    });

  test('refuses options that are none', async (t) => {
    const { directory } = new TemporaryChannel(t);
    for (const [option, value] of [
      ['--limit', '0'],
      ['--limit', '100001'],
      ['--from', '42'],
      ['--from', 'latest'],
      ['--from', 'soon'],
    ] as const) {
      const { code, messages } = await apbus('trace', TRACE, '--directory', directory, option, value);
      assert.equal(code, 1);
      assert.match(messages, new RegExp(`^apbus: ${option}: `));
    }
  });

  test('of a message says why there is no trace', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const damaged = tracedMessage(1);
    damaged[40]! ^= 1;
    for (const message of [plain(), damaged]) producer.write(message);
    for (const [message, why] of [
      ['test/0', /carries no trace context/],
      ['test/1', /is damaged/],
      ['test/7', /is not there: overwritten, or not written yet/],
      ['tets/0', /there are: test /],
    ] as const) {
      const { code, messages } = await apbus('trace', message, '--directory', channel.directory);
      assert.equal(code, 1);
      assert.match(messages, why);
    }
  });

  test('leaves damaged messages out, and counts them', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const damaged = tracedMessage(1);
    damaged[40]! ^= 1;
    const overrun = new TlvMessageBuilder(RelayDomain.Signal, 20)
      .addTlv(TlvType.TraceContext, new Uint8Array(31))
      .build();
    for (const message of [damaged, tracedMessage(2), overrun, new TextEncoder().encode('text')])
      producer.write(message);
    const { code, data, messages } = await apbus('trace', TRACE, '--directory', channel.directory, '--json');
    assert.equal(code, 0);
    assert.equal(documentOf(data).damaged, 1);
    assert.equal(documentOf(data).messages.length, 1);
    assert.match(messages, /damaged messages, which were left out: 1\n/);
  });

  test('keeps no more messages than the limit, and says so', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    for (let i = 0; i < 5; i++) producer.write(tracedMessage(i + 1));
    const some = await apbus('trace', TRACE, '--directory', channel.directory, '--json', '--limit', '3');
    assert.equal(some.code, 0);
    assert.equal(documentOf(some.data).messages.length, 3);
    assert.equal(documentOf(some.data).limitReached, true);
    assert.match(some.messages, /more messages than 3,/);
    const all = await apbus('trace', TRACE, '--directory', channel.directory, '--json', '--limit', '5');
    assert.equal(documentOf(all.data).limitReached, false);
  });

  test('begins at a time when it is told to', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer().write(tracedMessage(1));
    const from = async (time: string): Promise<number> =>
      (await apbus('trace', TRACE, '--directory', channel.directory, '--from', time)).code;
    assert.equal(await from('5m'), 0);
    assert.equal(await from('2100-01-01T00:00:00Z'), 1);
  });

  test('reads the other channels when one cannot be read', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer().write(tracedMessage(1));
    writeFileSync(join(channel.directory, 'broken.ring'), new Uint8Array(10_000), { mode: 0o600 });
    const { code, data, messages } = await apbus('trace', TRACE, '--directory', channel.directory, '--json');
    assert.equal(code, 0);
    assert.deepEqual(
      documentOf(data).unreadable.map((each) => each.channel),
      ['broken'],
    );
    assert.match(messages, /channel broken cannot be read: /);
  });

  test('reads the rings when a journal cannot be read', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer().write(tracedMessage(1));
    const journals = join(channel.directory, 'journals');
    mkdirSync(journals);
    writeFileSync(join(journals, 'test'), 'a file in the place of a folder');
    const config = join(channel.directory, 'bus.toml');
    const lines = ['[channels.test]', 'type = "SPSC"', 'producer = "writer"', 'consumer = "reader"'];
    writeFileSync(config, [...lines, `persistence.persistence_path = "${journals}"`].join('\n'));
    const run = await apbus('trace', TRACE, '-c', config, '--directory', channel.directory, '--json');
    assert.equal(run.code, 0);
    assert.equal(documentOf(run.data).messages.length, 1);
    assert.match(run.messages, /channel test cannot be read: channel test: cannot read the journal in /);
    const one = await apbus('trace', 'test/5', '-c', config, '--directory', channel.directory);
    assert.equal(one.code, 1);
    assert.match(one.messages, /cannot read the journal in .*ERR_JOURNAL/);
  });
});
