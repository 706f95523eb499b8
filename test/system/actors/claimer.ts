/*
 * A producer of channel `test` that claims 8 bytes, says `claimed`, and commits when it is told to: then it says
 * `committed` and the sequence. Arguments: directory, service.
 */
import { writeSync } from 'node:fs';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { commands } from '../../kit/processes.js';
import { blocking } from '../../kit/temporary-channel.js';

const [directory = '', service = 'claimer'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: true })!;
const producer = new Producer(segment, { service, timestamps: true, backpressure: blocking(1000) });
const claim = producer.tryClaim(8)!;
claim.buffer.fill(1, claim.offset, claim.offset + claim.length);
writeSync(1, 'claimed\n');
for await (const command of commands()) {
  if (command === 'commit') writeSync(1, `committed ${claim.commit()}\n`);
}
