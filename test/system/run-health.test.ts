import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { OpenedCapture, inspectDirectory } from 'alphapulse-bus/metrics';
import { FEED, has, pidOf, READER, scene, STEADY, told, until } from './supervised-scene.js';

const HEALTH = `
[health.capture]
codes = ["endpoint-dead"]
[health.alert]
command = ["sh", "-c", "cat > part && mv part told.json"]
raise_after_looks = 1
`;

const feedAndReader = { feed: { code: FEED }, reader: { code: READER } };

it('apbus run captures the channel of a service that is killed, before it is started again, and tells whom the configuration names', async (t) => {
  const { folder, run } = scene(t, feedAndReader);
  appendFileSync(join(folder, 'bus.toml'), HEALTH);
  const supervisor = run();
  await until(supervisor, (all) => has(all, 'reader', 'ready') && has(all, 'feed', 'ready'));
  const pid = pidOf(supervisor, 'reader');
  process.kill(pid, 'SIGKILL');
  const isCaptured = (message: unknown): boolean => /endpoint-dead: captured in/.test(String(message));
  await until(supervisor, (all) => all.some(({ event, message }) => event === 'health' && isCaptured(message)));
  await until(
    supervisor,
    (all) => all.filter((one) => one['service'] === 'reader' && one['event'] === 'ready').length > 1,
  );
  while (!existsSync(join(folder, 'told.json'))) await new Promise((resolve) => setTimeout(resolve, 10));
  const { event, finding } = JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8')) as {
    event: string;
    finding: { code: string; endpoint: { name: string; pid: number } };
  };
  assert.deepEqual(
    [event, finding.code, finding.endpoint.name, finding.endpoint.pid],
    ['raised', 'endpoint-dead', 'reader', pid],
  );
  supervisor.signal('SIGTERM');
  await supervisor.succeeded();
  const captures = readdirSync(join(folder, 'captures'));
  assert.equal(captures.length, 1, 'the end of all is no incident');
  using opened = new OpenedCapture(join(folder, 'captures', captures[0]!));
  const [ticks] = inspectDirectory(opened.directory);
  if (ticks === undefined || 'reason' in ticks) assert.fail('the capture has no channel');
  const [reader] = ticks.consumers;
  assert.deepEqual([reader?.name, reader?.pid, reader?.state], ['reader', pid, 'dead']);
  assert.ok(ticks.written > 0);
});

it('apbus run looks at no channel where the configuration has nothing follow from that', async (t) => {
  const { folder, run } = scene(t, { steady: { code: STEADY } });
  const supervisor = run();
  await until(supervisor, (all) => has(all, 'steady', 'started'));
  supervisor.signal('SIGTERM');
  await supervisor.succeeded();
  assert.equal(existsSync(join(folder, 'captures')), false);
  assert.ok(told(supervisor).every(({ event }) => event !== 'health'));
});
