import { runCommand } from '#src/cli/program.js';

/** What a command said, and how it ended. */
export interface CommandRun {
  code: number;
  data: string;
  messages: string;
}

/** Runs `apbus` with these arguments, in this process. */
export async function apbus(...args: string[]): Promise<CommandRun> {
  const run: CommandRun = { code: 0, data: '', messages: '' };
  run.code = await runCommand(args, {
    data: (text) => void (run.data += text),
    bytes: (bytes) => void (run.data += Buffer.from(bytes).toString('latin1')),
    message: (text) => void (run.messages += text),
    color: false,
  });
  return run;
}
