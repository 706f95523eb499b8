import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig, MessageBus } from 'alphapulse-bus';
import { verifyJournal } from 'alphapulse-bus/journal';
import { LiveRecord, readUpTo } from './live-record.js';
import { SupervisorProcess } from './supervisor-process.js';

/*
 * The demo under the supervisor: `npm run demo:run`. Starts `apbus run config/alphapulse.toml`, kills each of the ten
 * services once while they work, and checks at the end
 *
 *   - that all of them came back,
 *   - that every result of an order is in the journal, exactly once,
 *   - that a fresh consumer, which begins at a time that the ring has long forgotten, gets from the journal and the ring
 *     exactly the messages that a consumer got who was there all the time.
 *
 * Rings are made small (APBUS_BUFFER_SIZE_MAX, default 64KB here), so that they forget soon. Exit code 0 when all holds.
 */

const CONFIG = fileURLToPath(new URL('../../../../config/alphapulse.toml', import.meta.url));
const RESULTS = 'execution_results';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '4000' },
    'between-kills': { type: 'string', default: '500' },
    verbose: { type: 'boolean', default: false },
  },
});

const directory = await mkdtemp('/dev/shm/alphapulse-demo-');
const journal = await mkdtemp(join(tmpdir(), 'alphapulse-demo-journal-'));
const environment = {
  APBUS_DEMO_DIRECTORY: directory,
  APBUS_DEMO_JOURNAL: journal,
  APBUS_BUFFER_SIZE_MAX: process.env['APBUS_BUFFER_SIZE_MAX'] ?? '64KB',
  DEMO_RATE: values.rate,
};
Object.assign(process.env, environment);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const supervisor = new SupervisorProcess(CONFIG, environment, ({ service, event, reason, line }) => {
  if (event === 'late' || event === 'failed' || event === 'endpoint') say(`  ${service}: ${event} ${reason ?? ''}`);
  else if (values.verbose && line !== undefined) say(`  ${service}: ${line}`);
});

try {
  process.exitCode = (await demo()) ? 0 : 1;
} finally {
  await supervisor.stop();
  await rm(directory, { recursive: true, force: true });
  await rm(journal, { recursive: true, force: true });
}

async function demo(): Promise<boolean> {
  const { services } = await loadConfig(CONFIG);
  const names = [...services.keys()];
  await supervisor.until(() => names.every((name) => supervisor.ready.has(name)), 'all services are ready');
  say(`${names.length} services are ready`);

  await using bus = await MessageBus.open({ service: 'dashboard', config: CONFIG });
  const live = new LiveRecord();
  const witness = bus.consumer(RESULTS, { name: 'witness' });
  const over = new AbortController();
  const watched = witness.subscribe((message) => live.take(message), { signal: over.signal });
  await killEach(names);

  // the feed ends first; what is under way is carried through
  await supervisor.stop();
  const end = witness.sequence + witness.lag.messages;
  while (witness.sequence < end) await later(20);
  over.abort();
  await watched;

  const isRecorded = await checkJournal(bus, end);
  const isReplayed = await checkReplay(bus, live, end);
  return isRecorded && isReplayed && live.seen.length > 0;
}

async function killEach(names: readonly string[]): Promise<void> {
  for (const name of names) {
    await later(Number(values['between-kills']));
    supervisor.kill(name);
    await supervisor.until(() => supervisor.ready.has(name), `${name} is back`);
  }
  const backMs = names.map((name) => supervisor.readyMs.get(name)?.at(-1) ?? 0).sort((a, b) => a - b);
  const median = backMs[Math.floor(backMs.length / 2)];
  say(`${names.length} services killed, one after the other; all are back: median ${median} ms from the start of the`);
  say(`process to all of its channels, greatest ${backMs.at(-1)} ms, each after its restart_delay_ms of 500`);
  await later(1000);
}

/** Every sequence from 0 to the end of the channel is in the journal, once. */
async function checkJournal(bus: MessageBus, end: number): Promise<boolean> {
  while (bus.journal(RESULTS).written < end) await later(20);
  const files = [...verifyJournal(join(journal, RESULTS))];
  const records = files.reduce((sum, file) => sum + file.records, 0);
  const isWhole = files.every(({ damages, missing, gaps }) => damages.length === 0 && missing === 0 && gaps === 0);
  const isComplete = isWhole && records === end && files[0]?.firstSequence === 0;
  say(`journal: ${records} records, the channel has ${end}: ${isComplete ? 'complete' : 'NOT COMPLETE'}`);
  return isComplete;
}

/** A fresh consumer gets of a window of time what the witness got. */
async function checkReplay(bus: MessageBus, live: LiveRecord, end: number): Promise<boolean> {
  const from = live.seen[Math.floor(live.seen.length / 10)];
  const to = live.seen.at(-1);
  if (from === undefined || to === undefined) return false;
  const fresh = bus.consumer(RESULTS, { name: 'fresh', from: { timeNs: from.receivedNs } });
  const replayed = new LiveRecord();
  await readUpTo(fresh, end, replayed);
  const expected = live.within(from.receivedNs, to.receivedNs + 1n);
  const got = replayed.within(from.receivedNs, to.receivedNs + 1n);
  const isSame =
    got.length === expected.length &&
    got.every(({ sequence, digest }, i) => sequence === expected[i]?.sequence && digest === expected[i].digest);
  const same = isSame ? 'the same, byte for byte' : 'NOT THE SAME';
  say(
    `replay: ${got.length} messages from sequence ${got[0]?.sequence} on, a live consumer got ${expected.length}: ${same}`,
  );
  return isSame;
}
