/** A DataView of the same memory as a byte array, kept from one use to the next: making one is garbage. */
export class BufferView {
  private buffer: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(this.buffer.buffer);
  /** Not `view.byteLength`: that throws once a resizable buffer has shrunk below the view. */
  private length = 0;

  /** The view of a buffer: the one at hand when it is the same object with the same length, else a new one. */
  of(buffer: Uint8Array): DataView {
    if (buffer !== this.buffer || buffer.length !== this.length) {
      this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
      this.buffer = buffer;
      this.length = buffer.length;
    }
    return this.view;
  }
}
