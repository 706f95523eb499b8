import assert from 'node:assert/strict';
import { it } from 'node:test';
import { drawTop } from '#src/cli/top/top-screen.js';
import { sortSamples, type ChannelSample } from '#src/cli/top/top-model.js';

function sample(channel: string, utilization: number, messagesPerSecond: number, more: object = {}): ChannelSample {
  const figures = { channel, type: 'SPSC', utilization, consumers: [], producers: [], journal: undefined, ...more };
  return { figures, messagesPerSecond, bytesPerSecond: messagesPerSecond * 64 } as unknown as ChannelSample;
}

const endpoint = (name: string, more: object = {}): object => ({
  role: 'consumer',
  name,
  pid: 7,
  state: 'alive',
  lag: { messages: 1500, bytes: 0 },
  lost: 3,
  gating: true,
  reason: undefined,
  ...more,
});

it('a screen shows channels, their endpoints, and who is waited for', () => {
  const consumers = [endpoint('slow'), endpoint('.journal'), endpoint('gone', { state: 'detached' })];
  const lines = drawTop(
    { samples: [sample('orders', 0.5, 2e6, { consumers, waitsFor: 'consumer "slow"' })], unusable: [] },
    'title',
    'name',
    { columns: 80, rows: 24 },
  );
  assert.deepEqual(lines, [
    'title',
    'channel              type  msg/s     bytes/s   used            lag       journal',
    'orders               SPSC  2M        128M      ####....  50%   1.5k      -',
    '  < slow (7) alive 1.5k behind, 3 lost',
    '  ! producers wait for consumer "slow"',
    'sorted by name; n name, r rate, l lag, u used, q quit',
  ]);
});

it('a screen has no more lines, and no longer ones, than fit', () => {
  const many = Array.from({ length: 100 }, (_unused, n) => sample(`channel_with_a_long_name_${n}`, 0, 0));
  const lines = drawTop({ samples: many, unusable: [] }, 'x'.repeat(200), 'name', { columns: 40, rows: 10 });
  assert.equal(lines.length, 10);
  assert.ok(lines.every((line) => line.length <= 40));
  assert.match(lines.at(-2) ?? '', /\.\.\. 94 more lines/);
});

it('channels that cannot be looked at stand first, with the reason', () => {
  const unusable = [{ channel: 'ticks', code: 'ERR_CORRUPT', reason: 'ticks.ring has 7 bytes' }];
  const lines = drawTop({ samples: [sample('orders', 0, 0)], unusable }, 'title', 'name', { columns: 80, rows: 24 });
  assert.equal(lines[2], 'ticks  unusable: ticks.ring has 7 bytes (ERR_CORRUPT)');
  assert.match(lines[3] ?? '', /^orders /);
  const alone = drawTop({ samples: [], unusable }, 'title', 'name', { columns: 80, rows: 24 });
  assert.ok(!alone.includes('no channel has a segment here'));
});

it('channels are sorted by name, rate, lag or use', () => {
  const samples = [
    sample('b', 0.1, 5, { consumers: [endpoint('x', { lag: { messages: 1, bytes: 0 } })] }),
    sample('a', 0.9, 1, { consumers: [endpoint('x', { lag: { messages: 2, bytes: 0 } })] }),
    sample('c', 0.5, 9),
  ];
  const order = (sort: 'name' | 'rate' | 'lag' | 'used'): string =>
    sortSamples(samples, sort)
      .map(({ figures }) => figures.channel)
      .join('');
  assert.deepEqual([order('name'), order('rate'), order('lag'), order('used')], ['abc', 'cba', 'abc', 'acb']);
});
