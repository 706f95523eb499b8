import { parseArgs } from 'node:util';
import { UsageError, positive, regularExpression, wholePositive } from '../options.js';

export interface PeerOptions {
  readonly only: RegExp | undefined;
  readonly seconds: number;
  readonly runs: number;
  readonly install: boolean;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
}

export const USAGE = `npm run bench:peers -- [options]

  --only REGEX      the peers whose name matches (the bus itself is always measured)
  --seconds S       measured time of each run (default 1)
  --runs N          runs of each line (default 3)
  --install         install zeromq into a cache folder outside the project, if it is missing
  --json FILE       write everything as JSON
  --markdown FILE   write the report into its section of a Markdown file (docs/performance.md)
  --help            this text
`;

/** Undefined when help was asked for. */
export function parsePeerOptions(args: readonly string[]): PeerOptions | undefined {
  const { values } = parse(args);
  if (values.help === true) return undefined;
  return {
    only: regularExpression(values.only),
    seconds: positive('--seconds', values.seconds, 1),
    runs: wholePositive('--runs', values.runs, 3),
    install: values.install === true,
    json: values.json,
    markdown: values.markdown,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        seconds: { type: 'string' },
        runs: { type: 'string' },
        install: { type: 'boolean' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
