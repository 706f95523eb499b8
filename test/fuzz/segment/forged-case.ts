import { openSync, closeSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Producer } from '#src/channel/producer.js';
import type { StartFrom } from '#src/channel/start-from.js';
import { segmentPath } from '#src/layout/directory.js';
import { RECORD, type ChannelType } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { channelFigures } from '#src/observe/channel-figures.js';
import { jsonOf } from '#src/cli/json.js';
import { BusError } from '#src/platform/bus-error.js';
import type { MessageView } from '#src/ring/message-view.js';
import { randomSource } from '../../kit/random.js';
import { numbered, blocking } from '../../kit/temporary-channel.js';
import { FILLS, makeBase, type Base } from './base.js';
import { FIELDS, anyOffset, fileOffset, hostileBytes, type FieldName } from './places.js';

const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
/** What an attach, a read or a write over damaged memory may say. Anything else, TypeErrors above all, is a finding. */
const DECLARED: ReadonlySet<string> = new Set([
  'ERR_CORRUPT',
  'ERR_LAYOUT_MISMATCH',
  'ERR_CONFIG_MISMATCH',
  'ERR_PRODUCER_TAKEN',
  'ERR_CONSUMER_TAKEN',
  'ERR_SLOTS_EXHAUSTED',
  'ERR_BACKPRESSURE',
  'ERR_INVALID_ARGUMENT',
  'ERR_CLOSED',
  'ERR_CLAIM_STATE',
]);
/** Processor time that one call may take: the fault table's "hang > 100 ms", free of what else the machine does. */
const STEP_CPU_US = 100_000;

export class Finding extends Error {}

/** Everything that one directory needs to run cases. */
export class Forgery {
  private readonly bases = new Map<string, Base>();
  private readonly directory: string;
  private readonly seed: number;

  constructor(directory: string, seed: number) {
    this.directory = directory;
    this.seed = seed;
  }

  /** Runs case `index` of the seed and returns its findings; `log` learns of each step before it is made. */
  run(index: number, log: (step: string) => void): Finding[] {
    return new ForgedCase(
      this.directory,
      this.base.bind(this),
      index,
      randomSource(this.seed ^ Math.imul(index + 1, 0x9e3779b1)),
      log,
    ).run();
  }

  private base(type: ChannelType, fill: (typeof FILLS)[number]): Base {
    const key = `${type}-${fill}`;
    let base = this.bases.get(key);
    if (base === undefined) this.bases.set(key, (base = makeBase(this.directory, type, fill)));
    return base;
  }
}

class ForgedCase {
  private readonly directory: string;
  private readonly base: Base;
  private readonly path: string;
  private readonly random: (below: number) => number;
  private readonly log: (step: string) => void;
  private readonly field: FieldName;
  private readonly findings: Finding[] = [];
  private readonly producers: Producer[] = [];
  private readonly consumers: Consumer[] = [];
  /**
   * Numbers of the messages that were written under a sequence, after the base's own, whose number is its sequence. A
   * forged tail may give a sequence out again, and each record of that sequence is sound.
   */
  private readonly written = new Map<number, number[]>();
  private counter = 1_000_000;
  private recordsForged = false;

  constructor(
    directory: string,
    base: (type: ChannelType, fill: (typeof FILLS)[number]) => Base,
    index: number,
    random: (below: number) => number,
    log: (step: string) => void,
  ) {
    this.directory = directory;
    this.random = random;
    this.log = log;
    this.field = FIELDS[index % FIELDS.length]!;
    const types = this.field.struct.name === 'ClaimWord' ? TYPES.slice(2) : TYPES;
    const fill = FILLS[random(FILLS.length)]!;
    this.base = base(types[random(types.length)]!, fill);
    this.path = segmentPath(directory, this.base.shape.name);
    log(`${this.base.shape.type} ring, ${fill}`);
  }

  run(): Finding[] {
    writeFileSync(this.path, this.base.bytes, { mode: 0o600, flag: 'w' });
    if (this.random(2) === 0) {
      this.attachSome();
      this.steps(this.random(4));
    }
    this.forge();
    this.attachSome();
    this.steps(12);
    for (const endpoint of [...this.producers, ...this.consumers]) this.step('close', () => endpoint.close());
    return this.findings;
  }

  private forge(): void {
    const fd = openSync(this.path, 'r+');
    const targets = this.random(3) === 0 ? [this.field, FIELDS[this.random(FIELDS.length)]!] : [this.field];
    for (const target of targets) {
      const at = fileOffset(target, this.base, this.random);
      if (at === undefined) continue;
      const there = Buffer.alloc(target.field.bytes);
      readSync(fd, there, 0, there.length, at);
      const bytes = hostileBytes(target.field.type, there, this.random);
      this.log(
        `forge ${target.struct.name}.${target.name} at ${at}: ${there.toString('hex')} -> ${bytes.toString('hex')}`,
      );
      writeSync(fd, bytes, 0, bytes.length, at);
      if (target.struct === RECORD) this.recordsForged = true;
    }
    if (this.random(10) === 0) {
      const at = anyOffset(this.base, this.random);
      this.log(`forge 8 bytes at ${at}`);
      writeSync(fd, hostileBytes('u64', Buffer.alloc(8), this.random), 0, 8, at);
      this.recordsForged = true;
    }
    closeSync(fd);
  }

  private attachSome(): void {
    if (this.random(4) !== 0) this.step('attach a producer', () => this.attachProducer());
    for (let n = 1 + this.random(2); n > 0; n--) {
      const from = this.anyStart();
      const name = ['reader', 'dead', 'new'][this.random(3)]!;
      this.step(`attach consumer ${name} from ${JSON.stringify(from)}`, () => this.attachConsumer(name, from));
    }
    if (this.random(3) === 0) {
      this.step('look', () => this.look());
    }
  }

  /** As `stat`, `top` and whoever scrapes it see the channel. */
  private look(): void {
    const segment = Segment.openExisting(this.directory, this.base.shape.name, { ringWritable: false });
    if (segment === undefined) return;
    try {
      JSON.stringify(jsonOf(channelFigures(segment)));
    } finally {
      segment.close();
    }
  }

  private attachProducer(): void {
    const segment = Segment.openOrCreate(this.directory, this.base.shape, { ringWritable: true });
    try {
      this.producers.push(
        new Producer(segment, {
          service: 'writer',
          timestamps: this.random(2) === 0,
          backpressure: blocking(1),
          latencySampling: 3,
        }),
      );
    } catch (error) {
      segment.close();
      throw error;
    }
  }

  private attachConsumer(name: string, from: StartFrom): void {
    const segment = Segment.openOrCreate(this.directory, this.base.shape, { ringWritable: false });
    try {
      // Those that do not gate, and those that may be given up, read copies.
      const policies = [{ gating: true }, { gating: false }, { evictAfterMs: 1000 }] as const;
      const policy = { ...DEFAULT_POLICY, ...policies[this.random(policies.length)]! };
      this.consumers.push(new Consumer(segment, { name, from, policy, latencySampling: 3 }));
    } catch (error) {
      segment.close();
      throw error;
    }
  }

  private anyStart(): StartFrom {
    const sequence = [0, 1, 5, 1190, 1210, 1220, 2 ** 31, 2 ** 53][this.random(8)]!;
    return (['latest', 'oldest', 'resume', { sequence }] as const)[this.random(4)]!;
  }

  private steps(count: number): void {
    for (let n = 0; n < count; n++) {
      const producer = this.producers[this.random(Math.max(1, this.producers.length))];
      const consumer = this.consumers[this.random(Math.max(1, this.consumers.length))];
      if (producer !== undefined && this.random(2) === 0) this.produce(producer);
      else if (consumer !== undefined) this.consume(consumer);
    }
  }

  private produce(producer: Producer): void {
    const length = [4, 88, 500, 8192][this.random(4)]!;
    switch (this.random(6)) {
      case 0:
        return this.step(`write ${length}`, () => this.wrote(producer.write(this.next(length))));
      case 1:
        return this.step('claim and abort', () => producer.tryClaim(length)?.abort());
      case 2:
        return this.step('utilization', () => {
          const { utilization } = producer;
          if (!(utilization >= 0 && utilization <= 1)) throw new Finding(`utilization is ${utilization}`);
        });
      case 3:
        return this.step(`fill with ${length}`, () => this.fill(producer, length));
      default:
        return this.step(`tryWrite ${length}`, () => this.wrote(producer.tryWrite(this.next(length))));
    }
  }

  /** Writes until the ring is full; more than a few rings' worth is fine when nobody gates, but it has an end here. */
  private fill(producer: Producer, length: number): void {
    for (let n = 0; n < 200; n++) {
      const sequence = producer.tryWrite(this.next(length));
      this.wrote(sequence);
      if (sequence < 0) return;
    }
  }

  private consume(consumer: Consumer): void {
    switch (this.random(6)) {
      case 0:
        return this.step('lag', () => {
          const { messages, bytes } = consumer.lag;
          if (!(messages >= 0 && bytes >= 0 && messages + bytes < Infinity))
            throw new Finding(`lag is ${messages}, ${bytes}`);
        });
      case 1: {
        const to = this.anyStart();
        return this.step(`seek ${JSON.stringify(to)}`, () => consumer.seek(to));
      }
      case 2:
        return this.step('waitSync', () => consumer.waitSync(0));
      case 3:
        return this.step('read', () => {
          const message = consumer.read();
          if (message !== undefined && message.bytes.length !== message.length)
            throw new Finding('a copy of another length');
        });
      default:
        return this.step('poll', () => consumer.poll((message) => this.delivered(message), 300));
    }
  }

  private next(length: number): Uint8Array {
    return numbered(this.counter++, length);
  }

  private wrote(sequence: number): void {
    if (sequence === -1) return;
    if (!Number.isSafeInteger(sequence) || sequence < 0) throw new Finding(`a message was given sequence ${sequence}`);
    this.written.set(sequence, [...(this.written.get(sequence) ?? []), this.counter - 1]);
  }

  private delivered({ buffer, offset, length, sequence, view }: MessageView): void {
    if (length < 1 || length > this.base.shape.messageSizeMax || offset + length > buffer.length) {
      throw new Finding(`a message of ${length} bytes at ${offset} of ${buffer.length} was delivered`);
    }
    const expected = this.written.get(sequence);
    if (this.recordsForged || expected === undefined || length < 4) return;
    const found = view.getUint32(offset, true);
    if (!expected.includes(found) && found !== sequence)
      throw new Finding(`message ${sequence} should be number ${expected.join(' or ')}, is ${found}`);
  }

  /** One call: it may succeed or throw a declared error, within a bound on processor time. */
  private step(what: string, action: () => unknown): void {
    this.log(what);
    const before = process.cpuUsage();
    try {
      action();
    } catch (error) {
      if (error instanceof Finding) this.findings.push(new Finding(`${what}: ${error.message}`));
      else if (!BusError.is(error))
        this.findings.push(new Finding(`${what}: ${error instanceof Error ? error.stack : String(error)}`));
      else if (!DECLARED.has(error.code)) this.findings.push(new Finding(`${what}: ${error.code} ${error.message}`));
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > STEP_CPU_US)
      this.findings.push(new Finding(`${what}: took ${user + system} us of processor time`));
  }
}
