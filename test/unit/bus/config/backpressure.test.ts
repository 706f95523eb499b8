import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channel, objectError, resolveChannel, resolveToml, tomlError } from './kit.js';

const MARKS = { highWaterMark: 0.8, lowWaterMark: 0.6 };
const resolved = (backpressure: object): object => resolveChannel({ backpressure }).backpressure;
const refused = (backpressure: unknown): string => objectError(channel({ backpressure }));

describe('backpressure in a configuration', () => {
  it('blocks the producer by default', () => {
    assert.deepEqual(resolved({}), { mode: 'BlockProducer', timeoutMs: 1000, ...MARKS });
    assert.deepEqual(resolved({ timeoutMs: 0 }), { mode: 'BlockProducer', timeoutMs: 0, ...MARKS });
  });

  it('has five modes, each with defaults for its own keys', () => {
    assert.deepEqual(resolved({ mode: 'DropNewest' }), { mode: 'DropNewest', ...MARKS });
    assert.deepEqual(resolved({ mode: 'DropOldest' }), { mode: 'DropOldest', timeoutMs: 1000, ...MARKS });
    assert.deepEqual(resolved({ mode: 'AdaptiveThrottle' }), {
      mode: 'AdaptiveThrottle',
      timeoutMs: 1000,
      minDelayUs: 10,
      maxDelayUs: 1000,
      ...MARKS,
    });
    assert.deepEqual(resolved({ mode: 'CircuitBreaker' }), {
      mode: 'CircuitBreaker',
      failureThreshold: 5,
      failureWindowMs: 1000,
      recoveryTimeoutMs: 5000,
      ...MARKS,
    });
  });

  it('takes every key that belongs to its mode', () => {
    const throttle = { mode: 'AdaptiveThrottle', timeoutMs: 5, minDelayUs: 0, maxDelayUs: 7 } as const;
    const marks = { highWaterMark: 1, lowWaterMark: 0.01 };
    assert.deepEqual(resolved({ ...throttle, ...marks }), { ...throttle, ...marks });
    const breaker = { mode: 'CircuitBreaker', failureThreshold: 1, failureWindowMs: 1, recoveryTimeoutMs: 1 } as const;
    assert.deepEqual(resolved(breaker), { ...breaker, ...MARKS });
  });

  it('puts a low mark that is not said below a high mark that is', () => {
    const { lowWaterMark } = resolved({ highWaterMark: 0.4 }) as typeof MARKS;
    assert.ok(Math.abs(lowWaterMark - 0.3) < 1e-9);
  });

  for (const [what, backpressure, expected] of [
    [
      'a mode that is none',
      { mode: 'blockproducer' },
      /mode: found "blockproducer", expected one of .*; did you mean "BlockProducer"\?$/,
    ],
    [
      'a mode that is the name of something else',
      { mode: 'constructor' },
      /mode: found "constructor", expected one of Block/,
    ],
    ['a mode that is no text', { mode: 1 }, /mode: found 1, expected one of BlockProducer, DropNewest, DropOldest/],
    [
      'a mode in place of the table',
      'BlockProducer',
      /found "BlockProducer", expected a table, as in backpressure\.mode/,
    ],
    [
      'a low mark above the high one',
      { lowWaterMark: 0.9 },
      /lowWaterMark: found 0\.9, expected less than highWaterMark, which is 0\.8; from the high mark on/,
    ],
    ['marks that are equal', { lowWaterMark: 0.5, highWaterMark: 0.5 }, /lowWaterMark: found 0\.5, expected less than/],
    [
      'a mark in percent',
      { highWaterMark: 80 },
      /highWaterMark: found 80, expected a share of the ring, above 0 and up to 1; 80% is 0\.8$/,
    ],
    ['a mark of nothing', { lowWaterMark: 0 }, /lowWaterMark: found 0, expected a share/],
    ['a mark that is no number', { highWaterMark: '0.8' }, /highWaterMark: found "0\.8", expected a share/],
    [
      'a time that is none',
      { timeoutMs: -1 },
      /timeoutMs: found -1, expected whole milliseconds from 0 to 86400000; it cannot be negative$/,
    ],
    [
      'a fraction of a time',
      { timeoutMs: 1.5 },
      /timeoutMs: found 1\.5, expected whole milliseconds .*; milliseconds come whole$/,
    ],
    [
      'a time as text',
      { timeoutMs: '1s' },
      /timeoutMs: found "1s", expected whole milliseconds .*; write a number, without a unit/,
    ],
    [
      'a least delay above the greatest',
      { mode: 'AdaptiveThrottle', minDelayUs: 50, maxDelayUs: 20 },
      /minDelayUs: found 50, expected at most maxDelayUs, which is 20; the least delay is/,
    ],
    [
      'a window of nothing',
      { mode: 'CircuitBreaker', failureWindowMs: 0 },
      /failureWindowMs: found 0, expected whole milliseconds from 1 to .*; it cannot be 0$/,
    ],
    [
      'a threshold of nothing',
      { mode: 'CircuitBreaker', failureThreshold: 0 },
      /failureThreshold: found 0, expected whole failures from 1 to/,
    ],
    [
      'a key of another mode',
      { mode: 'DropNewest', timeoutMs: 5 },
      /timeoutMs: found "timeoutMs", which mode DropNewest does not have, expected it to be left out; it belongs to BlockProducer and DropOldest and AdaptiveThrottle$/,
    ],
    [
      'a key of another mode, of the default one',
      { failureThreshold: 5 },
      /"failureThreshold", which mode BlockProducer does not have, .*; it belongs to CircuitBreaker$/,
    ],
    ['a key that is none', { timeout: 5 }, /unknown key "timeout", .*did you mean timeoutMs\?$/],
  ] as const) {
    it(`refuses ${what}`, () => assert.match(refused(backpressure), expected));
  }

  it('is said in a file as in an object, and what is wrong with it has its place there', async () => {
    const file = (lines: string): string =>
      `[channels.x]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\nbackpressure.mode = "CircuitBreaker"\n${lines}`;
    const config = await resolveToml(
      file('backpressure.failure_threshold = 2\nbackpressure.failure_window_ms = 30\nbackpressure.high_water_mark = 1'),
    );
    assert.deepEqual(config.channels.get('x')?.backpressure, {
      mode: 'CircuitBreaker',
      failureThreshold: 2,
      failureWindowMs: 30,
      recoveryTimeoutMs: 5000,
      highWaterMark: 1,
      lowWaterMark: 0.6,
    });
    assert.equal(
      await tomlError(file('  backpressure.failure_window_ms = 0\nbackpressure.low_water_mark = 0.8')),
      'bus.toml:7:14: channels.x.backpressure.low_water_mark: found 0.8, expected less than high_water_mark, which is 0.8; ' +
        'from the high mark on a ring is called high, until it is down to the low one\n' +
        'bus.toml:6:16: channels.x.backpressure.failure_window_ms: found 0, expected whole milliseconds from 1 to 86400000; it cannot be 0',
    );
  });
});
