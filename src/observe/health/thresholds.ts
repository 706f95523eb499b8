/** What a dead endpoint, or one that is absent, counts as. */
export type DeathSeverity = 'unhealthy' | 'degraded' | 'ignore';

/** From where on something is told. Each is reached when the figure is greater. */
export interface HealthThresholds {
  /** Share of a ring, 0..1, that the slowest gating consumer has not read. Above: degraded. */
  readonly utilization: number;
  /** Messages that a consumer is behind. Above: degraded. */
  readonly lagMessages: number;
  /** For how long a consumer may have something to read and not move, ms. Above: unhealthy. */
  readonly unreadMs: number;
  /** How late the event loop of a silent endpoint may be, ms. Above: degraded. */
  readonly loopLagMs: number;
  /** Records that a journal may be behind its channel, and its disk behind it. Above: degraded. */
  readonly journalBehind: number;
  /** What an endpoint counts as that died and did not come back. */
  readonly dead: DeathSeverity;
  /** For how long a service that is declared may not be attached while others use the channel, ms. Above: see `absent`. */
  readonly absentAfterMs: number;
  /** What a declared service counts as that is not attached. */
  readonly absent: DeathSeverity;
  /** How far the wall clock may be from that of the channel, ms. Above: degraded. */
  readonly clockStepMs: number;
}

export const DEFAULT_THRESHOLDS: HealthThresholds = {
  utilization: 0.9,
  lagMessages: 10_000,
  unreadMs: 60_000,
  loopLagMs: 1000,
  journalBehind: 1_000_000,
  dead: 'unhealthy',
  absentAfterMs: 60_000,
  absent: 'degraded',
  clockStepMs: 1000,
};
