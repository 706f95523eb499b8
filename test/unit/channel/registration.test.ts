import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { registerForWakeups, whenRegistered } from '#src/channel/wakeups.js';
import { CONSUMER_SLOT, CONTROL, WaiterKind, consumerSlotOffset } from '#src/layout/schema.js';
import type { Segment } from '#src/layout/segment.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const SLEEPING = consumerSlotOffset(0) + CONSUMER_SLOT.at.sleeping;
const { consumersWaiting: WAITING, producersWaiting, spaceSignal: SPACE_SIGNAL } = CONTROL.at;

/** The consumer in the first slot says that it sleeps; the word for all says so too, or not yet. */
function fallAsleep({ control }: Segment, isToldToAll: boolean): void {
  control.storeVolatile(SLEEPING, WaiterKind.FUTEX);
  control.storeVolatile(WAITING, isToldToAll ? 1 : 0);
}

// in this order: a process is registered once and for all
describe('a process whom the fence of sleepers does not reach', () => {
  it('has producers that look into every slot after each message, and at the first does not register', (t) => {
    const channel = new TemporaryChannel(t);
    const segment = channel.observer();
    const producer = channel.producer();
    channel.consumer();
    let isRegistered = false;
    whenRegistered(() => (isRegistered = true));
    for (let n = 0; n < 2; n++) {
      fallAsleep(segment, false);
      producer.write(numbered(n));
      assert.equal(segment.control.loadVolatile(SLEEPING), WaiterKind.AWAKE);
    }
    assert.equal(isRegistered, false);
  });

  it('has consumers that wake producers all the same', (t) => {
    const channel = new TemporaryChannel(t);
    const segment = channel.observer();
    const producer = channel.producer();
    const consumer = channel.consumer();
    producer.write(numbered(1));
    segment.control.storeVolatile(producersWaiting, 1);
    const before = segment.control.loadVolatile(SPACE_SIGNAL);
    consumer.poll(() => {});
    assert.equal(segment.control.loadVolatile(SPACE_SIGNAL), before + 1);
  });

  it('registers when a producer has written for a while; from then on the word for all says whether to look', (t) => {
    const channel = new TemporaryChannel(t);
    const segment = channel.observer();
    const producer = channel.producer();
    const consumer = channel.consumer();
    let isRegistered = false;
    whenRegistered(() => (isRegistered = true));
    for (let n = 0; n < 100 && !isRegistered; n++) {
      producer.write(numbered(n));
      consumer.poll(() => {});
    }
    assert.ok(isRegistered);
    fallAsleep(segment, false);
    producer.write(numbered(1));
    assert.equal(segment.control.loadVolatile(SLEEPING), WaiterKind.FUTEX);
    fallAsleep(segment, true);
    producer.write(numbered(2));
    assert.equal(segment.control.loadVolatile(SLEEPING), WaiterKind.AWAKE);
  });

  it('calls back at once when it is registered already', () => {
    registerForWakeups();
    let calls = 0;
    whenRegistered(() => (calls += 1));
    registerForWakeups();
    assert.equal(calls, 1);
  });
});
