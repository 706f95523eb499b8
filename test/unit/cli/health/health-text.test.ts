import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeHealth } from '#src/cli/health/health-text.js';
import type { HealthFinding } from '#src/observe/health/finding.js';

const LAG: HealthFinding = {
  severity: 'degraded',
  code: 'lag',
  channel: 'orders',
  found: 'it is behind',
  figure: 3,
  threshold: 2,
  unit: 'messages',
  advice: 'wait',
};
const SLOW: HealthFinding = { severity: 'unhealthy', code: 'clock-slow', found: 'hpet', advice: 'use tsc' };

it('a report says the status, each finding with its threshold, and what to do', () => {
  const report = { status: 'unhealthy', findings: [SLOW, LAG], channels: 2 } as const;
  assert.equal(
    describeHealth(report, false),
    'unhealthy: 2 findings in 2 channels\n' +
      '  unhealthy  clock-slow  hpet\n    use tsc\n' +
      '  degraded   lag  orders: it is behind (more than 2 messages)\n    wait\n',
  );
  assert.equal(
    describeHealth({ status: 'healthy', findings: [], channels: 1 }, true),
    '\u001b[32mhealthy\u001b[0m: nothing is amiss in 1 channel\n',
  );
});

it('names that somebody forged cannot talk to the terminal', () => {
  const forged = { ...LAG, found: 'consumer \u001b[2J\nhealthy', advice: 'start \u0007' };
  const text = describeHealth({ status: 'degraded', findings: [forged], channels: 1 }, false);
  assert.match(text, /orders: consumer \?\[2J\?healthy \(more than 2 messages\)\n {4}start \?\n$/);
});
