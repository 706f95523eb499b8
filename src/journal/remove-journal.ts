import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const OWN = /^\d{20}-\d{20}\.(?:journal|index)(?:\.damaged(?:-\d+)?)?$|^\.lock$/;

/**
 * Removes the files of a journal, and its folder with them. Where others stand in it, which are no journal's, they and the
 * folder stay: a `persistence_path` may lead anywhere. Answers what was removed.
 */
export function removeJournal(folder: string): string[] {
  const names = readdirSync(folder);
  // the lock is held meanwhile: it goes last
  const own = names.filter((name) => OWN.test(name)).sort((a, b) => Number(a === '.lock') - Number(b === '.lock'));
  const removed = own.map((name) => join(folder, name));
  for (const path of removed) rmSync(path, { force: true });
  if (own.length < names.length) return removed;
  rmdirSync(folder);
  return [folder];
}
