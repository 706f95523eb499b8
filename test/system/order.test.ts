import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MessageBus, type ChannelType } from 'alphapulse-bus';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { countFromEnvironment, randomSource, seedOfRun } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { ORDER_CHANNEL, OrderWitness, orderConfig, readOrdered } from './order-channel.js';

const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
const MESSAGES = 200_000;

function producer(
  t: TestContext,
  directory: string,
  type: ChannelType,
  number: number,
  count: number,
  way = 'write',
): TestProcess {
  return startProcess(t, script(import.meta.url, './actors/order-producer.js'), [
    directory,
    type,
    `${number}`,
    `${count}`,
    way,
  ]);
}

interface ConsumerArguments {
  number?: number;
  count: number;
  way?: 'poll' | 'subscribe' | 'iterate';
}

function consumer(t: TestContext, directory: string, type: ChannelType, args: ConsumerArguments): TestProcess {
  const { number = 0, count, way = 'poll' } = args;
  const path = script(import.meta.url, './actors/order-consumer.js');
  return startProcess(t, path, [directory, type, `${number}`, `${count}`, way]);
}

for (const type of TYPES) {
  describe(`between processes, a ${type} channel`, () => {
    it("gives every consumer every message once, whole, in one order, each producer's in turn", async (t) => {
      const directory = temporaryDirectory(t);
      const writers = type.startsWith('M') ? 3 : 1;
      const readers = type.endsWith('MC') ? 3 : 1;
      const each = Math.ceil(MESSAGES / writers);
      const consumers = (['poll', 'subscribe', 'iterate'] as const)
        .slice(0, readers)
        .map((way, number) => consumer(t, directory, type, { number, count: each * writers, way }));
      await Promise.all(consumers.map((process) => process.line('attached')));
      const ways = ['write', 'claim', 'batch'];
      const producers = Array.from({ length: writers }, (_, n) => producer(t, directory, type, n, each, ways[n]));
      await Promise.all([...producers, ...consumers].map((process) => process.succeeded(120_000)));
      const ends = await Promise.all(consumers.map((process) => process.line('end')));
      assert.equal(new Set(ends).size, 1, `all consumers saw the same: ${ends.join(', ')}`);
      assert.match(ends[0]!, new RegExp(`^end ${each * writers} `));
      const parts = ends[0]!.split(' ').at(-1);
      assert.equal(parts, Array.from({ length: writers }, () => each).join('/'), 'all of every producer');
    });

    it('hands a consumer that left in order over to the next process of its name exactly where it stood', async (t) => {
      const directory = temporaryDirectory(t);
      const first = consumer(t, directory, type, { count: 500 });
      await first.line('attached');
      const writer = producer(t, directory, type, 0, 600, 'async');
      await Promise.all([first.succeeded(), writer.succeeded()]);
      const bus = await MessageBus.open({ service: 'consumer_0', directory, config: orderConfig(type) });
      t.after(() => bus.close());
      const second = bus.consumer(ORDER_CHANNEL, { from: 'resume' });
      assert.deepEqual([second.sequence, second.lost, second.lag.messages], [500, 0, 100]);
      let due = 500;
      second.poll((message) => assert.deepEqual(readOrdered(message.bytes), { producer: 0, n: due++ }));
      assert.equal(due, 600);
    });

    it('gives a killed consumer again what it may not have finished, and skips nothing', async (t) => {
      const directory = temporaryDirectory(t);
      const bus = await MessageBus.open({ service: 'producer_0', directory, config: orderConfig(type) });
      t.after(() => bus.close());
      const random = randomSource(seedOfRun());
      const writer = bus.producer(ORDER_CHANNEL);
      let sequence = 0;
      let due = 0;
      for (let life = 0; life < 5; life++) {
        const reader = startProcess(t, script(import.meta.url, './actors/sequence-reader.js'), [directory, type]);
        const resumed = Number((await reader.line('attached')).split(' ')[1]);
        assert.ok(resumed <= due, `life ${life} resumed at ${resumed}, but ${due} was the next not seen`);
        const target = sequence + 50 + random(100);
        for (; sequence < target; sequence++) writer.write(new Uint8Array(50));
        await reader.line(`seen ${target - 1 - random(30)}`);
        await reader.kill();
        due = Number(reader.lines.findLast((line) => line.startsWith('seen '))!.slice(5)) + 1;
        assert.equal(reader.stderr, '');
      }
    });

    it('frees a producer that is blocked by a consumer which was killed', async (t) => {
      const directory = temporaryDirectory(t);
      const stalled = startProcess(t, script(import.meta.url, './actors/sequence-reader.js'), [
        directory,
        type,
        'stall',
      ]);
      await stalled.line('attached');
      const writer = producer(t, directory, type, 0, 20_000);
      await writer.line('attached');
      await stalled.line('full');
      assert.equal(writer.exit, undefined, 'it waits');
      await stalled.kill();
      await writer.line('wrote');
      await writer.succeeded();
    });
  });
}

for (const type of ['SPSC', 'SPMC'] as const) {
  describe(`producers of a ${type} channel that are killed at random points`, () => {
    it('leave nothing torn, and each successor goes on with the next sequence', async (t) => {
      const kills = Math.ceil(countFromEnvironment('APBUS_STORM_RUNS', 40) / 4);
      const directory = temporaryDirectory(t);
      const seed = seedOfRun();
      t.diagnostic(`seed ${seed}`);
      const random = randomSource(seed);
      const bus = await MessageBus.open({ service: 'consumer_0', directory, config: orderConfig(type) });
      t.after(() => bus.close());
      const reader = bus.consumer(ORDER_CHANNEL, { from: 'oldest' });
      let next = 0;
      for (let life = 0; life < kills; life++) {
        const writer = producer(t, directory, type, 0, 1e9);
        const witness = new OrderWitness(next);
        const target = random(5000);
        const read = (): number => reader.poll((message) => witness.see(message.sequence, message.bytes));
        while (witness.count <= target) {
          if (read() > 0) continue;
          assert.equal(writer.exit, undefined, writer.stderr);
          await new Promise((resolve) => setImmediate(resolve));
        }
        writer.signal('SIGKILL');
        // the ring is emptied while the writer dies, so that the kill hits a running one, not one that waits for room
        while (writer.exit === undefined) {
          read();
          await new Promise((resolve) => setImmediate(resolve));
        }
        while (read() > 0);
        next = witness.nextSequence;
        assert.equal(reader.lag.messages, 0);
        assert.equal(reader.lost, 0);
      }
    });
  });
}

it('the witness itself notices a gap, a repetition, a change of order and a torn message', () => {
  const good = new Uint8Array(8);
  assert.throws(() => new OrderWitness(5).see(6, good), /sequence 6/);
  const wrong = new Uint8Array(20);
  assert.throws(() => readOrdered(wrong), /has 20 bytes/);
});
