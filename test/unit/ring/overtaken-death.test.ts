import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { takeConsumerSlot } from '#src/channel/consumer-slot.js';
import { hasClaims } from '#src/layout/geometry.js';
import type { Segment } from '#src/layout/segment.js';
import type { MappedBuffer } from '#src/memory/mapped-buffer.js';
import type { RecordCopy } from '#src/memory/record-copy.js';
import { ClaimWordConsumer } from '#src/ring/claim-word-consumer.js';
import { InBandConsumer } from '#src/ring/in-band-consumer.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

class Death extends Error {}

/** A control region whose user dies when it is about to make store number `last`, from 0. */
function mortal(control: MappedBuffer, last: number): MappedBuffer {
  let stores = 0;
  return new Proxy(control, {
    get(target, name: keyof MappedBuffer) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (/^(?:put|store)/.test(name) && stores++ === last) throw new Death();
        return Reflect.apply(value, target, args);
      };
    },
  });
}

/** Reads with a consumer of that segment until it dies at a store, or there is no more; how many messages it got. */
function readUntilDeath(segment: Segment, last: number, overtake: () => void): { delivered: number; isDead: boolean } {
  const { channel, capacity, messageSizeMax, claims, windows, windowBytes, scratch } = segment;
  const policy = { ...DEFAULT_POLICY, gating: false };
  const place = { position: 0, sequence: 0 };
  const { slot } = takeConsumerSlot(segment, 'reader', policy, () => place);
  const control = mortal(segment.control, last);
  const recordCopy = (): RecordCopy => segment.recordCopy();
  const storage = { channel, capacity, messageSizeMax, claims, windows, windowBytes, scratch, recordCopy, control };
  const Ring = hasClaims(segment.shape.type) ? ClaimWordConsumer : InBandConsumer;
  const ring = new Ring(storage, slot, place, true);
  let delivered = 0;
  try {
    ring.poll(() => {
      if (++delivered === 5) overtake();
    }, Infinity);
    ring.flush();
  } catch (error) {
    if (!(error instanceof Death)) throw error;
    return { delivered, isDead: true };
  }
  return { delivered, isDead: false };
}

for (const type of ['SPSC', 'MPMC'] as const) {
  it(`a consumer of a ${type} channel that dies at any store after it was overtaken has counted its loss once`, (t) => {
    for (let last = 0; ; last++) {
      const channel = new TemporaryChannel(t, { type, mode: 'DropOldest' });
      const producer = channel.producer();
      for (let n = 0; n < 10; n++) producer.tryWrite(numbered(n, 300));
      const segment = channel.segment(false);
      const { delivered, isDead } = readUntilDeath(segment, last, () => {
        for (let n = 10; n < 1000; n++) producer.tryWrite(numbered(n, 300));
      });
      // the kernel closes its files; nothing else is said
      segment.close();
      const oldest = channel.consumer('oldest', 'other').sequence;
      const heir = channel.consumer('resume');
      // Before the loss is in the slot, what was delivered in this poll is not done, and overwritten like the rest.
      const isCounted = heir.lost === oldest - 5;
      assert.ok(isCounted || heir.lost === oldest, `death at store ${last}: ${heir.lost} lost before ${oldest}`);
      assert.ok(isCounted || last < 5, `death at store ${last}: the loss was in the slot`);
      assert.ok(heir.sequence === oldest || delivered > 5, `death at store ${last}: resumed at ${heir.sequence}`);
      const { sequence } = heir;
      assert.equal(sequence + heir.poll(() => {}, Infinity), 1000);
      if (isDead) continue;
      assert.ok(last > 8, `${last} stores`);
      break;
    }
  });
}
