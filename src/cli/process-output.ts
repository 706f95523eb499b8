import type { Output, OutputStream } from './output.js';
import { dieOfHangUp } from './signals.js';

/** Standard output and standard error of this process. */
export function processOutput(): Output {
  const { stdout, stderr } = process;
  const told: ((stream: OutputStream) => void)[] = [];
  let isHungUp = false;
  // `apbus ls | head`, and a terminal that hung up: whoever reads no further wants no more, and no stack trace
  const gone = (stream: OutputStream, error: NodeJS.ErrnoException): void => {
    const isTerminal = (stream === 'data' ? stdout : stderr).isTTY;
    if (error.code === 'EIO' && isTerminal) isHungUp = true;
    else if (error.code !== 'EPIPE') return unwritten(stream, error);
    for (const tell of told) tell(stream);
    if (told.length > 0) return;
    if (isHungUp) dieOfHangUp();
    // who has not read what went wrong may read the data all the same
    else if (stream === 'data') process.exit();
  };
  // a full disk: what goes on without its reader goes on without its log too, and what comes when there is room is written
  let said = '';
  const unwritten = (stream: OutputStream, { message }: NodeJS.ErrnoException): void => {
    if (stream === 'message') return;
    const goesOn = told.length > 0;
    const what = `apbus: standard output cannot be written: ${message}${goesOn ? '; lines are lost, and the services run on' : ''}\n`;
    if (what !== said) stderr.write(what);
    said = what;
    if (!goesOn) process.exit(1);
  };
  stdout.on('error', (error: NodeJS.ErrnoException) => gone('data', error));
  stderr.on('error', (error: NodeJS.ErrnoException) => gone('message', error));
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
      whenGone: (tell) => void told.push(tell),
      abandon: (exitCode) => (isHungUp ? dieOfHangUp() : process.exit(exitCode)),
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
