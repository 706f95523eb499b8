/*
 * Attaches to channels while this process has too few descriptors, or too little address space. Arguments: directory,
 * what is scarce (`descriptors`, `address-space`). Says `tried WHAT OUTCOME` for each attempt, `leak` with the number
 * of open descriptors before and after all of them, and `recovered` when all works again once there is plenty.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BusError, MessageBus, type BusConfig } from 'alphapulse-bus';
import { wakePath } from '#src/layout/directory.js';

const [directory = '', scarce = ''] = process.argv.slice(2);
const bufferSize = scarce === 'descriptors' ? '64KB' : '64MB';
const config: BusConfig = {
  channels: Object.fromEntries(
    ['one', 'two', 'three'].map(
      (name) => [name, { type: 'MPMC', producer: 'me', consumer: 'me', bufferSize }] as const,
    ),
  ),
};
const bus = await MessageBus.open({ service: 'me', directory, config });

async function attempt(channel: string, what: string): Promise<void> {
  let outcome = 'worked';
  try {
    using producer = bus.producer(channel);
    using consumer = bus.consumer(channel, { from: 'oldest' });
    producer.write(new Uint8Array(8));
    if (consumer.read() === undefined) throw new Error('the message did not come');
    let settled = false;
    const ended = consumer.subscribe(() => consumer.close()).finally(() => (settled = true));
    ended.catch(() => {}); // it is awaited below, perhaps turns after it was rejected
    // written only when the consumer is asleep, which takes one more descriptor, or has failed to fall asleep
    while (!settled && !existsSync(wakePath(directory, channel, 0))) await nextTurn();
    if (!settled) producer.write(new Uint8Array(8));
    await ended;
  } catch (error) {
    if (!BusError.is(error)) throw error;
    outcome = `${error.code} ${error.message}`;
  }
  console.log(`tried ${what}: ${outcome}`);
}

async function withFewDescriptors(): Promise<void> {
  for (let free = 0; free <= 8; free++) {
    const taken: number[] = [];
    try {
      for (;;) taken.push(openSync('/dev/null', 'r'));
    } catch {
      // all are taken now
    }
    for (let n = 0; n < free; n++) closeSync(taken.pop()!);
    await attempt(free % 2 === 0 ? 'one' : 'two', `${free} free descriptors`);
    for (const fd of taken) closeSync(fd);
  }
}

async function withLittleAddressSpace(): Promise<void> {
  const used = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]) * 4096;
  const limit = (soft: string): Buffer => execFileSync('prlimit', [`--pid=${process.pid}`, `--as=${soft}:unlimited`]);
  limit(`${used + 50_000_000}`);
  await attempt('one', 'too little address space');
  await attempt('one', 'too little address space, again');
  limit('unlimited');
}

const openFiles = (): number => readdirSync('/proc/self/fd').length;
await attempt('three', 'plenty');
const before = openFiles();
if (scarce === 'descriptors') await withFewDescriptors();
else await withLittleAddressSpace();
console.log(`leak ${openFiles() - before}`);
await attempt('one', 'recovered');
await bus.close();
