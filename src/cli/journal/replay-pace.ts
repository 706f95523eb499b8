import { BusError } from '../../platform/bus-error.js';

/** Reads how fast to replay: 1 is as it was, N so many times as fast, max without waiting (Infinity). */
export function parseSpeed(text: string): number {
  if (text === 'max') return Infinity;
  const speed = Number(text);
  if (speed > 0 && speed <= 1e6) return speed;
  const expected = 'a number above 0, such as 1 (as it was), 10 or 0.5, or max';
  throw new BusError('ERR_INVALID_ARGUMENT', `--speed: found ${JSON.stringify(text)}, expected ${expected}`);
}

/** When each message is due, by the times at which they were received. */
export class ReplayPace {
  private readonly speed: number;
  private firstNs: bigint | undefined;
  private startedMs = 0;

  constructor(speed: number) {
    this.speed = speed;
  }

  /** How long to wait for a message received at that time, ms; 0 or less: it is due. Without a time it is due. */
  waitMs(receivedNs: bigint, nowMs: number): number {
    if (this.speed === Infinity || receivedNs === 0n) return 0;
    if (this.firstNs === undefined) {
      this.firstNs = receivedNs;
      this.startedMs = nowMs;
    }
    const dueMs = this.startedMs + Number(receivedNs - this.firstNs) / 1e6 / this.speed;
    return dueMs - nowMs;
  }
}
