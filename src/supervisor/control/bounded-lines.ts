const LINE_FEED = 0x0a;

/** Makes lines of what comes over a socket, none longer than `bytesMax` with its line feed. */
export class BoundedLines {
  private readonly bytesMax: number;
  private readonly pieces: Buffer[] = [];
  private bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** The lines that are complete now; undefined: there is one that is too long. */
  add(piece: Buffer): string[] | undefined {
    const lines: string[] = [];
    let rest = piece;
    for (let at = rest.indexOf(LINE_FEED); at >= 0; at = rest.indexOf(LINE_FEED)) {
      if (this.bytes + at + 1 > this.bytesMax) return undefined;
      this.pieces.push(rest.subarray(0, at));
      lines.push(this.take());
      rest = rest.subarray(at + 1);
    }
    this.pieces.push(rest);
    this.bytes += rest.length;
    return this.bytes >= this.bytesMax ? undefined : lines;
  }

  /** What stands after the last line feed. */
  take(): string {
    this.bytes = 0;
    return Buffer.concat(this.pieces.splice(0)).toString('utf8');
  }
}
