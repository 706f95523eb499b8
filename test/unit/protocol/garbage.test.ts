import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * Bytes over a million calls. The smallest object there is, made by each call, would be 16,000,000; what V8 makes before
 * it has compiled the loops depends on how busy the machine is.
 */
const NOISE = 1_000_000;

test('building into a buffer and reading in place make no garbage, over a million calls each', () => {
  const probe = fileURLToPath(new URL('garbage-probe.js', import.meta.url));
  const flags = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];
  const grown = JSON.parse(execFileSync(process.execPath, [...flags, probe], { encoding: 'utf8' })) as Record<
    string,
    number
  >;
  const { control = 0, decodeIntoHeartbeat = 0, ...cases } = grown;
  assert.ok(control > 10_000_000, `the measurement does not see garbage: ${control}`);
  // One BigInt for the one 64-bit integer: 24 bytes, for which V8 from Node.js 24 on takes 40; and nothing for the rest.
  const bigInt = Number(process.versions.node.split('.')[0]) < 24 ? 24 : 40;
  assert.ok(decodeIntoHeartbeat < bigInt * 1_000_000 + 2 * NOISE, `decodeInto: ${decodeIntoHeartbeat} bytes`);
  assert.deepEqual(Object.keys(cases), [
    'buildIntoAgain',
    'buildIntoAfterReset',
    'buildIntoFromNumbers',
    'wrapAndNext',
    'findAndReadFields',
    'headerAsNumbers',
  ]);
  for (const [name, bytes] of Object.entries(cases)) assert.ok(bytes <= NOISE, `${name}: ${bytes} bytes`);
});
