import {
  ALERT_KEYS,
  BACKPRESSURE_KEYS,
  BUS_KEYS,
  CAPTURE_KEYS,
  CHANNEL_KEYS,
  CONSUMER_KEYS,
  HEALTH_KEYS,
  PERSISTENCE_KEYS,
  SERVICE_KEYS,
} from '#src/bus/config/keys.js';
import type { KeyRule, TableRules, ValueRule } from '#src/bus/config/rules.js';
import { formatSize } from '#src/bus/config/sizes.js';
import { formatSpan } from '#src/bus/config/spans.js';

const BEGIN = '<!-- keys:start, written by "npm run layout" from src/bus/config/keys.ts -->';
const END = '<!-- keys:end -->';

const TABLES: readonly (readonly [string, TableRules])[] = [
  ['[bus]', BUS_KEYS],
  ['[channels.NAME]', CHANNEL_KEYS],
  ['[channels.NAME.backpressure]', BACKPRESSURE_KEYS],
  ['[channels.NAME.consumer.SERVICE]', CONSUMER_KEYS],
  ['[channels.NAME.persistence]', PERSISTENCE_KEYS],
  ['[services.NAME]', SERVICE_KEYS],
  ['[health]', HEALTH_KEYS],
  ['[health.alert]', ALERT_KEYS],
  ['[health.capture]', CAPTURE_KEYS],
];

/** The page about the configuration, with its tables of keys written anew; the rest of it is written by hand. */
export function withKeys(page: string): string {
  const start = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (start < 0 || end < start)
    throw new Error('docs/configuration.md has lost the marks between which its tables stand');
  return `${page.slice(0, start + BEGIN.length)}\n\n${TABLES.map(table).join('\n')}\n${page.slice(end)}`;
}

function table([title, keys]: readonly [string, TableRules]): string {
  const rows = Object.entries(keys).map(([key, rule]) => [
    `\`${key}\``,
    formOf(rule.value),
    defaultOf(rule),
    rule.description,
  ]);
  const all = [['key', 'value', 'default', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  return `### \`${title}\`\n\n${line(all[0]!)}${rule}${rows.map(line).join('')}`;
}

function defaultOf({ value, isRequired }: KeyRule): string {
  if (isRequired) return 'required';
  const otherwise = 'otherwise' in value ? value.otherwise : undefined;
  return otherwise === undefined ? '' : `\`${JSON.stringify(otherwise)}\``;
}

function formOf(value: ValueRule): string {
  switch (value.kind) {
    case 'text':
      return value.form;
    case 'flag':
      return 'true, false';
    case 'choice':
      return value.of.map((word) => `\`"${word}"\``).join(', ');
    case 'whole':
      return value.most === Number.MAX_SAFE_INTEGER ? `from ${value.least}` : `${value.least} to ${value.most}`;
    case 'share':
      return 'above 0, up to 1';
    case 'size':
      return `${value.isPowerOfTwo ? 'power of two, ' : ''}${formatSize(value.least)} to ${formatSize(value.most)}`;
    case 'span':
      return `${formatSpan(value.leastMs)} to ${formatSpan(value.mostMs)}`;
    case 'service':
      return 'name';
    case 'services':
      return 'list of names';
    case 'texts':
      return 'list of texts';
    case 'variables':
      return 'table of texts';
    case 'gating':
      return 'true, false, `"always"`';
    case 'table':
    case 'tables':
      return 'table';
    case 'either':
      return value.of.map(formOf).join(' or ');
  }
}
