import { readFileSync } from 'node:fs';
import { pidNamespace } from '../platform/pid-namespace.js';

/**
 * Whether a process is stopped (SIGSTOP, a debugger), as far as /proc shows it: false also when it cannot be told. The pid
 * must be one that lives, as the holder of a token does, and of this process's namespace: elsewhere it is a number.
 */
export function isStopped(pid: number, namespace: number): boolean {
  if (namespace === 0 || namespace !== pidNamespace()) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may contain anything, also what is no UTF-8.
    return /^[tT]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
