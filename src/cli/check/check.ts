import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfig, type ResolvedConfig } from '../../bus/config/index.js';
import { nearest } from '../../bus/config/suggest.js';
import { defaultDirectory } from '../../layout/directory.js';
import { warn, type Finding as FindingOf } from '../doctor/finding.js';
import { ExitCode } from '../exit-code.js';
import { formatBytes, formatJson, formatTable, type Output } from '../output.js';
import { existingFindings } from './existing-findings.js';
import { journalFindings, kept } from './journal-findings.js';
import { thisMachine, type MachineFacts } from './machine-facts.js';
import { memoryFindings } from './memory-findings.js';
import { memoryNeed, type MemoryNeed } from './memory-need.js';

type Finding = FindingOf<string>;

export function addCheck(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('check [config]')
    .description(
      'checks a configuration, whether this machine has the memory that it takes, and whether channels that exist agree with it',
    )
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus check\n  apbus check trading.toml --json')
    .action(async (config: string | undefined, options: { config?: string; json?: true }) =>
      finish(await check(config ?? options.config, options.json === true, output)),
    );
}

/** `apbus check`. What is wrong with the configuration itself is thrown, all of it in one `ERR_CONFIG`. */
export async function check(
  file: string | undefined,
  json: boolean,
  output: Output,
  machine: MachineFacts = thisMachine,
): Promise<ExitCode> {
  const config = await loadConfig(file);
  const directory = config.directory ?? defaultDirectory();
  const needs = [...config.channels.values()].map(memoryNeed);
  const existing = new Map([...config.channels.keys()].map((name) => [name, machine.channel(directory, name)]));
  const toCome = needs.filter(({ channel }) => existing.get(channel) === undefined);
  const findings: Finding[] = [
    ...existingFindings(config.channels, existing),
    ...memoryFindings(toCome, directory, machine),
    ...journalFindings(needs, machine),
    ...serviceFindings(config),
  ];
  if (json) output.data(formatJson({ config: config.source, directory, channels: needs, findings }));
  else {
    output.data(formatTable([HEADINGS, ...needs.map(row), totals(needs)]));
    output.data(`\n${formatTable(findings.map(({ status, id, found }) => [status, id, found]))}`);
    for (const { id, advice } of findings) if (advice !== undefined) output.message(`apbus: ${id}: ${advice}\n`);
  }
  return findings.some(({ status }) => status === 'fail') ? ExitCode.FAILED : ExitCode.OK;
}

const HEADINGS = ['channel', 'ring', 'claims', 'control', 'total', 'copies', 'huge pages', 'locked', 'node', 'journal'];

function row(need: MemoryNeed): string[] {
  const {
    channel,
    ringBytes,
    claimsBytes,
    controlBytes,
    totalBytes,
    scratchBytes,
    hugePages,
    hugePageBytes,
    isLocked,
  } = need;
  return [
    channel,
    ...[ringBytes, claimsBytes, controlBytes, totalBytes, scratchBytes].map(formatBytes),
    hugePages === 0 ? '-' : `${hugePages} of ${formatBytes(hugePageBytes)}`,
    isLocked ? 'yes' : '-',
    String(need.numaNode ?? '-'),
    need.journalDirectory === undefined ? '-' : `keeps ${kept(need)}`,
  ];
}

function totals(needs: readonly MemoryNeed[]): string[] {
  const sum = (of: (need: MemoryNeed) => number): string => formatBytes(needs.reduce((all, need) => all + of(need), 0));
  return [
    'all',
    sum((need) => need.ringBytes),
    sum((need) => need.claimsBytes),
    sum((need) => need.controlBytes),
    sum((need) => need.totalBytes),
    sum((need) => need.scratchBytes),
  ];
}

/** A service that no channel names may be meant, or misspelt; one without its folder is told of before it is started. */
function serviceFindings({ services, channels }: ResolvedConfig): Finding[] {
  const declared = new Set([...channels.values()].flatMap(({ producers, consumers }) => [...producers, ...consumers]));
  return [...services.values()].flatMap(({ name, workingDirectory }) => {
    if (!existsSync(workingDirectory))
      return [
        warn(`service ${name}`, `its working_directory ${workingDirectory} is not there`, 'it cannot be started'),
      ];
    if (declared.has(name)) return [];
    const guess = nearest(
      name,
      [...declared].filter((other) => !services.has(other)),
    );
    const hint = guess === undefined ? 'if it is to use the bus, name it in a channel' : `did you mean ${guess}?`;
    return [warn(`service ${name}`, 'no channel names it', hint)];
  });
}
