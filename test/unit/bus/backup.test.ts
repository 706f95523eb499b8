import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { BusError, MessageBus, type BusConfig, type BusErrorCode, type ProducerOptions } from 'alphapulse-bus';
import { numbered, temporaryDirectory } from '../../kit/temporary-channel.js';

const config: BusConfig = {
  channels: {
    quotes: { type: 'SPMC', producers: ['feed', 'spare'], consumers: ['strategy'], bufferSize: '64KB' },
    ticks: { type: 'SPSC', producers: ['feed', 'spare'], consumer: 'strategy', bufferSize: '64KB' },
    orders: { type: 'MPSC', producers: ['feed', 'spare'], consumer: 'strategy', bufferSize: '64KB' },
    fills: { type: 'MPMC', producers: ['feed', 'spare'], consumers: ['strategy'], bufferSize: '64KB' },
  },
};

function is(code: BusErrorCode, ...words: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => BusError.is(error, code) && words.every((word) => word.test(error.message));
}

async function open(t: TestContext, service: string, directory: string): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, config, directory });
  t.after(() => bus.close());
  return bus;
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe('the role of a producer', () => {
  it('is primary unless it is said: attached at once or refused, also as a promise', async (t) => {
    const directory = temporaryDirectory(t);
    const feed = await open(t, 'feed', directory);
    const spare = await open(t, 'spare', directory);
    const producer = await feed.producerAsync('quotes');
    assert.equal(producer.takeover, undefined);
    assert.equal(producer.write(numbered(1)), 0);
    for (const options of [{}, { role: 'primary' }] satisfies ProducerOptions[]) {
      assert.throws(() => spare.producer('quotes', options), is('ERR_PRODUCER_TAKEN', /"feed"/, /producerAsync/));
      await assert.rejects(spare.producerAsync('quotes', options), is('ERR_PRODUCER_TAKEN'));
    }
    await assert.rejects(
      feed.producerAsync('ticks', { signal: AbortSignal.abort('no more') }),
      (error) => BusError.is(error, 'ERR_ABORTED') && error.cause === 'no more',
    );
  });

  it('backup is for producerAsync only', async (t) => {
    const feed = await open(t, 'feed', temporaryDirectory(t));
    assert.throws(() => feed.producer('quotes', { role: 'backup' }), is('ERR_INVALID_ARGUMENT', /producerAsync/));
    assert.deepEqual(readdirSync(feed.directory), []);
  });

  it('backup is refused where all producers are active', async (t) => {
    const feed = await open(t, 'feed', temporaryDirectory(t));
    for (const channel of ['orders', 'fills']) {
      const refused = is('ERR_INVALID_ARGUMENT', /all producers of an MP.C channel are active/, /leave the role out/);
      assert.throws(() => feed.producer(channel, { role: 'backup' }), refused);
      await assert.rejects(feed.producerAsync(channel, { role: 'backup' }), refused);
      assert.equal((await feed.producerAsync(channel)).takeover, undefined);
    }
  });

  it('is one of the two', async (t) => {
    const feed = await open(t, 'feed', temporaryDirectory(t));
    const wrong = { role: 'second' } as unknown as ProducerOptions;
    assert.throws(
      () => feed.producer('quotes', wrong),
      is('ERR_INVALID_ARGUMENT', /"primary" or "backup", not "second"/),
    );
    await assert.rejects(feed.producerAsync('quotes', wrong), is('ERR_INVALID_ARGUMENT'));
  });
});

for (const channel of ['ticks', 'quotes']) {
  describe(`a backup of ${channel}`, () => {
    it('attaches at once when there is no primary', async (t) => {
      const directory = temporaryDirectory(t);
      const first = await (await open(t, 'spare', directory)).producerAsync(channel, { role: 'backup' });
      assert.equal(first.takeover, undefined, 'it has taken over from nobody');
      first.write(numbered(1));
      first.close();
      const second = await (await open(t, 'feed', directory)).producerAsync(channel, { role: 'backup' });
      assert.equal(second.takeover, undefined, 'the one before had left before it came');
      assert.equal(second.write(numbered(2)), 1);
    });

    it('waits for the primary to leave, and goes on with its sequence', async (t) => {
      const directory = temporaryDirectory(t);
      const reader = (await open(t, 'strategy', directory)).consumer(channel, { from: 'oldest' });
      const primary = (await open(t, 'feed', directory)).producer(channel);
      const waiting = (await open(t, 'spare', directory)).producerAsync(channel, { role: 'backup', timestamps: false });
      for (let n = 0; n < 3; n++) primary.write(numbered(n));
      primary.close();
      const producer = await waiting;
      assert.deepEqual(producer.takeover, { generation: 2, previousPid: process.pid, sequence: 3 });
      assert.equal(producer.write(numbered(3)), 3);
      assert.deepEqual(
        Array.from({ length: 4 }, () => reader.read()?.sequence),
        [0, 1, 2, 3],
      );
    });

    it('is the next in its turn, again and again', async (t) => {
      const directory = temporaryDirectory(t);
      const buses = [await open(t, 'feed', directory), await open(t, 'spare', directory)];
      const before = openFiles();
      let holder = buses[0]!.producer(channel);
      for (let turn = 1; turn < 50; turn++) {
        const waiting = buses[turn % 2]!.producerAsync(channel, { role: 'backup' });
        if (turn % 3 > 0) await nextTurn();
        holder.close();
        holder = await waiting;
        assert.equal(holder.takeover?.generation, turn + 1);
      }
      holder.close();
      await nextTurn();
      assert.equal(openFiles(), before);
    });

    it('gives up when its signal aborts, and leaves nothing behind', async (t) => {
      const directory = temporaryDirectory(t);
      (await open(t, 'feed', directory)).producer(channel);
      const spare = await open(t, 'spare', directory);
      const before = openFiles();
      const controller = new AbortController();
      const options = { role: 'backup', signal: controller.signal } as const;
      const waits = [spare.producerAsync(channel, options), spare.producerAsync(channel, options)];
      const settled = Promise.allSettled(waits);
      await nextTurn();
      controller.abort('enough');
      for (const wait of waits)
        await assert.rejects(wait, (error) => BusError.is(error, 'ERR_ABORTED') && error.cause === 'enough');
      await settled;
      await assert.rejects(spare.producerAsync(channel, options), is('ERR_ABORTED'));
      await nextTurn();
      assert.equal(openFiles(), before);
    });

    it('gives up when its bus is closed', async (t) => {
      const directory = temporaryDirectory(t);
      (await open(t, 'feed', directory)).producer(channel);
      const spare = await open(t, 'spare', directory);
      const before = openFiles();
      const waiting = assert.rejects(spare.producerAsync(channel, { role: 'backup' }), is('ERR_CLOSED'));
      await nextTurn();
      await spare.close();
      await waiting;
      await nextTurn();
      assert.equal(openFiles(), before);
      await assert.rejects(spare.producerAsync(channel, { role: 'backup' }), is('ERR_CLOSED'));
    });

    it('is told when the segment is removed under it', async (t) => {
      const directory = temporaryDirectory(t);
      (await open(t, 'feed', directory)).producer(channel);
      const waiting = (await open(t, 'spare', directory)).producerAsync(channel, { role: 'backup' });
      rmSync(join(directory, `${channel}.ring`));
      await assert.rejects(waiting, is('ERR_CORRUPT', /removed/));
    });

    it('refuses what is no FIFO in the place of its alarm; a primary does without', async (t) => {
      const directory = temporaryDirectory(t);
      writeFileSync(join(directory, `${channel}.takeover`), '', { mode: 0o600 });
      const primary = (await open(t, 'feed', directory)).producer(channel);
      assert.equal(primary.write(numbered(1)), 0);
      const spare = await open(t, 'spare', directory);
      await assert.rejects(
        spare.producerAsync(channel, { role: 'backup' }),
        is('ERR_PERMISSION', /\.takeover is not a FIFO/, /remove it/),
      );
    });

    it('takes over also from a primary without an alarm', async (t) => {
      const directory = temporaryDirectory(t);
      const alarm = join(directory, `${channel}.takeover`);
      writeFileSync(alarm, '', { mode: 0o600 });
      const primary = (await open(t, 'feed', directory)).producer(channel);
      rmSync(alarm);
      const waiting = (await open(t, 'spare', directory)).producerAsync(channel, { role: 'backup' });
      for (let turn = 0; turn < 200; turn++) await nextTurn();
      primary.close();
      assert.equal((await waiting).takeover?.sequence, 0);
    });
  });
}
