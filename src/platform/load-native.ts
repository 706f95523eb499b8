import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { BusError } from './bus-error.js';
import { NATIVE_ABI, type Native } from './native.js';
import { packageFile } from './package-files.js';

/** Names the addon's file instead of the usual places; when it is set, nothing else is tried. */
const OVERRIDE = 'ALPHAPULSE_BUS_NATIVE';
const FILE = 'alphapulse_bus.node';
const PREBUILT_FOR = ['linux-x64', 'linux-arm64'];

interface Loaded {
  native: Native;
  path: string;
}

interface Failure {
  path: string;
  reason: string;
  cause: unknown;
}

let loaded: Loaded | undefined;

/**
 * The native addon, loaded on the first call and the same object afterwards; each worker thread has its own. Tried in
 * this order: the file that the environment variable `ALPHAPULSE_BUS_NATIVE` names (and then no other), the local build,
 * the prebuilt file of this processor. A local build of another contract version is passed over.
 *
 * @throws BusError `ERR_NATIVE_UNAVAILABLE`: says which files were tried, what was wrong with each, and what to do.
 */
export function loadNative(): Native {
  return (loaded ??= load()).native;
}

/** The file that {@link loadNative} took; loads it if nobody has yet, and throws the same error. */
export function nativePath(): string {
  return (loaded ??= load()).path;
}

/** The files that are tried, in this order. */
export function nativeFiles(): string[] {
  const override = overridden();
  if (override !== undefined) return [override];
  if (!PREBUILT_FOR.includes(platformName())) return [];
  const folder = packageFile('native');
  return [resolve(folder, 'build', FILE), resolve(folder, 'prebuilt', platformName(), FILE)];
}

function load(): Loaded {
  const failures: Failure[] = [];
  for (const path of nativeFiles()) {
    const result = open(path);
    if ('native' in result) return result;
    failures.push(result);
  }
  throw unavailable(failures);
}

function overridden(): string | undefined {
  const value = process.env[OVERRIDE];
  return value === undefined || value === '' ? undefined : resolve(value);
}

function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

/** Not by `require`: that would run a file with another ending as JavaScript, and keeps a cache across package copies. */
function open(path: string): Loaded | Failure {
  const module: { exports: Partial<Native> } = { exports: {} };
  try {
    process.dlopen(module, path, constants.dlopen.RTLD_NOW);
  } catch (cause) {
    return { path, reason: reasonOf(path, cause), cause };
  }
  const { abi } = module.exports;
  if (abi === NATIVE_ABI) return { native: module.exports as Native, path };
  const found = abi === undefined ? 'it is not an alphapulse-bus addon' : `it has contract version ${abi}`;
  return { path, reason: `${found}, this package needs version ${NATIVE_ABI}`, cause: undefined };
}

function isDisabled(cause: unknown): boolean {
  return (cause as { code?: unknown } | undefined)?.code === 'ERR_DLOPEN_DISABLED';
}

function reasonOf(path: string, cause: unknown): string {
  if (!isDisabled(cause) && !existsSync(path)) return 'no such file';
  return cause instanceof Error ? cause.message : String(cause);
}

function unavailable(failures: readonly Failure[]): BusError {
  const tried = failures.map(({ path, reason }) => `\n  ${path}: ${reason}`).join('');
  const where = `${platformName()}, Node.js ${process.versions.node}`;
  const first = failures.find(({ cause }) => cause !== undefined);
  return new BusError(
    'ERR_NATIVE_UNAVAILABLE',
    `cannot load the native addon (${where})${tried}\n${advice(failures)}`,
    {
      cause: first?.cause,
    },
  );
}

function advice(failures: readonly Failure[]): string {
  if (failures.some(({ cause }) => isDisabled(cause))) {
    return 'Addons are switched off in this process: start Node.js with --allow-addons (permission model) or without --no-addons.';
  }
  if (overridden() !== undefined) return `${OVERRIDE} names this file, so no other was tried: correct or unset it.`;
  if (failures.length === 0) return `Supported platforms: ${PREBUILT_FOR.join(', ')} (glibc or musl).`;
  return 'Install the package again, or build the addon with `sh native/build.sh` in its folder; `apbus doctor` says more.';
}
