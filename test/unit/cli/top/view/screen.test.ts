import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawWhole } from '#src/cli/top/view/screen.js';
import { plainLine, widthOf } from '#src/cli/top/view/styled-text.js';
import { endpoint, latencies, lookAt, sample, screen, textOf } from './kit.js';

const FINDING = {
  severity: 'degraded',
  code: 'ring-full',
  found: 'producers wait for "slow"',
  advice: 'make it faster',
};
const ORDERS = sample('orders', 0.95, 2e6, {
  producers: [endpoint('desk', { role: 'producer', pid: 41, writeLatency: latencies(300, 10) })],
  consumers: [endpoint('slow', { pid: 42, totalLatency: latencies(5000, 9) }), endpoint('gone', { state: 'detached' })],
  findings: [FINDING],
});
const BROKEN = { channel: 'ticks', code: 'ERR_CORRUPT', reason: 'ticks.ring has 7 bytes' };

describe('the list of channels', () => {
  it('shows each, and below all about the one under the cursor', () => {
    assert.deepEqual(textOf(screen(lookAt([ORDERS, sample('quotes', 0, 10)], [BROKEN]), { selected: 'orders' })), [
      'apbus top  /dev/shm/bus  12:34:56  every 500 ms',
      '  channel*  msg/s used             lag behind    p50    p99 lost/s drop/s refu/s',
      '  ticks  unusable: ticks.ring has 7 bytes (ERR_CORRUPT)',
      '> orders       2M #######.  95%   1.5k   12ms    5us    5us      0      0      0',
      '  quotes       10 ........   0%      -      -      -      -      0      0      0',
      `-- orders ${'-'.repeat(70)}`,
      '  ! producers wait for "slow"',
      '  > desk     41      alive   2M msg/s, write p50 300ns p99 300ns',
      '  < slow     42      alive   2M msg/s, latency p50 5us p99 5us, 1.5k behind (12~',
      '2/3  Enter details  / filter  s sort  space pause  z zero  ? help  q quit',
    ]);
  });

  it('has more columns where there is room', () => {
    const [, headings, orders] = textOf(screen(lookAt([ORDERS]), {}, { columns: 200 }));
    assert.equal(
      headings,
      '  channel* type in>out  msg/s last minute  byte/s used          last minute     lag  bytes behind    p50    p99    max  q p99  h p99  w p99 lost/s drop/s refu/s breaker   journal',
    );
    assert.equal(
      orders?.trimEnd(),
      '> orders   MPSC 1>1        2M     .:-+*#%@   128M #######.  95%     .:-=+*#@   1.5k    96k   12ms    5us    5us    5us      -      -  300ns      0      0      0 -         -',
    );
  });

  it('always shows the column that it is sorted by', () => {
    const narrow = textOf(screen(lookAt([ORDERS]), { sort: 'journal', isInverted: true }, { columns: 40 }));
    assert.match(narrow[1] ?? '', /channel .* journal\^/);
  });

  it('scrolls with the cursor', () => {
    const many = lookAt(Array.from({ length: 100 }, (_unused, n) => sample(`c${String(n).padStart(3, '0')}`, 0, n)));
    const lines = textOf(screen(many, { selected: 'c099' }, { rows: 10 }));
    assert.equal(lines.length, 10);
    assert.match(lines[8] ?? '', /^> c099/);
    assert.match(lines[9] ?? '', /^100\/100 /);
  });

  it('shows those whose names contain the filter, and says when there is none', () => {
    const look = lookAt([ORDERS, sample('quotes', 0, 10)]);
    const { channels } = screen(look, { filter: 'ote' });
    assert.deepEqual(channels, ['quotes']);
    const none = textOf(screen(look, { filter: 'nothing', isTyping: true }));
    assert.equal(none[1], `no channel's name contains "nothing"`);
    assert.match(none.at(-1) ?? '', /^\/nothing_/);
    assert.equal(textOf(screen(lookAt([])))[1], 'no channel has a segment here');
  });
});

it('the screen of a channel shows all of its endpoints, what is wrong, and what to do', () => {
  const lines = textOf(screen(lookAt([ORDERS]), { screen: 'channel', selected: 'orders' }, { rows: 60 }));
  assert.deepEqual(lines, [
    'apbus top  /dev/shm/bus  12:34:56  every 500 ms',
    'channel   orders, MPSC, BlockProducer',
    'ring      1MB, messages of up to 1KB; 5000 records written, 5000 retained',
    'rate      2M messages/s, 128M bytes/s',
    `5 minutes ${' '.repeat(52)}.:-+*#%@`,
    'used      ###################. 95.0% by the slowest consumer that gates',
    `5 minutes ${' '.repeat(52)}.:-=+*#@`,
    'lag       1.5k messages, 93.8KB, 12ms',
    'each s    0 lost, 0 dropped, 0 refused',
    '!         producers wait for "slow"',
    '  do      make it faster',
    'producers',
    '  > desk (41) alive, slot 0, generation 1, event loop 3ms late',
    '    2M msg/s, - bytes/s',
    '    counted: messages 100, bytes 6.4k',
    '    write    p50 300ns p99 300ns max 300ns     all p50 300ns p99 300ns p99.9',
    '                                              300ns max 300ns',
    'consumers',
    '  < slow (42) alive, slot 0, generation 1, event loop 3ms late',
    '    2M msg/s, - bytes/s',
    '    behind by 1.5k messages, 93.8KB, 12ms',
    '    counted: messages 100, bytes 6.4k',
    '    total    p50 5us p99 5us max 5us           all p50 5us p99 5us p99.9 5us',
    '                                              max 5us',
    '  < gone (7) detached, slot 0, generation 1, event loop 3ms late',
    '    2M msg/s, - bytes/s',
    '    behind by 1.5k messages, 93.8KB, 12ms',
    '    counted: messages 100, bytes 6.4k',
    'Esc back  up/down scroll  space pause  +/- speed  z zero  ? help  q quit',
  ]);
});

it('of producers that write one at a time, the last has the messages of the channel, and no bytes', () => {
  const producer = (name: string, counters: object): ReturnType<typeof endpoint> =>
    endpoint(name, { role: 'producer', counters });
  const ticks = sample('ticks', 0.5, 10, {
    producers: [producer('former', { dropped: 3 }), producer('primary', { messages: 100 })],
  });
  const list = textOf(screen(lookAt([ticks]), { selected: 'ticks' }));
  assert.deepEqual(
    list.filter((line) => line.startsWith('  > ')).map((line) => line.trimEnd()),
    ['  > former   7       alive   3 dropped', '  > primary  7       alive   10 msg/s'],
  );
  const lines = textOf(screen(lookAt([ticks]), { screen: 'channel', selected: 'ticks' }, { rows: 60 }));
  const [former, primary] = ['  > former', '  > primary'].map((start) =>
    lines.findIndex((line) => line.startsWith(start)),
  );
  assert.equal(lines[former! + 1], '    counted: dropped 3');
  assert.deepEqual(lines.slice(primary! + 1, primary! + 3), ['    10 msg/s', '    counted: messages 100']);
});

it('the screen of one that cannot be looked at says why, and that of one that is gone says so', () => {
  const broken = textOf(screen(lookAt([], [BROKEN]), { screen: 'channel', selected: 'ticks' }));
  assert.deepEqual(broken.slice(1, 4), [
    'channel   ticks',
    'unusable  ticks.ring has 7 bytes',
    'code      ERR_CORRUPT',
  ]);
  const gone = textOf(screen(lookAt([]), { screen: 'channel', selected: 'ticks' }));
  assert.match(gone[1] ?? '', /^channel ticks has no segment any more/);
});

it('no screen has more lines, or longer ones, than fit, whatever names say', () => {
  const hostile = '\u001b[2J\u001b]0;x\u0007\u009b31m\u202e\n世界é\u0301\ud800';
  const look = lookAt(
    [sample(hostile, 1, 1e9, { consumers: [endpoint(hostile)], findings: [{ ...FINDING, found: hostile }] })],
    [{ channel: `${hostile}2`, code: 'ERR_CORRUPT', reason: hostile.repeat(20) }],
  );
  for (const kind of ['list', 'channel', 'help'] as const) {
    for (let rows = 1; rows <= 30; rows++) {
      for (const columns of [1, 2, 3, 7, 8, 12, 20, 37, 80, 133]) {
        const { lines } = screen(look, { screen: kind, selected: hostile, scroll: 1000 }, { rows, columns });
        assert.ok(lines.length <= rows);
        for (const line of lines) {
          const text = plainLine(line);
          assert.ok(widthOf(text) <= columns, `${columns}: ${text}`);
          assert.doesNotMatch(text, /\p{C}/u);
        }
      }
    }
  }
});

it('without a screen all is printed, each channel with its endpoints', () => {
  const around = {
    place: '/d',
    time: '12:00:00',
    complaint: 'bad key',
    glyphs: { levels: ' @', full: '#', empty: '.', rule: '-' },
  };
  const lines = drawWhole(lookAt([ORDERS], [BROKEN]), 'name', around).map(plainLine);
  assert.equal(lines[0], 'apbus top  /d  12:00:00  not read again: bad key');
  assert.equal(lines[2], 'ticks  unusable: ticks.ring has 7 bytes (ERR_CORRUPT)');
  assert.match(lines[3] ?? '', /^orders {3}MPSC /);
  assert.match(lines[4] ?? '', /^ {2}> desk /);
  assert.match(lines[5] ?? '', /^ {2}< slow /);
  assert.equal(lines[6], '  ! producers wait for "slow"');
});
