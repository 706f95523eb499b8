import { availableParallelism, release } from 'node:os';
import { styleText } from 'node:util';
import { loadConfig, type ResolvedConfig } from '../../bus/config/index.js';
import { defaultDirectory, segmentPath } from '../../layout/directory.js';
import { signpostPath } from '../../layout/segment-place.js';
import { fileBytes, segmentSizes } from '../../layout/geometry.js';
import { thisMachine } from '../check/machine-facts.js';
import { memoryNeed } from '../check/memory-need.js';
import { ExitCode } from '../exit-code.js';
import { formatBytes, formatJson, type Output } from '../output.js';
import type { Finding } from './finding.js';
import { addonOf, directoryFacts, openFilesLimit, spaceFacts, statsOf } from './machine.js';
import { checkLeftovers, clearLeftovers, findLeftovers, type Leftover } from './leftovers.js';
import { checkAddon, checkMembarrier, checkNode, checkPlatform, type LoadedAddon } from './runtime-checks.js';
import { checkClock, checkKernel, checkLogout, checkMemlock, checkProcessors, stolenShare } from './system-checks.js';
import { clockSource, logoutFacts, textOf } from './system-facts.js';
import { checkDirectory, checkOpenFiles, checkSpace } from './storage-checks.js';

export interface DoctorOptions {
  readonly config?: string;
  readonly directory?: string;
  /** Remove what no process has. */
  readonly clear?: true;
  readonly json?: true;
}

/** `apbus doctor`: whether this machine is fit for the bus, and for one configuration if it is given. */
export async function runDoctor(options: DoctorOptions, output: Output): Promise<ExitCode> {
  const config = options.config === undefined ? undefined : await loadConfig(options.config);
  const directory = options.directory ?? config?.directory ?? defaultDirectory();
  const addon = addonOf();
  const leftovers = leftoversIn(directory, addon, options.clear === true);
  const findings = [...examine(config, directory, addon), checkLeftovers(leftovers)];
  const failed = findings.some(({ status }) => status === 'fail');
  output.data(
    options.json
      ? formatJson({ ok: !failed, findings, leftovers })
      : [...findings.map((finding) => line(finding, output.color)), ...leftovers.map(describe)].join(''),
  );
  return failed ? ExitCode.FAILED : ExitCode.OK;
}

/** Without the addon nobody's locks can be seen, so nothing is looked at, and nothing removed. */
function leftoversIn(directory: string, addon: LoadedAddon, clear: boolean): readonly Leftover[] {
  if ('error' in addon) return [];
  const found = findLeftovers(directory);
  return clear ? clearLeftovers(found, directory) : found;
}

function describe({ path, kind, reason, bytes, cleared }: Leftover): string {
  const mark = cleared === true ? 'cleared' : 'left';
  return `${mark.padEnd(8)}${kind.padEnd(14)}${path}, ${formatBytes(bytes)}\n${' '.repeat(18)}-> ${reason}\n`;
}

function examine(config: ResolvedConfig | undefined, path: string, addon: LoadedAddon): Finding[] {
  const directory = directoryFacts(path);
  // without its own folder yet, the file system in which it will be made; /dev without /dev/shm is none
  const place = directory.nearest === '/dev' ? undefined : spaceFacts(directory.nearest);
  return [
    checkPlatform(process.platform, process.arch),
    checkNode(process.versions.node),
    checkAddon(addon),
    checkMembarrier('native' in addon ? addon.native.registerFence() : undefined),
    checkDirectory(directory),
    checkSpace(place, config === undefined ? undefined : bytesStillNeeded(config, directory.path)),
    checkOpenFiles(openFilesLimit()),
    checkMemlock(config === undefined ? 0 : bytesLocked(config), thisMachine.memlockBytes()),
    checkKernel(release()),
    checkLogout(logoutFacts(directory.path)),
    checkClock(clockSource()),
    checkProcessors(availableParallelism(), stolenShare(textOf('/proc/stat') ?? '')),
  ];
}

/** What the segments of a configuration will take that are not there yet. */
function bytesStillNeeded(config: ResolvedConfig, directory: string): number {
  let bytes = 0;
  for (const { name, type, bufferSize } of config.channels.values()) {
    if (statsOf(segmentPath(directory, name)) === undefined && statsOf(signpostPath(directory, name)) === undefined)
      bytes += fileBytes(segmentSizes(type, bufferSize));
  }
  return bytes;
}

/** What one process locks that has all channels of a configuration open. */
function bytesLocked({ channels }: ResolvedConfig): number {
  const needs = [...channels.values()].map(memoryNeed);
  return needs.reduce((sum, { isLocked, totalBytes }) => sum + (isLocked ? totalBytes : 0), 0);
}

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function line({ id, status, found, advice }: Finding, color: boolean): string {
  const mark = status.padEnd(4);
  const colored = color ? styleText(COLORS[status], mark) : mark;
  const hint = advice === undefined ? '' : `\n${' '.repeat(18)}-> ${advice}`;
  return `${colored}  ${id.padEnd(10)}  ${found}${hint}\n`;
}
