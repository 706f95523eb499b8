import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { keepSlots } from '#src/channel/kept-slot.js';
import type { ChannelType } from '#src/layout/schema.js';
import { script, startProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

const READ = 4;
/** More stores than an attach makes: a bound, should it never say that it is attached. */
const STORES_MAX = 60;
/** How many attaches are under way at a time. */
const AT_ONCE = 4;

/** Writes so many messages, of which a quarter fits the ring, and gives dead consumers up on the way. */
function write(channel: TemporaryChannel, messages: number): void {
  const producer = channel.producer();
  for (let n = 0; n < messages; n++) producer.write(numbered(n, 200));
  producer.close();
}

/** Makes a channel in which consumer `me` has read 4 messages of so many. */
function channelOf(t: TestContext, type: ChannelType, messages: number): TemporaryChannel {
  const channel = new TemporaryChannel(t, { type, timeoutMs: 20_000 });
  const before = channel.consumer('latest', 'me');
  write(channel, 10);
  before.poll(() => {}, READ);
  before.close();
  write(channel, messages - 10);
  return channel;
}

/** Lets one process after the other attach to a channel of its own, each killed one store later, until one lives. */
async function sweep(
  t: TestContext,
  prepare: () => TemporaryChannel,
  check: (after: TemporaryChannel) => void,
  way = 'attach',
): Promise<void> {
  let died = 0;
  const attach = async (store: number): Promise<boolean> => {
    const channel = prepare();
    const attacher = startProcess(t, script(import.meta.url, './actors/killed-attach.js'), [
      channel.directory,
      `${store}`,
      way,
    ]);
    const { code, signal } = await attacher.ended();
    assert.ok(code === 0 || signal === 'SIGKILL', attacher.stderr);
    if (signal === 'SIGKILL') died++;
    try {
      check(channel);
    } catch (error) {
      throw new Error(`after a death before store ${store}`, { cause: error });
    }
    return attacher.lines.includes('attached');
  };
  for (let store = 0; ; store += AT_ONCE) {
    assert.ok(store < STORES_MAX, 'no attach came through');
    const lived = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => attach(store + n)));
    if (lived.includes(true)) break;
  }
  t.diagnostic(`${died} deaths`);
  assert.ok(died >= 10, `an attach makes more than ${died} stores`);
}

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a consumer of a ${type} channel that dies anywhere while it attaches to resume`, () => {
    it('leaves its name where it stood', async (t) => {
      const check = (channel: TemporaryChannel): void => {
        const consumer = channel.consumer('resume', 'me');
        assert.deepEqual([consumer.sequence, consumer.lost], [READ, 0]);
      };
      await sweep(t, () => channelOf(t, type, 20), check);
    });

    it('leaves the count of what was overwritten to its next life, exact', async (t) => {
      const check = (channel: TemporaryChannel): void => {
        const consumer = channel.consumer('resume', 'me');
        assert.ok(consumer.lost > 1000, `${consumer.lost} lost`);
        assert.equal(consumer.sequence, READ + consumer.lost);
      };
      await sweep(t, () => channelOf(t, type, 2000), check);
    });

    it('also when what it found is overwritten before its name comes back', async (t) => {
      const check = (channel: TemporaryChannel): void => {
        write(channel, 2000);
        const consumer = channel.consumer('resume', 'me');
        assert.ok(consumer.lost > 3000, `${consumer.lost} lost`);
        assert.equal(consumer.sequence, READ + consumer.lost);
      };
      await sweep(t, () => channelOf(t, type, 2000), check);
    });
  });

  describe(`an evicted consumer of a ${type} channel that dies anywhere while it comes back`, () => {
    it('leaves the count of what it missed to its next life, exact', async (t) => {
      const check = (channel: TemporaryChannel): void => {
        const consumer = channel.consumer('resume', 'me');
        assert.ok(consumer.lost > 1000, `${consumer.lost} lost`);
        assert.equal(consumer.sequence, READ + consumer.lost);
      };
      await sweep(t, () => channelOf(t, type, 20), check, 'evicted');
    });
  });

  describe(`a process that dies anywhere while it makes a slot of a ${type} channel for one that is to get everything`, () => {
    it('leaves it to the next endpoint, before the first message', async (t) => {
      const always = { ...DEFAULT_POLICY, gating: 'always' as const };
      const prepare = (): TemporaryChannel => {
        const channel = new TemporaryChannel(t, { type, timeoutMs: 0 });
        channel.observer();
        return channel;
      };
      const check = (channel: TemporaryChannel): void => {
        keepSlots(channel.observer(), new Map([['me', always]]));
        const producer = channel.producer();
        let written = 0;
        while (producer.tryWrite(numbered(written, 200)) >= 0) written++;
        const consumer = new Consumer(channel.segment(false), { name: 'me', from: 'resume', policy: always });
        t.after(() => consumer.close());
        assert.equal(
          consumer.poll(() => {}, Infinity),
          written,
        );
        assert.equal(consumer.lost, 0);
      };
      await sweep(t, prepare, check, 'keep');
    });
  });
}
