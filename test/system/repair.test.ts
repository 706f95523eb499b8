import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { BusError } from '#src/platform/bus-error.js';
import { PATIENCE_MS, script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

const WAYS = ['poll', 'wait', 'subscribe', 'iterate'] as const;

async function claimer(t: TestContext, { directory }: TemporaryChannel): Promise<TestProcess> {
  const claims = startProcess(t, script(import.meta.url, './actors/claimer.js'), [directory, 'claimant']);
  await claims.line('claimed');
  return claims;
}

async function reader(
  t: TestContext,
  { directory }: TemporaryChannel,
  way: string,
  count: number,
): Promise<TestProcess> {
  const reads = startProcess(t, script(import.meta.url, './actors/claim-passer.js'), [directory, way, `${count}`]);
  await reads.line('attached');
  return reads;
}

function fill(producer: Producer): void {
  while (producer.tryWrite(numbered(0, 1000)) >= 0);
}

for (const type of ['MPSC', 'MPMC'] as const) {
  describe(`a producer of an ${type} channel that is killed inside a claim`, () => {
    for (const way of WAYS) {
      it(`holds nobody up: ${way} loses that message, and gets what others wrote before and after its death`, async (t) => {
        const channel = new TemporaryChannel(t, { type });
        const producer = channel.producer();
        producer.write(numbered(0));
        const reads = await reader(t, channel, way, 3);
        const claims = await claimer(t, channel);
        await reads.line('got 0');
        assert.equal(producer.write(numbered(2)), 2);
        await claims.kill();
        assert.equal(producer.write(numbered(3)), 3);
        await reads.succeeded();
        assert.deepEqual(reads.lines, ['attached', 'got 0', 'got 2', 'got 3', 'lost 1']);
      });

      it(`nor does it when all producers are gone: ${way} alone goes on`, async (t) => {
        const channel = new TemporaryChannel(t, { type });
        const producer = channel.producer();
        const reads = await reader(t, channel, way, 2);
        const claims = [await claimer(t, channel), await claimer(t, channel)];
        producer.write(numbered(2));
        claims.push(await claimer(t, channel));
        producer.write(numbered(4));
        producer.close();
        await Promise.all(claims.map((process) => process.kill()));
        await reads.succeeded();
        assert.deepEqual(reads.lines, ['attached', 'got 2', 'got 4', 'lost 3']);
      });
    }

    for (const way of ['write', 'writeAsync'] as const) {
      it(`lets ${way} go on that found the ring full behind it, also when nobody reads`, async (t) => {
        const channel = new TemporaryChannel(t, { type, timeoutMs: PATIENCE_MS });
        const producer = channel.producer();
        producer.write(numbered(0));
        const claims = await claimer(t, channel);
        fill(producer);
        const written = way === 'writeAsync' ? producer.writeAsync(numbered(0, 1000)) : undefined;
        await claims.kill();
        const sequence = await (written ?? producer.write(numbered(0, 1000)));
        for (let n = 0; n < 100; n++) producer.write(numbered(n, 1000));
        const consumer = channel.consumer('oldest');
        const got: number[] = [];
        consumer.poll((message) => got.push(message.sequence), Infinity);
        assert.equal(got.at(-1), sequence + 100);
        assert.deepEqual(
          got,
          Array.from({ length: got.length }, (_, n) => got[0]! + n),
          'no gap after the claim',
        );
      });
    }

    it('has its claim repaired by the next producer that attaches, which may take its slot', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumer = channel.consumer();
      const claims = await claimer(t, channel);
      await claims.kill();
      const producer = channel.producer();
      assert.equal(producer.id, 0);
      assert.equal(producer.tryWrite(numbered(1)), 1);
      assert.equal(consumer.read()?.sequence, 1);
      assert.equal(consumer.lost, 1);
    });

    it('keeps its claim when it is only stopped, however long, and commits it later', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumer = channel.consumer();
      const claims = await claimer(t, channel);
      claims.signal('SIGSTOP');
      const producer = channel.producer();
      producer.write(numbered(1));
      for (let look = 0; look < 5; look++) assert.equal(consumer.waitSync(50), false);
      for (let look = 0; look < 5000; look++) assert.equal(consumer.read(), undefined);
      fill(producer);
      assert.throws(
        () => producer.write(numbered(0, 1000)),
        (error) => BusError.is(error, 'ERR_BACKPRESSURE'),
      );
      channel.producer();
      assert.equal(consumer.lost, 0);
      claims.send('commit');
      claims.signal('SIGCONT');
      await claims.line('committed 0');
      assert.deepEqual([consumer.read()?.sequence, consumer.read()?.sequence, consumer.lost], [0, 1, 0]);
    });
  });
}
