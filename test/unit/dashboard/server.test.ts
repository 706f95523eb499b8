import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { HistoryAnswer } from '#src/dashboard/wire.js';
import { BusError } from '#src/platform/bus-error.js';
import { temporaryDirectory, TemporaryChannel } from '../../kit/temporary-channel.js';
import { ask, codeOf, served, Watching, type Served } from './served.js';

const MESSAGE = new Uint8Array(16);

async function historyOf(place: Served, channel: string): Promise<HistoryAnswer> {
  const answer = await ask(place, `/api/history?channel=${channel}`);
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body) as HistoryAnswer;
}

/** Rates by the time, s; the first look of a test is at 0. */
async function ratesOf(place: Served, channel: string): Promise<(number | null | undefined)[][]> {
  const { at, perSecond } = await historyOf(place, channel);
  return at.map((ms, index) => [(ms - 1_790_000_001_000) / 1000, perSecond[index]]);
}

/** Time passes, and who is due has looked. */
async function pass(place: Served, ms: number): Promise<void> {
  place.time.pass(ms);
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('what a dashboard has kept for who comes later', () => {
  it('are the figures of the time in which nobody watched, and then those that are told', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const place = await served(t, channel.directory);
    for (let n = 1; n <= 3; n++) {
      for (let m = 0; m < n * 20; m++) producer.write(MESSAGE);
      await pass(place, 2000);
    }
    const { name } = channel.shape;
    const before = [
      [2, 10],
      [4, 20],
      [6, 30],
    ];
    assert.deepEqual(await ratesOf(place, name), before);
    const watching = new Watching(t, place);
    const { channels, at } = await watching.look(1);
    assert.deepEqual([channels[0]?.perSecond, at - 1_790_000_001_000], [30, 6000]);
    for (let m = 0; m < 50; m++) producer.write(MESSAGE);
    place.time.pass();
    assert.equal((await watching.look(2)).channels[0]?.perSecond, 100);
    assert.deepEqual(await ratesOf(place, name), [...before, [6.5, 100]]);
  });

  it('are the events of that time, which each who comes is told once', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    const place = await served(t, channel.directory);
    const consumer = channel.consumer('oldest', 'reader');
    await pass(place, 2000);
    consumer.close();
    await pass(place, 2000);
    const told = [
      ['attached', 'reader', 1_790_000_003_000],
      ['detached', 'reader', 1_790_000_005_000],
    ];
    for (let n = 0; n < 2; n++) {
      const watching = new Watching(t, place);
      const { events } = await watching.look(1);
      assert.deepEqual(
        events.map(({ type, who, at }) => [type, who, at]),
        told,
      );
      const looks = watching.events.length;
      place.time.pass();
      await watching.until(() => watching.events.length > looks);
      assert.deepEqual((await watching.look(looks + 1)).events, []);
    }
  });

  it('has a gap where the dashboard, or the machine, was stopped, and says so to who watches', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const place = await served(t, channel.directory);
    const watching = new Watching(t, place);
    await watching.look(1);
    place.time.pass();
    assert.equal((await watching.look(2)).isAfterGap, false);
    for (let m = 0; m < 60; m++) producer.write(MESSAGE);
    place.time.pass(60_000);
    assert.equal((await watching.look(3)).isAfterGap, true);
    place.time.pass();
    assert.equal((await watching.look(4)).isAfterGap, false);
    assert.deepEqual(await ratesOf(place, channel.shape.name), [
      [0.5, 0],
      [0.501, null],
      [60.5, 1],
      [61, 0],
    ]);
  });

  it('has none where nobody watches, however often that begins and ends', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    const place = await served(t, channel.directory, { intervalMs: 5000 });
    for (let n = 0; n < 3; n++) {
      await pass(place, 5000);
      const watching = new Watching(t, place);
      await watching.look(1);
      await pass(place, 5000);
      watching.end();
      while (place.server.watching > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const rates = await ratesOf(place, channel.shape.name);
    assert.deepEqual(
      rates,
      [5, 10, 15, 20, 25, 30].map((at) => [at, 0]),
    );
  });

  it('has a gap where a segment was not there or could not be used, and none of its life before in its rates', async (t) => {
    const channel = new TemporaryChannel(t);
    const { name } = channel.shape;
    const path = join(channel.directory, `${name}.ring`);
    const place = await served(t, channel.directory);
    const first = channel.producer();
    for (let m = 0; m < 500; m++) first.write(MESSAGE);
    await pass(place, 2000);
    await pass(place, 2000);
    first.close();
    rmSync(path);
    await pass(place, 2000);
    writeFileSync(path, 'no segment', { mode: 0o600 });
    await pass(place, 2000);
    rmSync(path);
    const second = channel.producer();
    for (let m = 0; m < 30; m++) second.write(MESSAGE);
    await pass(place, 2000);
    for (let m = 0; m < 40; m++) second.write(MESSAGE);
    await pass(place, 2000);
    // made anew from one look to the next
    second.close();
    rmSync(path);
    channel.producer().write(MESSAGE);
    await pass(place, 2000);
    await pass(place, 2000);
    assert.deepEqual(await ratesOf(place, name), [
      [4, 0],
      [6, null],
      [12, 20],
      [14, null],
      [16, 0],
    ]);
    const { events } = await new Watching(t, place).look(1);
    assert.deepEqual(
      events.map(({ type }) => type).filter((type) => type === 'removed' || type === 'remade'),
      ['removed', 'remade'],
    );
  });

  it('has a gap where nothing could be looked at', async (t) => {
    const channel = new TemporaryChannel(t);
    channel.producer();
    let isWrong = false;
    const names = async (): Promise<string[]> => {
      if (isWrong) throw new BusError('ERR_CONFIG', 'bus.toml:3: found nonsense');
      return [channel.shape.name];
    };
    const place = await served(t, channel.directory, { names });
    for (const wrong of [false, true, true, false]) {
      isWrong = wrong;
      await pass(place, 2000);
    }
    assert.deepEqual(await ratesOf(place, channel.shape.name), [
      [2, 0],
      [4, null],
      [8, 0],
    ]);
  });

  it('goes on where services were started anew', async (t) => {
    const channel = new TemporaryChannel(t);
    const place = await served(t, channel.directory);
    for (let n = 0; n < 3; n++) {
      const producer = channel.producer(true, 'feed', { latencySampling: 1 });
      const consumer = channel.consumer('oldest', 'reader', {}, { latencySampling: 1 });
      await pass(place, 2000);
      for (let m = 0; m < 20; m++) producer.write(MESSAGE);
      consumer.poll(() => {});
      producer.close();
      consumer.close();
    }
    await pass(place, 2000);
    const { perSecond, p50 } = await historyOf(place, channel.shape.name);
    assert.deepEqual(perSecond, [10, 10, 10]);
    assert.ok(p50.every((ns) => ns !== null && ns > 0 && ns < 1e9));
  });

  it('is nothing of a channel that was never seen, and refused without a name', async (t) => {
    const place = await served(t, temporaryDirectory(t));
    assert.deepEqual((await historyOf(place, 'nobody')).at, []);
    for (const query of ['', '?channel=', `?channel=${'a'.repeat(256)}`, '?channel=c&span=9']) {
      const answer = await ask(place, `/api/history${query}`);
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'ERR_INVALID_ARGUMENT'], query);
    }
  });
});
