import type { TransparentPages } from '../check/mounts.js';
import { formatBytes } from '../output.js';
import { ok, warn, type Finding } from './finding.js';

/** The huge pages of one size that the machine has. */
export interface HugeSize {
  readonly pageBytes: number;
  readonly total: number;
  readonly free: number;
  /** Where a hugetlbfs with them is mounted, and whether this user can have files there. */
  readonly mounts: readonly { readonly path: string; readonly isWritable: boolean }[];
}

/** `wanted`: what a configuration that asks for some finds; none when nothing asks. */
export function checkHugePages(sizes: readonly HugeSize[], wanted: readonly Finding<string>[]): Finding {
  if (wanted.length > 0) return worst('huge-pages', wanted);
  const there = sizes.filter(({ total, mounts }) => total > 0 || mounts.length > 0).map(describeSize);
  if (there.length > 0) return ok('huge-pages', there.join('; '));
  return ok('huge-pages', 'none set up; a channel with huge_pages goes on without, or is refused, as it says');
}

function describeSize({ pageBytes, total, free, mounts }: HugeSize): string {
  const places = mounts.map(({ path, isWritable }) => `${path}${isWritable ? '' : ', which this user cannot write'}`);
  const where = places.length === 0 ? 'and no hugetlbfs with them' : `on ${places.join(', and ')}`;
  return `${free} of ${total} free with ${formatBytes(pageBytes)}, ${where}`;
}

/** `asking`: channels that are to have huge pages, and get none of hugetlbfs. */
export function checkTransparentPages({ given, why, mend }: TransparentPages, asking: readonly string[]): Finding {
  if (given) return ok('transparent', `huge pages are given: ${why}`);
  if (asking.length === 0) return ok('transparent', `no huge pages are given: ${why}; nothing needs them`);
  return warn('transparent', `no huge pages are given: ${why}; ${asking.join(', ')} could use them`, mend);
}

export interface NumaFacts {
  /** Empty: not known. */
  readonly nodes: readonly number[];
  /** Whether the kernel moves pages between nodes by itself. */
  readonly isBalancing: boolean;
  /** Whether a filter of system calls may refuse to bind memory to a node. */
  readonly isFiltered: boolean;
}

/** `wanted`: what a configuration that names nodes finds. */
export function checkNuma({ nodes, isBalancing, isFiltered }: NumaFacts, wanted: readonly Finding<string>[]): Finding {
  if (wanted.some(({ status }) => status !== 'ok')) return worst('numa', wanted);
  const found = nodes.length === 0 ? 'not known: /sys does not say' : `nodes: ${nodes.join(', ')}`;
  if (wanted.length > 0 && isFiltered) {
    const what = `${found}; system calls are filtered, and binding memory to a node may be refused`;
    return warn('numa', what, 'Docker: --cap-add SYS_NICE; Kubernetes: capabilities.add: [SYS_NICE]');
  }
  if (nodes.length > 1 && isBalancing) {
    const what = `${found}; the kernel moves pages between them, and stops who touches them meanwhile`;
    return warn(
      'numa',
      what,
      'sysctl -w kernel.numa_balancing=0, and numa_node for channels that are to stay on a node',
    );
  }
  return ok('numa', found);
}

const ORDER = ['fail', 'warn', 'ok'] as const;

/** Several findings as one, as bad as the worst. */
function worst(id: Finding['id'], findings: readonly Finding<string>[]): Finding {
  const status = ORDER.find((candidate) => findings.some((finding) => finding.status === candidate)) ?? 'ok';
  const advice = findings.flatMap((finding) => finding.advice ?? []).join('; ');
  return { id, status, found: findings.map(({ found }) => found).join('; '), ...(advice !== '' && { advice }) };
}
