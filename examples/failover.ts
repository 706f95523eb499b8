import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

/*
 * A primary producer that is killed, and a backup that goes on where it stopped.
 *
 *   node build/examples/failover.js
 *
 * This file is all three processes: started by you it is the reader, and starts itself twice more as the producers.
 */

const config: BusConfig = {
  channels: { counter: { type: 'SPSC', producers: ['primary', 'backup'], consumer: 'reader', bufferSize: '1MB' } },
};

async function produce(role: 'primary' | 'backup', directory: string): Promise<void> {
  await using bus = await MessageBus.open({ service: role, config, directory });
  process.send?.('started');
  const counter = await bus.producerAsync('counter', { role }); // a backup stays here as long as the primary lives
  for (;;) {
    await counter.writeAsync(new TextEncoder().encode(role));
    await later(1);
  }
}

async function start(role: string, directory: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), [role, directory]);
  await once(child, 'message');
  return child;
}

async function read(directory: string): Promise<void> {
  await using bus = await MessageBus.open({ service: 'reader', config, directory });
  const counter = bus.consumer('counter');
  const primary = await start('primary', directory);
  const backup = await start('backup', directory);
  let due = 0;
  let last = '';
  for await (const message of counter) {
    const from = new TextDecoder().decode(message.bytes);
    assert.equal(message.sequence, due++, 'no message is missing, none comes twice');
    if (from !== last) process.stdout.write(`from ${message.sequence} on by the ${from}\n`);
    last = from;
    if (message.sequence === 20) primary.kill('SIGKILL');
    if (from === 'backup') break;
  }
  backup.kill();
  await once(backup, 'exit');
}

const [role, directory] = process.argv.slice(2);
if (directory !== undefined) {
  await produce(role as 'primary' | 'backup', directory);
} else {
  const own = mkdtempSync('/dev/shm/failover-');
  await read(own).finally(() => rmSync(own, { recursive: true }));
}
