import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { ExitCode } from '../exit-code.js';
import { formatJson, type Output } from '../output.js';
import { CONFIG, feed, printer, README } from './templates.js';

export interface InitOptions {
  readonly force?: true;
  readonly json?: true;
}

export function addInit(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('init [folder]')
    .description('writes a commented configuration and two services that run')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus init my-bus && cd my-bus && apbus run\n  apbus init --force')
    .action((folder: string | undefined, options: InitOptions) => finish(init(folder ?? '.', options, output)));
}

/** `apbus init` */
export function init(folder: string, { force, json }: InitOptions, output: Output): ExitCode {
  const root = resolve(folder);
  const specifier = importSpecifier(root);
  const contents: Record<string, string> = {
    'config/message_bus.toml': CONFIG,
    'services/feed.mjs': feed(specifier),
    'services/printer.mjs': printer(specifier),
    'README.md': README,
  };
  const there = Object.keys(contents).filter((path) => existsSync(join(root, path)));
  if (there.length > 0 && force !== true) {
    const found = `${there.join(', ')} in ${root}`;
    throw new BusError('ERR_INVALID_ARGUMENT', `found ${found}, expected a folder without; --force overwrites them`);
  }
  try {
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  } catch (cause) {
    throw new BusError('ERR_PERMISSION', `cannot write in ${root}: ${(cause as Error).message}`, { cause });
  }
  const written = Object.keys(contents);
  if (json) output.data(formatJson({ folder: root, written, imports: specifier }));
  for (const path of written) output.message(`apbus: wrote ${join(folder, path)}\n`);
  const enter = relative(process.cwd(), root) === '' ? '' : `cd ${folder} && `;
  const installed =
    specifier === PACKAGE
      ? ''
      : 'The services import this copy of the package; in a project of yours: npm install it.\n';
  output.message(`${installed}Next: ${enter}apbus check && apbus run\n`);
  return ExitCode.OK;
}

const PACKAGE = 'alphapulse-bus';

/** The name of the package where it is installed above the folder; else the path of this copy of it. */
function importSpecifier(root: string): string {
  for (let at = root; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', PACKAGE, 'package.json'))) return PACKAGE;
    if (dirname(at) === at) return fileURLToPath(new URL('../../index.js', import.meta.url));
  }
}
