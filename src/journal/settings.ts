/** When what was appended is forced to the disk: after each batch, every so often, or when the kernel likes. */
export type FsyncPolicy = 'always' | 'interval' | 'never';

/** What a recorder does that cannot write: let producers come to a stop behind it, or go on and leave a gap. */
export type JournalFailurePolicy = 'stop' | 'continue';

/** How a channel is recorded. */
export interface JournalSettings {
  /** Folder of this channel's journal files; absolute. */
  readonly directory: string;
  /** Whether consumers may begin before the ring, in the journal. */
  readonly replay: boolean;
  /** How far back they may begin, in ms; Infinity: as far as there is a journal. */
  readonly replayWindowMs: number;
  readonly fsync: FsyncPolicy;
  readonly fsyncIntervalMs: number;
  /** A file is ended, and the next begun, when it has so many bytes or so many ms. */
  readonly rollBytes: number;
  readonly rollMs: number;
  /** Whole files are removed, the oldest first, when there is more than so much, or when they are so old; Infinity: never. */
  readonly retentionBytes: number;
  readonly retentionMs: number;
  /** Whether retention removes also what the saved cursor of a consumer still needs. */
  readonly retentionForce: boolean;
  readonly onFailure: JournalFailurePolicy;
}
