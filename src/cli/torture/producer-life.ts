import { MessageBus } from '../../bus/message-bus.js';
import type { Producer } from '../../channel/producer.js';
import { HEADER_BYTES } from '../../layout/record.js';
import { RECORD } from '../../layout/schema.js';
import { loadNative } from '../../platform/load-native.js';
import { CHANNEL, ledgerPath, type EndpointTask } from './endpoint-task.js';
import { Ledger, Life, Stage } from './ledger.js';
import { Mortality } from './mortality.js';
import { LENGTH_MAX, messageLength, putMessage } from './payload.js';
import { randomSource, type Random } from './random.js';

/** Messages written in a row, and the pause after them: so that many processes find room on few processors. */
const BURST = 16;
const PAUSE_NS = 4_000_000;
const WAIT_NS = 1_000_000;
const BATCH = 4;
/** One claim of so many is aborted. */
const ABORT_EVERY = 200;

/** A process that writes until it meets its fate, or is told to stop. Says of each message that it begins it, and that it was accepted. */
export async function runProducer(task: EndpointTask): Promise<void> {
  const ledger = Ledger.open(ledgerPath(task.directory));
  const mortality = new Mortality(task, ledger);
  const { life, lastMessages } = task;
  ledger.put(life, Life.PID, process.pid);
  ledger.put(life, Life.STAGE, Stage.ATTACHING);
  const bus = await MessageBus.open({ service: task.service, config: task.config, directory: task.directory });
  const producer = mortality.attach(() => bus.producer(CHANNEL));
  ledger.put(life, Life.STAGE, Stage.WORKING);
  while (!ledger.go && !ledger.stop) {
    mortality.checkParent();
    loadNative().sleep(WAIT_NS);
  }
  const writer = new Writer(producer, ledger, mortality, life, randomSource(task.seed));
  const isOver = (): boolean =>
    lastMessages > 0
      ? writer.written >= lastMessages
      : ledger.stop || (mortality.is('leaves', 'while closing') && writer.written >= mortality.messages);
  while (!isOver()) {
    for (let n = 0; n < BURST && !isOver(); n++) writer.next();
    mortality.checkParent();
    loadNative().sleep(PAUSE_NS);
  }
  if (lastMessages > 0) writer.end();
  ledger.put(life, Life.STAGE, Stage.CLOSING);
  mortality.during('while closing', () => producer.close());
  await bus.close();
  ledger.put(life, Life.STAGE, Stage.ENDED);
}

class Writer {
  written = 0;
  private readonly producer: Producer;
  private readonly ledger: Ledger;
  private readonly mortality: Mortality;
  private readonly life: number;
  private readonly random: Random;
  private readonly buffers = Array.from({ length: BATCH }, () => new Uint8Array(LENGTH_MAX));

  constructor(producer: Producer, ledger: Ledger, mortality: Mortality, life: number, random: Random) {
    this.producer = producer;
    this.ledger = ledger;
    this.mortality = mortality;
    this.life = life;
    this.random = random;
  }

  /** Writes the next message, or some, in one of all ways. */
  next(): void {
    const { ledger, life, mortality } = this;
    const isDue = this.written >= mortality.messages;
    ledger.put(life, Life.STAGE, Stage.CALLING);
    const choice = this.random(10);
    if (isDue && mortality.is('in a write')) mortality.during('in a write', () => this.write());
    else if (isDue && mortality.is('in a claim', 'stopped in a claim')) this.claim(true);
    else if (choice < 4) this.write();
    else if (choice < 7) this.claim(false);
    else if (choice < 9) this.tryWrite();
    else this.batch();
    ledger.put(life, Life.STAGE, Stage.WORKING);
  }

  /** Writes one more message, of which the sequence is known: the last of the channel. */
  end(): void {
    this.write();
  }

  private write(): void {
    this.begin(1);
    this.accepted(1, this.producer.write(this.message(0, this.written)));
  }

  private tryWrite(): void {
    this.begin(1);
    const message = this.message(0, this.written);
    const sequence = this.producer.tryWrite(message);
    this.accepted(1, sequence >= 0 ? sequence : this.producer.write(message));
  }

  private batch(): void {
    this.begin(BATCH);
    const messages = this.buffers.map((_, index) => this.message(index, this.written + index));
    const accepted = this.producer.writeBatch(messages);
    if (accepted > 0) this.accepted(accepted, -1);
    else this.write();
  }

  private claim(isFatal: boolean): void {
    const { ledger, life, mortality, written } = this;
    const aborts = !isFatal && this.random(ABORT_EVERY) === 0;
    if (!aborts) this.begin(1);
    const claim = this.producer.tryClaim(messageLength(life, written));
    if (claim === undefined) {
      this.write();
      return;
    }
    ledger.put(life, Life.CLAIM, claim.view.getFloat64(claim.offset - HEADER_BYTES + RECORD.at.sequence, true) + 1);
    if (aborts) {
      ledger.put(life, Life.ABORTS_BEGUN, ledger.get(life, Life.ABORTS_BEGUN) + 1);
      claim.abort();
      ledger.put(life, Life.ABORTS, ledger.get(life, Life.ABORTS) + 1);
    } else {
      const end = isFatal ? claim.length >>> 1 : claim.length;
      claim.buffer.set(this.message(0, written).subarray(0, end), claim.offset);
      if (isFatal && mortality.is('in a claim')) mortality.die();
      if (isFatal) this.stopInside(claim.buffer, claim.offset);
      this.accepted(1, claim.commit());
    }
    ledger.put(life, Life.CLAIM, 0);
  }

  /** However long that takes, the claim is this producer's. */
  private stopInside(buffer: Uint8Array, offset: number): void {
    this.mortality.stop();
    buffer.set(this.message(0, this.written), offset);
  }

  private message(index: number, n: number): Uint8Array {
    const buffer = this.buffers[index]!;
    putMessage(buffer, 0, this.life, n);
    return buffer.subarray(0, messageLength(this.life, n));
  }

  private begin(count: number): void {
    const { ledger, life } = this;
    ledger.put(life, Life.ATTEMPTED, this.written + count);
  }

  /** `sequence` is that of the last one, or negative when it is not known. */
  private accepted(count: number, sequence: number): void {
    this.written += count;
    this.ledger.put(this.life, Life.ACCEPTED, this.written);
    if (sequence >= 0) this.ledger.put(this.life, Life.END, sequence + 1);
  }
}
