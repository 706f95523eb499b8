import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { hexDump } from '../hex-dump.js';
import type { Output } from '../output.js';
import { messageHeading, messageLine, type MessageJson } from './message-text.js';

/** How messages are printed: one line each, unless one of these says otherwise. */
export interface FormatOptions {
  readonly json?: true;
  readonly hex?: true;
  readonly raw?: true;
}

export function addFormatOptions(command: Command): Command {
  return command
    .option('--json', 'print NDJSON')
    .option('--hex', 'print each message as a hex dump')
    .option('--raw', 'print the bytes of the messages as they are, with nothing between them');
}

/** Prints one message; `bytes` may be reused afterwards. @throws BusError `ERR_INVALID_ARGUMENT` for two formats at once */
export function messageWriter(
  { json, hex, raw }: FormatOptions,
  output: Output,
): (message: MessageJson, bytes: Uint8Array) => void {
  if ([json, hex, raw].filter((asked) => asked === true).length > 1)
    throw new BusError('ERR_INVALID_ARGUMENT', 'expected one of --json, --hex and --raw');
  if (raw) return (_message, bytes) => output.bytes(bytes.slice());
  if (hex) return (message, bytes) => output.data(`${messageHeading(message)}\n${hexDump(bytes)}`);
  if (json) return (message) => output.data(`${JSON.stringify(message)}\n`);
  return (message) => output.data(messageLine(message));
}
