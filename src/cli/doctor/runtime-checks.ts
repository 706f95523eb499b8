import { basename, dirname } from 'node:path';
import type { Native } from '../../platform/native.js';
import { errnoName } from '../../platform/system-error.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** `engines` of package.json, for those who installed past it. */
const NODE_AT_LEAST = [20, 19] as const;
const PROCESSORS = ['x64', 'arm64'];

export function checkPlatform(platform: string, processor: string): Finding {
  const found = `${platform}-${processor}`;
  if (platform !== 'linux') return fail('platform', found, 'the bus needs Linux: futexes, tmpfs and open-file locks');
  if (PROCESSORS.includes(processor)) return ok('platform', found);
  return fail('platform', found, `there is an addon for ${PROCESSORS.join(' and ')} only`);
}

/** Long-term releases that are still mended; what comes after the last is not known here. */
const MAINTAINED = [22, 24, 26];

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor, needMinor] = NODE_AT_LEAST;
  if (major < needMajor || (major === needMajor && minor < needMinor))
    return fail('node', version, `install Node.js ${NODE_AT_LEAST.join('.')} or newer`);
  if (MAINTAINED.includes(major) || major > Math.max(...MAINTAINED)) return ok('node', version);
  const found = `${version}: no long-term release that still gets security fixes`;
  return warn('node', found, `install Node.js ${MAINTAINED.slice(0, -1).join(', ')} or ${MAINTAINED.at(-1)}`);
}

/** The first Node.js that reads extra certificates when they are first needed. */
const LAZY_CERTIFICATES = 22;

/** What makes every start of a Node.js slow, and with it every restart of a service. */
export function checkStart(version: string, extraCertificates: string | undefined): Finding {
  const [major = 0] = version.split('.').map(Number);
  if (major >= LAZY_CERTIFICATES || extraCertificates === undefined || extraCertificates === '')
    return ok('start', 'nothing in the environment slows it down');
  return warn(
    'start',
    `NODE_EXTRA_CA_CERTS is set: Node.js ${major} reads all certificates whenever a process starts, some 80 ms`,
    `unset it for services without TLS, or install Node.js ${LAZY_CERTIFICATES} or newer`,
  );
}

/** The addon as the loader gave it, or the error that it threw. */
export type LoadedAddon = { readonly native: Native; readonly path: string } | { readonly error: Error };

export function checkAddon(loaded: LoadedAddon): Finding {
  if ('error' in loaded) return addonFailure(loaded.error.message);
  const { native, path } = loaded;
  return ok('addon', `${kindOf(path)}, contract version ${native.abi}: ${path}`);
}

/** The last line of the loader's message says what to do. */
function addonFailure(message: string): Finding {
  const end = message.lastIndexOf('\n');
  return end < 0
    ? fail('addon', message, 'see docs/troubleshooting.md')
    : fail('addon', message.slice(0, end), message.slice(end + 1));
}

function kindOf(path: string): string {
  const folder = dirname(path);
  if (basename(folder) === 'build') return 'built here';
  return basename(dirname(folder)) === 'prebuilt' ? 'prebuilt' : 'named by ALPHAPULSE_BUS_NATIVE';
}

/** `result` is what registering for membarrier answered; undefined when there is no addon to ask. */
export function checkMembarrier(result: number | undefined): Finding {
  if (result === undefined) return warn('membarrier', 'not known without the addon', 'see the finding about the addon');
  if (result === 0) return ok('membarrier', 'available');
  const advice =
    'without it, whoever sleeps wakes every millisecond; allow the system call (seccomp), or use Linux 4.16 or newer';
  return warn('membarrier', `not available: ${errnoName(result)}`, advice);
}
