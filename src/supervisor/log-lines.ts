import { StringDecoder } from 'node:string_decoder';

/** A line that is longer is handed on in pieces. */
export const LINE_MAX = 16_384;

/** Makes lines of what a process says, piece by piece. */
export class LogLines {
  private readonly decoder = new StringDecoder('utf8');
  private readonly onLine: (line: string) => void;
  private rest = '';

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  add(bytes: Buffer): void {
    const text = this.rest + this.decoder.write(bytes);
    const lines = text.split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.tell(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (this.rest.length > LINE_MAX) {
      this.onLine(this.rest.slice(0, LINE_MAX));
      this.rest = this.rest.slice(LINE_MAX);
    }
  }

  /** What stands after the last line feed is a line too, when nothing follows. */
  end(): void {
    this.rest += this.decoder.end();
    if (this.rest !== '') this.tell(this.rest);
    this.rest = '';
  }

  private tell(line: string): void {
    for (let at = 0; at < Math.max(1, line.length); at += LINE_MAX) this.onLine(line.slice(at, at + LINE_MAX));
  }
}
