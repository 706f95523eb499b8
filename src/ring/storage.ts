import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import type { RecordCopy } from '../memory/record-copy.js';
import { BusError } from '../platform/bus-error.js';

/** The memory of one attached channel, as ring code sees it. */
export interface RingStorage {
  /** For error messages. */
  readonly channel: string;
  /** Bytes of the ring: a power of two. */
  readonly capacity: number;
  /** Longest payload in bytes. */
  readonly messageSizeMax: number;
  /** The control region: control block and slots. */
  readonly control: AtomicBuffer;
  /** One 64-bit claim word per cell; empty for single-producer rings. */
  readonly claims: AtomicBuffer;
  /**
   * The ring, in windows of `windowBytes`; each goes on past its end far enough for the longest record and the header
   * word after it, so that whatever starts inside a window can be read through it.
   */
  readonly windows: readonly AtomicBuffer[];
  readonly windowBytes: number;
  /** Memory of this endpoint alone, for clock readings. */
  readonly scratch: AtomicBuffer;
  /** Memory of one endpoint alone for a record, of a consumer that can be overtaken. */
  recordCopy(): RecordCopy;
}

/**
 * How far `oldest` moves at a time: history is given up in steps of a sixteenth of the ring, so that the fence and the
 * scan of the consumers' cursors that go with it cost next to nothing per message.
 */
export function strideOf(capacity: number): number {
  return capacity / 16;
}

/** The error for shared memory that breaks the protocol: a broken or hostile peer, or a file from elsewhere. */
export function corrupt(channel: string, found: string): BusError {
  return new BusError(
    'ERR_CORRUPT',
    `channel ${channel}: ${found}. A process has written outside the protocol, or the file is damaged; ` +
      'stop the processes of this channel, remove its segment and start them again',
    { channel },
  );
}
