import { parseArgs } from 'node:util';

export interface Options {
  readonly quick: boolean;
  readonly only: RegExp | undefined;
  readonly seconds: number;
  readonly runs: number;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly list: boolean;
}

export const USAGE = `npm run bench -- [options]

  --quick           a few scenarios of each kind (about two minutes)
  --only REGEX      the scenarios whose name matches
  --seconds S       measured time of each run (default 0.5)
  --runs N          runs of each scenario (default 3)
  --json FILE       write everything as JSON
  --markdown FILE   write the report into its section of a Markdown file (docs/performance.md)
  --list            name the scenarios and end
  --help            this text
`;

export class UsageError extends Error {}

/** Undefined when help was asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parse(args);
  if (values.help === true) return undefined;
  return {
    quick: values.quick === true,
    only: regularExpression(values.only),
    seconds: positive('--seconds', values.seconds, 0.5),
    runs: wholePositive('--runs', values.runs, 3),
    json: values.json,
    markdown: values.markdown,
    list: values.list === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        seconds: { type: 'string' },
        runs: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function regularExpression(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, 'i');
  } catch {
    throw new UsageError(`--only expects a regular expression; "${text}" is none`);
  }
}

export function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`${name} expects a number above 0; "${text}" is none`);
}

export function wholePositive(name: string, text: string | undefined, otherwise: number): number {
  const value = positive(name, text, otherwise);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`${name} expects a whole number; "${text}" is none`);
}
