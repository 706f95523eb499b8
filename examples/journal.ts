import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { JournalReader } from 'alphapulse-bus/journal';

/*
 * A channel that is recorded: its messages are on the disk when the writer must know it, a consumer that comes late reads
 * what the ring has long forgotten, and the files can be read without a bus.
 *
 *   node build/examples/journal.js
 */

/** Over a hundred times what the ring holds. */
const ORDERS = 100_000;

const text = (n: number): Uint8Array => new TextEncoder().encode(`order ${n}`);
const number = (bytes: Uint8Array): number => Number(new TextDecoder().decode(bytes).slice('order '.length));

async function record(bus: MessageBus): Promise<void> {
  const orders = bus.producer('orders');
  let sequence = -1;
  // a recorder that falls behind holds the producer up, as a consumer would
  for (let n = 0; n < ORDERS; n++) sequence = await orders.writeAsync(text(n));
  await orders.waitDurable(sequence);
  process.stdout.write(`wrote ${ORDERS} orders; the last one is on the disk\n`);
}

function replay(bus: MessageBus): void {
  // the first part comes from the journal, the rest from the ring: no gap, none twice
  using orders = bus.consumer('orders', { from: { sequence: 0 } });
  let next = 0;
  while (next < ORDERS) {
    orders.poll((message) => assert.equal(number(message.bytes), next++));
  }
  process.stdout.write(`a consumer that came afterwards got all ${next}, and missed ${orders.lost}\n`);
}

function readFiles(folder: string): void {
  using journal = JournalReader.open(folder);
  journal.seek({ sequence: ORDERS / 2 });
  let first: number | undefined;
  journal.poll((message) => (first = number(message.bytes)), 1);
  assert.equal(first, ORDERS / 2);
  process.stdout.write(`and without a bus: the order in the middle is number ${first}\n`);
}

const directory = mkdtempSync('/dev/shm/journal-');
const config: BusConfig = {
  channels: {
    orders: {
      type: 'SPSC',
      producer: 'gateway',
      consumer: 'audit',
      bufferSize: '64KB',
      persistence: { persistencePath: join(directory, 'journal') },
    },
  },
};
try {
  await using gateway = await MessageBus.open({ service: 'gateway', config, directory });
  await using audit = await MessageBus.open({ service: 'audit', config, directory });
  await record(gateway);
  replay(audit);
  readFiles(join(directory, 'journal', 'orders'));
} finally {
  rmSync(directory, { recursive: true });
}
