/** How much a finding means: `degraded` works, but not as it should; `unhealthy` needs somebody now. */
export type Severity = 'degraded' | 'unhealthy';

/**
 * - `ring-full`: producers may be waiting, for the endpoint that is named. `ring-utilization`: they soon will.
 * - `lag`: a consumer is far behind. `not-reading`: it has not moved for long, with something to read.
 * - `endpoint-dead`, `process-stopped`, `event-loop-blocked`, `endpoint-stalled`: what has become of an endpoint.
 * - `endpoint-absent`: a service is declared for a channel, and not attached to it.
 * - `breaker-open`, `breaker-half-open`: writes are refused, or tried again.
 * - `journal-stopped`, `journal-skipping`, `journal-absent`, `journal-behind`: the channel is not recorded as configured.
 * - `config-mismatch`: the running channel is not the configured one. `channel-unusable`: its segment cannot be used.
 * - `clock-differs`: messages were stamped by another clock. `clock-stepped`: the clock on the wall was set since the channel
 *   was made. `clock-slow`: the machine's takes long to read.
 */
export const FINDING_CODES = [
  'ring-full',
  'ring-utilization',
  'lag',
  'not-reading',
  'endpoint-dead',
  'process-stopped',
  'event-loop-blocked',
  'endpoint-stalled',
  'endpoint-absent',
  'breaker-open',
  'breaker-half-open',
  'journal-stopped',
  'journal-skipping',
  'journal-absent',
  'journal-behind',
  'config-mismatch',
  'channel-unusable',
  'clock-differs',
  'clock-stepped',
  'clock-slow',
] as const;
/** Of incidents: what was in the ring then says most, and is overwritten soon. */
export const CAPTURED_CODES = [
  'ring-full',
  'not-reading',
  'endpoint-dead',
  'breaker-open',
  'journal-stopped',
] as const satisfies readonly FindingCode[];

export type FindingCode = (typeof FINDING_CODES)[number];

export interface FindingEndpoint {
  readonly role: 'producer' | 'consumer';
  readonly name: string;
  /** Undefined: it is not attached. */
  readonly slot?: number | undefined;
  readonly pid?: number | undefined;
}

/** One thing that is not as it should be. */
export interface HealthFinding {
  readonly severity: Severity;
  readonly code: FindingCode;
  /** Undefined: the whole machine. */
  readonly channel?: string | undefined;
  readonly endpoint?: FindingEndpoint | undefined;
  /** What was found, in words. */
  readonly found: string;
  /** The number that was judged, and what it may be at most; undefined where it is no matter of a number. */
  readonly figure?: number | undefined;
  readonly threshold?: number | undefined;
  /** Of both. */
  readonly unit?: 'share' | 'messages' | 'ms' | 'records' | undefined;
  /** What to do about it. */
  readonly advice: string;
}

/**
 * What is one trouble of a channel, though it is told by several codes: a ring that is full moves in and out of having no room,
 * and the slowest of two consumers is now the one and now the other; a breaker that is open tries a write now and then.
 */
const TROUBLES: Readonly<Partial<Record<FindingCode, string>>> = {
  'ring-full': 'ring',
  'ring-utilization': 'ring',
  'breaker-open': 'breaker',
  'breaker-half-open': 'breaker',
};

/** The same for the same trouble of the same subject, at whatever figure: to tell a new one from one that goes on. */
export function findingKey({ code, channel, endpoint }: HealthFinding): string {
  const trouble = TROUBLES[code];
  const whose = trouble === undefined && endpoint && `${endpoint.role}/${endpoint.slot ?? '-'}/${endpoint.name}`;
  return [trouble ?? code, channel, whose].filter((part) => typeof part === 'string').join(' ');
}
