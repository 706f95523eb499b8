import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { JournalSettings } from '#src/journal/settings.js';
import type { Recorder } from '#src/journal/recorder.js';
import type { Gap } from '#src/ring/gaps.js';
import { numbered } from '../../kit/temporary-channel.js';
import { upTo } from './kit.js';
import { drain, readRest, scene } from './recording-kit.js';

describe('a consumer that begins before the ring', () => {
  const recorded = (t: TestContext, more: Partial<JournalSettings> = {}, count = 1000) => {
    const open: Recorder[] = [];
    // before its folder is removed: at its end it would make it anew
    t.after(() => {
      for (const one of open) one.close();
    });
    const { channel, folder, recorder, consumer } = scene(t, {}, more);
    const producer = channel.producer();
    const one = recorder();
    open.push(one);
    for (let n = 0; n < count; n++) {
      producer.write(numbered(n, 500));
      drain(one);
    }
    return { channel, folder, producer, consumer, one };
  };

  it('at a time gets exactly what was received from then on', (t) => {
    const { folder, consumer } = recorded(t);
    const times: bigint[] = [];
    const all = consumer('oldest');
    for (let vain = 0; vain < 20;)
      vain = all.poll(({ busReceivedNs }) => times.push(busReceivedNs)) === 0 ? vain + 1 : 0;
    all.close();
    assert.equal(times.length, 1000, folder);
    const reader = consumer({ timeNs: times[123]! });
    assert.deepEqual(readRest(reader), upTo(1000, 123));
  });

  it('comes back to where it was in the past when it was closed there', (t) => {
    const { consumer } = recorded(t);
    const reader = consumer({ sequence: 10 });
    const seen: number[] = [];
    reader.poll(({ sequence }) => seen.push(sequence), 20);
    reader.close();
    const back = consumer('resume');
    assert.deepEqual([...seen, ...readRest(back)], upTo(1000, 10));
  });

  it('stops where its handler closes it, and hands what its handler failed at out again', (t) => {
    const { consumer } = recorded(t);
    const reader = consumer({ sequence: 0 });
    const seen: number[] = [];
    const take = ({ sequence }: { sequence: number }): void => {
      seen.push(sequence);
      if (seen.length === 3) throw new Error('no');
      if (seen.length === 6) reader.close();
    };
    assert.throws(() => reader.poll(take), /no/);
    reader.poll(take);
    assert.deepEqual(seen, [0, 1, 2, 2, 3, 4]);
  });

  it('seeks in the past and in the ring', (t) => {
    const { consumer } = recorded(t);
    const reader = consumer('latest');
    reader.seek({ sequence: 50 });
    assert.equal(reader.read()?.sequence, 50);
    reader.seek('latest');
    assert.equal(reader.read(), undefined);
    reader.seek({ sequence: 990 });
    assert.deepEqual(readRest(reader), upTo(1000, 990));
    reader.seek({ sequence: 0 });
    reader.seek({ sequence: 1 });
    assert.deepEqual(readRest(reader), upTo(1000, 1));
    assert.equal(reader.lost, 0);
  });

  it('counts what the journal does not have any more', (t) => {
    const { consumer } = recorded(t, { rollBytes: 50_000, retentionBytes: 100_000, retentionForce: true });
    const gaps: Gap[] = [];
    const reader = consumer({ sequence: 3 }, gaps);
    const seen = readRest(reader);
    assert.ok(seen[0]! > 3);
    assert.deepEqual(seen, upTo(1000, seen[0]));
    assert.deepEqual(gaps, [{ sequence: 3, lost: seen[0]! - 3, reason: 'not-recorded' }]);
    assert.equal(reader.lost, seen[0]! - 3);
  });

  it('gets no more than the replay window', (t) => {
    const { consumer } = recorded(t, { replayWindowMs: 0 });
    const reader = consumer({ sequence: 0 });
    const seen = readRest(reader);
    assert.ok(seen.length < 200, 'what is in the ring, and no more');
    assert.equal(reader.lost, 1000 - seen.length);
  });
});
