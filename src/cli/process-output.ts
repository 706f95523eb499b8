import type { Output } from './output.js';

/** Standard output and standard error of this process. */
export function processOutput(): Output {
  const { stdout, stderr } = process;
  return {
    data: (text) => stdout.write(text),
    bytes: (bytes) => stdout.write(bytes),
    message: (text) => stderr.write(text),
    color: stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    backlog: {
      begin: () => {
        for (const stream of [stdout, stderr]) stopWaiting(stream);
      },
      bytes: (stream) => (stream === 'data' ? stdout : stderr).writableLength,
      abandon: (exitCode) => process.exit(exitCode),
    },
  };
}

interface HandleOfStream {
  readonly _handle?: { readonly setBlocking?: (isBlocking: boolean) => void };
}

/** Node writes to pipes without waiting, and waits for terminals; it has no public switch for that. */
function stopWaiting(stream: NodeJS.WriteStream): void {
  // oxlint-disable-next-line no-underscore-dangle -- Node has no public name for it
  if (stream.isTTY) (stream as HandleOfStream)._handle?.setBlocking?.(false);
}
