/** How a stream is written to: colours only on a terminal, and not where NO_COLOR asks for none. */
export interface Paint {
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

interface Terminal {
  readonly isTTY?: boolean;
}

/** Whether the screen can be redrawn. */
export function isLiveTerminal(stream: Terminal, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** See https://no-color.org: any value but the empty one means no colours. */
export function paintFor(stream: Terminal, env: NodeJS.ProcessEnv = process.env): Paint {
  const coloured = isLiveTerminal(stream, env) && (env['NO_COLOR'] ?? '') === '';
  const style = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: style(1), good: style(32), bad: style(31) };
}
