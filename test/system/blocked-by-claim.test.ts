import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { CONTROL } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { loadNative } from '#src/platform/load-native.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

function fill(producer: Producer, length = 1000): void {
  while (producer.tryWrite(numbered(0, length)) >= 0);
}

async function claimer(t: TestContext, { directory }: TemporaryChannel): Promise<TestProcess> {
  const claims = startProcess(t, script(import.meta.url, './actors/claimer.js'), [directory, 'claimant']);
  await claims.line('claimed');
  return claims;
}

/** Checks whom `write` and `writeAsync` name when the time is over. */
async function assertBlockedBy(producer: Producer, named: RegExp): Promise<void> {
  const says = (error: unknown): boolean => BusError.is(error, 'ERR_BACKPRESSURE') && named.test(error.message);
  assert.throws(() => producer.write(numbered(0, 1000)), says);
  await assert.rejects(producer.writeAsync(numbered(0, 1000)), says);
}

for (const type of ['MPSC', 'MPMC'] as const) {
  describe(`the error of a full ${type} ring names who holds it up`, () => {
    for (const readers of [0, 1]) {
      it(`a producer inside a claim, with ${readers} consumers that wait for it too; none when it is dead`, async (t) => {
        const channel = new TemporaryChannel(t, { type });
        const producer = channel.producer();
        if (readers > 0) channel.consumer('latest', 'innocent');
        const claims = await claimer(t, channel);
        fill(producer);
        await assertBlockedBy(producer, new RegExp(`claim of producer "claimant" \\(process ${claims.pid}, alive\\)`));
        await claims.kill();
        const repairer = channel.observer();
        assert.equal(loadNative().lockByte(repairer.fd, CONTROL.at.repairLock), 0);
        await assertBlockedBy(producer, new RegExp(`"claimant" \\(process ${claims.pid}, dead\\).*repairs`));
        loadNative().unlockByte(repairer.fd, CONTROL.at.repairLock);
        if (readers > 0) await assertBlockedBy(producer, /consumer "innocent"/);
        else producer.write(numbered(0, 1000));
      });
    }

    it('also when records stand before the claim, which were read', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer('latest', 'innocent');
      for (let n = 0; n < 100; n++) {
        producer.write(numbered(n, 1000));
        consumer.read();
      }
      await claimer(t, channel);
      fill(producer);
      consumer.poll(() => {});
      await assertBlockedBy(producer, /claim of producer "claimant"/);
    });

    it('the consumer, when that has not come up to the claim', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const slow = channel.consumer('latest', 'slow');
      for (let n = 0; n < 3; n++) producer.write(numbered(n, 1000));
      slow.read();
      await claimer(t, channel);
      fill(producer);
      await assertBlockedBy(producer, new RegExp(`consumer "slow" \\(process ${process.pid}\\)`));
      slow.poll(() => {});
      fill(producer);
      await assertBlockedBy(producer, /claim of producer "claimant"/);
    });
  });
}
