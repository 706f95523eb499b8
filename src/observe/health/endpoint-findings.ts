import { isAttached, isInternal } from '../../liveness/state.js';
import type { ChannelFigures, EndpointFigures } from '../channel-figures.js';
import type { FindingEndpoint, HealthFinding } from './finding.js';
import type { HealthThresholds } from './thresholds.js';

/** What is wrong with the producers and consumers of a channel. */
export function endpointFindings(figures: ChannelFigures, thresholds: HealthThresholds): HealthFinding[] {
  const { producers, consumers } = figures;
  return [
    ...[...producers, ...consumers].flatMap((one) => stateFinding(figures, one, thresholds)),
    ...consumers.flatMap((one) => readingFindings(figures.channel, one, thresholds)),
  ];
}

export function subjectOf({ role, name, slot, pid }: EndpointFigures): FindingEndpoint {
  return { role, name, slot, pid };
}

function stateFinding(figures: ChannelFigures, one: EndpointFigures, thresholds: HealthThresholds): HealthFinding[] {
  const { channel } = figures;
  const { role, name, pid, state, reason = '' } = one;
  const who = `${role} ${name} (process ${pid})`;
  const about = { channel, endpoint: subjectOf(one) };
  if (state === 'dead') return deadFinding(figures, one, thresholds);
  if (state === 'stalled') {
    const advice = isInternal(one)
      ? recorderAdvice(channel)
      : `its loop turns, but it does not read: see what its handler waits for. ${stallHint(one)}`;
    const { unreadMs: figure, policy } = one;
    const limit = { figure, threshold: policy?.stalledAfterMs, unit: 'ms' } as const;
    return [{ severity: 'degraded', code: 'endpoint-stalled', ...about, found: `${who}: ${reason}`, ...limit, advice }];
  }
  if (state !== 'suspect') return [];
  if (one.isStopped === true) {
    const advice = `let it go on (kill -CONT ${pid}), or end it (kill -KILL ${pid}): others then take its place`;
    return [{ severity: 'degraded', code: 'process-stopped', ...about, found: `${who}: ${reason}`, advice }];
  }
  const { loopLagMs: figure = 0 } = one;
  if (figure <= thresholds.loopLagMs) return [];
  const advice = isInternal(one)
    ? recorderAdvice(channel)
    : 'find what blocks its event loop: a long computation, a synchronous call; or move its handler to a worker thread';
  const limit = { figure, threshold: thresholds.loopLagMs, unit: 'ms' } as const;
  return [{ severity: 'degraded', code: 'event-loop-blocked', ...about, found: `${who}: ${reason}`, ...limit, advice }];
}

/** The recorder has a thread of its own, which does nothing but read the channel and write to the disk. */
function recorderAdvice(channel: string): string {
  return `it waits for the disk of the journal, most likely: apbus stat ${channel} shows how far it is; see the disk, and the kernel's log`;
}

function stallHint({ gating }: EndpointFigures): string {
  return gating === true
    ? 'Producers wait for it: evict_after_ms would end that'
    : 'Producers do not wait for it: it loses what is overwritten';
}

/** One whose name lives on in another slot has come back; what the journal's does, its own findings say. */
function deadFinding(
  { channel, producers, consumers }: ChannelFigures,
  one: EndpointFigures,
  limits: HealthThresholds,
) {
  const beside = one.role === 'producer' ? producers : consumers;
  const cameBack = beside.some((other) => other.name === one.name && isAttached(other));
  const severity = limits.dead;
  if (severity === 'ignore' || cameBack || isInternal(one)) return [];
  const { role, name, pid, gating, lag } = one;
  const waits = gating === true ? ', and producers still wait for it' : '';
  const left = role === 'consumer' ? `, ${lag?.messages ?? 0} messages behind${waits}` : '';
  return [
    {
      severity,
      code: 'endpoint-dead',
      channel,
      endpoint: subjectOf(one),
      found: `${role} ${name} (process ${pid}) died without closing${left}`,
      advice: `start ${name} again, and look into its log for why it ended; if it is not to come back, apbus rm ${channel} ${role === 'consumer' ? `--consumer ${name} has the channel forget it` : 'removes the channel once nobody uses it'}`,
    } satisfies HealthFinding,
  ];
}

function readingFindings(channel: string, one: EndpointFigures, thresholds: HealthThresholds): HealthFinding[] {
  const { name, pid, lag, unreadMs = 0, gating } = one;
  if (isInternal(one) || !(isAttached(one) || gating === true)) return [];
  const about = { channel, endpoint: subjectOf(one) };
  const findings: HealthFinding[] = [];
  const behind = lag?.messages ?? 0;
  if (behind > thresholds.lagMessages) {
    findings.push({
      severity: 'degraded',
      code: 'lag',
      ...about,
      found: `consumer ${name} (process ${pid}) is ${behind} messages behind`,
      figure: behind,
      threshold: thresholds.lagMessages,
      unit: 'messages',
      advice: isAttached(one)
        ? `make it faster: apbus stat ${channel} shows where its time goes; or let several consumers share the work`
        : `start it: the channel keeps everything for it`,
    });
  }
  if (isAttached(one) && unreadMs > thresholds.unreadMs && behind > 0) {
    findings.push({
      severity: 'unhealthy',
      code: 'not-reading',
      ...about,
      found: `consumer ${name} (process ${pid}) has read nothing for ${unreadMs} ms, with ${behind} messages to read`,
      figure: unreadMs,
      threshold: thresholds.unreadMs,
      unit: 'ms',
      advice: `restart it, and see why it stands still; hang_timeout_ms lets apbus run do that by itself`,
    });
  }
  return findings;
}
