import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BusError, MessageBus, type ChannelType, type Consumer, type Producer } from 'alphapulse-bus';
import { systemClock } from '#src/platform/clock.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { countFromEnvironment, randomSource, seedOfRun } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { asleep } from './asleep.js';
import { FAILOVER_CHANNEL, TickWitness, failoverConfig, tickOf } from './failover-channel.js';

const ACTOR = script(import.meta.url, './actors/failover-producer.js');
/** Longer than a backup goes without a look of its own, twice. */
const TWO_LOOKS_MS = 2200;

function actor(t: TestContext, directory: string, type: ChannelType, role: 'primary' | 'backup'): TestProcess {
  return startProcess(t, ACTOR, [directory, type, role]);
}

async function waitingBackup(t: TestContext, directory: string, type: ChannelType): Promise<TestProcess> {
  const backup = actor(t, directory, type, 'backup');
  await backup.line('waiting');
  return backup;
}

async function openBus(t: TestContext, directory: string, type: ChannelType, service: string): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, directory, config: failoverConfig(type) });
  t.after(() => bus.close());
  return bus;
}

async function primary(t: TestContext, directory: string, type: ChannelType): Promise<TestProcess> {
  const started = actor(t, directory, type, 'primary');
  await started.line('first');
  return started;
}

interface Start {
  readonly process: TestProcess;
  readonly sequence: number;
  readonly ns: number;
  readonly previousPid: number;
}

async function firstOf(process: TestProcess): Promise<Start> {
  const [, sequence, ns, previousPid] = (await process.line('first')).split(' ').map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { process, sequence, ns, previousPid };
}

/** Consumers that read to the end, with a witness each. */
class Readers {
  readonly witnesses: readonly [TickWitness, ...TickWitness[]];
  private readonly consumers: readonly Consumer[];

  private constructor(consumers: readonly Consumer[]) {
    this.consumers = consumers;
    this.witnesses = consumers.map(() => new TickWitness()) as [TickWitness, ...TickWitness[]];
  }

  static async open(t: TestContext, directory: string, type: ChannelType): Promise<Readers> {
    const names = type.endsWith('SC') ? ['reader'] : ['reader', 'second'];
    const consumers = await Promise.all(
      names.map(async (name) =>
        (await openBus(t, directory, type, name)).consumer(FAILOVER_CHANNEL, { from: 'oldest' }),
      ),
    );
    return new Readers(consumers);
  }

  read(): number {
    let read = 0;
    for (const [index, consumer] of this.consumers.entries()) {
      read += consumer.poll((message) => this.witnesses[index]!.see(message.sequence, message.bytes));
      assert.equal(consumer.lost, 0);
    }
    return read;
  }

  /** Reads until `done`, and then what is there. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      this.read();
      await nextTurn();
    }
    while (this.read() > 0);
  }
}

/** How a primary may go, beside SIGKILL in the middle of writing. */
const WAYS = ['exit', 'throw', 'reject', 'abort', 'leave-child', 'close'] as const;

for (const type of ['SPSC', 'SPMC'] as const) {
  describe(`backup producers of an ${type} channel`, () => {
    it('take over from primaries that are killed at random points: nothing missing, twice or torn', async (t) => {
      const kills = countFromEnvironment('APBUS_STORM_RUNS', 8);
      const seed = seedOfRun();
      const random = randomSource(seed);
      const directory = temporaryDirectory(t);
      const readers = await Readers.open(t, directory, type);
      let reign = await firstOf(actor(t, directory, type, 'primary'));
      let backups = [await waitingBackup(t, directory, type), await waitingBackup(t, directory, type)];
      const tookMs: number[] = [];
      for (let kill = 0; kill < kills; kill++) {
        const { process } = reign;
        const goal = reign.sequence + random(3000);
        process.send('flood');
        await readers.until(() => readers.witnesses[0].next > goal);
        const heirs = backups.map((backup) => firstOf(backup));
        const killedNs = systemClock().monotonicNs();
        process.signal('SIGKILL');
        let next: Start | undefined;
        void Promise.race(heirs).then((heir) => (next = heir));
        await readers.until(() => next !== undefined && process.exit !== undefined);
        const heir = next!;
        for (const other of heirs) other.catch(() => {});
        const accepted = Number(process.lines.findLast((line) => line.startsWith('accepted '))?.slice(9) ?? -1);
        assert.ok(
          heir.sequence > accepted,
          `seed ${seed}: ${accepted} was accepted, the successor began at ${heir.sequence}`,
        );
        assert.equal(heir.previousPid, process.pid);
        tookMs.push((heir.ns - killedNs) / 1e6);
        backups = [...backups.filter((backup) => backup !== heir.process), await waitingBackup(t, directory, type)];
        reign = heir;
      }
      for (const witness of readers.witnesses) assert.equal(witness.generation, kills + 1);
      tookMs.sort((a, b) => a - b);
      const at = (share: number): string => tookMs[Math.ceil(kills * share) - 1]!.toFixed(2);
      t.diagnostic(
        `seed ${seed}: ${kills} kills, from the kill to the backup's first message: ` +
          `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
      );
    });

    for (const way of WAYS) {
      it(`take over from one that goes by ${way}`, async (t) => {
        const directory = temporaryDirectory(t);
        const readers = await Readers.open(t, directory, type);
        const first = await primary(t, directory, type);
        const backup = await waitingBackup(t, directory, type);
        await asleep(backup);
        first.send(way);
        if (way === 'leave-child') {
          const pid = Number((await first.line('child')).slice(6));
          t.after(() => process.kill(pid, 'SIGKILL'));
        }
        const heir = await firstOf(backup);
        assert.deepEqual([heir.sequence, heir.previousPid], [1, first.pid]);
        await readers.until(() => readers.witnesses.every(({ next }) => next === 2));
      });
    }

    it('take over from a worker that is terminated, while its process lives', async (t) => {
      const directory = temporaryDirectory(t);
      const worker = new Worker(ACTOR, { argv: [directory, type, 'primary'] });
      t.after(() => worker.terminate());
      assert.match(String(await new Promise((resolve) => worker.once('message', resolve))), /^first 0 /);
      const backup = await waitingBackup(t, directory, type);
      await asleep(backup);
      await worker.terminate();
      assert.equal((await firstOf(backup)).sequence, 1);
    });

    it('wait as workers too, and leave nothing behind when they are terminated', async (t) => {
      const directory = temporaryDirectory(t);
      const first = await primary(t, directory, type);
      const worker = new Worker(ACTOR, { argv: [directory, type, 'backup'] });
      assert.equal(await new Promise((resolve) => worker.once('message', resolve)), 'waiting');
      await worker.terminate();
      const backup = await waitingBackup(t, directory, type);
      await first.kill();
      assert.equal((await firstOf(backup)).sequence, 1);
    });

    it('one of three takes over at a time, and each has its turn', async (t) => {
      const directory = temporaryDirectory(t);
      let reigning = await primary(t, directory, type);
      let waiting = await Promise.all([1, 2, 3].map(() => waitingBackup(t, directory, type)));
      for (let sequence = 1; sequence <= 3; sequence++) {
        await Promise.all(waiting.map(asleep));
        await reigning.kill();
        const heir = await Promise.race(waiting.map(firstOf));
        assert.deepEqual([heir.sequence, heir.previousPid], [sequence, reigning.pid]);
        reigning = heir.process;
        waiting = waiting.filter((backup) => backup !== reigning);
        for (const { lines } of waiting) assert.deepEqual(lines, ['waiting']);
      }
    });

    it('do not take over from a primary that is stopped, however long', async (t) => {
      const directory = temporaryDirectory(t);
      const first = await primary(t, directory, type);
      const bus = await openBus(t, directory, type, 'backup');
      first.signal('SIGSTOP');
      await assert.rejects(
        bus.producerAsync(FAILOVER_CHANNEL, { role: 'backup', signal: AbortSignal.timeout(TWO_LOOKS_MS) }),
        (error) => BusError.is(error, 'ERR_ABORTED'),
      );
      const waiting = bus.producerAsync(FAILOVER_CHANNEL, { role: 'backup' });
      await first.kill();
      assert.equal((await waiting).takeover?.previousPid, first.pid);
    });
  });

  describe(`a former primary of an ${type} channel`, () => {
    async function successor(t: TestContext, directory: string): Promise<Producer> {
      const bus = await openBus(t, directory, type, 'backup');
      return bus.producerAsync(FAILOVER_CHANNEL, { role: 'backup' });
    }

    it('whose lock was released by a mistake is shut out by its successor, and cannot harm it', async (t) => {
      const directory = temporaryDirectory(t);
      const readers = await Readers.open(t, directory, type);
      const first = await primary(t, directory, type);
      const asked = successor(t, directory);
      first.send('unlock');
      await first.line('unlocked 0');
      const backup = await asked;
      assert.deepEqual(backup.takeover, { generation: 2, previousPid: first.pid, sequence: 1 });
      backup.write(tickOf(1, 2));
      first.send('write');
      await first.line('refused ERR_PRODUCER_TAKEN');
      first.send('close');
      await first.line('left');
      backup.write(tickOf(2, 2));
      await readers.until(() => readers.witnesses.every(({ next }) => next === 3));
      const third = await waitingBackup(t, directory, type);
      await asleep(third);
      assert.deepEqual(third.lines, ['waiting'], "its close did not release the successor's lock");
      backup.close();
      assert.equal((await firstOf(third)).sequence, 3);
    });

    it('whose descriptor was closed by a mistake is none: its mapping keeps the lock, and it writes on', async (t) => {
      const directory = temporaryDirectory(t);
      const first = await primary(t, directory, type);
      first.send('close-file');
      await first.line('closed');
      const bus = await openBus(t, directory, type, 'backup');
      await assert.rejects(
        bus.producerAsync(FAILOVER_CHANNEL, { role: 'backup', signal: AbortSignal.timeout(TWO_LOOKS_MS) }),
        (error) => BusError.is(error, 'ERR_ABORTED'),
      );
      first.send('write');
      await first.line('wrote 1');
      const waiting = bus.producerAsync(FAILOVER_CHANNEL, { role: 'backup' });
      await first.kill();
      assert.equal((await waiting).takeover?.sequence, 2);
    });
  });
}
