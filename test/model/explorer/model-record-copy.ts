import { RECORD } from '#src/layout/schema.js';
import type { RecordCopy } from '#src/memory/record-copy.js';
import type { ModelBuffer } from './model-buffer.js';

const { length: LENGTH, sequence: SEQUENCE, kind: KIND } = RECORD.at;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** A copy of a record: of its words those that tell records apart, each read in an access of its own. */
export class ModelRecordCopy implements RecordCopy {
  readonly bytes = NO_BYTES;
  readonly view = NO_VIEW;
  readonly offset = 0;
  private length = 0;
  private sequence = 0;
  private kind = 0;
  private first = 0;
  private last = 0;

  take(window: ModelBuffer, from: number): void {
    this.length = window.getInt32(from + LENGTH);
    this.sequence = window.getFloat64(from + SEQUENCE);
    this.kind = window.getInt32(from + KIND);
    this.first = window.getInt32(from + RECORD.bytes);
    // where the payload ends is what the copy says, as it is for the handler
    const end = this.length > 0 && this.length <= window.byteLength - RECORD.bytes ? this.length : 8;
    this.last = window.getInt32(from + RECORD.bytes + end - 4);
  }

  getInt32(at: number): number {
    if (at === KIND) return this.kind;
    if (at === RECORD.bytes) return this.first;
    if (at === RECORD.bytes + this.length - 4) return this.last;
    throw new RangeError(`the model copies no word at ${at} of a record`);
  }

  getFloat64(at: number): number {
    if (at === SEQUENCE) return this.sequence;
    throw new RangeError(`the model copies no double at ${at} of a record`);
  }
}
