import type { Command } from 'commander';
import { verifyJournal, type VerifiedFile } from '../../journal/index.js';
import { BusError } from '../../platform/bus-error.js';
import { ExitCode } from '../exit-code.js';
import { formatBytes, formatJson, formatTable, type Output } from '../output.js';
import { journalFolder } from './journal-place.js';

export function addVerify(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('verify <journal>')
    .description('reads and checks all of a journal: of a folder, or of a recorded channel')
    .option('-c, --config <file>', 'the TOML file (default: config/message_bus.toml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus verify execution_results\n  apbus verify ./journal/orders --json')
    .action(async (journal: string, options: { config?: string; json?: true }) =>
      finish(await verify(journal, options, output)),
    );
}

/** `apbus verify` */
export async function verify(
  journal: string,
  { config, json }: { config?: string; json?: true },
  output: Output,
): Promise<ExitCode> {
  const folder = await journalFolder(journal, config);
  const files = [...verifyJournal(folder)];
  if (files.length === 0)
    throw new BusError('ERR_JOURNAL', `${folder}: found no journal, expected the folder of a recorded channel`);
  const isSound = files.every(({ damages, missing }) => damages.length === 0 && missing === 0);
  if (json) output.data(formatJson({ folder, isSound, files }));
  else {
    output.data(formatTable([HEADINGS, ...files.map(row)]));
    for (const { damages } of files)
      for (const { file, offset, bytes, what } of damages)
        output.message(`apbus: ${file}: ${bytes} bytes at ${offset} are not what was written (${what})\n`);
    output.message(isSound ? 'apbus: every batch is whole\n' : 'apbus: what is damaged or missing is counted above\n');
  }
  return isSound ? ExitCode.OK : ExitCode.FAILED;
}

const HEADINGS = [
  'file',
  'channel',
  'size',
  'batches',
  'records',
  'first',
  'end',
  'gaps',
  'missing',
  'damaged',
  'torn',
];

function row({ file, channel, bytes, damages, tornBytes, ...counts }: VerifiedFile): string[] {
  const { batches, records, firstSequence, endSequence, gaps, missing } = counts;
  const numbers = [batches, records, firstSequence, endSequence, gaps, missing, damages.length].map(String);
  return [file.slice(file.lastIndexOf('/') + 1), channel, formatBytes(bytes), ...numbers, formatBytes(tornBytes)];
}
