import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

/*
 * Writing without a copy: claim room in the ring, fill it in place, commit. Reading without one: `poll` hands out views
 * of the ring itself. From the producer's fields to the consumer's there is no buffer in between, and no garbage.
 *
 *   node build/examples/zero-copy-claim.js
 */

const config: BusConfig = {
  channels: { readings: { type: 'SPMC', producer: 'sensor', consumers: ['display'], bufferSize: '64KB' } },
};
const READING_BYTES = 16;
const READINGS = 10_000;

const directory = mkdtempSync('/dev/shm/zero-copy-');
process.on('exit', () => rmSync(directory, { recursive: true }));

await using sensor = await MessageBus.open({ service: 'sensor', config, directory });
await using display = await MessageBus.open({ service: 'display', config, directory });
const consumer = display.consumer('readings');
const producer = sensor.producer('readings');

let read = 0;
let sum = 0;
function readAll(): void {
  consumer.poll(({ view, offset, length }) => {
    // the view covers the whole ring; the message begins at `offset`, and is gone when this function returns
    assert.equal(length, READING_BYTES);
    assert.equal(view.getFloat64(offset, true), read++);
    sum += view.getFloat64(offset + 8, true);
  });
}

let full = 0;
for (let n = 0; n < READINGS;) {
  const claim = producer.tryClaim(READING_BYTES);
  if (claim === undefined) {
    // the ring is full: nothing was claimed, and nothing is lost
    full++;
    readAll();
    continue;
  }
  claim.view.setFloat64(claim.offset, n, true);
  claim.view.setFloat64(claim.offset + 8, 20 + (n % 10), true);
  // until here the consumer has not seen anything; `abort` instead would leave no trace of it
  claim.commit();
  n++;
}
while (read < READINGS) readAll();

process.stdout.write(`${read} readings, ${(sum / read).toFixed(2)} on average; the ring was full ${full} times\n`);
assert.equal(sum / read, 24.5);
