import { isAttached } from '../../liveness/state.js';
import type { EndpointFigures } from '../channel-figures.js';
import { counter, gauge, type LatencyMetric, type Metric, type StateMetric } from './metric.js';

type Value = (figures: EndpointFigures) => number | undefined;
type Role = EndpointFigures['role'];

const latency = (
  name: string,
  help: string,
  latencies: LatencyMetric<EndpointFigures>['latencies'],
): LatencyMetric<EndpointFigures> => ({ kind: 'latency', name, help, latencies });

const state = (role: Role): StateMetric<EndpointFigures> => ({
  kind: 'state',
  name: `apbus_${role}_state`,
  help: 'How it does, by the words of apbus endpoints.',
  states: ['alive', 'stalled', 'suspect', 'dead', 'detached'],
  state: (figures) => figures.state,
});

/** What producers and consumers have alike. */
const shared = (role: Role): Metric<EndpointFigures>[] => [
  state(role),
  gauge(
    `apbus_${role}_attached_timestamp_seconds`,
    's',
    'When it attached, since the epoch.',
    ({ attachedNs }) => Number(attachedNs) / 1e9,
  ),
  gauge(
    `apbus_${role}_event_loop_lag_seconds`,
    's',
    'How long its event loop is behind with its beat; none for one that is not attached.',
    ({ loopLagMs }) => seconds(loopLagMs),
  ),
  counter(`apbus_${role}_deaths_total`, '{death}', 'How often the endpoint in this slot died.', ({ deaths }) => deaths),
];

/** What is exposed of a producer. Labels: `channel`, `producer`, `slot`. */
export const PRODUCER_METRICS: readonly Metric<EndpointFigures>[] = [
  ...shared('producer'),
  counter(
    'apbus_producer_messages_total',
    '{message}',
    'Messages that it has written; in SPSC and SPMC those of the channel, told of the producer that attached last.',
    counted('messages'),
  ),
  counter(
    'apbus_producer_message_bytes_total',
    'By',
    'Bytes of those, without headers; in SPSC and SPMC nobody counts them: see apbus_channel_ring_bytes_total.',
    counted('messageBytes'),
  ),
  counter('apbus_producer_backpressure_total', '{time}', 'Times that it found the ring full.', counted('backpressure')),
  counter(
    'apbus_producer_rejected_messages_total',
    '{message}',
    'Messages refused: too large, empty, or given up after waiting.',
    counted('rejected'),
  ),
  counter(
    'apbus_producer_dropped_messages_total',
    '{message}',
    'Messages dropped as the ring was full (DropNewest).',
    counted('dropped'),
  ),
  counter(
    'apbus_producer_throttled_writes_total',
    '{write}',
    'Writes held back (AdaptiveThrottle).',
    counted('throttled'),
  ),
  counter('apbus_producer_throttled_seconds_total', 's', 'For how long they were held back in all.', ({ counters }) =>
    seconds(counters['throttledMs']),
  ),
  counter(
    'apbus_producer_breaker_refused_writes_total',
    '{write}',
    'Writes refused as the breaker was open (CircuitBreaker).',
    counted('circuitOpen'),
  ),
  counter(
    'apbus_producer_high_water_total',
    '{time}',
    'Times that it saw the ring rise to the high-water mark.',
    counted('highWater'),
  ),
  latency(
    'apbus_producer_write_latency_seconds',
    'From the call of a write to its return, of one message in so many.',
    ({ writeLatency }) => writeLatency,
  ),
];

/** What is exposed of a consumer. Labels: `channel`, `consumer`, `slot`. */
export const CONSUMER_METRICS: readonly Metric<EndpointFigures>[] = [
  ...shared('consumer'),
  counter('apbus_consumer_messages_total', '{message}', 'Messages that it has taken.', counted('messages')),
  counter('apbus_consumer_message_bytes_total', 'By', 'Bytes of those, without headers.', counted('messageBytes')),
  counter(
    'apbus_consumer_quarantined_messages_total',
    '{message}',
    'Messages that it has set aside as it failed at them.',
    counted('quarantined'),
  ),
  counter(
    'apbus_consumer_lost_messages_total',
    '{message}',
    'Messages that it will never see, as far as it has noticed.',
    ({ lost }) => lost,
  ),
  counter(
    'apbus_consumer_evictions_total',
    '{eviction}',
    'How often it was given up though it lived.',
    ({ evictions }) => evictions,
  ),
  gauge('apbus_consumer_gating', '1', 'Whether producers wait for it now: 1 or 0.', ({ gating }) =>
    gating === undefined ? undefined : Number(gating),
  ),
  gauge(
    'apbus_consumer_lag_messages',
    '{message}',
    'Messages that it has not read yet; none for one that has left and that nobody waits for, as the other two.',
    (figures) => (isAwaited(figures) ? figures.lag?.messages : undefined),
  ),
  gauge('apbus_consumer_lag_bytes', 'By', 'Bytes of those in the ring, headers included.', (figures) =>
    isAwaited(figures) ? figures.lag?.bytes : undefined,
  ),
  gauge(
    'apbus_consumer_lag_seconds',
    's',
    'How long its next message has been in the ring; only where messages carry timestamps, and is not overwritten.',
    (figures) => (isAwaited(figures) ? seconds(figures.lagMs) : undefined),
  ),
  gauge(
    'apbus_consumer_unread_seconds',
    's',
    'For how long it has had something to read and has not moved, as far as others of the channel have looked; 0 when it moves, none for one that is not attached.',
    (figures) => (isAttached(figures) ? seconds(figures.unreadMs) : undefined),
  ),
  latency(
    'apbus_consumer_queue_latency_seconds',
    'Messages waiting in the ring for it, one in so many.',
    ({ queueLatency }) => queueLatency,
  ),
  latency(
    'apbus_consumer_total_latency_seconds',
    "From the producer's call to its handler, one in so many.",
    ({ totalLatency }) => totalLatency,
  ),
  latency(
    'apbus_consumer_handling_latency_seconds',
    'Its handler itself, one message in so many.',
    ({ handlingLatency }) => handlingLatency,
  ),
];

function counted(name: string): Value {
  return ({ counters }) => counters[name];
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function isAwaited({ state: found, gating }: EndpointFigures): boolean {
  return found !== 'detached' || gating === true;
}
