import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './rules.js';

// build/test/tidy/ -> the package's root
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Folders that people write in; everything else is installed or generated. */
const FOLDERS = ['src', 'test', 'bench', 'examples', 'scripts', 'native', 'config', 'deploy', 'docs', 'spec', '.ci'];
const GENERATED = ['native/build/', 'native/prebuilt/', 'native/node_modules/'];
const TEXT =
  /\.(?:[cm]?[jt]s|json|toml|md|c|h|sh|yml|yaml|gyp|pml|service|conf)$|^\.[\w-]+$|^(?:LICENSE|Dockerfile|run)$/;

/** Every text file of the project that a person wrote. */
export function sourceFiles(): SourceFile[] {
  const inFolders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FOLDERS.includes(entry.name))
    .flatMap(({ name }) => readdirSync(join(root, name), { recursive: true, withFileTypes: true }));
  return [...inFolders, ...readdirSync(root, { withFileTypes: true })]
    .filter((entry) => entry.isFile() && TEXT.test(entry.name) && entry.name !== 'package-lock.json')
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !GENERATED.some((folder) => path.startsWith(folder)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
