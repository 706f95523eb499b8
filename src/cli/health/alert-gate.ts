import type { AlertSettings } from '../../bus/config/index.js';
import { findingKey, type HealthFinding } from '../../observe/health/finding.js';

export type GateSettings = Pick<
  AlertSettings,
  'raiseAfterLooks' | 'raiseAfterMs' | 'clearAfterLooks' | 'minIntervalMs' | 'alertsPerMinute'
>;

/** What somebody is to be told. */
export interface Transition {
  readonly event: 'raised' | 'cleared';
  readonly key: string;
  /** As of the last look that had it; of one that is raised, as of the last of those at which it was worst. */
  readonly finding: HealthFinding;
  /** When the first look had it. */
  readonly sinceMs: number;
}

interface Watched {
  finding: HealthFinding;
  /** Looks in a row that had it, and that did not. */
  seen: number;
  missing: number;
  sinceMs: number;
  isRaised: boolean;
  raiseNotBeforeMs: number;
  clearNotBeforeMs: number;
}

const MINUTE_MS = 60_000;

/**
 * Decides from look to look what is to be told: not each flicker, not the same again and again, and not everything at once.
 * What may not be told now is told at a later look, if it is still so then: nothing is queued.
 */
export class AlertGate {
  private readonly settings: GateSettings;
  private readonly watched = new Map<string, Watched>();
  /** When the alerts of the last minute were given. */
  private given: number[] = [];

  constructor(settings: GateSettings) {
    this.settings = settings;
  }

  /** Takes a look; answers at most `room` transitions, those of unhealthy findings first. Times are monotonic. */
  look(findings: readonly HealthFinding[], nowMs: number, room: number): Transition[] {
    this.note(findings, nowMs);
    this.given = this.given.filter((atMs) => nowMs - atMs < MINUTE_MS);
    const free = Math.max(0, Math.min(room, this.settings.alertsPerMinute - this.given.length));
    const due = [...this.watched].filter(([, one]) => this.isDue(one, nowMs));
    const told = due.toSorted(([, left], [, right]) => rank(left) - rank(right)).slice(0, free);
    this.given.push(...told.map(() => nowMs));
    const transitions = told.map(([key, one]) => this.turn(key, one, nowMs));
    this.forget(nowMs);
    return transitions;
  }

  /** It could not be told: the finding is as before, and is told again after the least interval. */
  failed({ event, key, finding, sinceMs }: Transition, nowMs: number): void {
    const again = nowMs + this.settings.minIntervalMs;
    const present = this.watched.get(key) ?? newlyWatched(finding, sinceMs);
    present.isRaised = event === 'cleared';
    if (event === 'cleared') present.clearNotBeforeMs = again;
    else present.raiseNotBeforeMs = again;
    this.watched.set(key, present);
  }

  private note(findings: readonly HealthFinding[], nowMs: number): void {
    const found = new Map(findings.map((finding) => [findingKey(finding), finding]));
    for (const [key, finding] of found) if (!this.watched.has(key)) this.watched.set(key, newlyWatched(finding, nowMs));
    for (const [key, one] of this.watched) {
      const finding = found.get(key);
      if (finding === undefined) {
        one.missing++;
        one.seen = 0;
        continue;
      }
      // one that was never raised begins anew: the looks must be in a row
      if (one.seen === 0 && !one.isRaised) one.sinceMs = nowMs;
      // a trouble may be told by several codes: until it is raised, the worst that was seen of it counts
      if (one.isRaised || one.seen === 0 || severity(finding) <= severity(one.finding)) one.finding = finding;
      one.missing = 0;
      one.seen++;
    }
  }

  private isDue(one: Watched, nowMs: number): boolean {
    const { raiseAfterLooks, raiseAfterMs, clearAfterLooks } = this.settings;
    if (one.isRaised) return one.missing >= clearAfterLooks && nowMs >= one.clearNotBeforeMs;
    const lasted = one.seen >= raiseAfterLooks && nowMs - one.sinceMs >= raiseAfterMs;
    return lasted && nowMs >= one.raiseNotBeforeMs;
  }

  private turn(key: string, one: Watched, nowMs: number): Transition {
    const event = one.isRaised ? 'cleared' : 'raised';
    one.isRaised = !one.isRaised;
    if (one.isRaised) one.raiseNotBeforeMs = nowMs + this.settings.minIntervalMs;
    return { event, key, finding: one.finding, sinceMs: one.sinceMs };
  }

  private forget(nowMs: number): void {
    for (const [key, one] of this.watched)
      if (!one.isRaised && one.missing > 0 && nowMs >= one.raiseNotBeforeMs) this.watched.delete(key);
  }
}

function newlyWatched(finding: HealthFinding, nowMs: number): Watched {
  return {
    finding,
    seen: 0,
    missing: 0,
    sinceMs: nowMs,
    isRaised: false,
    raiseNotBeforeMs: -Infinity,
    clearNotBeforeMs: -Infinity,
  };
}

function rank({ isRaised, finding }: Watched): number {
  return isRaised ? 2 : severity(finding);
}

function severity({ severity: how }: HealthFinding): number {
  return how === 'unhealthy' ? 0 : 1;
}
