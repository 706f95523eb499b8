import type { Damage } from './batch-scanner.js';

/** What was found when a journal was opened, and mended. */
export interface JournalRecovery {
  readonly file: string;
  /** Bytes of a batch that was never finished, which were cut off. */
  readonly truncatedBytes: number;
  /** Places inside that are not what was written; they are left as they are. */
  readonly damages: readonly Damage[];
  /** Where the file is now, of which nothing is whole. */
  readonly setAside?: string;
}

/** The same in words, for people. */
export function describeRecovery({ file, truncatedBytes, damages, setAside }: JournalRecovery): string {
  if (setAside !== undefined)
    return `${file} is no journal file any more, and nothing in it is whole: it is ${setAside} now; recording goes on without it`;
  if (truncatedBytes === 0 && damages.length === 0)
    return `${file} was empty, and is removed: its writer, or the machine, ended when it was just begun; recording goes on without it`;
  const cut = truncatedBytes > 0 ? [`${truncatedBytes} bytes of a batch that was never finished were cut off`] : [];
  const left = damages.map(({ offset, bytes, what }) => `${bytes} bytes at ${offset} are damaged (${what}), and left`);
  return `${file}: ${[...cut, ...left].join('; ')}; recording goes on behind what is whole`;
}
