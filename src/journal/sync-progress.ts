import type { Place } from '../ring/record-consumer.js';
import type { ActiveFile } from './active-file.js';
import { LostRecords } from './journal-error.js';

interface Finished {
  readonly file: ActiveFile;
  /** Behind its last record. */
  next: Place;
}

/**
 * How far a journal is on the disk. Files are synced beside what is appended, also those that are finished; a place is
 * durable when all files before it are.
 */
export class SyncProgress {
  /** Behind the last record that is on the disk with all before it. */
  durable: Place | undefined;
  /** Finished files whose last sync is under way, or has failed. */
  private readonly finished = new Set<Finished>();
  /** How far the file that is being written is synced. */
  private synced: Place | undefined;
  private hasFailed = false;

  /** Has a file on the disk up to a place, beside what is appended to it. */
  begin(file: ActiveFile, next: Place): void {
    file.syncLater(next, (error) => {
      if (error !== null) this.hasFailed = true;
      else this.reach(next);
    });
  }

  /** Takes over a file to which nothing is appended any more, and closes it when it is on the disk. */
  finish(file: ActiveFile, next: Place): void {
    const one = { file, next };
    this.finished.add(one);
    file.afterSync(() =>
      file.syncLater(next, (error) => {
        if (error !== null) this.hasFailed = true;
        else this.end(one);
      }),
    );
  }

  /** Whether something was not written back, so that the next sync must be {@link now}. */
  get isSuspect(): boolean {
    return this.hasFailed;
  }

  /** Returns when all is on the disk. Throws what the file system says. */
  now(active: ActiveFile | undefined, next: Place | undefined): void {
    this.hasFailed = true;
    for (const one of this.finished) {
      this.syncFinished(one);
      this.end(one);
    }
    if (active !== undefined && next !== undefined && !active.isSynced) active.sync(next);
    this.hasFailed = false;
    if (next !== undefined) this.reach(next);
  }

  private syncFinished(one: Finished): void {
    try {
      one.file.sync(one.next);
    } catch (error) {
      if (!(error instanceof LostRecords)) throw error;
      // what follows stands in later files
      const upTo = one.next.sequence;
      one.next = error.from;
      throw new LostRecords(error.from, upTo);
    }
  }

  private end(one: Finished): void {
    // a sync of its own may end after one that was waited for
    if (!this.finished.delete(one)) return;
    one.file.close();
    this.reach(one.next);
  }

  private reach(next: Place): void {
    if (next.sequence > (this.synced?.sequence ?? -1)) this.synced = next;
    if (this.finished.size === 0 && this.synced !== undefined) this.durable = this.synced;
  }
}
