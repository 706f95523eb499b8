import { dirname } from 'node:path';
import { fileBytes, segmentSizes, type ChannelShape } from './geometry.js';
import { hugePool, numaNodes, writableHugeMount } from './huge-mounts.js';
import type { Refusal } from './memory-report.js';

/** Why no segment of that shape can be made in huge pages of hugetlbfs here; undefined: it may be tried. */
export function hugePageRefusal(shape: ChannelShape, pageBytes: number): Refusal | undefined {
  const page = nameOf(pageBytes);
  if (shape.capacity < pageBytes) {
    return {
      reason: `the ring of ${shape.capacity} bytes is smaller than a page of ${page}`,
      mend: `set buffer_size = "${page}" or more`,
    };
  }
  const pool = hugePool(pageBytes);
  if (pool === undefined) {
    return {
      reason: `this machine has no pages of ${page}`,
      mend: 'set huge_page_size to one of /sys/kernel/mm/hugepages',
    };
  }
  if (writableHugeMount(pageBytes) === undefined) {
    const user = process.geteuid?.() ?? 0;
    return {
      reason: `no hugetlbfs with pages of ${page} that this user can write is mounted`,
      mend:
        `mkdir -p /dev/hugepages-${page} && mount -t hugetlbfs -o pagesize=${page.slice(0, -1)},uid=${user},mode=0700 none ` +
        `/dev/hugepages-${page} && ${poolCommand(shape, pageBytes)}`,
    };
  }
  return pool.free * pageBytes < hugeBytes(shape, pageBytes) ? noHugePool(shape, pageBytes) : undefined;
}

/** The pool has too few pages. */
export function noHugePool(shape: ChannelShape, pageBytes: number): Refusal {
  const pool = hugePool(pageBytes);
  const needed = hugeBytes(shape, pageBytes) / pageBytes;
  return {
    reason: `the channel takes ${needed} pages of ${nameOf(pageBytes)}, and of ${pool?.total ?? 0} only ${pool?.free ?? 0} are free`,
    mend: poolCommand(shape, pageBytes),
  };
}

export function noTransparentPages(path: string, { reason, mend }: Refusal): Refusal {
  const folder = dirname(path);
  return {
    reason: `${reason}; and the file system of ${folder} gave no transparent huge pages`,
    mend: `${mend}; or, for transparent ones, mount -o remount,huge=advise the tmpfs of ${folder}`,
  };
}

export function noNode(node: number, errno: string): Refusal {
  const nodes = numaNodes();
  if (!nodes.includes(node)) {
    const found = nodes.length === 0 ? 'none to choose from' : `node ${nodes.join(', ')}`;
    return { reason: `there is no node ${node}; this machine has ${found}`, mend: 'choose one of numactl --hardware' };
  }
  return {
    reason: `the kernel refused to bind to node ${node}: ${errno}`,
    mend: 'allow the system call mbind (Docker: --cap-add SYS_NICE) and the node in the cpuset of this process',
  };
}

export function notPrefaulted(errno: string): Refusal {
  return {
    reason: `the pages could not be made present: ${errno}`,
    mend: 'see that the memory limit (cgroup) holds the ring',
  };
}

export function notLocked(errno: string, bytes: number): Refusal {
  return {
    reason: `the kernel refused to lock ${bytes} bytes: ${errno}`,
    mend: `ulimit -l ${Math.ceil(bytes / 1024)} or more (systemd: LimitMEMLOCK=; Docker: --ulimit memlock=)`,
  };
}

/** Of a channel that runs already: whoever made it did not get that. */
export function notFromCreator(what: string, mend: string): Refusal {
  return { reason: `the process that made the channel did not get ${what}`, mend };
}

/** Bytes that a segment takes in huge pages of that size. */
export function hugeBytes({ type, capacity }: Pick<ChannelShape, 'type' | 'capacity'>, pageBytes: number): number {
  return fileBytes(segmentSizes(type, capacity, pageBytes));
}

/** Makes the pool large enough for this channel too. */
function poolCommand(shape: ChannelShape, pageBytes: number): string {
  const pool = hugePool(pageBytes) ?? { total: 0, free: 0 };
  const pages = pool.total - pool.free + hugeBytes(shape, pageBytes) / pageBytes;
  if (pageBytes === 2 ** 21) return `sysctl vm.nr_hugepages=${pages}`;
  return `echo ${pages} > /sys/kernel/mm/hugepages/hugepages-${pageBytes / 1024}kB/nr_hugepages`;
}

function nameOf(pageBytes: number): string {
  return pageBytes >= 2 ** 30 ? `${pageBytes / 2 ** 30}GB` : `${pageBytes / 2 ** 20}MB`;
}
