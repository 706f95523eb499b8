import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { CONTROL } from '#src/layout/schema.js';
import { script, startProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';

/** Of three cells. */
const CLAIM_BYTES = 150;
/** More stores than a repair makes: a bound, should nobody ever live to see its end. */
const STORES_MAX = 80;
/** How many repairs are under way at a time. */
const AT_ONCE = 4;

/** A channel with a message, a dead claim behind it, and a living producer. */
function channelOf(t: TestContext, isCovered: boolean): { channel: TemporaryChannel; producer: Producer } {
  const channel = new TemporaryChannel(t, { type: 'MPMC', timeoutMs: 20_000 });
  const producer = channel.producer();
  producer.write(numbered(0));
  const { control } = channel.observer();
  const tail = [control.loadVolatile(CONTROL.at.tail), control.loadVolatile(CONTROL.at.tail + 4)] as const;
  channel.deadProducer((dead) => dead.tryClaim(CLAIM_BYTES));
  if (!isCovered) {
    // as if the producer had died before it moved the tail
    control.storeVolatile(CONTROL.at.tail, tail[0]);
    control.storeVolatile(CONTROL.at.tail + 4, tail[1]);
  }
  return { channel, producer };
}

/** Lets one process after the other repair a dead claim, each killed one store later, until one lives. */
async function sweep(t: TestContext, isCovered: boolean): Promise<void> {
  let died = 0;
  const repair = async (store: number): Promise<boolean> => {
    const { channel, producer } = channelOf(t, isCovered);
    if (isCovered) producer.write(numbered(2));
    const process = startProcess(t, script(import.meta.url, './actors/killed-repair.js'), [
      channel.directory,
      `${store}`,
    ]);
    const { code, signal } = await process.ended();
    assert.ok(code === 0 || signal === 'SIGKILL', process.stderr);
    if (signal === 'SIGKILL') died++;
    const witness = channel.consumer('oldest', 'witness');
    const got: number[] = [];
    for (let looks = 0; witness.lost === 0; looks++) {
      assert.ok(looks < 100, `nobody finished it after a death before store ${store}`);
      witness.poll(({ sequence }) => got.push(sequence));
      witness.waitSync(50);
    }
    if (!isCovered) producer.write(numbered(2));
    producer.write(numbered(3));
    witness.poll(({ sequence }) => got.push(sequence));
    assert.deepEqual([got, witness.lost], [[0, 2, 3], 1], `after a death before store ${store}`);
    return code === 0;
  };
  for (let store = 0; ; store += AT_ONCE) {
    assert.ok(store < STORES_MAX, 'no repair came through');
    const lived = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => repair(store + n)));
    if (lived.includes(true)) break;
  }
  t.diagnostic(`${died} deaths`);
  assert.ok(died >= 10, `a repair makes more than ${died} stores`);
}

describe('a consumer that dies anywhere while it repairs', () => {
  it('leaves the claim to the next, who finishes it', (t) => sweep(t, true));

  it('also when the dead producer had not moved the tail', (t) => sweep(t, false));
});
