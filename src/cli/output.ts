/** Where a command writes: data for programs and pipes, messages for people. */
export interface Output {
  readonly data: (text: string) => void;
  /** Data that is no text. It keeps them until they are written. */
  readonly bytes: (bytes: Uint8Array) => void;
  readonly message: (text: string) => void;
  /** Whether data may carry terminal colours. */
  readonly color: boolean;
  /** Of a process whose readers may stand still. */
  readonly backlog?: Backlog;
}

export type OutputStream = 'data' | 'message';

/** What was written and nobody has read. */
export interface Backlog {
  /** From now on no write waits for a reader. */
  readonly begin: () => void;
  readonly bytes: (stream: OutputStream) => number;
  /** From now on the process goes on when the reader of a stream has gone, and says so to all that asked. */
  readonly whenGone: (tell: (stream: OutputStream) => void) => void;
  /** Ends the process, with what nobody has read. */
  readonly abandon: (exitCode: number) => void;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes as the configuration writes them, powers of 1024: `16MB`, `1.5GB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))}${UNITS[unit]}`;
}

/** Rows of text in columns as wide as their longest cell. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One JSON document and its newline. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
