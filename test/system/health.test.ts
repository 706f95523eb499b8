import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { MessageBus, type HealthReport, type HealthFinding, type Producer } from 'alphapulse-bus';
import { PATIENCE_MS, script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { LIVELY, livelyConfig } from './lively-channel.js';
import { APBUS } from './operator-scene.js';

interface Scene {
  readonly bus: MessageBus;
  readonly directory: string;
  readonly producer: Producer;
  readonly reader: TestProcess;
  /** `apbus health --watch --json`. */
  readonly watch: TestProcess;
}

/** A bus with a producer here, a reader in a process, and a watch in another. */
async function scene(t: TestContext, way: string, ...options: string[]): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const bus = await MessageBus.open({ service: 'feed', config: livelyConfig({}), directory });
  t.after(() => bus.close());
  // the beat of a bus keeps no process alive
  const stay = setInterval(() => {}, PATIENCE_MS);
  t.after(() => clearInterval(stay));
  const producer = bus.producer(LIVELY);
  const reader = startReader(t, directory, way);
  await reader.line('ready');
  const args = ['health', '--watch', '--json', '--interval', '50', '--directory', directory, ...options];
  const watch = startProcess(t, APBUS, args);
  await watch.line('{');
  return { bus, directory, producer, reader, watch };
}

function startReader(t: TestContext, directory: string, way: string): TestProcess {
  return startProcess(t, script(import.meta.url, './actors/lively.js'), [directory, '{}', way]);
}

/** Waits until a watch has printed a report like this. */
async function reportWhere({ watch }: Scene, is: (report: HealthReport) => boolean): Promise<HealthReport> {
  for (let line = 0; ; line++) {
    while (watch.lines.length <= line) await watch.nextLine();
    const report = JSON.parse(watch.lines[line]!) as HealthReport;
    if (is(report)) return report;
  }
}

async function findingOf(watched: Scene, code: HealthFinding['code']): Promise<HealthFinding> {
  const { findings } = await reportWhere(watched, (report) => report.findings.some((one) => one.code === code));
  return findings.find((one) => one.code === code)!;
}

/** `apbus health`, once. */
async function once(t: TestContext, { directory }: Scene): Promise<{ code: number | null; text: string }> {
  const process = startProcess(t, APBUS, ['health', '--directory', directory]);
  const { code } = await process.ended();
  return { code, text: process.lines.join('\n') };
}

describe('apbus health', () => {
  it('tells a killed consumer from one that was closed, with exit code 6', async (t) => {
    const killed = await scene(t, 'subscribe');
    killed.reader.send('close');
    await killed.reader.succeeded();
    assert.equal((await once(t, killed)).code, 0);
    const reader = startReader(t, killed.directory, 'subscribe');
    await reader.line('ready');
    const { pid } = reader;
    await reader.kill();
    const found = await findingOf(killed, 'endpoint-dead');
    assert.deepEqual([found.severity, found.endpoint?.name, found.endpoint?.pid], ['unhealthy', 'reader', pid]);
    assert.match(found.advice, /start reader again/);
    const { code, text } = await once(t, killed);
    assert.equal(code, 6);
    assert.match(text, /^unhealthy: 1 finding in 1 channel\n {2}unhealthy {2}endpoint-dead {2}lively: consumer reader/);
  });

  it('tells a stopped process by that, and that it goes on', async (t) => {
    const watched = await scene(t, 'subscribe');
    watched.reader.signal('SIGSTOP');
    const { endpoint, severity, advice } = await findingOf(watched, 'process-stopped');
    assert.deepEqual([endpoint?.pid, severity], [watched.reader.pid, 'degraded']);
    assert.match(advice, new RegExp(`kill -CONT ${watched.reader.pid}`));
    const seen = watched.watch.lines.length;
    watched.reader.signal('SIGCONT');
    while (!watched.watch.lines.slice(seen).some((line) => line.includes('"healthy"'))) await watched.watch.nextLine();
    watched.watch.signal('SIGTERM');
    await watched.watch.succeeded();
  });

  it('tells a blocked event loop by that, with how long it has been', async (t) => {
    const watched = await scene(t, 'hold');
    watched.reader.send(`block ${PATIENCE_MS}`);
    await watched.reader.line('blocking');
    const { endpoint, figure = 0, threshold, advice } = await findingOf(watched, 'event-loop-blocked');
    assert.deepEqual([endpoint?.name, threshold], ['reader', 1000]);
    assert.ok(figure > 1000, `${figure} ms`);
    assert.match(advice, /what blocks its event loop/);
    assert.equal((await once(t, watched)).code, 5);
  });

  it('tells of a full ring who waits for whom, and of a consumer that reads nothing; then that all is read', async (t) => {
    const watched = await scene(t, 'hold', '--unread', '300');
    const { producer, reader } = watched;
    while (producer.tryWrite(new Uint8Array(1000)) >= 0);
    const written = producer.writeAsync(new Uint8Array(1000));
    const full = await findingOf(watched, 'ring-full');
    assert.equal(full.endpoint?.pid, reader.pid);
    assert.match(
      full.found,
      new RegExp(`producers feed \\(${process.pid}\\) wait for consumer "reader" \\(process ${reader.pid}\\)`),
    );
    const unread = await findingOf(watched, 'not-reading');
    assert.deepEqual([unread.severity, unread.endpoint?.name, unread.threshold], ['unhealthy', 'reader', 300]);
    assert.match(unread.advice, /restart it/);
    const seen = watched.watch.lines.length;
    reader.send('read');
    await written;
    reader.send('read');
    while (!watched.watch.lines.slice(seen).some((line) => line.includes('"healthy"'))) await watched.watch.nextLine();
  });

  it('runs the command of the configuration when a consumer is killed, captures its channel, and ends when it is told to', async (t) => {
    const folder = temporaryDirectory(t);
    const config = join(folder, 'bus.toml');
    writeFileSync(config, TOML);
    const watched = await scene(t, 'subscribe', '-c', config);
    watched.producer.write(new Uint8Array([7]));
    const { pid } = watched.reader;
    await watched.reader.kill();
    const told = join(folder, 'told.json');
    while (!existsSync(told)) await new Promise((resolve) => setTimeout(resolve, 10));
    const { event, directory, status, finding } = JSON.parse(readFileSync(told, 'utf8')) as {
      event: string;
      directory: string;
      status: string;
      finding: HealthFinding;
    };
    assert.deepEqual([event, directory, status], ['raised', watched.directory, 'unhealthy']);
    assert.deepEqual([finding.code, finding.endpoint?.name], ['endpoint-dead', 'reader']);
    watched.watch.signal('SIGTERM');
    await watched.watch.succeeded();
    // before its end it has finished what it had begun
    const captures = readdirSync(join(folder, 'captures'));
    assert.equal(captures.length, 1);
    const capture = join(folder, 'captures', captures[0]!);
    assert.equal(watched.watch.stderr, `apbus: channel ${LIVELY}: endpoint-dead: captured in ${capture}\n`);
    const stat = startProcess(t, APBUS, ['stat', LIVELY, '--capture', capture, '--json']);
    await stat.succeeded();
    const { consumers, written } = JSON.parse(stat.lines.join('\n')) as {
      written: number;
      consumers: { name: string; pid: number; state: string }[];
    };
    const reader = consumers.find(({ name }) => name === 'reader');
    assert.deepEqual([written, reader?.pid, reader?.state], [1, pid, 'dead']);
  });
});

/** The channel of the actors; what is written is renamed, so that it is there as a whole. */
const TOML = `
[channels.${LIVELY}]
type = "SPMC"
producer = "feed"
consumers = ["reader", "watcher"]
buffer_size = "64KB"
message_size_max = 1000
backpressure.timeout_ms = 30000
[health.alert]
command = ["sh", "-c", "cat > part && mv part told.json"]
[health.capture]
codes = ["endpoint-dead"]
`;
