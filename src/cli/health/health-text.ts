import type { HealthReport } from '../../observe/health/check-health.js';
import type { HealthFinding } from '../../observe/health/finding.js';

const COLORS = { healthy: '32', degraded: '33', unhealthy: '31' } as const;

/** A report for people: the status, then each finding with what to do about it. */
export function describeHealth({ status, findings, channels }: HealthReport, hasColor: boolean): string {
  const paint = (word: keyof typeof COLORS, width = 0): string => {
    const padding = ' '.repeat(Math.max(0, width - word.length));
    return hasColor ? `\u001b[${COLORS[word]}m${word}\u001b[0m${padding}` : word + padding;
  };
  const count = findings.length === 1 ? '1 finding' : `${findings.length} findings`;
  const what = findings.length === 0 ? 'nothing is amiss' : count;
  const lines = findings.map((finding) => describe(finding, paint(finding.severity, 'unhealthy'.length)));
  return `${paint(status)}: ${what} in ${channels} ${channels === 1 ? 'channel' : 'channels'}\n${lines.join('')}`;
}

function describe({ code, channel, found, threshold, unit, advice }: HealthFinding, severity: string): string {
  const where = channel === undefined ? '' : `${channel}: `;
  const limit = threshold === undefined ? '' : ` (more than ${threshold} ${unit === 'share' ? 'of the ring' : unit})`;
  // names come from segments: they may hold anything, and a terminal obeys
  const [what, todo] = [`${where}${found}`, advice].map((text) => text.replaceAll(/\p{C}/gu, '?'));
  return `  ${severity}  ${code}  ${what}${limit}\n    ${todo}\n`;
}
