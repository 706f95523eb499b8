import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { journalStatus } from '#src/journal/journal-status.js';
import { BusError } from '#src/platform/bus-error.js';
import type { ChannelType } from '#src/layout/schema.js';
import type { Gap } from '#src/ring/gaps.js';
import { numbered } from '../../kit/temporary-channel.js';
import { readAll, upTo } from './kit.js';
import { drain, readRest, scene } from './recording-kit.js';

const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];

for (const type of TYPES) {
  describe(`the recorder of a ${type} channel`, () => {
    it('records every message once, over many laps and lives of its own', (t) => {
      const { channel, folder, recorder } = scene(t, { type });
      const producer = channel.producer();
      let written = 0;
      for (let life = 0; life < 5; life++) {
        const one = recorder();
        for (let round = 0; round < 40; round++) {
          for (let n = 0; n < 20; n++) producer.write(numbered(written++, 8 + ((written * 37) % 900)));
          drain(one);
        }
        one.close();
      }
      assert.deepEqual(readAll(folder).sequences, upTo(written));
    });

    it('neither repeats nor omits what it had appended when it died before its cursor moved', (t) => {
      const { channel, folder, recorder, failing } = scene(t, { type });
      const producer = channel.producer();
      for (let n = 0; n < 30; n++) producer.write(numbered(n));
      const dead = recorder();
      let appended = false;
      failing.before = (operation) => {
        if (operation === 'write') appended = true;
      };
      drain(dead);
      assert.ok(appended);
      // The kernel closed its files; its slot says what it said before the append.
      (dead as unknown as { segment: { close(): void } }).segment.close();
      (dead as unknown as { writer: { unlock(): void } }).writer.unlock();
      for (let n = 30; n < 40; n++) producer.write(numbered(n));
      const next = recorder();
      drain(next);
      next.close();
      assert.deepEqual(readAll(folder).sequences, upTo(40));
    });

    it('lets a consumer begin before the ring, and cross into it without a gap and without a message twice', (t) => {
      const { channel, recorder, consumer } = scene(t, { type });
      const producer = channel.producer();
      const one = recorder();
      for (let n = 0; n < 3000; n++) {
        producer.write(numbered(n, 100));
        if (n % 50 === 0) drain(one);
      }
      drain(one);
      const gaps: Gap[] = [];
      const reader = consumer({ sequence: 7 }, gaps);
      assert.equal(reader.sequence, 7);
      assert.deepEqual(readRest(reader), upTo(3000, 7));
      for (let n = 3000; n < 3010; n++) producer.write(numbered(n, 100));
      assert.deepEqual(readRest(reader), upTo(3010, 3000));
      assert.deepEqual([gaps, reader.lost, reader.lag.messages], [[], 0, 0]);
      one.close();
    });

    it('lets producers go on, over laps, while a consumer reads the past; then they wait for it', (t) => {
      const { channel, recorder, consumer } = scene(t, { type });
      const producer = channel.producer();
      const one = recorder();
      let written = 0;
      const more = (count: number): void => {
        for (let n = 0; n < count; n++) {
          producer.write(numbered(written++, 100));
          drain(one);
        }
      };
      more(1500);
      const reader = consumer('oldest');
      const seen: number[] = [];
      while (seen.length < 2500) {
        reader.poll(({ sequence }) => seen.push(sequence), 5);
        if (written < 2500) more(4);
      }
      assert.deepEqual([...seen, ...readRest(reader)], upTo(written));
      while (producer.tryWrite(numbered(written, 100)) >= 0) {
        written++;
        drain(one);
      }
      assert.equal(reader.lag.messages > 0, true, 'producers stop at the consumer that has crossed');
      one.close();
    });
  });
}

describe('the recorder', () => {
  it('is one at a time', (t) => {
    const { recorder } = scene(t);
    const one = recorder();
    assert.throws(recorder, (error) => BusError.is(error, 'ERR_CONSUMER_TAKEN'));
    one.close();
    recorder().close();
  });

  it('says what is written and what is durable, and syncs as often as it was told', async (t) => {
    const { channel, recorder, clock } = scene(t, {}, { fsync: 'interval', fsyncIntervalMs: 100 });
    const look = channel.observer();
    const producer = channel.producer();
    const one = recorder();
    const synced = async (): Promise<void> => {
      // the disk answers on the event loop
      for (let n = 0; n < 50; n++) await new Promise((resolve) => setTimeout(resolve, 1));
      drain(one);
    };
    clock.nowNs += 100e6;
    producer.write(numbered(0));
    drain(one);
    await synced();
    assert.deepEqual([journalStatus(look).written, journalStatus(look).durable], [1, 1]);
    producer.write(numbered(1));
    clock.nowNs += 99e6;
    drain(one);
    await synced();
    assert.deepEqual([journalStatus(look).written, journalStatus(look).durable], [2, 1]);
    clock.nowNs += 1e6;
    drain(one);
    await synced();
    assert.deepEqual([journalStatus(look).written, journalStatus(look).durable], [2, 2]);
    assert.equal(journalStatus(look).recorderPid, process.pid);
    one.close();
    assert.equal(journalStatus(look).state, 'none');
  });

  it('comes to its end though a producer never does', (t) => {
    const { channel, recorder, failing, folder } = scene(t, { timeoutMs: 0 });
    const producer = channel.producer();
    const one = recorder();
    let written = 0;
    failing.before = (operation) => {
      if (operation !== 'write' || written > 5000) return;
      for (let n = 0; n < 4; n++) producer.write(numbered(written++, 500));
    };
    producer.write(numbered(written++, 500));
    one.finish();
    one.close();
    assert.ok(written <= 5000, 'it stops after what the ring can hold');
    assert.ok(readAll(folder).sequences.length > 0);
  });

  it('of a channel that drops the oldest holds nobody up, and notes what it was too slow for', (t) => {
    const { channel, folder, recorder } = scene(t, { mode: 'DropOldest' });
    const producer = channel.producer();
    const one = recorder();
    for (let n = 0; n < 10; n++) producer.write(numbered(n, 500));
    drain(one);
    for (let n = 10; n < 1000; n++) producer.write(numbered(n, 500));
    drain(one);
    one.close();
    const { sequences, gaps, lost } = readAll(folder);
    assert.equal(gaps.length, 1);
    assert.deepEqual([gaps[0]?.sequence, gaps[0]?.reason], [10, 'overwritten']);
    assert.deepEqual(sequences, [...upTo(10), ...upTo(1000, 10 + lost)]);
    assert.ok(lost > 500);
  });

  it('keeps what the saved cursor of a consumer still needs', (t) => {
    const { channel, folder, recorder, consumer } = scene(t, {}, { rollBytes: 20_000, retentionBytes: 20_000 });
    const producer = channel.producer();
    const one = recorder();
    const reader = consumer('latest');
    for (let n = 0; n < 20; n++) producer.write(numbered(n, 500));
    reader.poll(() => {}, 5);
    reader.close();
    for (let n = 20; n < 400; n++) {
      producer.write(numbered(n, 500));
      drain(one);
    }
    one.close();
    assert.ok(readAll(folder).sequences[0]! <= 5);
    const back = consumer('resume');
    assert.equal(back.sequence, 5);
    assert.deepEqual(readRest(back), upTo(400, 5));
    assert.equal(back.lost, 0);
  });
});
