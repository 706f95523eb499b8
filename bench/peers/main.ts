import { writeFileSync } from 'node:fs';
import { reportFailure } from '../command.js';
import { thisMachine } from '../report/machine.js';
import { writeSection } from '../report/page.js';
import { withDirectory } from '../run/directory.js';
import { Placement } from '../run/placement.js';
import { USAGE, parsePeerOptions, type PeerOptions } from './options.js';
import { formatPeers, type PeerCircumstances } from './report.js';
import { runPeers } from './run.js';

/*
 * `npm run bench:peers`: the same work over what a Node.js program could use instead of the bus, in one run with it.
 *
 * Exit code: 0 when everything that is installed was measured, whatever came out; 1 when not; 2 for a wrong command line.
 */

async function benchPeers(options: PeerOptions): Promise<void> {
  const placement = Placement.detect();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const results = await withDirectory((directory) => runPeers(options, placement, directory, say));
  const { seconds, runs } = options;
  const circumstances: PeerCircumstances = { machine: thisMachine(), placement: placement.describe(), seconds, runs };
  const report = formatPeers(circumstances, results);
  process.stdout.write(report);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ ...circumstances, results }, undefined, 2)}\n`);
  }
  if (options.markdown !== undefined) {
    writeSection(options.markdown, 'peers', `## What else a Node.js program could use\n\n${report}`);
  }
}

try {
  const options = parsePeerOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  else await benchPeers(options);
} catch (error) {
  reportFailure('bench:peers', USAGE, error);
}
