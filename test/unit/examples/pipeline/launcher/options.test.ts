import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../../../kit/temporary-channel.js';
import { parseOptions, UsageError, type Options } from '../../../../../examples/pipeline/launcher/options.js';

function options(...args: string[]): Options {
  const parsed = parseOptions(args);
  assert.ok(parsed !== undefined);
  return parsed;
}

describe('the command line of the demo', () => {
  it('has defaults: ten seconds of made-up quotes at 20,000 a second, with the configuration of the package', () => {
    const { config, ...others } = options();
    assert.deepEqual(others, { input: undefined, rate: 20_000, durationMs: 10_000, seed: 1, chaosMs: 0, json: false });
    assert.ok(existsSync(config), config);
  });

  it('kills services every two seconds with --chaos, at a rate at which they can note every message', () => {
    const { chaosMs, rate } = options('--chaos');
    assert.deepEqual({ chaosMs, rate }, { chaosMs: 2000, rate: 2000 });
    assert.equal(options('--chaos-every', '500ms', '--rate', '10').chaosMs, 500);
    assert.throws(() => options('--chaos-every', 'often'), /--chaos-every: found "often", expected/);
  });

  it('runs a file until it ends, unless it is told how long', (t) => {
    const input = join(temporaryDirectory(t), 'quotes.csv');
    writeFileSync(input, '');
    assert.equal(options('--input', input).durationMs, 0);
    assert.equal(options('--input', input, '--duration', '3').durationMs, 3000);
  });

  it('takes times with and without a unit, and a rate or max', () => {
    const durations = ['5', '5s', '250ms', '2m', '0.5s'].map((text) => options('--duration', text).durationMs);
    assert.deepEqual(durations, [5000, 5000, 250, 120_000, 500]);
    assert.deepEqual(
      ['max', '0.5', '1e6'].map((text) => options('--rate', text).rate),
      [0, 0.5, 1_000_000],
    );
    assert.equal(options('--seed', '42').seed, 42);
    assert.equal(options('--json').json, true);
  });

  it('is undefined when it asks for help', () => {
    assert.equal(parseOptions(['--help']), undefined);
  });

  const WRONG: readonly (readonly [string[], RegExp])[] = [
    [['--rate', 'fast'], /--rate: found "fast"/],
    [['--rate', '0'], /--rate: found "0"/],
    [['--rate=-5'], /--rate: found "-5"/],
    [['--rate', 'Infinity'], /--rate: found "Infinity"/],
    [['--duration', '0'], /--duration: found "0"/],
    [['--duration', '10h'], /--duration: found "10h"/],
    [['--seed', '1.5'], /--seed: found "1.5"/],
    [['--input', '/no/such/file'], /--input: cannot read \/no\/such\/file: ENOENT/],
    [['--input', '/dev'], /--input: \/dev is not an ordinary file/],
    [['--colour'], /--colour/],
    [['quotes.csv'], /quotes\.csv/],
  ];
  for (const [args, expected] of WRONG) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => parseOptions(args),
        (error) => error instanceof UsageError && expected.test(error.message),
      );
    });
  }
});
