import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY, type ConsumerPolicy } from '#src/channel/consumer-policy.js';
import type { ConsumerSettings } from '#src/channel/consumer-settings.js';
import { DEFAULT_WATER_MARKS, type BackpressureSettings } from '#src/channel/backpressure/settings.js';
import { Producer } from '#src/channel/producer.js';
import type { ProducerSettings } from '#src/channel/producer-core.js';
import type { IdleStrategy } from '#src/channel/idle.js';
import type { StartFrom } from '#src/channel/start-from.js';
import type { Origin } from '#src/layout/control-block.js';
import type { ChannelShape } from '#src/layout/geometry.js';
import type { ChannelType } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';

/** A directory in shared memory that is gone when the test is over. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync('/dev/shm/apbus-test-');
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface ChannelOptions {
  type?: ChannelType;
  capacity?: number;
  messageSizeMax?: number;
  origin?: Origin;
  timeoutMs?: number;
  /** Default: writers wait for `timeoutMs`. */
  mode?: 'BlockProducer' | 'DropOldest';
  backpressure?: BackpressureSettings;
  /** Of all its endpoints. */
  idle?: IdleStrategy;
}

/** Settings of writers that wait. */
export function blocking(
  timeoutMs: number,
  mode: 'BlockProducer' | 'DropOldest' = 'BlockProducer',
): BackpressureSettings {
  return { mode, timeoutMs, ...DEFAULT_WATER_MARKS };
}

/** A channel of a test, with its own directory; endpoints are closed when the test is over. */
export class TemporaryChannel {
  readonly directory: string;
  readonly shape: ChannelShape;
  private readonly origin: Origin;
  private readonly backpressure: BackpressureSettings;
  private readonly idle: IdleStrategy;
  private readonly t: TestContext;

  constructor(t: TestContext, options: ChannelOptions = {}) {
    const { type = 'SPSC', capacity = 65_536, messageSizeMax = capacity / 8, mode = 'BlockProducer' } = options;
    this.t = t;
    this.directory = temporaryDirectory(t);
    this.shape = { name: 'test', type, capacity, messageSizeMax, mode: options.backpressure?.mode ?? mode };
    this.origin = options.origin ?? { position: 0, sequence: 0 };
    this.backpressure = options.backpressure ?? blocking(options.timeoutMs ?? 20, mode);
    this.idle = options.idle ?? 'park';
  }

  get path(): string {
    return join(this.directory, 'test.ring');
  }

  segment(ringWritable: boolean): Segment {
    return Segment.openOrCreate(this.directory, this.shape, { ringWritable, origin: this.origin });
  }

  /** The segment as one more process sees it that attaches no endpoint: to look at its words, and to lock its bytes. */
  observer(): Segment {
    const segment = this.segment(true);
    this.t.after(() => segment.close());
    return segment;
  }

  producer(timestamps = true, service = 'writer', more: Partial<ProducerSettings> = {}): Producer {
    const { backpressure, idle } = this;
    const producer = new Producer(this.segment(true), { service, timestamps, backpressure, idle, ...more });
    this.t.after(() => producer.close());
    return producer;
  }

  consumer(
    from: StartFrom = 'latest',
    name = 'reader',
    policy: Partial<ConsumerPolicy> = {},
    more: Partial<ConsumerSettings> = {},
  ): Consumer {
    const settings = { name, from, idle: this.idle, policy: { ...DEFAULT_POLICY, ...policy }, ...more };
    const consumer = new Consumer(this.segment(false), settings);
    this.t.after(() => consumer.close());
    return consumer;
  }
  /** A consumer that is gone as after a SIGKILL: the kernel closed its file, and it could not say goodbye. */
  deadConsumer(name: string, live: (consumer: Consumer) => void = () => {}): void {
    const segment = this.segment(false);
    live(new Consumer(segment, { name, from: 'latest' }));
    segment.close();
  }

  /** The same of a producer. */
  deadProducer(live: (producer: Producer) => void = () => {}, service = 'writer'): void {
    const segment = this.segment(true);
    live(new Producer(segment, { service, timestamps: true, backpressure: this.backpressure }));
    segment.close();
  }
}

/** A message of `length` bytes that says which one it is. */
export function numbered(n: number, length = 8): Uint8Array {
  const message = new Uint8Array(length).fill(n & 0xff);
  if (length >= 4) new DataView(message.buffer).setUint32(0, n, true);
  return message;
}

/** What {@link numbered} wrote, read back and checked byte by byte. */
export function numberOf(buffer: Uint8Array, offset: number, length: number): number {
  const n = new DataView(buffer.buffer, buffer.byteOffset + offset, length).getUint32(0, true);
  for (let i = 4; i < length; i++) {
    if (buffer[offset + i] !== (n & 0xff)) throw new Error(`byte ${i} of message ${n} is ${buffer[offset + i]}`);
  }
  return n;
}
