import { mkdtempSync, rmSync } from 'node:fs';

/** Gives `work` a directory in shared memory of its own, and removes it afterwards. */
export async function withDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync('/dev/shm/apbus-bench-');
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
