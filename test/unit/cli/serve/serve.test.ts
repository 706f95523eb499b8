import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { MetricsText } from '#src/cli/serve/metrics-text.js';
import { readiness } from '#src/cli/serve/readiness.js';
import { SharedAnswer } from '#src/cli/serve/shared-answer.js';
import { UnusableLog } from '#src/cli/serve/unusable-log.js';
import { BusLooker } from '#src/observe/metrics/bus-look.js';
import { Scraper } from '#src/observe/metrics/exposition.js';
import { apbus } from '../../../kit/run-apbus.js';
import { temporaryDirectory, TemporaryChannel } from '../../../kit/temporary-channel.js';

it('what it cannot do is said before it listens', async (t) => {
  const directory = temporaryDirectory(t);
  const said = async (...args: string[]): Promise<string> => {
    const { code, messages } = await apbus('serve', '--directory', directory, ...args);
    assert.equal(code, 1);
    return messages;
  };
  assert.match(
    await said('--listen', 'here'),
    /--listen: found "here", expected a port, or an address and a port: 9464/,
  );
  assert.match(await said('--listen', '0.0.0.0:0'), /others can reach 0\.0\.0\.0; expected --token-file/);
  assert.match(await said('--token-file', join(directory, 'none')), /--token-file: cannot read .*none/);
  assert.match(await said('--channels-max', '0'), /--channels-max: found "0", expected 1 to 10000/);
  assert.match(await said('--endpoints-max', 'many'), /--endpoints-max: found "many", expected 1 to 128/);
  assert.match(await said('--directory', join(directory, 'none')), /is not there/);
});

it('who asks while others wait shares their answer; who asks later gets his own', async () => {
  let asked = 0;
  const shared = new SharedAnswer(() => ++asked);
  const answers = await Promise.all(Array.from({ length: 50 }, () => shared.get()));
  assert.deepEqual(new Set(answers), new Set([1]));
  assert.equal(await shared.get(), 2);
});

it('an answer that fails fails for those who asked for it, and not for the next', async () => {
  let isBroken = true;
  const shared = new SharedAnswer(() => {
    if (isBroken) throw new Error('of this moment');
    return 'well';
  });
  const outcomes = await Promise.allSettled([shared.get(), shared.get()]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  isBroken = false;
  assert.equal(await shared.get(), 'well');
});

it('the memory of a text is used again, but never while somebody is being sent it', async (t) => {
  const channel = new TemporaryChannel(t);
  const producer = channel.producer();
  using looker = new BusLooker(channel.directory);
  let looks = 0;
  const metrics = new MetricsText(new Scraper(looker), () => looks++);
  const [first, shared] = await Promise.all([metrics.answer(), metrics.answer()]);
  assert.equal(looks, 1);
  const was = first.body.toString();
  producer.write(new Uint8Array(8));
  first.over?.();
  const second = await metrics.answer();
  assert.equal(shared.body.toString(), was, 'one of two has it, the other has not');
  assert.match(second.body.toString(), /^apbus_channel_messages_total\{channel="test"\} 1$/m);
  second.over?.();
  const third = await metrics.answer();
  assert.equal((third.body as Buffer).buffer, (second.body as Buffer).buffer);
  assert.match(third.body.toString(), /^apbus_looks_total 3$/m);
  assert.equal(shared.body.toString(), was);
});

it('it is ready when nothing is unhealthy, and says what is', (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer();
  using looker = new BusLooker(channel.directory);
  assert.deepEqual(readiness(looker.seen()), { status: 200, reasons: 'healthy: 1 channels\n' });
  channel.deadConsumer('strategy');
  const { status, reasons } = readiness(looker.seen());
  assert.equal(status, 503);
  assert.match(reasons, /^unhealthy: 1 channels\nunhealthy: test: .*strategy/);
  // by the thresholds of the configuration
  assert.equal(readiness(looker.seen(), { dead: 'degraded' }).status, 200);
});

it('it says where a channel is not as configured, and which service is missing, and is ready', (t) => {
  const channel = new TemporaryChannel(t);
  channel.producer(true, 'feed');
  using looker = new BusLooker(channel.directory);
  const expected = new Map([['test', { producers: ['feed'], consumers: ['strategy'], capacityBytes: 131_072 }]]);
  const { status, reasons } = readiness(looker.seen(), { absentAfterMs: -1 }, { expected, clockSource: 'hpet' });
  assert.equal(status, 200);
  assert.match(reasons, /^degraded: 1 channels\n/);
  assert.match(reasons, /^degraded: test: .*buffer_size is 65536, configured is 131072/m);
  assert.match(reasons, /^degraded: test: consumer strategy is declared and not attached/m);
  assert.match(reasons, /^degraded: the time is read from hpet/m);
});

it('says once of each channel that it cannot be looked at, and when that is over', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'odd\u001b[31m.ring'), '', { mode: 0o600 });
  using looker = new BusLooker(directory);
  const lines: string[] = [];
  const log = new UnusableLog((line) => lines.push(line));
  const { unusable } = looker.look(() => assert.fail('there is no channel that can be looked at'));
  log.see(unusable);
  log.see(unusable);
  log.see([]);
  assert.equal(lines.length, 2);
  assert.ok(!lines.join('').includes('\u001b'), 'a name cannot talk to the terminal');
  assert.match(lines[0]!, /^channel "odd\\u001b\[31m" cannot be looked at: /);
  assert.match(lines[1]!, /nothing unusable is in its place any more/);
});
