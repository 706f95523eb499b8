import { parseArgs } from 'node:util';
import { UsageError } from './options.js';

/**
 * Runs a benchmark with options of its own, each of which has a value. Exit code: 0 when it was measured; 2 for a wrong
 * command line.
 */
export async function runBench<Name extends string>(
  name: string,
  usage: string,
  options: readonly Name[],
  measure: (values: Readonly<Partial<Record<Name, string>>>) => Promise<void>,
): Promise<void> {
  try {
    const values = valuesOf(options);
    if (values === 'help') process.stdout.write(usage);
    else await measure(values);
  } catch (error) {
    reportFailure(name, usage, error);
  }
}

/** Says why a benchmark was not measured, and sets the exit code. */
export function reportFailure(name: string, usage: string, error: unknown): void {
  process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function valuesOf<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>> | 'help' {
  const described = names.map((name) => [name, { type: 'string' }] as const);
  try {
    const { values } = parseArgs({
      options: { ...Object.fromEntries(described), help: { type: 'boolean', short: 'h' } },
    });
    return values['help'] === true ? 'help' : (values as Partial<Record<Name, string>>);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
