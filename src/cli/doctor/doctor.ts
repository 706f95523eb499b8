import { availableParallelism, release } from 'node:os';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { loadConfig, type ResolvedConfig } from '../../bus/config/index.js';
import { defaultDirectory } from '../../layout/directory.js';
import { thisMachine } from '../check/machine-facts.js';
import { nodeFindings } from '../check/memory-findings.js';
import { memoryNeed } from '../check/memory-need.js';
import { ExitCode } from '../exit-code.js';
import { formatBytes, formatJson, type Output } from '../output.js';
import type { Finding } from './finding.js';
import { addonOf, directoryFacts, openFilesLimit, spaceFacts } from './machine.js';
import { checkLeftovers, clearLeftovers, findLeftovers, type Leftover } from './leftovers.js';
import { checkLibc, checkNoexec, checkPermissions } from './loading-checks.js';
import { addonFile, execPlaces, glibcNeed, libcFacts, permissionFacts } from './loading-facts.js';
import { memoryAsked } from './memory-asked.js';
import { checkHugePages, checkNuma, checkTransparentPages } from './memory-checks.js';
import { hugeSizes, numaFacts, transparentFacts } from './memory-facts.js';
import {
  checkAddon,
  checkMembarrier,
  checkNode,
  checkPlatform,
  checkStart,
  type LoadedAddon,
} from './runtime-checks.js';
import { checkClock, checkKernel, checkLogout, checkMemlock, checkProcessors, stolenShare } from './system-checks.js';
import { clockSource } from '../../platform/clock-source.js';
import { logoutFacts, textOf } from './system-facts.js';
import { checkDirectory, checkOpenFiles, checkSpace } from './storage-checks.js';

export function addDoctor(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('doctor')
    .description('checks this machine, each finding with what to do about it')
    .option('-c, --config <file>', 'also check the directory and the space that this configuration needs')
    .option('--directory <path>', 'look at this directory for segments')
    .option('--clear', 'remove segments and files that no process has open, with the messages that are in them')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus doctor\n  apbus doctor -c config/message_bus.toml --clear')
    .action(async (options: DoctorOptions) => finish(await runDoctor(options, output)));
}

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
  const needs = config === undefined ? [] : [...config.channels.values()].map(memoryNeed);
  const memory = memoryAsked(needs, directory, thisMachine);
  return [
    checkPlatform(process.platform, process.arch),
    checkNode(process.versions.node),
    checkStart(process.versions.node, process.env['NODE_EXTRA_CA_CERTS']),
    checkAddon(addon),
    checkLibc(libcFacts(), glibcNeed(addonFile(addon))),
    checkNoexec(...execPlaces(addonFile(addon))),
    checkPermissions(permissionFacts(directory.path)),
    checkMembarrier('native' in addon ? addon.native.registerFence() : undefined),
    checkDirectory(directory),
    checkSpace(place, config === undefined ? undefined : memory.ordinaryBytes),
    checkOpenFiles(openFilesLimit()),
    checkMemlock(memory.lockedBytes, thisMachine.memlockBytes()),
    checkHugePages(hugeSizes(), memory.hugeFindings),
    checkTransparentPages(transparentFacts(directory.nearest), memory.withoutHuge),
    checkNuma(numaFacts(), nodeFindings(needs, thisMachine)),
    checkKernel(release()),
    checkLogout(logoutFacts(directory.path)),
    checkClock(clockSource()),
    checkProcessors(availableParallelism(), stolenShare(textOf('/proc/stat') ?? '')),
  ];
}

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function line({ id, status, found, advice }: Finding, color: boolean): string {
  const mark = status.padEnd(4);
  const colored = color ? styleText(COLORS[status], mark) : mark;
  const hint = advice === undefined ? '' : `\n${' '.repeat(19)}-> ${advice}`;
  return `${colored}  ${id.padEnd(11)}  ${found}${hint}\n`;
}
