import { checkHealth, type HealthSurroundings } from '../../observe/health/check-health.js';
import type { HealthThresholds } from '../../observe/health/thresholds.js';
import type { SeenBus } from '../../observe/metrics/bus-look.js';

/** Findings that are told; a bus in trouble may have one for each endpoint. */
const TOLD_MAX = 20;

/** What `/readyz` answers: 503 when the health report says unhealthy, with why for those who may know. */
export function readiness(
  { seen, omittedChannels }: SeenBus,
  thresholds: Partial<HealthThresholds> = {},
  surroundings: HealthSurroundings = {},
): { status: number; reasons: string } {
  const { status, findings, channels } = checkHealth(seen, thresholds, surroundings);
  const told = findings
    .slice(0, TOLD_MAX)
    .map(({ severity, channel, found }) => `${severity}: ${channel === undefined ? '' : `${channel}: `}${found}\n`);
  const more = findings.length - told.length;
  if (more > 0) told.push(`and ${more} more: apbus health\n`);
  if (omittedChannels > 0) told.push(`${omittedChannels} more channels were not looked at: --channels-max\n`);
  return {
    status: status === 'unhealthy' ? 503 : 200,
    reasons: `${status}: ${channels} channels\n${told.join('')}`,
  };
}
