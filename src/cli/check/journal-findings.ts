import { formatSpan } from '../../bus/config/spans.js';
import { fail, ok, warn, type Finding as FindingOf } from '../doctor/finding.js';
import { formatBytes } from '../output.js';
import type { MachineFacts } from './machine-facts.js';
import type { MemoryNeed } from './memory-need.js';

type Finding = FindingOf<string>;

interface Recorded {
  readonly need: MemoryNeed;
  readonly directory: string;
  readonly growth: number;
}

/** What a journal keeps at most: bytes, or, of those that are limited by age alone, a time. */
export function kept({ journalBytes, journalAgeMs }: MemoryNeed): string {
  if (journalBytes !== Infinity) return formatBytes(journalBytes);
  return journalAgeMs === Infinity ? 'everything' : formatSpan(journalAgeMs);
}

/** Whether the journals can be written, and there is room for what they may grow to; those on one file system share what is free. */
export function journalFindings(needs: readonly MemoryNeed[], machine: MachineFacts): Finding[] {
  const recorded = needs.flatMap((need) => {
    const { journalDirectory: directory, journalBytes } = need;
    if (directory === undefined) return [];
    const growth = journalBytes === Infinity ? 0 : Math.max(0, journalBytes - machine.folderBytes(directory));
    return [{ need, directory, growth }];
  });
  return recorded.map((own) => finding(own, recorded, machine));
}

function finding({ need, directory }: Recorded, all: readonly Recorded[], machine: MachineFacts): Finding {
  const name = `journal of ${need.channel}`;
  const fault = machine.journalFault(directory, need.channel);
  if (fault !== undefined)
    return fail(name, fault, 'give it a persistence_path of its own, in which this user may write');
  const free = machine.freeBytes(directory);
  const found = `it keeps ${kept(need)}; ${free === undefined ? 'an unknown amount' : formatBytes(free)} free in ${directory}`;
  if (need.journalBytes === Infinity && need.journalAgeMs === Infinity)
    return warn(name, found, 'set retention or retention_age');
  const place = machine.fileSystem(directory);
  const beside = all.filter((other) => place !== undefined && machine.fileSystem(other.directory) === place);
  const growth = beside.reduce((sum, other) => sum + other.growth, 0);
  if (free === undefined || free >= growth) return ok(name, found);
  const more = `${formatBytes(growth)} more to come of the ${beside.length} journals of that file system`;
  return warn(name, `${found}, ${more}`, 'lower retention, or free space there');
}
