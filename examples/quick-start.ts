import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

/*
 * Two processes and one channel: a reader that prints what a writer writes.
 *
 *   node build/examples/quick-start.js
 *
 * This file is both: started by you it is the writer, and starts itself once more as the reader.
 */

const config: BusConfig = {
  channels: { greetings: { type: 'SPSC', producer: 'writer', consumer: 'reader', bufferSize: '1MB' } },
};
const GREETINGS = ['hello', 'from', 'another', 'process'];

async function write(directory: string): Promise<void> {
  // a reader that joins later sees only later messages, so it goes first and says when it is there
  const reader = fork(fileURLToPath(import.meta.url), [directory]);
  await once(reader, 'message');

  await using bus = await MessageBus.open({ service: 'writer', config, directory });
  const greetings = bus.producer('greetings');
  for (const text of GREETINGS) greetings.write(new TextEncoder().encode(text));

  const [code] = (await once(reader, 'exit')) as [number | null];
  assert.equal(code, 0, 'the reader has read all');
}

async function read(directory: string): Promise<void> {
  await using bus = await MessageBus.open({ service: 'reader', config, directory });
  const greetings = bus.consumer('greetings');
  process.send?.('ready');

  for await (const message of greetings) {
    const text = new TextDecoder().decode(message.bytes);
    process.stdout.write(`${message.sequence}: "${text}" after ${message.totalLatencyNs} ns\n`);
    assert.equal(text, GREETINGS[message.sequence]);
    if (message.sequence === GREETINGS.length - 1) break;
  }
  process.disconnect();
}

const directory = process.argv[2];
if (directory !== undefined) {
  await read(directory);
} else {
  const own = mkdtempSync('/dev/shm/quick-start-');
  await write(own).finally(() => rmSync(own, { recursive: true }));
}
