import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { Consumer } from '#src/channel/consumer.js';
import type { StartFrom } from '#src/channel/start-from.js';
import type { Recorder } from '#src/journal/recorder.js';
import type { ChannelType } from '#src/layout/schema.js';
import type { Gap } from '#src/ring/gaps.js';
import { countFromEnvironment, randomSource, seedOfRun } from '../../kit/random.js';
import { numbered, numberOf } from '../../kit/temporary-channel.js';
import { scene, type Scene } from '../../unit/journal/recording-kit.js';

/** Each takes about a tenth of a second. */
const ROUNDS = Math.min(countFromEnvironment('APBUS_FUZZ_RUNS', 15), 5000);
const PART = 20;
const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
const STEPS = 300;

/** One channel, driven by chance: what its producer, its recorder and a consumer that replays do, and in which order. */
class Drive {
  private readonly scene: Scene;
  private readonly random: (below: number) => number;
  /** Whether producers did not wait for the recorder, or for a consumer in the ring. */
  private mayLose: boolean;
  private readonly producer: ReturnType<Scene['channel']['producer']>;
  private recorder: Recorder;
  private reader: Consumer | undefined;
  private readonly gaps: Gap[] = [];
  written = 0;
  /** What the consumer is to get next, or be told the loss of. */
  private next: number | undefined;
  private seen = 0;
  private lost = 0;

  constructor(t: TestContext, random: (below: number) => number) {
    this.random = random;
    this.mayLose = random(3) === 0;
    const mode = this.mayLose ? 'DropOldest' : 'BlockProducer';
    const rollBytes = [4000, 20_000, 2 ** 28][random(3)]!;
    this.scene = scene(t, { type: TYPES[random(4)]!, mode, timeoutMs: 0 }, { rollBytes });
    // nothing here ends with the machine
    Object.assign(this.scene.failing.files, { sync: () => undefined, syncFolder: () => undefined });
    this.producer = this.scene.channel.producer();
    this.recorder = this.scene.recorder();
  }

  step(): void {
    const { random } = this;
    const choice = random(20);
    if (choice < 9) this.write(1 + random(60), [40, 600, 8000][random(3)]!);
    else if (choice < 13) this.record(1 + random(4));
    else if (choice < 18) this.read(1 + random(5), [1, 3, 1024][random(3)]!);
    else if (choice === 18) this.replaceReader();
    else if (random(3) === 0) this.replaceRecorder();
  }

  /** All that is there is recorded and read. */
  finish(): void {
    this.record(Infinity);
    for (let vain = 0; vain < 20; vain++) if (this.read(1, 1024) > 0) vain = 0;
    this.reader?.close();
    this.recorder.close();
    if (this.next !== undefined) assert.equal(this.next, this.written, 'the consumer came to the end');
    if (!this.mayLose) assert.equal(this.lost, 0, 'nothing is lost where producers wait');
  }

  get summary(): { seen: number; lost: number } {
    return { seen: this.seen, lost: this.lost };
  }

  private write(count: number, longest: number): void {
    for (let n = 0; n < count; n++) {
      const sequence = this.producer.tryWrite(numbered(this.written, 4 + this.random(longest)));
      if (sequence < 0) return;
      assert.equal(sequence, this.written++);
    }
  }

  private record(turns: number): void {
    for (let turn = 0; turn < turns && this.recorder.turn(); turn++);
  }

  private read(polls: number, limit: number): number {
    let delivered = 0;
    for (let poll = 0; poll < polls; poll++) {
      delivered +=
        this.reader?.poll(({ buffer, offset, length, sequence }) => {
          this.account();
          assert.equal(sequence, this.next ?? sequence, 'no gap that was not told, and no message twice');
          assert.equal(numberOf(buffer, offset, length), sequence);
          this.next = sequence + 1;
          this.seen += 1;
        }, limit) ?? 0;
    }
    this.account();
    return delivered;
  }

  /** Takes what was told as missing into the account. */
  private account(): void {
    for (const gap of this.gaps.splice(0)) {
      assert.equal(gap.sequence, this.next ?? gap.sequence, `a gap that is told where it is: ${JSON.stringify(gap)}`);
      this.next = gap.sequence + gap.lost;
      this.lost += gap.lost;
    }
  }

  private replaceReader(): void {
    const { random } = this;
    this.reader?.close();
    this.account();
    const isNew = this.reader === undefined || random(3) === 0;
    const from: StartFrom = isNew ? (random(3) === 0 ? 'oldest' : { sequence: random(this.written + 1) }) : 'resume';
    if (isNew) this.next = from === 'oldest' ? undefined : (from as { sequence: number }).sequence;
    const gating = random(4) > 0;
    this.mayLose ||= !gating;
    this.reader = this.scene.consumer(from, this.gaps, gating);
    // its first poll tells what is missing of what it asked for
    this.read(1, 1);
  }

  /** The kernel closed its files, and its slot says what it said last; or it came to its end in order. */
  private replaceRecorder(): void {
    if (this.random(2) === 0) this.recorder.close();
    else {
      const dead = this.recorder as unknown as { segment: { close(): void }; writer?: { unlock(): void } };
      dead.segment.close();
      dead.writer?.unlock();
    }
    this.recorder = this.scene.recorder();
  }
}

it('a consumer crosses from the journal into the ring without a gap that is not told, whatever happens in which order', async (t) => {
  const seed = seedOfRun();
  t.diagnostic(`APBUS_SEED=${seed}`);
  let seen = 0;
  let lost = 0;
  for (let first = 0; first < ROUNDS; first += PART) {
    // by itself, so that its channels are gone before the next ones are made
    await t.test(`with seeds from ${seed + first}`, (part) => {
      for (let round = first; round < Math.min(first + PART, ROUNDS); round++) {
        const drive = new Drive(part, randomSource(seed + round));
        try {
          for (let step = 0; step < STEPS; step++) drive.step();
          drive.finish();
        } catch (error) {
          throw new Error(`with APBUS_SEED=${seed + round} APBUS_FUZZ_RUNS=1, after ${drive.written} messages`, {
            cause: error,
          });
        }
        seen += drive.summary.seen;
        lost += drive.summary.lost;
      }
    });
  }
  t.diagnostic(`${ROUNDS} rounds, ${seen} messages read, ${lost} told as lost`);
});
