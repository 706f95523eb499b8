import type { HealthFinding, Severity } from '../../../observe/health/finding.js';
import { safeText, type Span, type Style } from './styled-text.js';

const STATES: Readonly<Record<string, Style>> = { dead: 'bad', suspect: 'warning', stalled: 'warning', alive: 'good' };
const SEVERITIES: Readonly<Record<Severity, Style>> = { unhealthy: 'bad', degraded: 'warning' };

export function stateStyle(state: string): Style {
  return STATES[state] ?? 'dim';
}

export function severityStyle(severity: Severity): Style {
  return SEVERITIES[severity];
}

/** What was found, in words. */
export function findingSpan({ severity, found }: HealthFinding): Span {
  return { text: safeText(found), style: severityStyle(severity) };
}
