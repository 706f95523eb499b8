import type { Fallback } from '../../layout/memory-settings.js';
import { fail, ok, warn, type Finding as FindingOf } from '../doctor/finding.js';
import { checkMemlock } from '../doctor/system-checks.js';
import { formatBytes } from '../output.js';
import type { MachineFacts } from './machine-facts.js';
import type { MemoryNeed } from './memory-need.js';

type Finding = FindingOf<string>;

/** Whether the machine has the memory that channels without a segment will take. */
export function memoryFindings(needs: readonly MemoryNeed[], directory: string, machine: MachineFacts): Finding[] {
  const places = shareOut(needs, directory, machine);
  return [
    spaceFinding(places.ordinary, directory, machine),
    ...hugePageFindings(needs, places, machine),
    ...lockFindings(needs, places, machine),
    ...nodeFindings(needs, machine),
  ];
}

export interface Places {
  readonly huge: ReadonlySet<MemoryNeed>;
  /** Also those that get no huge pages and go on without. */
  readonly ordinary: readonly MemoryNeed[];
  /** Whether those that get no huge pages of hugetlbfs may have transparent ones. */
  readonly transparent: boolean;
}

/** Who gets the huge pages when there are too few is a matter of who comes first; here, the order of the file counts. */
export function shareOut(needs: readonly MemoryNeed[], directory: string, machine: MachineFacts): Places {
  const left = new Map<number, number>();
  const huge = new Set<MemoryNeed>();
  for (const need of needs) {
    if (need.hugePages === 0) continue;
    const free = left.get(need.hugePageBytes) ?? freeHugePages(need.hugePageBytes, machine);
    if (free >= need.hugePages) huge.add(need);
    left.set(need.hugePageBytes, free >= need.hugePages ? free - need.hugePages : free);
  }
  const transparent = machine.givesTransparentPages(directory);
  const isRefused = (need: MemoryNeed): boolean =>
    need.asksHugePages && need.hugePagesFallback === 'fail' && !transparent;
  return { huge, ordinary: needs.filter((need) => !huge.has(need) && !isRefused(need)), transparent };
}

function freeHugePages(pageBytes: number, machine: MachineFacts): number {
  return machine.hasHugeMount(pageBytes) ? (machine.hugePool(pageBytes)?.free ?? 0) : 0;
}

function spaceFinding(needs: readonly MemoryNeed[], directory: string, machine: MachineFacts): Finding {
  const needed = needs.reduce((sum, need) => sum + need.ordinaryBytes, 0);
  const free = machine.freeBytes(directory);
  if (free === undefined) return warn('space', `cannot tell what is free in ${directory}`, 'apbus doctor says more');
  const detail = `${formatBytes(needed)} of ordinary pages needed, ${formatBytes(free)} free in ${directory}`;
  if (needed <= free) return ok('space', detail);
  const fix = 'make rings smaller (bus.buffer_size_max makes all of them so), or the file system larger';
  return fail('space', detail, `${fix}: mount -o remount,size=${Math.ceil(needed / 2 ** 30) + 1}G /dev/shm`);
}

export function hugePageFindings(
  needs: readonly MemoryNeed[],
  { huge, transparent }: Places,
  machine: MachineFacts,
): Finding[] {
  const sizes = [...new Set(needs.filter((need) => need.asksHugePages).map((need) => need.hugePageBytes))];
  return sizes.map((pageBytes) => {
    const own = needs.filter((need) => need.asksHugePages && need.hugePageBytes === pageBytes);
    const needed = own.reduce((sum, need) => sum + need.hugePages, 0);
    const pool = machine.hugePool(pageBytes) ?? { total: 0, free: 0 };
    const found = `${needed} pages of ${formatBytes(pageBytes)} needed, ${pool.free} free`;
    const without = own.filter((need) => !huge.has(need));
    const place = machine.hasHugeMount(pageBytes) ? '' : ', and no hugetlbfs with them that this user can write';
    const advice = [
      ...(place === '' ? [] : [`mount -t hugetlbfs -o pagesize=${pageBytes / 2 ** 20}M none DIRECTORY`]),
      ...(needed <= pool.free ? [] : [poolCommand(pageBytes, pool.total - pool.free + needed)]),
      ...without
        .filter((need) => need.hugePages === 0)
        .map((need) => `the ring of ${need.channel} is less than a page`),
    ].join('; ');
    const instead = without.length > 0 && transparent ? ', transparent ones instead' : '';
    const fallback = (need: MemoryNeed): Fallback => (transparent ? 'warn' : need.hugePagesFallback);
    return judged('huge pages', found + place + instead, without, fallback, 'huge_pages_fallback', advice);
  });
}

function poolCommand(pageBytes: number, pages: number): string {
  return `echo ${pages} > /sys/kernel/mm/hugepages/hugepages-${pageBytes / 1024}kB/nr_hugepages`;
}

/** Pages of hugetlbfs need no lock. */
function lockFindings(needs: readonly MemoryNeed[], { huge }: Places, machine: MachineFacts): Finding[] {
  const locked = needs.filter((need) => need.isLocked && !huge.has(need));
  if (locked.length === 0) return [];
  const bytes = locked.reduce((sum, need) => sum + need.ordinaryBytes, 0);
  const finding = checkMemlock(bytes, machine.memlockBytes());
  if (finding.status === 'ok') return [finding];
  return [
    judged('memlock', finding.found, locked, (need) => need.lockFallback, 'mlock_fallback', finding.advice ?? ''),
  ];
}

export function nodeFindings(needs: readonly MemoryNeed[], machine: MachineFacts): Finding[] {
  const nodes = [...new Set(needs.flatMap(({ numaNode }) => (numaNode === undefined ? [] : [numaNode])))];
  return nodes.map((node) => {
    if (machine.hasNumaNode(node)) return ok('numa', `node ${node} is there`);
    const own = needs.filter((need) => need.numaNode === node);
    const advice = 'lscpu shows the nodes that there are';
    return judged('numa', `there is no node ${node}`, own, (need) => need.numaFallback, 'numa_fallback', advice);
  });
}

/** What some channels do not get: they go on without, or are refused, as each of them says. */
function judged(
  id: string,
  found: string,
  without: readonly MemoryNeed[],
  fallback: (need: MemoryNeed) => Fallback,
  key: string,
  advice: string,
): Finding {
  if (without.length === 0) return ok(id, found);
  const named = (wanted: Fallback): string =>
    without
      .filter((need) => fallback(need) === wanted)
      .map((need) => need.channel)
      .join(', ');
  const [refused, goOn] = [named('fail'), named('warn')];
  const parts = [
    ...(refused === '' ? [] : [`refused, as ${key} says: ${refused}`]),
    ...(goOn === '' ? [] : [`going on without: ${goOn}`]),
  ];
  return (refused === '' ? warn : fail)(id, `${found}; ${parts.join('; ')}`, advice);
}
