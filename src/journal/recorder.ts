import { constants } from 'node:os';
import type { ConsumerPolicy } from '../channel/consumer-policy.js';
import { DEFAULT_POLICY } from '../channel/consumer-policy.js';
import { slotNamed } from '../channel/consumer-slot.js';
import { SpanConsumer, type SpanHandler } from '../channel/span-consumer.js';
import { nameAt } from '../layout/control-block.js';
import { CONSUMER_SLOT, CONTROL, JournalState, SlotState, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { noteBeat } from '../liveness/beat.js';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { systemClock, systemWallClock, type Clock, type WallClock } from '../platform/clock.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import type { Place } from '../ring/record-consumer.js';
import { BATCH_BYTES_MAX } from './format.js';
import { describeFailure, errnoOf, journalError, lostRecords, type LostRecords } from './journal-error.js';
import type { JournalFiles } from './journal-files.js';
import { describeRecovery, type JournalRecovery } from './journal-recovery.js';
import { JournalWriter } from './journal-writer.js';
import { RECORDER } from './recorder-name.js';
import type { JournalSettings } from './settings.js';

/** How long after a failure it tries again. */
const RETRY_NS = 500e6;
/** How often it looks for files that have become too old. */
const RETAIN_NS = 60e9;
/** How often it looks whether its file is still there, when nothing has it synced as often. */
const LOOK_NS = 500e6;
/** The longest wait while a sync is under way. */
const SYNCING_MS = 2;
/** Fewer bytes than this are worth a pause: producers are not to be disturbed for each message. */
const WORTHWHILE_BYTES = 64 * 1024;
const GATHER_NS = 300e3;
const { at } = CONTROL;

export interface RecorderOptions {
  readonly clock?: Clock;
  readonly wallClock?: WallClock;
  readonly files?: JournalFiles;
  /** Told, in words for people, what was mended, and why it cannot write, once for each reason. */
  readonly onWarning?: (text: string) => void;
}

/** How producers treat the recorder: they wait for it, attached or not, unless they wait for nobody. */
export function recorderPolicy(mode: string | undefined): ConsumerPolicy {
  return { ...DEFAULT_POLICY, gating: mode === 'DropOldest' ? false : 'always' };
}

/**
 * Records one channel: reads its ring as a consumer, and appends what is committed to the journal, by the stretch. The
 * cursor moves after the append, and where the journal ends is where it goes on: so after a death anywhere nothing is
 * missing and nothing is there twice.
 *
 * When it cannot write, the channel's policy decides. `stop`: the cursor stays, and producers come to a stop behind it, as
 * their backpressure says. `continue`: it reads on, and what passes meanwhile is noted as a gap. It tries again twice a
 * second, and goes on by itself.
 */
export class Recorder {
  /** What was mended when the journal was opened. */
  recovery: JournalRecovery | undefined;
  /** Why it cannot write; undefined when it can. */
  error: BusError | undefined;
  private readonly segment: Segment;
  private readonly settings: JournalSettings;
  private readonly clock: Clock;
  private readonly wallClock: WallClock;
  private readonly files: JournalFiles | undefined;
  private readonly onWarning: (text: string) => void;
  private readonly consumer: SpanConsumer;
  private writer: JournalWriter | undefined;
  /** Whether records before the next ones will not be in the journal. */
  private isMissing = false;
  private isSkipping = false;
  /** Of the last batch. */
  private lastBytes = 0;
  /** Whether the disk has lost what was appended, and the ring is to be read again from there on. */
  private isToGoBack = false;
  private retryNs = 0;
  private syncedNs = 0;
  private retainedNs = 0;
  private readonly take: SpanHandler;

  /** @throws BusError `ERR_CONSUMER_TAKEN` when somebody records the channel already */
  constructor(segment: Segment, settings: JournalSettings, options: RecorderOptions = {}) {
    const { clock = systemClock(), wallClock = systemWallClock, files, onWarning = (): void => undefined } = options;
    this.segment = segment;
    this.settings = settings;
    this.clock = clock;
    this.wallClock = wallClock;
    this.files = files;
    this.onWarning = onWarning;
    this.consumer = new SpanConsumer(segment, {
      name: RECORDER,
      // where it stood, so that producers are not held up by what was recorded already; the first one: at what there is
      from: slotNamed(segment, RECORDER) === undefined ? 'oldest' : 'resume',
      policy: recorderPolicy(segment.shape.mode),
      onGap: () => {
        this.isMissing = true;
      },
    });
    this.take = (records, span): void => {
      this.lastBytes = records.length;
      if (this.isSkipping) {
        this.isMissing = true;
        return;
      }
      const { position, sequence, count } = span;
      const writer = this.writer!;
      if (this.isMissing || writer.next === undefined) {
        const expected = writer.next?.sequence ?? this.firstUnrecorded();
        // before the gap is in the journal: whoever goes on behind that does not know of it
        segment.control.putFloat64(at.journalUnbroken, sequence);
        this.noteGap(writer, sequence - expected, span);
      }
      this.isMissing = false;
      const nowNs = BigInt(this.wallClock.nowMs()) * 1_000_000n;
      const firstNs = span.firstNs === 0n ? nowNs : span.firstNs;
      const lastNs = span.lastNs === 0n ? nowNs : span.lastNs;
      writer.append(records, { position, sequence, count, firstNs, lastNs });
    };
  }

  /**
   * Lets records gather, after a turn that found few: whoever looks after each takes the line from under the producer's next
   * write, and writes a batch for it.
   */
  gather(): void {
    if (this.lastBytes < WORTHWHILE_BYTES && this.settings.fsync !== 'always') loadNative().sleep(GATHER_NS);
  }

  /** Records what there is, up to a batch; false when there is nothing to do but to wait. */
  turn(): boolean {
    const nowNs = this.clock.monotonicNs();
    // its thread has no other beat, and while it cannot write it does not move
    noteBeat(this.segment, nowNs);
    const isRetry = nowNs >= this.retryNs;
    if (!isRetry && !this.isSkipping) return false;
    try {
      if (isRetry) {
        this.isSkipping = false;
        this.makeRoom();
        this.writer?.resume();
        this.goBack();
      }
      this.writer ??= isRetry ? this.openWriter() : undefined;
      const count = this.consumer.pollSpan(this.take, BATCH_BYTES_MAX);
      this.keepUp(nowNs, count === 0);
      if (!this.isSkipping) this.publish();
      return count > 0;
    } catch (error) {
      this.fail(error, nowNs);
      return this.isSkipping;
    }
  }

  /** Records what there was when it was called, a ring full at most: other producers may never come to an end. */
  finish(): void {
    let left = this.segment.capacity;
    while (left > 0 && this.turn()) left -= this.lastBytes;
  }

  /** Blocks until there may be something to do, for `timeoutMs` at most; a sync that is under way ends on the event loop. */
  wait(longestMs: number): void {
    const { fsync, fsyncIntervalMs } = this.settings;
    const timeoutMs = this.writer?.isSyncing === true ? SYNCING_MS : longestMs;
    const untilSync = fsync === 'interval' ? Math.min(timeoutMs, fsyncIntervalMs) : timeoutMs;
    if (this.error === undefined) this.consumer.waitSync(this.isDurable() ? timeoutMs : untilSync);
    else loadNative().sleep(Math.min(timeoutMs * 1e6, RETRY_NS));
  }

  /** Ends it in order: what was read is on the disk, unless `fsync` is never. */
  close(): void {
    try {
      this.writer?.close();
      this.publish();
    } finally {
      this.segment.control.putInt32(at.journalState, JournalState.NONE);
      this.consumer.close();
    }
  }

  private openWriter(): JournalWriter {
    const { segment, settings, files, wallClock: clock } = this;
    const { name: channel, type, capacity, messageSizeMax } = segment.shape;
    const lifeNs = segment.control.view.getBigUint64(at.createdNs, true);
    const needed = (): number => lowestNeeded(segment);
    const options = files === undefined ? { clock, needed } : { files, clock, needed };
    const writer = JournalWriter.open(settings, { channel, type, capacity, messageSizeMax, lifeNs }, options);
    this.recovery = writer.recovery;
    if (this.recovery !== undefined) this.onWarning(`channel ${channel}: ${describeRecovery(this.recovery)}`);
    const { next } = writer;
    if (next === undefined) return writer;
    try {
      // Where the journal ends, not where the cursor stands: a death between the two must neither repeat nor omit.
      this.consumer.seek({ sequence: next.sequence });
    } catch (error) {
      writer.close();
      throw error;
    }
    return writer;
  }

  /** On a full disk: removes what has become too old since, which is done else where a file ends, or nothing comes. */
  private makeRoom(): void {
    const { ENOSPC, EDQUOT } = constants.errno;
    if (this.error === undefined || ![ENOSPC, EDQUOT].includes(errnoOf(this.error))) return;
    try {
      this.writer?.retain();
    } catch {
      // there may be room all the same
    }
  }

  private keepUp(nowNs: number, isIdle: boolean): void {
    const { writer, settings } = this;
    // what failed is tried again when its time has come
    if (writer === undefined || this.isSkipping) return;
    const { fsync, fsyncIntervalMs } = settings;
    if (nowNs - this.syncedNs >= (fsync === 'interval' ? fsyncIntervalMs * 1e6 : LOOK_NS)) {
      this.syncedNs = nowNs;
      if (fsync === 'interval') writer.syncLater();
      else writer.checkPlace();
    }
    if (isIdle && nowNs - this.retainedNs >= RETAIN_NS) {
      this.retainedNs = nowNs;
      writer.retain();
    }
  }

  private isDurable(): boolean {
    const { writer } = this;
    return writer === undefined || writer.durable?.sequence === writer.next?.sequence;
  }

  /** What others may know of it. */
  private publish(): void {
    const { control } = this.segment;
    const { next, durable } = this.writer ?? {};
    if (next !== undefined) control.putFloat64(at.journalWritten, next.sequence);
    if (durable !== undefined) {
      control.putFloat64(at.journalDurablePosition, durable.position);
      control.storeFloat64Release(at.journalDurable, durable.sequence);
    }
    this.error = undefined;
    control.putInt32(at.journalErrno, 0);
    control.storeVolatile(at.journalState, JournalState.RECORDING);
  }

  private fail(error: unknown, nowNs: number): void {
    // A damaged ring, or a closed consumer, is no matter of the disk.
    if (BusError.is(error, 'ERR_CORRUPT') || BusError.is(error, 'ERR_CLOSED')) throw error;
    const { control, channel } = this.segment;
    const known = this.error?.message;
    this.error = BusError.is(error)
      ? error
      : journalError(`channel ${channel}: cannot record: ${describeFailure(error)}`);
    if (this.error.message !== known) this.onWarning(this.error.message);
    this.noteLost(lostRecords(error));
    this.isSkipping = this.settings.onFailure === 'continue';
    this.retryNs = nowNs + RETRY_NS;
    control.putInt32(at.journalErrno, errnoOf(error));
    control.putFloat64(at.journalFailures, control.getFloat64(at.journalFailures) + 1);
    control.storeVolatile(at.journalState, this.isSkipping ? JournalState.SKIPPING : JournalState.STOPPED);
  }

  private noteLost(lost: LostRecords | undefined): void {
    if (lost === undefined) return;
    const { from, upTo } = lost;
    if (upTo === undefined) this.isToGoBack = true;
    else this.countMissing(upTo - from.sequence, upTo);
  }

  /** Before what follows is durable: whoever waits for one of those that are missing is told. */
  private countMissing(count: number, upTo: number): void {
    const { control } = this.segment;
    control.putFloat64(at.journalUnbroken, Math.max(upTo, control.getFloat64(at.journalUnbroken)));
    control.putFloat64(at.journalGaps, control.getFloat64(at.journalGaps) + count);
  }

  /** To where the journal ends: what the ring has of that yet is recorded again, the rest is a gap. */
  private goBack(): void {
    const { writer, isToGoBack } = this;
    if (!isToGoBack || writer?.next === undefined) return;
    this.isMissing = false;
    this.consumer.seek({ sequence: writer.next.sequence });
    this.isToGoBack = false;
  }

  /** Where a journal that has nothing of this life of the channel should begin: behind what was in one that is gone. */
  private firstUnrecorded(): number {
    const { control } = this.segment;
    return Math.max(control.getFloat64(at.originSequence), control.getFloat64(at.journalWritten));
  }

  private noteGap(writer: JournalWriter, count: number, place: Place): void {
    if (count <= 0) return;
    const { control } = this.segment;
    writer.gap(count, { position: place.position, sequence: place.sequence });
    control.putFloat64(at.journalGaps, control.getFloat64(at.journalGaps) + count);
  }
}

/** The lowest sequence at which a consumer of the channel stands, attached or not: it may come back for what follows. */
function lowestNeeded(segment: Segment): number {
  const { control } = segment;
  let lowest = Infinity;
  for (let slot = 0; slot < consumerSlotsUsed(segment); slot++) {
    const base = consumerSlotOffset(slot);
    const isNamed = control.loadVolatile(base + CONSUMER_SLOT.at.state) !== SlotState.FREE;
    if (!isNamed || nameAt(control.view, base + CONSUMER_SLOT.at.name) === RECORDER) continue;
    lowest = Math.min(lowest, control.getFloat64(base + CONSUMER_SLOT.at.sequence));
  }
  return lowest;
}
