import { fail, ok, type Finding } from './finding.js';

/** The C library that runs this process. */
export interface LibcFacts {
  readonly family: 'glibc' | 'musl' | 'unknown';
  /** Undefined where it does not say. */
  readonly version: string | undefined;
}

/** `needed`: the newest version of glibc that the addon's file asks for; undefined: it asks for none, as the prebuilt ones. */
export function checkLibc({ family, version }: LibcFacts, needed: string | undefined): Finding {
  const found = version === undefined ? family : `${family} ${version}`;
  if (needed === undefined) return ok('libc', `${found}; the addon needs no C library`);
  const what = `${found}; the addon needs glibc ${needed}`;
  const isEnough = family === 'glibc' && version !== undefined && compare(version, needed) >= 0;
  if (isEnough) return ok('libc', what);
  return fail(
    'libc',
    what,
    'use the prebuilt addon (unset ALPHAPULSE_BUS_NATIVE, remove native/build), or build it here',
  );
}

/** The newest version of glibc that a file names. */
export function glibcNeededBy(file: string): string | undefined {
  const versions = [...file.matchAll(/GLIBC_(\d+(?:\.\d+)+)/g)].map(([, version]) => version!);
  return versions.sort(compare).at(-1);
}

function compare(left: string, right: string): number {
  const [a, b] = [left.split('.').map(Number), right.split('.').map(Number)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A folder from which programs may have to be loaded, and its mount. */
export interface ExecFacts {
  readonly folder: string;
  /** Undefined: not known. */
  readonly point: string | undefined;
  readonly isNoexec: boolean;
}

/** Where the addon is, and the folder for temporary files. */
export function checkNoexec(addon: ExecFacts, temporary: ExecFacts): Finding {
  if (addon.point === undefined) return ok('noexec', 'not known: /proc is not mounted');
  if (addon.isNoexec) {
    const found = `the addon is in ${addon.folder}, and ${addon.point} is mounted noexec: it cannot be loaded from there`;
    const mend = `install the package elsewhere, or mount -o remount,exec ${addon.point}`;
    return fail('noexec', found, `${mend}; or ALPHAPULSE_BUS_NATIVE names a copy on another mount`);
  }
  const found = `the addon is on ${addon.point}, which allows it to be loaded`;
  if (!temporary.isNoexec) return ok('noexec', found);
  return ok('noexec', `${found}; ${temporary.folder} does not: bundlers that unpack addons there need another TMPDIR`);
}

/** What Node's permission model lets this process do. */
export interface PermissionFacts {
  /** Whether it is on at all. */
  readonly isOn: boolean;
  readonly directory: string;
  readonly mayLoadAddons: boolean;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly mayStartProcesses: boolean;
}

export function checkPermissions(facts: PermissionFacts): Finding {
  const { isOn, directory, mayLoadAddons, mayRead, mayWrite, mayStartProcesses } = facts;
  if (!isOn && mayLoadAddons) return ok('permissions', 'the permission model of Node.js is off');
  if (!isOn) return fail('permissions', '--no-addons is given', 'start Node.js without it');
  const missing = [
    ...(mayLoadAddons ? [] : ['--allow-addons']),
    ...(mayRead ? [] : [`--allow-fs-read=${directory}/*`]),
    ...(mayWrite ? [] : [`--allow-fs-write=${directory}/*`]),
  ];
  const found = 'the permission model of Node.js is on';
  if (missing.length > 0)
    return fail('permissions', `${found}, and does not allow what the bus does`, `start with ${missing.join(' ')}`);
  const processes = 'except apbus run, bench and torture, which need --allow-child-process';
  return ok('permissions', `${found}, and allows all that the bus does${mayStartProcesses ? '' : `, ${processes}`}`);
}
