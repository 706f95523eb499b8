/** Before the line, not behind it: there it would take the last column of a line as wide as the terminal. */
const TO_LINE_END = '\u001b[K';
const CLEAR = '\u001b[2J';

/** What stands on the screen, line by line, so that only what changes is sent. */
export class Frame {
  private shown: readonly string[] = [];
  private isStale = true;

  /** What is on the screen is not known any more: the next update sends all. */
  forget(): void {
    this.isStale = true;
  }

  /** The one piece of text that makes the screen show these lines; empty when it does. */
  update(lines: readonly string[]): string {
    const before = this.isStale ? [] : this.shown;
    let text = this.isStale ? CLEAR : '';
    for (let row = 0; row < Math.max(lines.length, before.length); row++) {
      const line = lines[row] ?? '';
      if (line !== (before[row] ?? '')) text += `\u001b[${row + 1};1H${TO_LINE_END}${line}`;
    }
    this.shown = lines;
    this.isStale = false;
    return text;
  }
}
