import type { ChannelFigures } from '../channel-figures.js';
import { counter, gauge, type InfoMetric, type Metric, type StateMetric } from './metric.js';

const BREAKER: StateMetric<ChannelFigures> = {
  kind: 'state',
  name: 'apbus_channel_breaker_state',
  help: 'State of the circuit breaker; only of channels in mode CircuitBreaker.',
  states: ['closed', 'open', 'half-open'],
  state: ({ breaker }) => breaker?.state,
};

const JOURNAL: StateMetric<ChannelFigures> = {
  kind: 'state',
  name: 'apbus_journal_state',
  help: 'How the journal does: recording; stopped or skipping, as it cannot write; none, as nobody records. Only of channels with persistence, as all of apbus_journal.',
  states: ['recording', 'stopped', 'skipping', 'none'],
  state: ({ journal }) => journal?.state,
};

const INFO: InfoMetric<ChannelFigures> = {
  kind: 'info',
  name: 'apbus_channel_info',
  help: 'The type and the backpressure mode of the channel, as labels.',
  labelNames: ['type', 'mode'],
  labels: ({ type, mode }) => [type, mode],
};

/** What is exposed of a channel. Label: `channel`. */
export const CHANNEL_METRICS: readonly Metric<ChannelFigures>[] = [
  INFO,
  gauge(
    'apbus_channel_created_timestamp_seconds',
    's',
    'When the segment was made, since the epoch. Counters begin anew with each segment.',
    ({ createdNs }) => Number(createdNs) / 1e9,
  ),
  gauge('apbus_channel_capacity_bytes', 'By', 'Size of the ring.', ({ capacityBytes }) => capacityBytes),
  gauge('apbus_channel_segment_bytes', 'By', 'Size of the segment in shared memory.', ({ fileBytes }) => fileBytes),
  counter(
    'apbus_channel_messages_total',
    '{message}',
    'Messages written to the channel, by all producers it has ever had.',
    ({ tail }) => tail.sequence,
  ),
  counter(
    'apbus_channel_ring_bytes_total',
    'By',
    'Bytes that those have taken in the ring, headers and rounding included.',
    ({ tail }) => tail.position,
  ),
  gauge(
    'apbus_channel_utilization_ratio',
    '1',
    'Share of the ring that is kept for the slowest consumer that producers wait for.',
    ({ utilization }) => utilization,
  ),
  gauge(
    'apbus_channel_producers_waiting',
    '1',
    'Whether a producer may be waiting for room: 1 or 0.',
    ({ producersWait }) => Number(producersWait),
  ),
  gauge(
    'apbus_channel_history_messages',
    '{message}',
    'Messages that are still in the ring, read or not.',
    ({ tail, oldest }) => tail.sequence - oldest.sequence,
  ),
  counter(
    'apbus_channel_repairs_total',
    '{repair}',
    'Claims of dead producers that others have repaired; each is one message lost.',
    ({ repairs }) => repairs,
  ),
  counter(
    'apbus_channel_reaped_consumers_total',
    '{consumer}',
    'Dead consumers for which producers wait no more.',
    ({ reaped }) => reaped,
  ),
  BREAKER,
  counter(
    'apbus_channel_breaker_opened_total',
    '{time}',
    'Times that the circuit breaker has opened.',
    ({ breaker }) => breaker?.opened,
  ),
  JOURNAL,
  gauge(
    'apbus_journal_backlog_messages',
    '{message}',
    'Messages of the channel that are not in the journal yet.',
    ({ journal, tail }) => journal && Math.max(0, tail.sequence - journal.written),
  ),
  gauge(
    'apbus_journal_unsynced_messages',
    '{message}',
    'Messages in the journal that are not known to be on the disk.',
    ({ journal }) => journal && Math.max(0, journal.written - journal.durable),
  ),
  counter(
    'apbus_journal_missed_messages_total',
    '{message}',
    'Messages that were overwritten before they were recorded.',
    ({ journal }) => journal?.gaps,
  ),
  counter(
    'apbus_journal_failures_total',
    '{failure}',
    'Times that the journal could not write.',
    ({ journal }) => journal?.failures,
  ),
];
