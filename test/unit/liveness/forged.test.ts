import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keepSlots } from '#src/channel/kept-slot.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Reaper } from '#src/channel/reaper.js';
import { CONTROL, consumerSlotOffset, producerSlotOffset } from '#src/layout/schema.js';
import { inspectEndpoints } from '#src/liveness/inspect.js';
import { noteSights } from '#src/liveness/sights.js';
import { BusError } from '#src/platform/bus-error.js';
import { randomSource, seedOfRun } from '../../kit/random.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const ROUNDS = 300;
const WORDS = [0, 1, 2, 3, 63, 64, 65, 4096, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 0x7ff0_0000, 0x7ff8_0000, 0x3ff0_0000];

for (const type of ['SPMC', 'MPMC'] as const) {
  it(`whatever stands in the slots of a ${type} channel: a result, or an error of the bus`, (t) => {
    const seed = seedOfRun();
    const random = randomSource(seed);
    const channel = new TemporaryChannel(t, { type });
    channel.consumer();
    channel.producer().write(numbered(1));
    const segment = channel.observer();
    const sound = segment.control.bytes.slice(0, consumerSlotOffset(4));
    let results = 0;
    for (let round = 0; round < ROUNDS; round++) {
      segment.control.bytes.set(sound);
      for (let n = 1 + random(4); n > 0; n--) {
        const places = [
          CONTROL.at.tail,
          producerSlotOffset(0),
          consumerSlotOffset(0),
          consumerSlotOffset(0),
          consumerSlotOffset(1),
        ];
        const place = places[random(places.length)]! + random(60) * 4;
        segment.control.view.setUint32(place, WORDS[random(WORDS.length)]!, true);
      }
      for (const look of [
        (): unknown => inspectEndpoints(segment, 1e12 + random(1000)),
        (): unknown => noteSights(segment, 1e12 + random(1000)),
        (): unknown => new Reaper(segment).reap(1e12 + random(1000)),
        (): unknown => keepSlots(segment, new Map([['kept', { ...DEFAULT_POLICY, gating: 'always' as const }]])),
      ]) {
        try {
          look();
          results++;
        } catch (error) {
          assert.ok(BusError.is(error), `seed ${seed}, round ${round}: ${String(error)}`);
        }
      }
    }
    assert.ok(results > 0);
    segment.control.bytes.set(sound);
  });
}
