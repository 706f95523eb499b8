import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCommand } from '#src/cli/program.js';

const ROOT = new URL('../../../../', import.meta.url);
const PACKAGE = 'node_modules/alphapulse-bus/';
const CONFIGURATION = 'config/alphapulse.toml';

/** Path of a file of deploy/. */
export const deployed = (path: string): string => fileURLToPath(new URL(`deploy/${path}`, ROOT));

export const deployedText = (path: string): string => readFileSync(deployed(path), 'utf8');

/**
 * A YAML file as objects; undefined when there is nothing to read it with. The name is no literal, so that the project
 * also builds where its development dependencies were installed before this one came.
 */
export async function yamlDocuments(path: string): Promise<unknown[] | undefined> {
  const name: string = 'yaml';
  const found = (await import(name).catch(() => undefined)) as YamlPackage | undefined;
  if (found === undefined) return undefined;
  return found.parseAllDocuments(deployedText(path), { merge: true }).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
}

export const NEEDS_YAML = 'needs the package yaml (npm ci)';

interface YamlPackage {
  parseAllDocuments(text: string, options: { merge: boolean }): { errors: unknown[]; toJS(): unknown }[];
}

/**
 * That a command line is one that the package can run: its program is in the package, and `apbus` knows its command and
 * its options. The command is really run, with a configuration that is not there.
 */
export async function assertRuns(commandLine: readonly string[]): Promise<void> {
  const [node, program = '', ...args] = commandLine;
  assert.match(node ?? '', /^(?:\/usr\/bin\/)?node$/);
  if (!program.startsWith(PACKAGE)) return assert.match(program, /^services\/[\w%]+\.js$/);
  assert.ok(existsSync(new URL(program.slice(PACKAGE.length), ROOT)), `${program} is in the package`);
  assert.equal(program, `${PACKAGE}dist/cli/apbus.js`);
  let said = '';
  const elsewhere = args.map((arg) => (arg === CONFIGURATION ? '/nonexistent/bus.toml' : arg));
  await runCommand(elsewhere, {
    data: () => undefined,
    bytes: () => undefined,
    message: (text) => void (said += text),
    color: false,
  });
  assert.doesNotMatch(said, /unknown|too many|missing/);
}
