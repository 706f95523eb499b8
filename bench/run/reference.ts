import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Quantiles } from '../statistics/quantiles.js';
import type { Placement } from './placement.js';

const SOURCES = fileURLToPath(new URL('../../../bench/reference/', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../reference/', import.meta.url));
export const COMPILER_FLAGS: readonly string[] = ['-O3', '-march=native', '-std=gnu11'];
const COMPILERS = ['gcc', 'cc', 'clang'];
const TIMEOUT_MS = 60_000;

const execute = promisify(execFile);

export type ReferenceRing = 'in-band' | 'claims' | 'tail-word' | 'memcpy';

/** Settings of the C program, by its own names. */
export type ReferenceSettings = Readonly<Record<string, number | string>>;

/** The C rings that the bus is measured against; compiled on this machine, for this machine. */
export class Reference {
  /** What it was compiled with: compiler, version and flags. */
  readonly compiler: string;
  private readonly program: string;
  private readonly placement: Placement;

  private constructor(program: string, compiler: string, placement: Placement) {
    this.program = program;
    this.compiler = compiler;
    this.placement = placement;
  }

  /** Undefined where no C compiler is installed. */
  static compile(placement: Placement): Reference | undefined {
    const compiler = COMPILERS.find((name) => spawnSync(name, ['--version']).status === 0);
    if (compiler === undefined) return undefined;
    mkdirSync(OUTPUT, { recursive: true });
    const program = `${OUTPUT}reference`;
    const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c'));
    const answer = spawnSync(compiler, [...COMPILER_FLAGS, '-o', program, ...sources], {
      cwd: SOURCES,
      encoding: 'utf8',
    });
    if (answer.status !== 0) throw new Error(`${compiler} cannot compile bench/reference: ${answer.stderr}`);
    const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0] ?? '';
    return new Reference(program, `${version} ${COMPILER_FLAGS.join(' ')}`, placement);
  }

  /** Messages per second. */
  async rate(ring: ReferenceRing, settings: ReferenceSettings): Promise<number> {
    const { rate } = (await this.run(ring, settings)) as { rate: number };
    return rate;
  }

  async roundTrip(settings: ReferenceSettings): Promise<Quantiles> {
    return (await this.run('tail-word', settings)) as Quantiles;
  }

  private async run(ring: ReferenceRing, settings: ReferenceSettings): Promise<unknown> {
    const { available, processors } = this.placement;
    const { producers = 1, consumers = 1 } = settings;
    const bound = available && this.placement.holds(Number(producers) + Number(consumers));
    const all = bound ? { ...settings, processors: processors.join(',') } : settings;
    const list = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    const { stdout } = await execute(this.program, [ring, ...list], { timeout: TIMEOUT_MS });
    return JSON.parse(stdout);
  }
}
