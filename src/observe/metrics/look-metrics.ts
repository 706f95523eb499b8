import type { BusLook } from './bus-look.js';
import { counter, gauge, type Metric } from './metric.js';

/** Of the look itself, without labels. */
export const LOOK_METRICS: readonly Metric<BusLook>[] = [
  gauge('apbus_channels', '{channel}', 'Channels that have a segment in the directory.', (look) => look.found),
  gauge(
    'apbus_channels_unusable',
    '{channel}',
    'Those whose segment could not be looked at: damaged, of another version, not of this user, or gone at that moment.',
    ({ unusable }) => unusable.length,
  ),
  gauge(
    'apbus_channels_omitted',
    '{channel}',
    'Those that were not looked at, as there are more than are exposed.',
    ({ omittedChannels }) => omittedChannels,
  ),
  gauge(
    'apbus_endpoints_omitted',
    '{endpoint}',
    'Producers and consumers that are left out, as their channel has more than are exposed.',
    ({ omittedEndpoints }) => omittedEndpoints,
  ),
  gauge(
    'apbus_look_duration_seconds',
    's',
    'How long it took to look at all of it.',
    ({ durationNs }) => durationNs / 1e9,
  ),
  counter(
    'apbus_looks_total',
    '{look}',
    'Looks at the directory since this process began, this one included.',
    ({ looks }) => looks,
  ),
];

/** Of each channel that has a segment: whether it is so. Label: `channel`. */
export const USABLE: Metric<boolean> = gauge(
  'apbus_channel_usable',
  '1',
  'Whether the segment of the channel could be looked at: 1 or 0.',
  Number,
);
