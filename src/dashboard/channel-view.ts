import { isAttached } from '../liveness/state.js';
import type { ChannelFigures, EndpointFigures } from '../observe/channel-figures.js';
import { Latencies } from '../observe/latencies.js';
import type { ChannelView, EndpointView, JournalView, LatencyView } from './wire.js';

/** Of an endpoint, at the last look; what rates and the latencies of an interval are made from. */
interface Before {
  readonly generation: number;
  readonly messages: number;
  readonly latency: Latencies | undefined;
}

/**
 * What is shown of one channel from look to look. It keeps the latencies of the last look until the next one, which must be the
 * next of all looks.
 */
export class ChannelViewer {
  private createdNs = -1n;
  private sequence = 0;
  private position = 0;
  private atMs = 0;
  private endpoints = new Map<string, Before>();

  /** `nowMs` is monotonic. */
  view(figures: ChannelFigures, nowMs: number): ChannelView {
    const { tail, createdNs, captured } = figures;
    const isFirst = this.createdNs !== createdNs;
    if (isFirst) this.endpoints.clear();
    const seconds = isFirst ? 0 : (nowMs - this.atMs) / 1000;
    const rate = (now: number, before: number): number => (seconds > 0 ? Math.max(0, (now - before) / seconds) : 0);
    const latencies: Latencies[] = [];
    const shown = [...figures.producers, ...figures.consumers].filter(({ generation }) => generation > 0);
    const after = new Map<string, Before>();
    const endpoints = shown.map((one) => {
      const key = `${one.role}${one.slot}`;
      const before = sameAs(this.endpoints.get(key), one);
      const now = beforeOf(one);
      after.set(key, now);
      const since = isFirst ? undefined : now.latency?.since(before?.latency ?? Latencies.NONE);
      // in a capture nothing comes any more: what there is to see is all that came before it
      const latency = captured === undefined ? since : now.latency;
      if (latency !== undefined && latency.count > 0 && one.role === 'consumer') latencies.push(latency);
      const perSecond = before === undefined ? 0 : round(rate(now.messages, before.messages));
      return endpointView(one, now.messages, perSecond, latency && latencyView(latency));
    });
    const view: ChannelView = {
      name: figures.channel,
      state: endpoints.some(isAttached) ? 'live' : 'idle',
      isMeasured: !isFirst,
      ...standing(figures, endpoints),
      perSecond: isFirst ? 0 : round(rate(tail.sequence, this.sequence)),
      bytesPerSecond: isFirst ? 0 : round(rate(tail.position, this.position)),
      latency: latencyView(latencies.length === 0 ? Latencies.NONE : Latencies.merge(latencies)),
      endpoints,
    };
    this.endpoints = after;
    this.createdNs = createdNs;
    this.sequence = tail.sequence;
    this.position = tail.position;
    this.atMs = nowMs;
    return view;
  }
}

/** Of a channel whose segment cannot be looked at. */
export function unusableView(name: string, code: string, message: string): ChannelView {
  return {
    name,
    state: 'unusable',
    isMeasured: false,
    fault: { code, message },
    type: '-',
    mode: '-',
    capacityBytes: 0,
    written: 0,
    perSecond: 0,
    bytesPerSecond: 0,
    used: 0,
    lag: 0,
    lost: 0,
    repairs: 0,
    latency: { count: 0 },
    endpoints: [],
  };
}

type Standing = Omit<
  ChannelView,
  'name' | 'state' | 'isMeasured' | 'perSecond' | 'bytesPerSecond' | 'latency' | 'endpoints'
>;

function standing(figures: ChannelFigures, endpoints: readonly EndpointView[]): Standing {
  const { type, mode, capacityBytes, written, utilization, repairs, waitsFor, breaker } = figures;
  return {
    type,
    mode,
    capacityBytes,
    written,
    used: Math.round(utilization * 1000) / 1000,
    lag: Math.max(0, ...endpoints.filter(isAttached).map(({ lag }) => lag ?? 0)),
    lost: endpoints.reduce((sum, { lost }) => sum + (lost ?? 0), 0),
    repairs,
    waitsFor,
    breaker: breaker?.state,
    journal: journalView(figures),
  };
}

function endpointView(
  one: EndpointFigures,
  messages: number,
  perSecond: number,
  latency: LatencyView | undefined,
): EndpointView {
  const { role, name, slot, pid, state, reason, lag, lagMs, lost, gating } = one;
  return {
    role,
    name,
    slot,
    pid,
    state,
    // it counts milliseconds: whole seconds do not change with each look
    reason: reason?.replace(/(\d+)\d{3} ms/g, '$1 s'),
    messages,
    perSecond,
    lag: lag?.messages,
    lagMs: lagMs === undefined ? undefined : Math.round(lagMs),
    lost,
    gates: gating,
    latency,
  };
}

function journalView({ journal, written }: ChannelFigures): JournalView | undefined {
  if (journal === undefined) return undefined;
  const { state, error, gaps, failures } = journal;
  return { state, error, behind: Math.max(0, written - journal.written), gaps, failures };
}

function latencyView(latencies: Latencies): LatencyView {
  const { count, p50Ns, p99Ns, p999Ns, maxNs } = latencies.toJSON();
  if (count === 0 || p50Ns === undefined || p99Ns === undefined || p999Ns === undefined) return { count: 0 };
  return { count, p50: p50Ns, p99: p99Ns, p999: p999Ns, max: maxNs ?? 0 };
}

function beforeOf({ generation, counters, totalLatency, writeLatency }: EndpointFigures): Before {
  return { generation, messages: counters['messages'] ?? 0, latency: totalLatency ?? writeLatency };
}

function sameAs(before: Before | undefined, { generation }: EndpointFigures): Before | undefined {
  return before?.generation === generation ? before : undefined;
}

function round(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}
