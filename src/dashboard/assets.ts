import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../platform/package-files.js';
import { TYPES } from './answers.js';

/** The files of the page, by their address. There are no others: an address never becomes a path. */
const FILES = {
  '/': ['index.html', TYPES.html],
  '/login': ['login.html', TYPES.html],
  '/page.css': ['page.css', TYPES.css],
  '/page.js': ['page.js', TYPES.js],
  '/uplot.css': ['uplot.css', TYPES.css],
  '/icon.svg': ['icon.svg', TYPES.svg],
} as const;

/** Who is not logged in gets these. */
const PUBLIC = ['/login', '/page.css', '/icon.svg'];

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly isPublic: boolean;
}

/** All of them, read once. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const folder = packageFile('dist/page');
  return new Map(
    Object.entries(FILES).map(([address, [file, type]]) => [
      address,
      { type, body: readFileSync(join(folder, file)), isPublic: PUBLIC.includes(address) },
    ]),
  );
}
