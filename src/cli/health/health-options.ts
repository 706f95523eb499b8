import type { DeathSeverity, HealthThresholds } from '../../observe/health/thresholds.js';
import { BusError } from '../../platform/bus-error.js';

export interface ThresholdOptions {
  readonly utilization?: string;
  readonly lag?: string;
  readonly unread?: string;
  readonly dead?: string;
}

const DEATHS: readonly string[] = ['unhealthy', 'degraded', 'ignore'] satisfies DeathSeverity[];

/** The thresholds that were given on the command line. @throws BusError `ERR_INVALID_ARGUMENT` */
export function thresholdsOf({ utilization, lag, unread, dead }: ThresholdOptions): Partial<HealthThresholds> {
  if (dead !== undefined && !DEATHS.includes(dead)) throw refused('--dead', dead, `one of ${DEATHS.join(', ')}`);
  return {
    ...(utilization !== undefined && { utilization: shareOf(utilization) }),
    ...(lag !== undefined && { lagMessages: wholeOf(lag, '--lag', 'a number of messages') }),
    ...(unread !== undefined && { unreadMs: wholeOf(unread, '--unread', 'a time in ms') }),
    ...(dead !== undefined && { dead: dead as DeathSeverity }),
  };
}

/** How often a watch looks, ms. @throws BusError `ERR_INVALID_ARGUMENT` */
export function intervalOf({ watch, interval }: { readonly watch?: true; readonly interval?: string }): number {
  if (interval === undefined) return 1000;
  if (watch === undefined) throw refused('--interval', interval, 'it with --watch');
  const ms = wholeOf(interval, '--interval', 'milliseconds, 50 to 3600000');
  if (ms < 50 || ms > 3_600_000) throw refused('--interval', interval, 'milliseconds, 50 to 3600000');
  return ms;
}

function shareOf(text: string): number {
  const share = Number(text);
  if (/^\d*\.?\d+$/.test(text) && share > 0 && share <= 1) return share;
  throw refused('--utilization', text, 'a share of the ring, above 0 and up to 1');
}

function wholeOf(text: string, option: string, expected: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw refused(option, text, expected);
}

function refused(option: string, found: string, expected: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `${option}: found ${JSON.stringify(found)}, expected ${expected}`);
}
