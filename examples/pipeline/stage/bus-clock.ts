import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

const SAMPLES = 64;

/*
 * All stamps of the pipeline are stamps of the bus: one clock for all processes of the machine, nanoseconds since the
 * epoch, never stepping. Whoever reads a message finds "now" in it (`consumerDequeuedNs`); the risk monitor subtracts
 * the collector's stamp from that. Only the collector, which reads nothing, has no message to look at. Node's
 * `process.hrtime` runs on the same monotonic clock, so all that it lacks is the distance between the two.
 */

/** Reads the bus's clock at any moment, also in a process that consumes nothing. */
export type BusClock = () => bigint;

/** Measures the distance on a small channel of its own, made for that in `directory` and removed afterwards. */
export async function busClock(directory: string): Promise<BusClock> {
  const own = await mkdtemp(join(directory, 'clock-'));
  try {
    const offset = await measureOffset(own);
    return () => process.hrtime.bigint() + offset;
  } finally {
    await rm(own, { recursive: true });
  }
}

/** The bus's clock minus `hrtime`: of many tries, the one that took least time. */
async function measureOffset(directory: string): Promise<bigint> {
  const channel = 'collector_clock';
  const config: BusConfig = {
    channels: {
      [channel]: { type: 'MPMC', producer: channel, consumer: channel, bufferSize: '64KB', messageSizeMax: 64 },
    },
  };
  await using bus = await MessageBus.open({ service: channel, config, directory });
  const consumer = bus.consumer(channel);
  const producer = bus.producer(channel);
  const message = new Uint8Array(1);
  let shortest = 2n ** 62n;
  let offset = 0n;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = process.hrtime.bigint();
    producer.write(message);
    const after = process.hrtime.bigint();
    consumer.poll(({ producerSentNs }) => {
      if (after - before >= shortest) return;
      shortest = after - before;
      offset = producerSentNs - (before + shortest / 2n);
    });
  }
  return offset;
}
