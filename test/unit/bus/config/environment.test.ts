import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftFromToml } from '#src/bus/config/load-toml.js';
import { resolveDraft } from '#src/bus/config/resolve.js';
import type { Environment } from '#src/bus/config/environment.js';
import type { ResolvedConfig } from '#src/bus/config/resolved.js';
import { configMessage, resolveChannel } from './kit.js';

async function resolve(settings: string, environment: Environment): Promise<ResolvedConfig> {
  const text = `[channels.x]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\n${settings}`;
  return resolveDraft(draftFromToml(text, 'bus.toml', environment));
}

async function refusal(settings: string, environment: Environment): Promise<string> {
  return resolve(settings, environment).then(() => assert.fail('it was accepted'), configMessage);
}

test('a text may name variables, with defaults for those that are not set or empty', async () => {
  const size = async (environment: Environment): Promise<unknown> =>
    (await resolve('buffer_size = "${RING:-1MB}"', environment)).channels.get('x')?.bufferSize;
  assert.equal(await size({ RING: '2MB' }), 2 * 1024 ** 2);
  assert.equal(await size({}), 1024 ** 2);
  assert.equal(await size({ RING: '' }), 1024 ** 2);
});

test('several variables may stand in one text, and two dollars are one', async () => {
  const { services } = await resolve('[services.s]\ncommand = ["${A}-${B:-b}", "$$HOME", "$${A}", "5$"]', { A: 'a' });
  assert.deepEqual(services.get('s')?.command, ['a-b', '$HOME', '${A}', '5$']);
});

test('what a variable brings is text, not a reference', async () => {
  const { services } = await resolve('[services.s]\ncommand = ["${A}"]', { A: '${B}' });
  assert.deepEqual(services.get('s')?.command, ['${B}']);
});

test('a variable that is not set is an error at its line', async () => {
  assert.equal(
    await refusal('buffer_size = "${RING}"', {}),
    'bus.toml:5:1: channels.x.buffer_size: found the variable RING, which is not set, expected it to be set where this ' +
      'process is started; or a default: ${RING:-...}',
  );
});

test('a reference that is none is an error', async () => {
  for (const text of ['${', '${}', '${1}', '${A B}', '${A-b}'])
    assert.match(await refusal(`buffer_size = "${text}"`, { A: '1' }), /expected a variable as \$\{NAME\}/, text);
});

test('an error in a value that came from a variable says so', async () => {
  assert.match(
    await refusal('buffer_size = "${RING}"', { RING: '3MB' }),
    /buffer_size: found "3MB" \(from "\$\{RING\}"\), expected a power of two/,
  );
});

test('in an object a dollar is a dollar', () => {
  assert.equal(resolveChannel({ persistence: { persistencePath: '/j/${A}' } }).persistence?.directory, '/j/${A}/x');
});
