import { join } from 'node:path';
import type { Place } from '../ring/record-consumer.js';
import { ActiveFile } from './active-file.js';
import type { JournalIdentity } from './file-header.js';
import { findFileEnd, isHeadless, isUnfinished, readFileHeader, scanHeadless } from './file-recovery.js';
import { FILE_HEADER, journalFilesIn, type JournalFileName } from './format.js';
import { JournalCatalog } from './journal-catalog.js';
import type { JournalErrors } from './journal-error.js';
import { withFile, type JournalFiles } from './journal-files.js';
import type { JournalRecovery } from './journal-recovery.js';
import { removeFiles } from './retention.js';

/** Where a journal ends, and what to go on in; all of it is on the disk. */
export interface JournalEnd {
  /** Undefined: a new file is to be begun. */
  readonly active?: ActiveFile;
  /** Undefined when this life of the channel is not in the journal yet. */
  readonly next?: Place;
  readonly recovery?: JournalRecovery | undefined;
}

/** Finds the end of a journal for its writer, and mends what a death, or the disk, has left there. */
export class JournalOpening {
  /** Of the life that goes on, or begins. */
  lifeNumber = 1;
  private readonly files: JournalFiles;
  private readonly folder: string;
  private readonly identity: JournalIdentity;
  private readonly errors: JournalErrors;

  constructor(files: JournalFiles, folder: string, identity: JournalIdentity, errors: JournalErrors) {
    this.files = files;
    this.folder = folder;
    this.identity = identity;
    this.errors = errors;
  }

  /** @throws BusError `ERR_JOURNAL` when it is of another channel or version, or cannot be read, or not be mended */
  open(): JournalEnd {
    const { files, folder, identity, errors } = this;
    const last = this.lastFile();
    if (last === undefined) return {};
    const path = join(folder, last.name);
    const fd = errors.attempt('open', () => files.open(path, 'write'));
    let isKept = false;
    try {
      if (isUnfinished(files, fd)) {
        const truncatedBytes = files.size(fd);
        removeFiles(files, folder, [last]);
        const before = this.open();
        return { ...before, recovery: before.recovery ?? { file: path, truncatedBytes, damages: [] } };
      }
      if (isHeadless(files, fd)) return this.goOnBehind(last, fd);
      const { channel, lifeNs } = readFileHeader(files, fd, path);
      if (channel !== identity.channel) {
        throw errors.failure(
          `the journal in ${folder} is of channel ${channel}, not of ${identity.channel}. Give each channel its own folder`,
        );
      }
      if (lifeNs !== identity.lifeNs) return {};
      const end = errors.attempt('read', () => findFileEnd(files, folder, last.name, fd));
      this.syncAllBut(last.name);
      const active = errors.attempt('go on with', () => ActiveFile.goOn(files, folder, last.name, fd, end));
      isKept = true;
      const { position, sequence, tornBytes, damages } = end;
      const isMended = tornBytes > 0 || damages.length > 0;
      const recovery = isMended ? { file: path, truncatedBytes: tornBytes, damages } : undefined;
      return { active, next: { position, sequence }, recovery };
    } finally {
      if (!isKept) files.close(fd);
    }
  }

  /** The last file of this life of the channel; else that of the life before, as far as files say what they are. */
  private lastFile(): JournalFileName | undefined {
    const { files, identity, folder } = this;
    const catalog = new JournalCatalog(files, folder);
    return this.errors.attempt('list', () => {
      const lives = catalog.lives();
      const mine = lives.find(({ lifeNs }) => lifeNs === identity.lifeNs);
      this.lifeNumber = mine?.number || 1 + Math.max(0, ...lives.map(({ number }) => number));
      if (mine !== undefined) return catalog.filesOf(identity.lifeNs).at(-1);
      const isWithoutHeader = ({ name }: JournalFileName): boolean =>
        withFile(files, join(folder, name), (fd) => isHeadless(files, fd));
      return catalog.all().findLast((file) => !isWithoutHeader(file));
    });
  }

  /**
   * Goes on after a file with a damaged header. It stays where it is, so that its batches can be read, and the next file is
   * begun behind it; one of which no batch is whole is renamed. Nothing is removed.
   */
  private goOnBehind({ name }: JournalFileName, fd: number): JournalEnd {
    const { files, folder, errors } = this;
    const file = join(folder, name);
    const found = errors.attempt('read', () => scanHeadless(files, fd));
    if (found !== undefined) {
      const { position, sequence, damages } = found;
      this.syncAllBut(undefined);
      return { next: { position, sequence }, recovery: { file, truncatedBytes: 0, damages } };
    }
    const setAside = join(folder, nameAside(files.list(folder), name));
    errors.attempt('set aside a file of', () => files.rename(file, setAside));
    const damages = [{ offset: 0, bytes: FILE_HEADER.bytes, what: 'header' }] as const;
    return { ...this.open(), recovery: { file, truncatedBytes: 0, damages, setAside } };
  }

  /** Who wrote them may have died while their last sync was under way: only a sync of its own says that they are there. */
  private syncAllBut(active: string | undefined): void {
    const { files, folder, identity } = this;
    this.errors.attempt('have on the disk', () => {
      for (const { lifeNs, name } of journalFilesIn(files.list(folder))) {
        if (lifeNs !== identity.lifeNs || name === active) continue;
        try {
          withFile(files, join(folder, name), (fd) => files.sync(fd));
        } catch (error) {
          // A link in the place of a file holds nothing that was recorded, and must not keep a channel from being recorded.
          if ((error as { code?: unknown }).code !== 'ELOOP') throw error;
        }
      }
    });
  }
}

/** A name under which nothing is read any more, and nothing is there yet. */
function nameAside(names: readonly string[], name: string): string {
  for (let count = 1; ; count++) {
    const aside = `${name}.damaged${count === 1 ? '' : `-${count}`}`;
    if (!names.includes(aside)) return aside;
  }
}
