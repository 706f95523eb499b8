import { recordBytes } from '../../layout/record.js';
import { isAttached, isInternal } from '../../liveness/state.js';
import type { ChannelFigures, EndpointFigures } from '../channel-figures.js';
import type { UnusableChannel } from '../watched-channels.js';
import { subjectOf } from './endpoint-findings.js';
import type { HealthFinding } from './finding.js';
import type { HealthThresholds } from './thresholds.js';

/** Stamps that are ahead by less are of a processor or a process that is a little ahead. */
const AHEAD_MS = 1000;

/** What is wrong with the ring, the breaker, the journal and the clock of a channel. */
export function channelFindings(figures: ChannelFigures, thresholds: HealthThresholds): HealthFinding[] {
  return [
    ...ringFindings(figures, thresholds),
    ...breakerFindings(figures),
    ...journalFindings(figures, thresholds),
    ...stampFindings(figures),
    ...stepFindings(figures, thresholds),
  ];
}

/** What is wrong with one that cannot be looked at, or not be joined. */
export function unusableFinding({ channel, code, reason }: UnusableChannel): HealthFinding {
  const isMismatch = code === 'ERR_CONFIG_MISMATCH';
  return {
    severity: isMismatch ? 'degraded' : 'unhealthy',
    code: isMismatch ? 'config-mismatch' : 'channel-unusable',
    channel,
    found: `${reason} (${code})`,
    advice: unusableAdvice(channel, code),
  };
}

export function unusableAdvice(channel: string, code: string): string {
  if (code === 'ERR_CONFIG_MISMATCH')
    return `end the services of the channel and remove it (apbus rm ${channel}), or put the configuration back`;
  if (code === 'ERR_PERMISSION') return 'let this run as the user of the services, and see apbus doctor';
  if (code === 'ERR_RESOURCES') return 'raise the limits of this process (ulimit -n, and memory): see apbus doctor';
  return `see apbus doctor; when nobody uses it any more, apbus rm ${channel} removes it, and it is made anew`;
}

function ringFindings(figures: ChannelFigures, thresholds: HealthThresholds): HealthFinding[] {
  const { channel, utilization } = figures;
  if (utilization <= thresholds.utilization) return [];
  const blocking = blockingEndpoint(figures);
  const named = blocking && `consumer "${blocking.name}" (process ${blocking.pid})`;
  const who = figures.waitsFor ?? named ?? 'nobody any more';
  const state = blocking?.reason === undefined ? '' : `; ${blocking.reason}`;
  const share = `the ring is ${Math.floor(utilization * 1000) / 10}% full`;
  const isFull = hasNoRoom(figures);
  return [
    {
      severity: 'degraded',
      code: isFull ? 'ring-full' : 'ring-utilization',
      channel,
      ...(blocking && { endpoint: subjectOf(blocking) }),
      found: isFull ? `${share}: ${waiting(figures)} ${who}${state}` : `${share}; its end is held by ${who}${state}`,
      figure: utilization,
      threshold: thresholds.utilization,
      unit: 'share',
      advice: ringAdvice(blocking),
    },
  ];
}

/** A producer that waits in its event loop does not say so in the segment: what counts is that the longest message finds no room. */
function hasNoRoom({ producersWait, capacityBytes, messageSizeMax, utilization }: ChannelFigures): boolean {
  return producersWait || capacityBytes * (1 - utilization) < recordBytes(messageSizeMax);
}

const WAITING: Readonly<Record<string, string>> = {
  DropNewest: 'drop them, because of',
  CircuitBreaker: 'are refused, because of',
};

/** Who waits, or what becomes of messages instead, up to the name of who is to blame. */
function waiting({ producers, producersWait, messageSizeMax, mode }: ChannelFigures): string {
  const names = producers.filter(isAttached).map(({ name, pid }) => `${name} (${pid})`);
  const writers = ['producers', ...(names.length === 0 ? [] : [names.join(', ')])].join(' ');
  if (producersWait) return `${writers} wait for`;
  return `messages of up to ${messageSizeMax} bytes find no room, and ${writers} ${WAITING[mode] ?? 'wait for'}`;
}

/** Who holds the end of the ring: as the segment says it, or the one that is the farthest behind of those that may. */
function blockingEndpoint({ waitsForEndpoint, producers, consumers }: ChannelFigures): EndpointFigures | undefined {
  if (waitsForEndpoint !== undefined) {
    const { role, slot } = waitsForEndpoint;
    return (role === 'producer' ? producers : consumers).find((one) => one.slot === slot);
  }
  const gating = consumers.filter((one) => one.gating === true);
  return gating.toSorted((left, right) => (right.lag?.bytes ?? 0) - (left.lag?.bytes ?? 0))[0];
}

function ringAdvice(blocking: EndpointFigures | undefined): string {
  if (blocking === undefined) return 'look again: whoever it was may have let go already';
  const { role, name, pid, state, isStopped } = blocking;
  if (role === 'producer')
    return isAttached(blocking)
      ? `${name} must commit or abort its claims at once; consumers wait for it too`
      : `another process repairs that claim; if that one is stopped in the middle of it, let it go on or end it`;
  if (isInternal(blocking)) return 'the journal is too slow, or cannot write: see its findings, and its disk';
  if (state === 'detached') return `start ${name}: the channel keeps everything for it`;
  if (state === 'dead') return `start ${name} again; failure_timeout_ms says for how long all is kept for its return`;
  if (isStopped === true)
    return `let it go on (kill -CONT ${pid}) or end it (kill -KILL ${pid}): nobody waits for the dead`;
  if (state === 'suspect')
    return `free its event loop, or end it: nobody waits for the dead. evict_after_ms gives such a consumer up`;
  if (state === 'stalled')
    return `see what its handler waits for, or restart it. evict_after_ms gives such a consumer up`;
  return 'make that consumer faster, the buffer larger, or write less';
}

function breakerFindings({ channel, breaker }: ChannelFigures): HealthFinding[] {
  if (breaker === undefined || breaker.state === 'closed') return [];
  const isOpen = breaker.state === 'open';
  return [
    {
      severity: isOpen ? 'unhealthy' : 'degraded',
      code: isOpen ? 'breaker-open' : 'breaker-half-open',
      channel,
      found: `the circuit breaker is ${breaker.state}: ${isOpen ? 'writes are refused' : 'one write is tried'}; opened ${breaker.opened} times`,
      advice: `its consumers did not keep up: see their lag (apbus stat ${channel}); it is tried again after recovery_timeout_ms`,
    },
  ];
}

function journalFindings(figures: ChannelFigures, thresholds: HealthThresholds): HealthFinding[] {
  const { channel, journal, producers, consumers } = figures;
  if (journal === undefined) return [];
  const { state, error = 'an unknown error' } = journal;
  const disk = 'free space on its disk, or see why it cannot be written (apbus doctor -c FILE, apbus verify)';
  if (state === 'stopped') {
    const found = `the journal cannot be written (${error}), and producers come to a stop behind it`;
    return [{ severity: 'unhealthy', code: 'journal-stopped', channel, found, advice: disk }];
  }
  if (state === 'skipping') {
    const found = `the journal cannot be written (${error}); what passes meanwhile will be missing in it`;
    return [{ severity: 'degraded', code: 'journal-skipping', channel, found, advice: disk }];
  }
  if (state === 'none') {
    if (![...producers, ...consumers].some(isAttached)) return [];
    const found = 'nobody records the channel, though it has a journal';
    const advice = 'restart one of its services: each elects a recorder; their logs say why none did';
    return [{ severity: 'degraded', code: 'journal-absent', channel, found, advice }];
  }
  return behindFindings(figures, thresholds.journalBehind);
}

/** Of the records that were written: those not in the journal, and those not on the disk, where that is asked for. */
function behindFindings({ channel, journal, tail, agreement }: ChannelFigures, threshold: number): HealthFinding[] {
  if (journal === undefined) return [];
  const unrecorded = tail.sequence - journal.written;
  const isSynced = agreement?.['persistence.fsync'] !== 'never';
  const unsaved = isSynced ? journal.written - journal.durable : 0;
  const figure = Math.max(unrecorded, unsaved);
  if (figure <= threshold) return [];
  const found =
    unrecorded >= unsaved
      ? `${unrecorded} records of the channel are not in the journal yet`
      : `${unsaved} records of the journal are not on the disk yet`;
  const advice = 'the disk is too slow for what is written: take a faster one, record less, or set fsync = "interval"';
  return [{ severity: 'degraded', code: 'journal-behind', channel, found, figure, threshold, unit: 'records', advice }];
}

/** Stamps are of the monotonic clock: it does not step, but it is another one in another time namespace, or after a restore. */
function stampFindings({ channel, oldest, atNs = Infinity }: ChannelFigures): HealthFinding[] {
  const figure = Math.round((oldest.receivedNs - atNs) / 1e6);
  if (!(figure > AHEAD_MS)) return [];
  return [
    {
      severity: 'degraded',
      code: 'clock-differs',
      channel,
      found: `its oldest message is stamped ${figure} ms in the future: it was written by another clock than this process reads`,
      figure,
      threshold: AHEAD_MS,
      unit: 'ms',
      advice: `latencies and waiting times are wrong: run all in one time namespace; after a machine was restored, end the services and remove the channel (apbus rm ${channel})`,
    },
  ];
}

/** The two clocks were alike when the channel was made; what is stamped since goes on with the one that does not step. */
function stepFindings(
  { channel, wallAheadMs = 0 }: ChannelFigures,
  { clockStepMs }: HealthThresholds,
): HealthFinding[] {
  const figure = Math.abs(wallAheadMs);
  if (figure <= clockStepMs) return [];
  return [
    {
      severity: 'degraded',
      code: 'clock-stepped',
      channel,
      found: `the times of its messages are ${figure} ms ${wallAheadMs > 0 ? 'behind' : 'ahead of'} the clock on the wall: that was set, or the machine slept, since the channel was made`,
      figure,
      threshold: clockStepMs,
      unit: 'ms',
      advice: `latencies and waiting times are right; times to replay from are those of its messages. To have both clocks alike again, end the services and remove the channel (apbus rm ${channel})`,
    },
  ];
}
