import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { HealthCaptureSettings } from '#src/bus/config/index.js';
import { AutoCapture } from '#src/cli/health/auto-capture.js';
import type { HealthReport } from '#src/observe/health/check-health.js';
import type { FindingCode, HealthFinding } from '#src/observe/health/finding.js';

const START_MS = Date.UTC(2030, 0, 1);

const finding = (channel: string | undefined, code: FindingCode = 'ring-full'): HealthFinding => ({
  severity: 'degraded',
  code,
  channel,
  found: 'it is so',
  advice: 'do something',
});
const report = (...findings: HealthFinding[]): HealthReport => ({ status: 'degraded', channels: 2, findings });

interface Request {
  readonly file: string;
  readonly channels: readonly string[];
  readonly lastMs?: number | undefined;
}

/** A capture whose clock, and whose copying, the test has in its hands: it makes an empty file. */
function autoCapture(t: TestContext, settings: Partial<HealthCaptureSettings> = {}) {
  const folder = join(mkdtempSync(join(tmpdir(), 'apbus-auto-capture-')), 'captures');
  t.after(() => rmSync(dirname(folder), { recursive: true }));
  let nowMs = 0;
  let failure: Error | undefined;
  const requests: Request[] = [];
  const said: string[] = [];
  const all: HealthCaptureSettings = {
    folder,
    codes: ['ring-full', 'endpoint-dead'],
    lastMs: Infinity,
    filesMax: 3,
    minIntervalMs: 1000,
    ...settings,
  };
  const own = new AutoCapture(all, '/dev/shm/x', (message) => void said.push(message), {
    clock: { monotonicNs: () => nowMs * 1e6 },
    wallClock: { nowMs: () => START_MS + nowMs },
    capture: async (request) => {
      requests.push(request);
      await Promise.resolve();
      if (failure !== undefined) throw failure;
      writeFileSync(request.file, '');
    },
  });
  const look = async (...findings: HealthFinding[]): Promise<void> => {
    own.look(report(...findings));
    await own.settle();
  };
  return {
    look,
    own,
    folder,
    requests,
    said,
    pass: (ms: number): void => void (nowMs += ms),
    fail: (error: Error | undefined): void => void (failure = error),
    captured: (): (string | undefined)[] => requests.map(({ channels }) => channels[0]),
  };
}

describe('a capture by itself', () => {
  it('is made of the channel of a finding when that comes up, in a folder of its user alone', async (t) => {
    const { look, requests, said, folder } = autoCapture(t, { lastMs: 30_000 });
    await look(finding('orders'));
    const file = join(folder, 'orders-2030-01-01T00-00-00-000Z-ring-full.apcap');
    assert.deepEqual(requests, [{ directory: '/dev/shm/x', channels: ['orders'], file, lastMs: 30_000 }]);
    assert.deepEqual(said, [`channel orders: ring-full: captured in ${file}`]);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('is not made again while the finding lasts, nor of others than those that are named', async (t) => {
    const { look, captured, pass } = autoCapture(t);
    for (let n = 0; n < 5; n++) {
      await look(finding('orders'), finding('ticks', 'lag'), finding(undefined, 'clock-slow'));
      pass(60_000);
    }
    assert.deepEqual(captured(), ['orders']);
  });

  it('is made when a ring becomes full, and not again when it has some room for a while', async (t) => {
    const { look, captured, pass } = autoCapture(t);
    for (const code of ['ring-utilization', 'ring-full', 'ring-utilization', 'ring-full'] as const) {
      await look(finding('orders', code));
      pass(60_000);
    }
    assert.deepEqual(captured(), ['orders']);
  });

  it('is made again when the finding comes again, though not too soon after the last', async (t) => {
    const { look, captured, pass } = autoCapture(t);
    await look(finding('orders'));
    await look();
    pass(999);
    await look(finding('orders'));
    assert.equal(captured().length, 1);
    await look();
    pass(1);
    await look(finding('orders'));
    assert.equal(captured().length, 2);
  });

  it('is one at a time, of each channel once', async (t) => {
    const { own, captured } = autoCapture(t);
    own.look(report(finding('a'), finding('a', 'endpoint-dead'), finding('b')));
    own.look(report(finding('a'), finding('b'), finding('c')));
    assert.deepEqual(captured(), ['a'], 'the others wait');
    await own.settle();
    assert.deepEqual(captured(), ['a', 'b', 'c']);
  });

  it('removes the oldest of its own files when there are too many, and nothing else', async (t) => {
    const { look, folder, pass } = autoCapture(t);
    mkdirSync(folder);
    for (const name of ['mine.apcap', 'orders-2029-12-31T00-00-00-000Z.apcap', 'notes.txt'])
      writeFileSync(join(folder, name), '');
    for (let n = 0; n < 5; n++) {
      await look(finding('orders'));
      await look();
      pass(1000);
    }
    const left = readdirSync(folder).sort();
    assert.equal(left.filter((name) => name.endsWith('ring-full.apcap')).length, 3);
    assert.ok(left.includes('orders-2030-01-01T00-00-04-000Z-ring-full.apcap'));
    assert.ok(!left.includes('orders-2030-01-01T00-00-01-000Z-ring-full.apcap'));
    for (const name of ['mine.apcap', 'orders-2029-12-31T00-00-00-000Z.apcap', 'notes.txt'])
      assert.ok(left.includes(name), name);
  });

  it('that fails is said, and the watch goes on', async (t) => {
    const { look, said, fail, pass, captured } = autoCapture(t);
    fail(new Error('the disk is full'));
    await look(finding('orders'));
    assert.deepEqual(said, ['channel orders: ring-full: could not be captured: the disk is full']);
    fail(undefined);
    await look();
    pass(1000);
    await look(finding('orders'));
    assert.equal(captured().length, 2);
    assert.match(basename(said[1]!.split(' ').at(-1)!), /^orders-.*\.apcap$/);
  });
});
