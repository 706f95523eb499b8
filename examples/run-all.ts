import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Runs every example and checks that it ends by itself, in time and with exit code 0: `npm run examples`. All files
 * beside this one are examples, so a new one cannot be forgotten; the demo comes last, for two seconds.
 */

/** A bound on hanging, not a measure of speed. */
const LIMIT_MS = 60_000;

const folder = dirname(fileURLToPath(import.meta.url));
const own = basename(fileURLToPath(import.meta.url));
const single = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== own);
const commands = [...single.sort().map((name) => [name]), [join('pipeline', 'main.js'), '--duration', '2s']];

for (const command of commands) {
  const fault = await run(command);
  process.stdout.write(`${fault === undefined ? 'ok  ' : 'FAIL'}  ${command.join(' ')}\n`);
  if (fault === undefined) continue;
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}

/** What went wrong, with all that the example said; undefined when nothing did. */
async function run([program = '', ...args]: readonly string[]): Promise<string | undefined> {
  const child = spawn(process.execPath, [join(folder, program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (text: string): void => void (said += text);
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(limit);
  if (code === 0) return undefined;
  return `${said}${program} ended with ${signal === null ? `exit code ${code}` : `${signal}, after at most ${LIMIT_MS} ms`}`;
}
