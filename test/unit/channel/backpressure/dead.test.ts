import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DEFAULT_WATER_MARKS, type BackpressureSettings } from '#src/channel/backpressure/settings.js';
import type { Producer } from '#src/channel/producer.js';
import { BACKPRESSURE, DROPPED } from '#src/ring/codes.js';
import { FakeMachine } from '../../../kit/fake-machine.js';
import { TemporaryChannel, numbered } from '../../../kit/temporary-channel.js';

const BREAKER: BackpressureSettings = {
  mode: 'CircuitBreaker',
  failureThreshold: 1000,
  failureWindowMs: 60_000,
  recoveryTimeoutMs: 60_000,
  ...DEFAULT_WATER_MARKS,
};
const MODES: readonly BackpressureSettings[] = [{ mode: 'DropNewest', ...DEFAULT_WATER_MARKS }, BREAKER];
const big = numbered(0, 1000);

for (const backpressure of MODES) {
  const { mode } = backpressure;
  const refusal = mode === 'DropNewest' ? DROPPED : BACKPRESSURE;

  /** A producer that has just looked for the dead, at a full ring that somebody living holds, who dies then. */
  const full = (t: TestContext) => {
    const machine = new FakeMachine();
    const channel = new TemporaryChannel(t, { type: 'MPMC', backpressure });
    const producer = channel.producer(true, 'writer', { machine });
    let written = 0;
    channel.deadConsumer('dead', () => {
      while (producer.tryWrite(big) >= 0) written++;
    });
    return { machine, channel, producer, written };
  };

  describe(`a writer that never waits (${mode}), when a dead consumer keeps the ring full`, () => {
    const CALLS: Record<string, (producer: Producer) => number | Promise<number>> = {
      write: (producer) => producer.write(big),
      tryWrite: (producer) => producer.tryWrite(big),
      writeAsync: (producer) => producer.writeAsync(big),
      writeBatch: (producer) => producer.writeBatch([big, big]),
      tryClaim: (producer) => producer.tryClaim(1000)?.commit() ?? refusal,
    };

    for (const [name, call] of Object.entries(CALLS)) {
      it(`finds that out by ${name}, and goes on`, async (t) => {
        const { machine, producer, written } = full(t);
        machine.nowNs += 10e6;
        assert.equal(await call(producer), name === 'writeBatch' ? 2 : written);
      });
    }

    it('looks every 10 ms at most', (t) => {
      const { machine, producer, written } = full(t);
      machine.nowNs += 9e6;
      assert.equal(producer.tryWrite(big), refusal);
      machine.nowNs += 1e6;
      assert.equal(producer.tryWrite(big), written);
    });

    it('repairs the claim of a dead producer', (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC', backpressure });
      const producer = channel.producer();
      channel.deadProducer((dead) => dead.tryClaim(8));
      for (let n = 0; n < 200; n++) assert.ok(producer.write(big) > 0);
    });
  });
}
