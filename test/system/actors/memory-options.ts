import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import type { ChannelShape } from '#src/layout/geometry.js';
import { ORDINARY_MEMORY, type MemorySettings } from '#src/layout/memory-settings.js';
import type { ChannelType } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { locateSegment } from '#src/layout/segment-place.js';
import { BusError } from '#src/platform/bus-error.js';
import { blocking } from '../../kit/temporary-channel.js';

const DIRECTORY = '/mnt/bus';
const HUGE: MemorySettings = { ...ORDINARY_MEMORY, hugePages: true, prefault: true };
const LENGTH = 1000;
const SENT = 20_000;

function shapeOf(type: ChannelType): ChannelShape {
  return { name: 'test', type, capacity: 2 ** 22, messageSizeMax: 4096, mode: 'BlockProducer' };
}

function open(type: ChannelType, ringWritable: boolean, memory: MemorySettings, directory = DIRECTORY): Segment {
  return Segment.openOrCreate(directory, shapeOf(type), { ringWritable, memory });
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

function kernelPageKb(path: string): number | undefined {
  const smaps = readFileSync('/proc/self/smaps', 'utf8').split('\n');
  const at = smaps.findIndex((line) => line.endsWith(` ${path}`));
  const size = smaps.slice(at).find((line) => line.startsWith('KernelPageSize:'));
  return size === undefined ? undefined : Number(/\d+/.exec(size)?.[0]);
}

/** The other process: writes, and ends. */
function write(type: ChannelType, directory: string): void {
  const backpressure = blocking(20_000);
  const producer = new Producer(open(type, true, HUGE, directory), {
    service: 'writer',
    timestamps: true,
    backpressure,
  });
  const message = new Uint8Array(LENGTH);
  for (let n = 0; n < SENT; n++) {
    message.fill(n & 0xff);
    producer.write(message);
  }
  producer.close();
}

async function exchange(type: ChannelType, directory = DIRECTORY): Promise<unknown> {
  const segment = open(type, false, HUGE, directory);
  const outcome = segment.memoryReport.hugePages;
  const path = locateSegment(directory, 'test');
  const { regionBytes } = segment.grants;
  const page = kernelPageKb(path);
  const consumer = new Consumer(segment, { name: 'reader', from: 'oldest' });
  const writer = spawn(process.execPath, [process.argv[1]!, 'write', type, directory], { stdio: 'inherit' });
  const ended = once(writer, 'exit');
  let received = 0;
  while (received < SENT && (writer.exitCode ?? 0) === 0) {
    if (!consumer.waitSync(5000)) break;
    consumer.poll(({ buffer, offset, length }) => {
      if (
        length !== LENGTH ||
        buffer[offset] !== (received & 0xff) ||
        buffer[offset + length - 1] !== (received & 0xff)
      )
        throw new Error(`message ${received} is damaged`);
      received++;
    });
  }
  consumer.close();
  await ended;
  return { outcome, received, sent: SENT, regionBytes, kernelPageKb: page, inHuge: filesUnder('/mnt/huge') };
}

function refusal(work: () => Segment): string {
  try {
    work().close();
    return 'none';
  } catch (error) {
    if (BusError.is(error)) return error.code;
    throw error;
  }
}

/** Creates the channel, and is killed before its n-th call of the addon, if it comes to that. */
function createMortally(n: number): void {
  let calls = 0;
  const load = process.dlopen.bind(process);
  process.dlopen = (module: object, ...rest: [string, number?]): void => {
    const loaded: { exports: Record<string, unknown> } = { exports: {} };
    load(loaded, ...rest);
    const mortal = Object.entries(loaded.exports).map(([name, call]) => [
      name,
      typeof call !== 'function'
        ? call
        : (...args: unknown[]): unknown => {
            if (++calls === n) process.kill(process.pid, 'SIGKILL');
            return (call as (...all: unknown[]) => unknown)(...args);
          },
    ]);
    Object.assign(module, { exports: Object.fromEntries(mortal) as unknown });
  };
  open('MPMC', true, HUGE).close();
}

/** One creator after the other, each killed one call later, until one comes through. */
function killed(): unknown {
  let deaths = 0;
  let whole = 0;
  for (;;) {
    const { status, signal } = spawnSync(process.execPath, [process.argv[1]!, 'create', `${deaths + 1}`]);
    if (signal === null && status !== 0) throw new Error(`a creator failed with ${status}`);
    const segment = open('MPMC', true, HUGE);
    if (segment.memoryReport.hugePages.granted && !segment.isTruncated()) whole++;
    segment.close();
    rmSync(locateSegment(DIRECTORY, 'test'));
    if (signal === null) break;
    deaths++;
  }
  return { deaths, whole, unfinished: filesUnder('/mnt/huge').filter((name) => name.endsWith('.new')) };
}

function unseen(): unknown {
  open('SPSC', true, HUGE).close();
  spawnSync('umount', ['/mnt/huge']);
  const code = refusal(() => open('SPSC', true, HUGE));
  return { code, segments: readdirSync(DIRECTORY).filter((name) => name.endsWith('.ring')) };
}

async function main(name: string, type: string, directory: string): Promise<unknown> {
  if (name.startsWith('exchange-')) return exchange(name.slice('exchange-'.length) as ChannelType);
  switch (name) {
    case 'write':
      return write(type as ChannelType, directory);
    case 'create':
      return createMortally(Number(type));
    case 'refused':
      return {
        code: refusal(() => open('SPSC', true, { ...HUGE, hugePagesFallback: 'fail' })),
        left: readdirSync(DIRECTORY).filter((file) => file.startsWith('test')),
      };
    case 'transparent':
      return exchange('MPSC', '/mnt/thp');
    case 'killed':
      return killed();
    case 'unseen':
      return unseen();
    default:
      throw new Error(`no case ${name}`);
  }
}

const result = await main(process.argv[2] ?? '', process.argv[3] ?? '', process.argv[4] ?? '');
if (result !== undefined) process.stdout.write(JSON.stringify(result));
