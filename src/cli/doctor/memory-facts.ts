import { readdirSync } from 'node:fs';
import { hugeMounts, hugePool, numaNodes } from '../../layout/huge-mounts.js';
import { isWritableFolder } from '../../platform/writable-folder.js';
import { transparentPages, type TransparentPages } from '../check/mounts.js';
import type { HugeSize, NumaFacts } from './memory-checks.js';
import { textOf } from './system-facts.js';

/** All sizes of huge pages that the kernel has, or that are mounted. */
export function hugeSizes(): HugeSize[] {
  const mounts = hugeMounts();
  const sizes = new Set([...kernelSizes(), ...mounts.map(({ pageBytes }) => pageBytes)]);
  return [...sizes]
    .sort((a, b) => a - b)
    .map((pageBytes) => ({
      pageBytes,
      ...(hugePool(pageBytes) ?? { total: 0, free: 0 }),
      mounts: mounts
        .filter((mount) => mount.pageBytes === pageBytes)
        .map(({ path }) => ({ path, isWritable: isWritableFolder(path) })),
    }));
}

function kernelSizes(): number[] {
  try {
    return readdirSync('/sys/kernel/mm/hugepages').flatMap((name) => {
      const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1];
      return kilobytes === undefined ? [] : [Number(kilobytes) * 1024];
    });
  } catch {
    return [];
  }
}

/** Whether the file system of a path that is there gives transparent huge pages. */
export function transparentFacts(path: string): TransparentPages {
  const shmemEnabled = textOf('/sys/kernel/mm/transparent_hugepage/shmem_enabled');
  return transparentPages(path, textOf('/proc/self/mountinfo') ?? '', shmemEnabled);
}

const CAP_SYS_NICE = 1n << 23n;

export function numaFacts(): NumaFacts {
  const status = textOf('/proc/self/status') ?? '';
  const capabilities = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const isFiltered = /^Seccomp:\s+2$/m.test(status) && (capabilities & CAP_SYS_NICE) === 0n;
  const isBalancing = (textOf('/proc/sys/kernel/numa_balancing') ?? '0').trim() !== '0';
  return { nodes: numaNodes(), isBalancing, isFiltered };
}
