import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativeFiles } from '../../platform/load-native.js';
import { mountOf } from '../check/mounts.js';
import { glibcNeededBy, type ExecFacts, type LibcFacts, type PermissionFacts } from './loading-checks.js';
import { statsOf } from './machine.js';
import type { LoadedAddon } from './runtime-checks.js';
import { textOf } from './system-facts.js';

/** The addon that was loaded, or that would have been. */
export function addonFile(addon: LoadedAddon): string | undefined {
  return 'path' in addon ? addon.path : nativeFiles().find((file) => statsOf(file) !== undefined);
}

export function libcFacts(): LibcFacts {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  if (header.glibcVersionRuntime !== undefined) return { family: 'glibc', version: header.glibcVersionRuntime };
  return {
    family: namesIn('/lib').some((name) => name.startsWith('ld-musl-')) ? 'musl' : 'unknown',
    version: undefined,
  };
}

export function glibcNeed(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return glibcNeededBy(readFileSync(file, 'latin1'));
  } catch {
    // the finding about the addon says why it cannot be read
    return undefined;
  }
}

export function execFacts(folder: string): ExecFacts {
  const mount = mountOf(folder, textOf('/proc/self/mountinfo') ?? '');
  return { folder, point: mount?.point, isNoexec: mount?.options.includes('noexec') === true };
}

/** Of the addon's folder, and of that for temporary files. */
export function execPlaces(file: string | undefined): readonly [ExecFacts, ExecFacts] {
  return [execFacts(file === undefined ? import.meta.dirname : dirname(file)), execFacts(tmpdir())];
}

interface Permission {
  has(scope: string, reference?: string): boolean;
}

export function permissionFacts(directory: string): PermissionFacts {
  // it is there only while the model is on
  const { permission } = process as { permission?: Permission };
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const isOn = permission !== undefined;
  const may = (scope: string): boolean => !isOn || permission.has(scope, join(directory, 'any'));
  return {
    isOn,
    directory,
    mayLoadAddons: isOn ? flags.includes('--allow-addons') : !flags.includes('--no-addons'),
    mayRead: may('fs.read'),
    mayWrite: may('fs.write'),
    mayStartProcesses: !isOn || permission.has('child'),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
