import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Where processes run. They are bound only when each has a processor of its own: otherwise the kernel must be free to give
 * a processor to whoever can go on. Only the main thread of a worker is bound to a processor: V8's helper threads (compiler, garbage
 * collector) stay free to run where there is room, as they would in production.
 */
export class Placement {
  readonly processors: readonly number[];
  readonly available: boolean;

  constructor(processors: readonly number[], available: boolean) {
    this.processors = processors;
    this.available = available;
  }

  /** Binds to the processors that this process may use, if `taskset` is installed. */
  static detect(): Placement {
    const answer = spawnSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
    const list = answer.status === 0 ? /:\s*([\d,-]+)\s*$/.exec(answer.stdout)?.[1] : undefined;
    if (list === undefined)
      return new Placement(
        Array.from({ length: availableParallelism() }, (_, i) => i),
        false,
      );
    return new Placement(parseProcessors(list), true);
  }

  /** The processor of the nth process of a scenario. */
  processorOf(index: number): number {
    return this.processors[index % this.processors.length]!;
  }

  /** Whether so many processes can spin without taking each other's processor away. */
  holds(processes: number): boolean {
    return processes <= this.processors.length;
  }

  /** Binds the nth of so many processes. */
  bindMainThread(pid: number, index: number, processes: number): void {
    this.bind(['-c', '-p'], pid, index, processes);
  }

  /** Binds all threads of the nth of so many processes, and those that they start. */
  bindProcess(pid: number, index: number, processes: number): void {
    this.bind(['-a', '-c', '-p'], pid, index, processes);
  }

  private bind(options: readonly string[], pid: number, index: number, processes: number): void {
    if (!this.available || !this.holds(processes)) return;
    const answer = spawnSync('taskset', [...options, String(this.processorOf(index)), String(pid)], {
      encoding: 'utf8',
    });
    if (answer.status !== 0) throw new Error(`cannot bind process ${pid}: ${answer.stderr.trim()}`);
  }

  describe(): string {
    const list = this.processors.join(', ');
    if (!this.available) return `not bound (taskset is not installed); processors ${list}`;
    return `main threads bound to processors ${list} where each has its own, else free; V8's helper threads free`;
  }
}

/** Reads a list such as `0-3,6`. */
export function parseProcessors(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
