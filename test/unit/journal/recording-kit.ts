import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import type { StartFrom } from '#src/channel/start-from.js';
import { openPast } from '#src/journal/open-past.js';
import { Recorder } from '#src/journal/recorder.js';
import type { JournalSettings } from '#src/journal/settings.js';
import type { Clock } from '#src/platform/clock.js';
import type { Gap } from '#src/ring/gaps.js';
import { TemporaryChannel, numberOf, type ChannelOptions } from '../../kit/temporary-channel.js';
import { FailingFiles, journalFolder, settingsFor } from './kit.js';

export class FakeClock implements Clock {
  nowNs = 1e9;
  monotonicNs(): number {
    return this.nowNs;
  }
}

export interface Scene {
  readonly channel: TemporaryChannel;
  readonly folder: string;
  readonly clock: FakeClock;
  readonly failing: FailingFiles;
  readonly recorder: () => Recorder;
  readonly consumer: (from: StartFrom, gaps?: Gap[], gating?: boolean) => Consumer;
}

export function scene(t: TestContext, options: ChannelOptions = {}, more: Partial<JournalSettings> = {}): Scene {
  const channel = new TemporaryChannel(t, options);
  const folder = journalFolder(t);
  const settings = settingsFor(folder, more);
  const clock = new FakeClock();
  const failing = new FailingFiles();
  return {
    channel,
    folder,
    clock,
    failing,
    recorder: () => new Recorder(channel.segment(false), settings, { clock, files: failing.files }),
    consumer: (from, gaps = [], gating = true) => {
      const segment = channel.segment(false);
      const consumer = new Consumer(segment, {
        name: 'reader',
        from,
        policy: { ...DEFAULT_POLICY, gating },
        onGap: (gap) => gaps.push(gap),
        openPast: (start, onGap) => openPast(segment, settings, start, onGap),
      });
      t.after(() => consumer.close());
      return consumer;
    },
  };
}

export const drain = (recorder: Recorder): void => {
  while (recorder.turn());
};

/** Reads until nothing comes any more, also not after a crossing. */
export function readRest(consumer: Consumer): number[] {
  const seen: number[] = [];
  const take = (): number =>
    consumer.poll(({ buffer, offset, length, sequence }) => {
      assert.equal(numberOf(buffer, offset, length), sequence);
      seen.push(sequence);
    });
  for (let vain = 0; vain < 20;) vain = take() === 0 ? vain + 1 : 0;
  return seen;
}
