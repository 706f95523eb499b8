import { readlinkSync } from 'node:fs';

let own: number | undefined;

/**
 * The namespace in which this process's pid counts: its inode, 32 bits; 0 where /proc does not say. A pid means nothing
 * in another namespace.
 */
export function pidNamespace(): number {
  own ??= read();
  return own;
}

function read(): number {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid'))?.[1] ?? 0) | 0;
  } catch {
    return 0;
  }
}
