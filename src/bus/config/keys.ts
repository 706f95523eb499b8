/*
 * Every key of the config file, as data: which exist, which this version acts on, and what each means. Keys are
 * spelled as in the file; object configs spell them in camelCase. A key that is known but not acted on is refused,
 * because a setting that is silently ignored is worse than an error.
 */

export interface KeyRule {
  readonly supported: boolean;
  readonly description: string;
}

export type TableRules = Readonly<Record<string, KeyRule>>;

/** How a configuration spells its keys: files in snake_case, objects in camelCase. */
export type Spelling = 'snake' | 'camel';

const supported = (description: string): KeyRule => ({ supported: true, description });
const later = (description: string): KeyRule => ({ supported: false, description });

export const ROOT_KEYS: TableRules = {
  bus: supported('settings of the whole bus'),
  channels: supported('one table for each channel'),
  services: later('what the supervisor runs'),
};

export const BUS_KEYS: TableRules = {
  directory: supported('where the segments live'),
};

export const CHANNEL_KEYS: TableRules = {
  type: supported('SPSC, SPMC, MPSC or MPMC'),
  producer: supported('the service that produces'),
  producers: supported('the services that produce'),
  consumer: supported('the service that consumes; or, beside consumers, a table for each with its policy'),
  consumers: supported('the services that consume'),
  buffer_size: supported('capacity of the ring, a power of two'),
  message_size_max: supported('longest message'),
  backpressure: supported('what happens when the ring is full'),
  huge_pages: later('2 MiB pages'),
  huge_pages_fallback: later('what to do when there are no huge pages'),
  numa_node: later('the memory node of the ring'),
  prefault: later('touch all pages at the start'),
  persistence: later('the journal of the channel'),
};

/** Of `[channels.NAME.consumer.SERVICE]`. */
export const CONSUMER_KEYS: TableRules = {
  gating: supported('whether producers wait for it'),
  failure_timeout_ms: supported('how long they wait for it after its death'),
  stalled_after_ms: supported('without progress for so long it is called stalled'),
  evict_after_ms: supported('without progress for so long it is given up'),
  quarantine_after: supported('failures at one message after which that is set aside'),
};

export const BACKPRESSURE_KEYS: TableRules = {
  mode: supported('how a full ring is handled'),
  timeout_ms: supported('how long a producer waits for space'),
  high_water_mark: supported('from where on the ring is called high'),
  low_water_mark: supported('down to where it is called high'),
  min_delay_us: supported('least delay of AdaptiveThrottle'),
  max_delay_us: supported('greatest delay of AdaptiveThrottle'),
  failure_threshold: supported('failures that open the breaker'),
  recovery_timeout_ms: supported('how long the breaker stays open'),
  failure_window_ms: supported('the window in which failures count'),
};

/** `buffer_size` as this configuration spells it: `buffer_size` or `bufferSize`. */
export function spell(key: string, spelling: Spelling): string {
  if (spelling === 'snake') return key;
  return key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
