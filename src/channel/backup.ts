import { producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { LoopSleep, nextTurn } from './loop-sleep.js';
import { refuseRemoved, refuseTruncated } from './lost-segment.js';
import { tryTakeProducerSlot, type TakenProducerSlot } from './producer-slot.js';
import { isSlotLocked } from './slot-locks.js';
import { TakeoverAlarm } from './takeover-alarm.js';
import { registerForWakeups } from './wakeups.js';

/** Turns of the event loop after an alarm while the token is still held: a dying process lets go of it in microseconds. */
const TURNS = 100;
/** A backup looks at least this often by itself, in ms: for the cases in which no alarm comes, and for a removed file. */
const LOOK_MS = 1000;
const TOKEN = producerSlotOffset(0);

/**
 * A backup of the one producer of an SPSC or SPMC channel: waits, on the event loop, until nobody holds the token, and takes
 * it. Of several one gets it, whichever is first; the others go on waiting.
 *
 * ```text
 * primary: open the alarm; lock the token           backup: open the alarm; is the token free? take it
 *                                                           does a primary hold the alarm? sleep until it rings
 * ```
 *
 * A primary that dies after a backup's look at the token had opened its end before; so the backup hears of it.
 */
export class Backup {
  private readonly segment: Segment;
  private readonly service: string;
  private readonly alarm: TakeoverAlarm;
  private ended: BusError | undefined;
  private readonly rest = new LoopSleep();

  constructor(segment: Segment, service: string) {
    this.segment = segment;
    this.service = service;
    this.alarm = new TakeoverAlarm(segment);
    // Now: it takes the kernel ten milliseconds.
    registerForWakeups();
  }

  /**
   * Waits for the token, and has `attach` make an endpoint of it at once. Keeps the process alive meanwhile. The segment is
   * closed when this fails. `prepare` is called when it has to wait.
   *
   * @throws BusError (as a rejection) `ERR_ABORTED` when the signal aborts before; what {@link stop} was given; `ERR_CORRUPT`
   * when the segment's file was removed or truncated; `ERR_PERMISSION`, `ERR_RESOURCES`; and what `attach` throws
   */
  async takeOver<Endpoint>(
    signal: AbortSignal | undefined,
    attach: (taken: TakenProducerSlot) => Endpoint,
    prepare: () => void,
  ): Promise<Endpoint> {
    const abort = (): void => this.stop(this.aborted(signal));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if (signal?.aborted === true) abort();
      this.refuseEnded();
      this.alarm.open();
      return await this.attached(attach, prepare);
    } catch (error) {
      this.segment.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.alarm.close();
      this.rest.close();
    }
  }

  /** Ends the wait: it rejects with that error. What it held is released at once. */
  stop(error: BusError): void {
    this.ended ??= error;
    this.alarm.close();
    this.segment.close();
    this.rest.wake();
  }

  private async attached<Endpoint>(
    attach: (taken: TakenProducerSlot) => Endpoint,
    prepare: () => void,
  ): Promise<Endpoint> {
    let waited = false;
    for (let vain = 0; ; waited = true) {
      const taken = this.look(waited);
      if (taken !== undefined) return attach(taken);
      if (!waited) prepare();
      if (this.alarm.isHeld) {
        vain = 0;
        this.alarm.listen(() => this.rest.wake());
        await this.rest.for(LOOK_MS);
      } else if (vain++ < TURNS) await this.yieldTurn();
      else await this.rest.for(Math.min(2 ** (vain - TURNS - 1), LOOK_MS));
      this.refuseEnded();
      this.reopen();
    }
  }

  /** The token, if it is free. The memory is touched only when nothing else keeps it: see `refuseTruncated`. */
  private look(waited: boolean): TakenProducerSlot | undefined {
    const { segment } = this;
    refuseTruncated(segment);
    refuseRemoved(segment);
    if (isSlotLocked(segment, TOKEN)) return undefined;
    return tryTakeProducerSlot(segment, this.service, waited);
  }

  /** A wait that has begun goes on, by looks alone, when there is no descriptor for the alarm at the moment. */
  private reopen(): void {
    try {
      this.alarm.open();
    } catch (error) {
      if (!BusError.is(error, 'ERR_RESOURCES')) throw error;
    }
  }

  /** To the dying process too, which may need this processor to come to its end. */
  private async yieldTurn(): Promise<void> {
    loadNative().yieldProcessor();
    await nextTurn();
  }

  private refuseEnded(): void {
    if (this.ended !== undefined) throw this.ended;
  }

  private aborted(signal: AbortSignal | undefined): BusError {
    const { channel } = this.segment;
    return new BusError('ERR_ABORTED', `channel ${channel}: the wait for the primary's end was aborted`, {
      channel,
      cause: signal?.reason,
    });
  }
}
