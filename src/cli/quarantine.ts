import type { Command } from 'commander';
import { Quarantine, QuarantineState, type QuarantineEntry } from '../channel/quarantine.js';
import { askForRedelivery } from '../channel/redelivery.js';
import { HEADER_BYTES } from '../layout/record.js';
import { BusError } from '../platform/bus-error.js';
import { chosenChannels } from './chosen-channels.js';
import { ExitCode } from './exit-code.js';
import { hexDump } from './hex-dump.js';
import { formatBytes, formatJson, formatTable, type Output } from './output.js';

export function addQuarantine(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  const quarantine = program
    .command('quarantine')
    .description('messages that consumers have set aside because they failed at them again and again')
    .addHelpText(
      'after',
      '\nExamples:\n  apbus quarantine list\n  apbus quarantine show orders engine 4711\n  apbus quarantine redeliver orders engine',
    );
  const subcommand = (name: string, description: string): Command =>
    quarantine
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
      .option('--json', 'print one JSON document');

  subcommand('list [channel]', 'lists them').action(async (channel: string | undefined, options: QuarantineOptions) =>
    finish(await listQuarantine(channel, options, output)),
  );
  subcommand('show <channel> <consumer> <sequence>', 'shows one, byte by byte').action(
    async (channel: string, consumer: string, sequence: string, options: QuarantineOptions) =>
      finish(await showQuarantined(channel, consumer, sequence, options, output)),
  );
  subcommand('redeliver <channel> <consumer> [sequence]', 'hands one, or all, to their consumer again').action(
    async (channel: string, consumer: string, sequence: string | undefined, options: QuarantineOptions) =>
      finish(await redeliver(channel, consumer, sequence, options, output)),
  );
  subcommand('drop <channel> <consumer> [sequence]', 'removes one, or all of that consumer, for good').action(
    async (channel: string, consumer: string, sequence: string | undefined, options: QuarantineOptions) =>
      finish(await dropQuarantined(channel, consumer, sequence, options, output)),
  );
}

export interface QuarantineOptions {
  readonly config?: string;
  readonly json?: true;
}

const STATES: Record<QuarantineState, string> = {
  [QuarantineState.SET_ASIDE]: 'set aside',
  [QuarantineState.REQUESTED]: 'to be redelivered',
  [QuarantineState.TRYING]: 'being redelivered',
};

/** `apbus quarantine list`: the messages that consumers have set aside. */
export async function listQuarantine(
  channel: string | undefined,
  options: QuarantineOptions,
  output: Output,
): Promise<ExitCode> {
  const { directory, channels } = await chosenChannels(channel, options.config);
  const quarantines = channels.map((name) => new Quarantine(directory, name));
  const entries = quarantines.flatMap((quarantine) => quarantine.list());
  const damaged = quarantines.flatMap((quarantine) => quarantine.damaged());
  if (options.json) output.data(formatJson({ directory, messages: entries, damaged }));
  else output.data(formatTable([HEADINGS, ...entries.map(row)]));
  for (const { reason } of damaged) output.message(`apbus: ${reason}\n`);
  return damaged.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

/** `apbus quarantine show`: one message, byte by byte. */
export async function showQuarantined(
  channel: string,
  consumer: string,
  sequence: string,
  options: QuarantineOptions,
  output: Output,
): Promise<ExitCode> {
  const { directory } = await chosenChannels(channel, options.config);
  const quarantine = new Quarantine(directory, channel);
  const entry = find(ofConsumer(quarantine, consumer), channel, consumer, sequence);
  const payload = quarantine.read(entry).subarray(HEADER_BYTES);
  if (options.json) {
    output.data(formatJson({ ...entry, payloadHex: Buffer.from(payload).toString('hex') }));
    return ExitCode.OK;
  }
  output.data(formatTable(Object.entries(entry).map(([key, value]) => [key, String(value ?? '-')])));
  output.data(`\n${hexDump(payload)}`);
  return ExitCode.OK;
}

/** `apbus quarantine redeliver`: has a consumer get messages again, all or one. */
export async function redeliver(
  channel: string,
  consumer: string,
  sequence: string | undefined,
  options: QuarantineOptions,
  output: Output,
): Promise<ExitCode> {
  const { directory } = await chosenChannels(channel, options.config);
  const quarantine = new Quarantine(directory, channel);
  const entries = chosenEntries(quarantine, channel, consumer, sequence);
  const waiting = entries.filter(({ state }) => state === QuarantineState.SET_ASIDE);
  const moved = waiting.filter((entry) => quarantine.move(entry, QuarantineState.REQUESTED) !== undefined);
  const isAttached = askForRedelivery(directory, channel, consumer);
  const when = isAttached ? 'now' : 'when it attaches';
  output.message(`apbus: consumer "${consumer}" of channel ${channel} gets ${moved.length} messages again, ${when}\n`);
  if (options.json) output.data(formatJson({ channel, consumer, requested: moved.length, isAttached }));
  return ExitCode.OK;
}

/** `apbus quarantine drop`: removes messages for good, all of a consumer or one. */
export async function dropQuarantined(
  channel: string,
  consumer: string,
  sequence: string | undefined,
  options: QuarantineOptions,
  output: Output,
): Promise<ExitCode> {
  const { directory } = await chosenChannels(channel, options.config);
  const quarantine = new Quarantine(directory, channel);
  const entries = chosenEntries(quarantine, channel, consumer, sequence);
  for (const entry of entries) quarantine.remove(entry);
  output.message(`apbus: ${entries.length} messages of consumer "${consumer}" of channel ${channel} are dropped\n`);
  if (options.json) output.data(formatJson({ channel, consumer, dropped: entries.length }));
  return ExitCode.OK;
}

/** The message of a consumer, or all when none is named. Throws ERR_INVALID_ARGUMENT. */
function chosenEntries(
  quarantine: Quarantine,
  channel: string,
  consumer: string,
  sequence: string | undefined,
): QuarantineEntry[] {
  const entries = ofConsumer(quarantine, consumer);
  return sequence === undefined ? entries : [find(entries, channel, consumer, sequence)];
}

function ofConsumer(quarantine: Quarantine, consumer: string): QuarantineEntry[] {
  return quarantine.list().filter((entry) => entry.consumer === consumer);
}

function find(entries: QuarantineEntry[], channel: string, consumer: string, sequence: string): QuarantineEntry {
  const entry = entries.find((candidate) => String(candidate.sequence) === sequence);
  if (entry !== undefined) return entry;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `consumer "${consumer}" of channel ${channel} has set no message ${sequence} aside; apbus quarantine list shows those that are there`,
    { channel },
  );
}

const HEADINGS = ['channel', 'consumer', 'sequence', 'size', 'failures', 'how', 'when', 'producer', 'state', 'error'];

function row(entry: QuarantineEntry): string[] {
  const { channel, consumer, sequence, bytes, failures, reason, atNs, producer, state, error } = entry;
  const when = new Date(Number(BigInt(atNs) / 1_000_000n)).toISOString();
  const counts = [String(sequence), formatBytes(bytes), String(failures)];
  return [channel, consumer, ...counts, reason, when, producer, STATES[state], error ?? '-'];
}
