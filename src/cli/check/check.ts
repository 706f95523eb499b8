import type { Command } from 'commander';
import { loadConfig, type ResolvedConfig } from '../../bus/config/index.js';
import { nearest } from '../../bus/config/suggest.js';
import { defaultDirectory } from '../../layout/directory.js';
import { fail, ok, warn, type Finding as FindingOf } from '../doctor/finding.js';
import { checkMemlock } from '../doctor/system-checks.js';
import { ExitCode } from '../exit-code.js';
import { formatBytes, formatJson, formatTable, type Output } from '../output.js';
import { thisMachine, type MachineFacts } from './machine-facts.js';
import { memoryNeed, type MemoryNeed } from './memory-need.js';

type Finding = FindingOf<string>;

export function addCheck(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('check [config]')
    .description('checks a configuration, and whether this machine has the memory that it takes')
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
  const findings: Finding[] = [
    spaceFinding(needs, directory, machine),
    ...hugePageFindings(needs, machine),
    ...lockFindings(needs, machine),
    ...nodeFindings(needs, machine),
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

const HEADINGS = ['channel', 'ring', 'claims', 'control', 'total', 'huge pages', 'locked', 'node', 'journal'];

function row(need: MemoryNeed): string[] {
  const { channel, ringBytes, claimsBytes, controlBytes, totalBytes, hugePages, hugePageBytes, isLocked } = need;
  return [
    channel,
    ...[ringBytes, claimsBytes, controlBytes, totalBytes].map(formatBytes),
    hugePages === 0 ? '-' : `${hugePages} of ${formatBytes(hugePageBytes)}`,
    isLocked ? 'yes' : '-',
    String(need.numaNode ?? '-'),
    need.journalDirectory === undefined ? '-' : keeps(need.journalBytes),
  ];
}

function keeps(bytes: number): string {
  return bytes === Infinity ? 'keeps all' : formatBytes(bytes);
}

function totals(needs: readonly MemoryNeed[]): string[] {
  const sum = (of: (need: MemoryNeed) => number): string => formatBytes(needs.reduce((all, need) => all + of(need), 0));
  return [
    'all',
    sum((need) => need.ringBytes),
    sum((need) => need.claimsBytes),
    sum((need) => need.controlBytes),
    sum((need) => need.totalBytes),
  ];
}

function spaceFinding(needs: readonly MemoryNeed[], directory: string, machine: MachineFacts): Finding {
  const needed = needs.filter(({ hugePages }) => hugePages === 0).reduce((sum, need) => sum + need.totalBytes, 0);
  const free = machine.freeBytes(directory);
  if (free === undefined) return warn('space', `cannot tell what is free in ${directory}`, 'apbus doctor says more');
  const detail = `${formatBytes(needed)} of ordinary pages needed, ${formatBytes(free)} free in ${directory}`;
  if (needed <= free) return ok('space', detail);
  const fix = 'make rings smaller (bus.buffer_size_max makes all of them so), or the file system larger';
  return fail('space', detail, `${fix}: mount -o remount,size=${Math.ceil(needed / 2 ** 30) + 1}G /dev/shm`);
}

function hugePageFindings(needs: readonly MemoryNeed[], machine: MachineFacts): Finding[] {
  const sizes = [...new Set(needs.filter(({ hugePages }) => hugePages > 0).map((need) => need.hugePageBytes))];
  return sizes.map((pageBytes) => {
    const own = needs.filter((need) => need.hugePages > 0 && need.hugePageBytes === pageBytes);
    const needed = own.reduce((sum, need) => sum + need.hugePages, 0);
    const free = machine.freeHugePages(pageBytes) ?? 0;
    const detail = `${needed} pages of ${formatBytes(pageBytes)} needed, ${free} free`;
    const path = `/sys/kernel/mm/hugepages/hugepages-${pageBytes / 1024}kB/nr_hugepages`;
    if (free >= needed) return ok('huge pages', detail);
    return warn(
      'huge pages',
      `${detail}: those channels get other pages, or are refused, as huge_pages_fallback says`,
      `echo ${needed} > ${path}`,
    );
  });
}

function lockFindings(needs: readonly MemoryNeed[], machine: MachineFacts): Finding[] {
  const locked = needs.filter(({ isLocked }) => isLocked).reduce((sum, need) => sum + need.totalBytes, 0);
  return locked === 0 ? [] : [checkMemlock(locked, machine.memlockBytes())];
}

function nodeFindings(needs: readonly MemoryNeed[], machine: MachineFacts): Finding[] {
  const nodes = [...new Set(needs.flatMap(({ numaNode }) => (numaNode === undefined ? [] : [numaNode])))];
  return nodes.map((node) =>
    machine.hasNumaNode(node) === false
      ? warn(
          'numa',
          `there is no node ${node}: those channels go on without, or are refused, as numa_fallback says`,
          'lscpu shows the nodes that there are',
        )
      : ok('numa', `node ${node} is there`),
  );
}

function journalFindings(needs: readonly MemoryNeed[], machine: MachineFacts): Finding[] {
  return needs.flatMap(({ channel, journalDirectory, journalBytes }) => {
    if (journalDirectory === undefined) return [];
    const free = machine.freeBytes(journalDirectory);
    const has = `${free === undefined ? 'an unknown amount' : formatBytes(free)} free in ${journalDirectory}`;
    const name = `journal of ${channel}`;
    if (journalBytes === Infinity) return [warn(name, `it keeps everything; ${has}`, 'set retention or retention_age')];
    if (free === undefined || free >= journalBytes) return [ok(name, `it keeps ${formatBytes(journalBytes)}; ${has}`)];
    return [warn(name, `it keeps ${formatBytes(journalBytes)}; ${has}`, 'lower retention, or free space there')];
  });
}

/** A service that no channel names may be meant, or misspelt. */
function serviceFindings({ services, channels }: ResolvedConfig): Finding[] {
  const declared = new Set([...channels.values()].flatMap(({ producers, consumers }) => [...producers, ...consumers]));
  return [...services.keys()].flatMap((name) => {
    if (declared.has(name)) return [];
    const guess = nearest(
      name,
      [...declared].filter((other) => !services.has(other)),
    );
    const hint = guess === undefined ? 'if it is to use the bus, name it in a channel' : `did you mean ${guess}?`;
    return [warn(`service ${name}`, 'no channel names it', hint)];
  });
}
