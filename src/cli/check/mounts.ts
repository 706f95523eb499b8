import { unescapedPath } from '../../layout/huge-mounts.js';

/** The mount on which a path stands, by what `/proc/self/mountinfo` tells. */
export interface Mount {
  readonly point: string;
  /** Of the mount and of its file system, together. */
  readonly options: readonly string[];
}

/** Of a path that is there; undefined where nothing is told. */
export function mountOf(path: string, mountinfo: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mountinfo.split('\n')) {
    // <id> <parent> <device> <root> <mount point> <options> <optional fields> - <type> <source> <options of the file system>
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , escaped, options = ''] = before.split(' ');
    if (escaped === undefined) continue;
    const point = unescapedPath(escaped);
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`);
    // of two mounts on one point the later one is seen
    if (isAbove && point.length >= (best?.point.length ?? 0))
      best = { point, options: [...options.split(','), ...(after.split(' ')[2] ?? '').split(',')] };
  }
  return best;
}

/** Whether, and why, a file system gives transparent huge pages to those who ask. */
export interface TransparentPages {
  readonly given: boolean;
  readonly why: string;
  /** What would change it. */
  readonly mend: string;
}

const SHMEM = '/sys/kernel/mm/transparent_hugepage/shmem_enabled';

/** `shmemEnabled`: what the kernel says there, its choice in brackets; undefined: it has no transparent huge pages. */
export function transparentPages(path: string, mountinfo: string, shmemEnabled: string | undefined): TransparentPages {
  const { point = path, options = [] } = mountOf(path, mountinfo) ?? {};
  const huge = options.find((option) => option.startsWith('huge='));
  const mount = `mount -o remount,huge=advise ${point}`;
  const forAll = /\[(deny|force)\]/.exec(shmemEnabled ?? '')?.[1];
  if (shmemEnabled === undefined)
    return { given: false, why: 'this kernel has none for shared memory', mend: 'use hugetlbfs' };
  // the other values are for memory that is on no mount
  if (forAll === 'force') return { given: true, why: `${SHMEM} is force`, mend: '' };
  if (forAll === 'deny') return { given: false, why: `${SHMEM} is deny`, mend: `echo never > ${SHMEM}, and ${mount}` };
  const why = `${point} is mounted ${huge === undefined ? 'without huge=' : `with ${huge}`}`;
  return { given: huge !== undefined && huge !== 'huge=never', why, mend: mount };
}
