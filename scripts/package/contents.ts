import { posix } from 'node:path';

/** What `npm pack --json` says of a tarball. */
export interface Packed {
  readonly filename: string;
  /** Bytes of the tarball. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** The bus, its journal, the supervisor and the whole command, and two addons. */
const SIZE_MAX = 900_000;

/** Whoever installs the package needs these. */
const REQUIRED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/protocol/index.js',
  'dist/protocol/index.d.ts',
  'dist/observe/index.js',
  'dist/observe/index.d.ts',
  'dist/journal/index.js',
  'dist/journal/index.d.ts',
  'dist/journal/recorder-worker.js',
  'dist/chunks/commander.LICENSE.txt',
  'dist/chunks/smol-toml.LICENSE.txt',
  'dist/cli/bench/process.js',
  'dist/cli/torture/endpoint.js',
  'dist/page/index.html',
  'dist/page/login.html',
  'dist/page/page.js',
  'dist/page/page.css',
  'dist/page/icon.svg',
  'dist/page/uplot.css',
  'dist/page/uplot.LICENSE.txt',
  'dist/supervisor/index.js',
  'dist/supervisor/index.d.ts',
  'dist/tracing/index.js',
  'dist/tracing/index.d.ts',
  'dist/cli/apbus.js',
  'native/prebuilt/linux-x64/alphapulse_bus.node',
  'native/prebuilt/linux-arm64/alphapulse_bus.node',
];

/**
 * What may be in the package besides; everything else got in by accident. Source maps lead to sources that are not in it, and are
 * a fifth of what is.
 */
const ALLOWED =
  /^(?:dist\/.+\.(?:js|d\.ts)|native\/include\/.+\.h|native\/prebuilt\/\w+|config\/.+\.(?:toml|json)|deploy\/.+|docs\/.+|examples\/.+\.(?:ts|md))$/;

/** What is wrong with the contents of a tarball. `isThere` answers for a path from the root of the project. */
export function complaintsAbout({ size, files }: Packed, isThere: (path: string) => boolean): string[] {
  const paths = files.map(({ path }) => path);
  const complaints = REQUIRED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`);
  if (size > SIZE_MAX) complaints.push(`${size} bytes; at most ${SIZE_MAX}`);
  for (const path of paths) {
    if (!REQUIRED.includes(path) && !ALLOWED.test(path)) complaints.push(`${path} does not belong in it`);
    const source = sourceOf(path);
    if (source !== undefined && !isThere(source)) complaints.push(`${path} is left from ${source}, which is gone`);
  }
  return complaints;
}

const LINK = /\]\((?![a-z]+:|#)([^)#\s]+)/g;

/** Links of a packed page that work in the repository and would lead out of the package. */
export function strayLinks(
  page: string,
  text: string,
  { files }: Packed,
  isThere: (path: string) => boolean,
): string[] {
  const paths = files.map(({ path }) => path);
  return [...text.matchAll(LINK)].flatMap(([, link = '']) => {
    const target = posix.join(posix.dirname(page), link).replace(/\/$/, '');
    const isPacked = paths.some((path) => path === target || path.startsWith(`${target}/`));
    return isPacked || !isThere(target) ? [] : [`${page} links to ${target}, which is not in it`];
  });
}

function sourceOf(path: string): string | undefined {
  const module = /^dist\/(?!chunks\/|page\/)(.+)\.(?:js|d\.ts)$/.exec(path)?.[1];
  return module === undefined ? undefined : `src/${module}.ts`;
}
