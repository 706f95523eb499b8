import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { Segment } from '#src/layout/segment.js';
import { BusLooker } from '#src/observe/metrics/bus-look.js';
import { Scraper } from '#src/observe/metrics/exposition.js';
import { temporaryDirectory, TemporaryChannel } from '../../../kit/temporary-channel.js';
import { busyChannel, looked, samplesIn } from './scene.js';

function makeChannels(directory: string, names: readonly string[]): void {
  for (const name of names) {
    const shape = { name, type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 } as const;
    Segment.openOrCreate(directory, shape, { ringWritable: false }).close();
  }
}

it('a directory that is not there has no channels, and a metric says so', () => {
  using looker = new BusLooker('/dev/shm/apbus-test-not-there');
  const samples = samplesIn(new Scraper(looker).scrape().text.toString());
  assert.equal(samples.get('apbus_channels'), 0);
  assert.equal(samples.get('apbus_looks_total'), 1);
});

it('what cannot be looked at is counted as unusable, by its name as it is, and the others are shown', (t) => {
  const directory = temporaryDirectory(t);
  makeChannels(directory, ['good', 'cut', 'renamed']);
  writeFileSync(join(directory, '<script>"\n.ring'), 'no segment', { mode: 0o600 });
  writeFileSync(join(directory, '<script>"\\.ring'), 'no segment', { mode: 0o600 });
  truncateSync(join(directory, 'cut.ring'), 8192);
  writeFileSync(join(directory, 'gone.ring.huge'), '', { mode: 0o600 });
  using looker = new BusLooker(directory);
  const text = new Scraper(looker).scrape().text.toString();
  const samples = samplesIn(text);
  assert.equal(samples.get('apbus_channel_usable{channel="good"}'), 1);
  assert.equal(samples.get('apbus_channel_usable{channel="cut"}'), 0);
  assert.equal(samples.get('apbus_channel_usable{channel="gone"}'), 0);
  assert.equal(samples.get(String.raw`apbus_channel_usable{channel="<script>\"\\"}`), 0);
  assert.equal(samples.get('apbus_channels_unusable'), 3);
});

it('a segment that is removed, cut off or made anew between two looks is let go', (t) => {
  const directory = temporaryDirectory(t);
  makeChannels(directory, ['a', 'b', 'c']);
  using looker = new BusLooker(directory);
  assert.equal(looked(looker).channels.length, 3);
  rmSync(join(directory, 'a.ring'));
  truncateSync(join(directory, 'b.ring'), 100);
  rmSync(join(directory, 'c.ring'));
  makeChannels(directory, ['c']);
  const { channels, unusable } = looked(looker);
  assert.deepEqual(
    channels.map(({ channel }) => channel),
    ['c'],
  );
  assert.deepEqual(
    unusable.map(({ channel, code }) => [channel, code]),
    [['b', 'ERR_CORRUPT']],
  );
});

it('channels and endpoints beyond the limits are counted, and those that are attached come first', (t) => {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  channel.consumer('latest', 'left').close();
  for (const name of ['one', 'two', 'three']) channel.consumer('latest', name);
  makeChannels(channel.directory, ['u', 'v', 'w']);
  using looker = new BusLooker(channel.directory, { channels: 2, endpoints: 2 });
  const look = looked(looker);
  assert.equal(look.found, 4);
  assert.equal(look.omittedChannels, 2);
  assert.equal(look.omittedEndpoints, 2);
  assert.deepEqual(
    look.channels.map(({ channel: name, consumers }) => [name, consumers.map((one) => one.name)]),
    [
      ['test', ['one', 'two']],
      ['u', []],
    ],
  );
  const whole = looker.seen().seen[0]!;
  assert.ok('consumers' in whole && whole.consumers.length === 4, 'who judges health sees all of them');
});

it('whatever stands in the control region, a look ends and its text can be parsed', (t) => {
  const channel = busyChannel(t);
  const { control } = channel.observer();
  using looker = new BusLooker(channel.directory);
  for (let round = 0; round < 100; round++) {
    const at = randomInt(256, 30_000);
    control.bytes[at] = randomInt(256);
    const text = new Scraper(looker).scrape().text.toString();
    for (const line of text.trimEnd().split('\n'))
      assert.match(
        line,
        /^(?:# (?:HELP|TYPE) apbus_\w+ .+|apbus_\w+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? [-+.\de]+)$/,
      );
  }
});
