import type { SeenChannel } from '../watched-channels.js';
import type { ChannelFigures } from '../channel-figures.js';
import { absentFindings } from './absent-findings.js';
import { channelFindings, unusableFinding } from './channel-findings.js';
import { endpointFindings } from './endpoint-findings.js';
import { differenceFrom, type ExpectedChannel } from './expected-channel.js';
import type { HealthFinding, Severity } from './finding.js';
import { DEFAULT_THRESHOLDS, type HealthThresholds } from './thresholds.js';

export type HealthStatus = 'healthy' | Severity;

/** How channels do, at one moment: the worst of the findings, and all of them, the worst first. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly findings: readonly HealthFinding[];
  /** How many channels were looked at. */
  readonly channels: number;
}

/** What is known beside the channels. */
export interface HealthSurroundings {
  /** As the kernel names what it reads the time from; undefined: it does not say. */
  readonly clockSource?: string | undefined;
  /** What is configured, by the names of the channels; of others nothing is expected. */
  readonly expected?: ReadonlyMap<string, ExpectedChannel> | undefined;
}

/**
 * Judges what was seen of channels, also by what is configured where that is known. A pure function: what it is given, it
 * judges, and nothing else.
 *
 * @example
 * const { status, findings } = checkHealth(inspectDirectory(directory));
 */
export function checkHealth(
  channels: readonly SeenChannel[],
  thresholds: Partial<HealthThresholds> = {},
  { clockSource, expected }: HealthSurroundings = {},
): HealthReport {
  const limits = { ...DEFAULT_THRESHOLDS, ...thresholds };
  const findings = [
    ...channels.flatMap((seen) =>
      'reason' in seen ? unusableFinding(seen) : findingsOf(seen, limits, expected?.get(seen.channel)),
    ),
    ...clockFindings(clockSource),
  ].toSorted(bySeverity);
  return { status: findings[0]?.severity ?? 'healthy', findings, channels: channels.length };
}

function findingsOf(
  figures: ChannelFigures,
  limits: HealthThresholds,
  expected: ExpectedChannel | undefined,
): HealthFinding[] {
  const findings = [...channelFindings(figures, limits), ...endpointFindings(figures, limits)];
  if (expected === undefined) return findings;
  const reason = differenceFrom(figures, expected);
  const { channel } = figures;
  const mismatch = reason === undefined ? [] : [unusableFinding({ channel, code: 'ERR_CONFIG_MISMATCH', reason })];
  return [...findings, ...mismatch, ...absentFindings(figures, expected, limits)];
}

const ORDER: Readonly<Record<Severity, number>> = { unhealthy: 0, degraded: 1 };

function bySeverity(left: HealthFinding, right: HealthFinding): number {
  return ORDER[left.severity] - ORDER[right.severity];
}

/** Clocks that jump, or lose time, besides being slow to read. */
const POOR_CLOCKS = ['jiffies', 'refined-jiffies', 'acpi_pm', 'hpet', 'pit'];

function clockFindings(source: string | undefined): HealthFinding[] {
  if (source === undefined || !POOR_CLOCKS.includes(source)) return [];
  return [
    {
      severity: 'degraded',
      code: 'clock-slow',
      found: `the time is read from ${source}: each reading is a system call, and each message is timestamped`,
      advice: 'let the kernel use tsc (available_clocksource in /sys), or write with timestamps: false',
    },
  ];
}
