import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { Supervisor, type ServiceEvent } from 'alphapulse-bus/supervisor';

/*
 * Two services under a supervisor: the reader is started first, the writer when the reader is attached. The reader is
 * killed, is started again, and resumes where it was. The same from a file, without a program: `apbus run`.
 *
 *   node build/examples/supervisor.js
 *
 * This file is all three: started by you it is the supervisor, which starts it twice more.
 */

const ENOUGH = 20;

async function write(bus: MessageBus, signal: AbortSignal): Promise<void> {
  const ticks = bus.producer('ticks');
  for (let n = 0; !signal.aborted; n++) {
    ticks.write(Uint8Array.of(n & 0xff));
    await delay(10);
  }
}

async function read(bus: MessageBus, signal: AbortSignal): Promise<void> {
  const ticks = bus.consumer('ticks', { from: 'resume' });
  // what a service prints reaches whoever listens to the supervisor
  await ticks.subscribe((message) => void process.stdout.write(`${message.sequence}\n`), { signal });
}

/** A service: SIGTERM is the supervisor's wish that it ends. */
async function serve(service: string, directory: string | undefined): Promise<void> {
  const ending = new AbortController();
  process.once('SIGTERM', () => ending.abort());
  await using bus = await MessageBus.open({ service, config: configOf(), ...(directory && { directory }) });
  await (service === 'writer' ? write : read)(bus, ending.signal).catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
}

function configOf(): BusConfig {
  const command = [process.execPath, fileURLToPath(import.meta.url)];
  return {
    channels: { ticks: { type: 'SPSC', producer: 'writer', consumer: 'reader', bufferSize: '64KB' } },
    services: { reader: { command, restartDelayMs: 50 }, writer: { command, after: ['reader'] } },
  };
}

async function supervise(directory: string): Promise<void> {
  await using supervisor = await Supervisor.open({ config: configOf(), directory });
  const seen: number[] = [];
  const enough = new Promise<void>((resolve) => {
    supervisor.on('line', ({ line }) => {
      if (seen.push(Number(line)) === ENOUGH) killReader(supervisor);
      if (seen.length >= 2 * ENOUGH) resolve();
    });
  });
  supervisor.on('service', (event: ServiceEvent) => process.stdout.write(`${event.service}: ${event.event}\n`));
  await supervisor.start();
  await enough;
  // after a kill the last message may come again; none is missing
  const different = [...new Set(seen)];
  assert.deepEqual(
    different,
    different.map((_, n) => n),
  );
  process.stdout.write(`${different.length} messages, with a kill among them, and none is missing\n`);
}

function killReader(supervisor: Supervisor): void {
  const reader = supervisor.status().find(({ service }) => service === 'reader');
  assert.ok(reader?.pid !== undefined);
  process.kill(reader.pid, 'SIGKILL');
}

const { APBUS_SERVICE: service, APBUS_DIRECTORY: given } = process.env;
if (service !== undefined) {
  await serve(service, given);
} else {
  const directory = mkdtempSync('/dev/shm/supervisor-');
  await supervise(directory).finally(() => rmSync(directory, { recursive: true }));
}
