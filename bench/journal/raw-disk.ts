import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK = 1024 * 1024;

/** Bytes a second of a plain sequential write to that folder, synced every `syncNs`, and at the end. */
export function rawWriteRate(folder: string, bytes: number, syncNs: number): number {
  const path = join(folder, 'raw');
  const block = Buffer.alloc(BLOCK, 7);
  const fd = openSync(path, 'w');
  const started = process.hrtime.bigint();
  let synced = started;
  for (let at = 0; at < bytes; at += BLOCK) {
    writeSync(fd, block);
    const now = process.hrtime.bigint();
    if (Number(now - synced) < syncNs) continue;
    fdatasyncSync(fd);
    synced = process.hrtime.bigint();
  }
  fdatasyncSync(fd);
  const elapsedNs = Number(process.hrtime.bigint() - started);
  closeSync(fd);
  rmSync(path);
  return (bytes / elapsedNs) * 1e9;
}
