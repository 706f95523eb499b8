import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

export const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');
export const BUS = script(import.meta.url, '../../../dist/index.js');

/** One that reads the channel, as the service `reader`. */
export const READER = `import { MessageBus } from '${BUS}';
  const bus = await MessageBus.open({ service: 'reader', config: process.env.APBUS_CONFIG });
  const ticks = bus.consumer('ticks');
  console.log('attached', process.pid);
  process.on('SIGTERM', () => process.exit(0));
  await ticks.subscribe(() => undefined);`;

/** The producer of the scene's channel: a number every 5 ms. */
export const FEED = `import { MessageBus } from '${BUS}';
  const bus = await MessageBus.open({ service: 'feed', config: process.env.APBUS_CONFIG });
  const ticks = bus.producer('ticks');
  let n = 0;
  setInterval(() => ticks.tryWrite(new TextEncoder().encode(String(n++))), 5);
  process.on('SIGTERM', () => process.exit(0));`;

/** A service that says that it is there, and lives until SIGTERM. */
export const STEADY = `console.log('up', process.pid); setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0));`;

export interface ServiceScript {
  readonly code: string;
  /** More of its table. */
  readonly more?: string;
  /** Default: node with the code. */
  readonly command?: readonly string[];
}

export interface Scene {
  readonly folder: string;
  /** Its bus directory. */
  readonly directory: string;
  /** Starts `apbus run`. */
  readonly run: (...args: string[]) => TestProcess;
  /** Runs another command on the same configuration, to its end. */
  readonly apbus: (...args: string[]) => Promise<Ended>;
}

/** What a command said, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A folder with a configuration of these services, each a script. */
export function scene(t: TestContext, services: Readonly<Record<string, ServiceScript>>): Scene {
  const folder = temporaryDirectory(t);
  mkdirSync(join(folder, 'bus'), { mode: 0o700 });
  const tables = Object.entries(services).map(
    ([name, { code, more = '', command = [process.execPath, `${name}.mjs`] }]) => {
      writeFileSync(join(folder, `${name}.mjs`), code);
      const delay = more.includes('auto_restart = false') ? '' : 'restart_delay_ms = 20\n';
      return `[services.${name}]\ncommand = ${JSON.stringify(command)}\n${delay}${more}\n`;
    },
  );
  const channel = '[channels.ticks]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "reader"\nbuffer_size = "64KB"\n';
  writeFileSync(join(folder, 'bus.toml'), `[bus]\ndirectory = "bus"\n${channel}${tables.join('')}`);
  const run = (...args: string[]): TestProcess =>
    startProcess(t, APBUS, ['run', join(folder, 'bus.toml'), '--json', ...args]);
  const apbus = async (...args: string[]): Promise<Ended> => {
    const command = startProcess(t, APBUS, [...args, '--config', join(folder, 'bus.toml')]);
    const { code } = await command.ended();
    return { code, lines: command.lines, stderr: command.stderr };
  };
  return { folder, directory: join(folder, 'bus'), run, apbus };
}

export type Told = Readonly<Record<string, unknown>>;

export const told = ({ lines }: TestProcess): Told[] => lines.map((line) => JSON.parse(line) as Told);

export async function until(process: TestProcess, is: (all: Told[]) => boolean): Promise<Told[]> {
  while (!is(told(process))) await process.nextLine();
  return told(process);
}

export const has = (all: Told[], service: string, event: string): boolean =>
  all.some((one) => one['service'] === service && one['event'] === event);

export const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));

/** What `ps --json` and its like print. */
export const statuses = ({ lines }: Ended): Told[] => lines.map((line) => JSON.parse(line) as Told);

export async function statusOf({ apbus }: Scene, service: string): Promise<Told> {
  return statuses(await apbus('ps', '--json')).find((one) => one['service'] === service)!;
}

/** Of the last life that `apbus run` has told of. */
export const pidOf = (process: TestProcess, service: string): number => {
  const started = told(process).findLast((one) => one['service'] === service && one['event'] === 'started');
  return Number(started?.['pid']);
};

/** The socket of a supervisor, in its bus directory. */
export const SOCKET = '.supervisor.sock';
