/*
 * A producer of channel `test` that claims and never commits: a claim of 8 bytes, then says `claimed`. Arguments:
 * directory, service.
 */
import { writeSync } from 'node:fs';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';

const [directory = '', service = 'claimer'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: true })!;
const producer = new Producer(segment, { service, timestamps: true, timeoutMs: 1000 });
producer.tryClaim(8);
writeSync(1, 'claimed\n');
for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
