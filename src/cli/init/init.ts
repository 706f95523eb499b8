import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { BusError } from '../../platform/bus-error.js';
import { ExitCode } from '../exit-code.js';
import { formatJson, type Output } from '../output.js';
import { nextWords, packageFor, packageJson } from './project.js';
import { CONFIG, FEED, PRINTER, README } from './templates.js';

export interface InitOptions {
  readonly force?: true;
  readonly json?: true;
}

export function addInit(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('init [folder]')
    .description('writes a commented configuration, two services that run, and a package.json unless there is one')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus init my-bus\n  apbus init --force')
    .action((folder: string | undefined, options: InitOptions) => finish(init(folder ?? '.', options, output)));
}

/** `apbus init` */
export function init(folder: string, { force, json }: InitOptions, output: Output): ExitCode {
  const root = resolve(folder);
  const contents: Record<string, string> = {
    'config/message_bus.toml': CONFIG,
    'services/feed.mjs': FEED,
    'services/printer.mjs': PRINTER,
    'README.md': README,
  };
  const there = Object.keys(contents).filter((path) => existsSync(join(root, path)));
  if (there.length > 0 && force !== true) {
    const found = `${there.join(', ')} in ${root}`;
    throw new BusError('ERR_INVALID_ARGUMENT', `found ${found}, expected a folder without; --force overwrites them`);
  }
  const source = packageFor(root);
  // one that is there is the project's, also with --force
  const hasPackageJson = existsSync(join(root, 'package.json'));
  if (!hasPackageJson) contents['package.json'] = packageJson(root, source);
  try {
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  } catch (cause) {
    throw new BusError('ERR_PERMISSION', `cannot write in ${root}: ${(cause as Error).message}`, { cause });
  }
  const written = Object.keys(contents);
  const next = nextWords(relative(process.cwd(), root) === '' ? '' : folder, hasPackageJson, source);
  if (json) output.data(formatJson({ folder: root, written, next }));
  for (const path of written) output.message(`apbus: wrote ${join(folder, path)}\n`);
  if (hasPackageJson) output.message(`apbus: left ${join(folder, 'package.json')} as it is\n`);
  output.message(`Next: ${next}\n`);
  return ExitCode.OK;
}
