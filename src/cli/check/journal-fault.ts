import { statSync } from 'node:fs';
import { JournalCatalog } from '../../journal/journal-catalog.js';
import { systemFiles } from '../../journal/journal-files.js';
import { isWritableFolder } from '../../platform/writable-folder.js';

/** Why a channel cannot be recorded in a folder, of which `nearest` is there; undefined: nothing is known to be against it. */
export function journalFault(folder: string, nearest: string, channel: string): string | undefined {
  if (statSync(nearest, { throwIfNoEntry: false })?.isDirectory() !== true) return `${nearest} is no folder`;
  if (!isWritableFolder(nearest)) return `this user may not write in ${nearest}`;
  const owner = ownerOf(folder);
  if (owner === undefined || owner === channel) return undefined;
  return `the journal in ${folder} is of channel ${owner}, not of ${channel}`;
}

/** Whose journal is in a folder, as far as it says so. */
function ownerOf(folder: string): string | undefined {
  try {
    const catalog = new JournalCatalog(systemFiles, folder);
    const life = catalog.lives().at(-1);
    return life && catalog.headerOf(life.lifeNs)?.channel;
  } catch {
    // damaged: what its recorder makes of it, apbus verify says
    return undefined;
  }
}
