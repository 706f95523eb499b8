import { shortNs, short } from '../../short-numbers.js';
import type { ChannelSample } from '../look/channel-track.js';
import type { EndpointSample } from '../look/endpoint-track.js';
import { stateStyle } from './findings.js';
import { fitText, safeText, type Line } from './styled-text.js';

/** Of whom there is something to see: not those that were closed. */
export function seenEndpoints({ producers, consumers }: ChannelSample): EndpointSample[] {
  return [...producers, ...consumers].filter(({ figures }) => figures.state !== 'detached');
}

/** The endpoints of a channel, a line each. */
export function endpointLines(sample: ChannelSample): Line[] {
  const seen = seenEndpoints(sample);
  const nameWidth = Math.min(24, Math.max(8, ...seen.map(({ figures }) => figures.name.length)));
  return seen.map((one) => endpointLine(one, nameWidth));
}

function endpointLine({ figures, perSecond, recent }: EndpointSample, nameWidth: number): Line {
  const { role, name, pid, state, lag, lagMs, lost, counters } = figures;
  const isProducer = role === 'producer';
  const latencies = recent.of(isProducer ? 'write' : 'total');
  // where one producer writes at a time, those before it have no count
  const facts = counters['messages'] === undefined ? [] : [`${short(perSecond?.['messages'])} msg/s`];
  if (latencies !== undefined && latencies.count > 0) {
    const [p50, p99] = [latencies.quantile(0.5), latencies.quantile(0.99)].map(shortNs);
    facts.push(`${isProducer ? 'write' : 'latency'} p50 ${p50} p99 ${p99}`);
  }
  if (lag !== undefined) {
    const late = lagMs === undefined || lagMs === 0 ? '' : ` (${shortNs(lagMs * 1e6)})`;
    facts.push(`${short(lag.messages)} behind${late}`);
  }
  if (lost !== undefined && lost > 0) facts.push(`${short(lost)} lost`);
  const { dropped = 0, rejected = 0 } = counters;
  if (dropped > 0) facts.push(`${short(dropped)} dropped`);
  if (rejected > 0) facts.push(`${short(rejected)} refused`);
  return [
    { text: `  ${isProducer ? '>' : '<'} ` },
    { text: fitText(safeText(name), nameWidth) },
    { text: ` ${pid === 0 ? '-' : pid}`.padEnd(9) },
    { text: state.padEnd(8), style: stateStyle(state) },
    { text: facts.join(', ') },
  ];
}
