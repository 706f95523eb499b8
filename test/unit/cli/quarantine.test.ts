import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { apbus, type CommandRun } from '../../kit/run-apbus.js';
import { numbered, temporaryDirectory, blocking } from '../../kit/temporary-channel.js';

const SHAPE = { name: 'ticks', type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 } as const;

interface Bench {
  consumer: Consumer;
  run: (...args: string[]) => Promise<CommandRun>;
}

/** A channel whose consumer `strategy` has set messages 1 and 2 aside. */
function bench(t: TestContext): Bench {
  const folder = temporaryDirectory(t);
  const file = join(folder, 'bus.toml');
  const directory = join(folder, 'segments');
  writeFileSync(
    file,
    `[bus]\ndirectory = "segments"\n[channels.ticks]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "strategy"\nbuffer_size = "64KB"\nmessage_size_max = "1KB"\n`,
  );
  const producer = new Producer(Segment.openOrCreate(directory, SHAPE, { ringWritable: true }), {
    service: 'feed',
    timestamps: true,
    backpressure: blocking(10),
  });
  const consumer = new Consumer(Segment.openOrCreate(directory, SHAPE, { ringWritable: false }), {
    name: 'strategy',
    from: 'latest',
    policy: { ...DEFAULT_POLICY, quarantineAfter: 1 },
  });
  t.after(() => {
    producer.close();
    consumer.close();
  });
  for (let n = 0; n < 4; n++) producer.write(numbered(n, 20));
  const refuse = ({ sequence }: { sequence: number }): void => {
    if (sequence === 1 || sequence === 2) throw new Error('no');
  };
  for (let n = 0; n < 2; n++) assert.throws(() => consumer.poll(refuse), /no/);
  consumer.poll(refuse);
  return {
    consumer,
    run: (...args) => apbus('quarantine', ...args, '--config', file),
  };
}

describe('apbus quarantine', () => {
  it('lists what was set aside, for people and as JSON', async (t) => {
    const { run } = bench(t);
    const { code, data } = await run('list');
    assert.equal(code, 0);
    assert.match(data, /^channel +consumer +sequence/);
    assert.match(data, /ticks +strategy +1 +20B +1 +threw +20\d\d-.*Z +feed +set aside +Error: no/);
    const { messages } = JSON.parse((await run('list', 'ticks', '--json')).data) as {
      messages: { sequence: number; state: string }[];
    };
    assert.deepEqual(
      messages.map(({ sequence, state }) => [sequence, state]),
      [
        [1, 'msg'],
        [2, 'msg'],
      ],
    );
  });

  it('shows one byte by byte', async (t) => {
    const { run } = bench(t);
    const { code, data } = await run('show', 'ticks', 'strategy', '1');
    assert.equal(code, 0);
    assert.match(data, /00000000 {2}01 00 00 00 01 01/);
    const json = JSON.parse((await run('show', 'ticks', 'strategy', '2', '--json')).data) as { payloadHex: string };
    assert.equal(json.payloadHex, Buffer.from(numbered(2, 20)).toString('hex'));
  });

  it('has one handed over again, or all', async (t) => {
    const { run, consumer } = bench(t);
    const seen: number[] = [];
    const { code, messages } = await run('redeliver', 'ticks', 'strategy', '2');
    assert.equal(code, 0);
    assert.match(messages, /consumer "strategy" of channel ticks gets 1 messages again, now/);
    consumer.poll(({ sequence }) => seen.push(sequence));
    assert.deepEqual(seen, [2]);
    await run('redeliver', 'ticks', 'strategy');
    consumer.poll(({ sequence }) => seen.push(sequence));
    assert.deepEqual(seen, [2, 1]);
    assert.doesNotMatch((await run('list')).data, /strategy/);
  });

  it('wakes a subscription that sleeps, to hand it over at once', async (t) => {
    const { run, consumer } = bench(t);
    const got = new Promise<number>((resolve) => {
      void consumer.subscribe(({ sequence }) => resolve(sequence));
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await run('redeliver', 'ticks', 'strategy', '1');
    assert.equal(await got, 1);
  });

  it('drops one, or all', async (t) => {
    const { run } = bench(t);
    assert.equal((await run('drop', 'ticks', 'strategy', '1')).code, 0);
    assert.doesNotMatch((await run('list')).data, /strategy +1 /);
    await run('drop', 'ticks', 'strategy');
    assert.doesNotMatch((await run('list')).data, /strategy/);
  });

  it('says what it does not find, and what to do', async (t) => {
    const { run } = bench(t);
    const message = await run('show', 'ticks', 'strategy', '7');
    assert.equal(message.code, 1);
    assert.match(message.messages, /has set no message 7 aside; apbus quarantine list shows/);
    const channel = await run('list', 'tocks');
    assert.equal(channel.code, 1);
    assert.match(channel.messages, /no channel "tocks" is configured; did you mean ticks\? there are: ticks/);
  });

  it('names damaged files, and fails', async (t) => {
    const { run } = bench(t);
    const { directory } = JSON.parse((await run('list', '--json')).data) as { directory: string };
    mkdirSync(join(directory, 'ticks.quarantine'), { recursive: true });
    writeFileSync(join(directory, 'ticks.quarantine', 'strategy-9.msg'), 'rubbish');
    const { code, messages } = await run('list');
    assert.equal(code, 1);
    assert.match(messages, /strategy-9\.msg is not a whole message/);
  });
});
