import { ALL_METRICS, type DescribedMetric } from '#src/observe/metrics/all-metrics.js';
import { prometheusType } from '#src/observe/metrics/metric-family.js';

const BEGIN = '<!-- metrics:start, written by "npm run layout" from src/observe/metrics -->';
const END = '<!-- metrics:end -->';

const TITLES: Readonly<Record<string, string>> = {
  look: 'Of the look itself',
  channel: 'Of a channel',
  producer: 'Of a producer',
  consumer: 'Of a consumer',
};

const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': '' };

/** The page about the metrics, with its tables written anew; the rest of it is written by hand. */
export function withMetrics(page: string): string {
  const start = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error('docs/metrics.md has lost the marks between which its tables stand');
  const tables = ALL_METRICS.map(
    ([subject, metrics]) => `### ${TITLES[subject]}\n\nAt most ${seriesOf(metrics)} series each.\n\n${table(metrics)}`,
  );
  return `${page.slice(0, start + BEGIN.length)}\n\n${tables.join('\n')}\n${page.slice(end)}`;
}

function seriesOf(metrics: readonly DescribedMetric[]): number {
  return metrics.reduce((sum, { series }) => sum + series, 0);
}

function table(metrics: readonly DescribedMetric[]): string {
  const rows = metrics.map((metric) => [
    `\`${metric.name}\``,
    prometheusType(metric),
    UNITS[metric.unit] ?? metric.unit.replace(/^\{(.+)\}$/, '$1s'),
    metric.labels.map((label) => `\`${label}\``).join(', '),
    metric.help,
  ]);
  const all = [['metric', 'type', 'unit', 'labels', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  return `${line(all[0]!)}${rule}${rows.map(line).join('')}`;
}
