/*
 * One of several processes that race to create the same channels. Arguments: directory, own number, how many racers.
 * Commands: `attach CHANNEL AT_MS` (at that wall-clock time, so that all do it at once), `write CHANNEL COUNT`,
 * `read CHANNEL COUNT`.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { MessageBus, type BusConfig, type Consumer, type Producer } from 'alphapulse-bus';
import { commands } from '../../kit/processes.js';

const [directory = '', number = '', racers = ''] = process.argv.slice(2);
const services = Array.from({ length: Number(racers) }, (_, index) => `racer_${index}`);
const producers = new Map<string, Producer>();
const consumers = new Map<string, Consumer>();

/** Every racer declares the same channels, whichever it is. */
function config(channels: readonly string[]): BusConfig {
  const channel = {
    type: 'MPMC',
    producers: services,
    consumers: services,
    bufferSize: '256KB',
    messageSizeMax: 1024,
  } as const;
  return { channels: Object.fromEntries(channels.map((name) => [name, channel])) };
}

const bus = await MessageBus.open({
  service: `racer_${number}`,
  directory,
  config: config(Array.from({ length: 64 }, (_, index) => `race_${index}`)),
});

/** The files behind this process's descriptors for a channel, as device and inode. */
function openFiles(channel: string): string[] {
  const found = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    const path = `/proc/self/fd/${fd}`;
    try {
      if (!readlinkSync(path).includes(`/${channel}.ring`)) continue;
      const { dev, ino, nlink } = statSync(path);
      found.add(`${dev}:${ino}:${nlink}`);
    } catch {
      // the descriptor of the listing itself
    }
  }
  return [...found];
}

function attach(channel: string, atMs: number): void {
  while (Date.now() < atMs);
  consumers.set(channel, bus.consumer(channel, { from: 'oldest' }));
  producers.set(channel, bus.producer(channel));
  console.log(`attached ${channel} ${JSON.stringify(openFiles(channel))}`);
}

function write(channel: string, count: number): void {
  for (let n = 0; n < count; n++) producers.get(channel)!.write(Buffer.from(`racer ${number} message ${n}`));
  console.log(`wrote ${channel}`);
}

function read(channel: string, count: number): void {
  const hash = createHash('sha256');
  const consumer = consumers.get(channel)!;
  for (let n = 0; n < count; n++) {
    let message = consumer.read();
    while (message === undefined) {
      if (!consumer.waitSync(20_000)) throw new Error(`${channel}: message ${n} of ${count} does not come`);
      message = consumer.read();
    }
    hash.update(`${message.sequence}:`).update(message.bytes);
  }
  console.log(`read ${channel} ${hash.digest('hex')}`);
}

console.log('ready');
for await (const command of commands()) {
  const [verb, channel = '', argument] = command.split(' ');
  if (verb === 'attach') attach(channel, Number(argument));
  else if (verb === 'write') write(channel, Number(argument));
  else if (verb === 'read') read(channel, Number(argument));
  else throw new Error(`unknown command ${command}`);
}
await bus.close();
