/*
 * Reads a channel that is recorded. Arguments: directory, the options of the channel as JSON, where to begin as JSON
 * (of a time: its ns as text). Says `ready`, and at the end, when it has read up to the sequence of a line `until N`,
 * `read FIRST COUNT GAPS LOST HASH`: of all sequences and payloads.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { MessageBus, type StartFrom } from 'alphapulse-bus';
import { commands } from '../../kit/processes.js';
import { RECORDED, recordedConfig, type RecordedOptions } from '../recorded-channel.js';

const [directory = '', options = '{}', start = '"latest"'] = process.argv.slice(2);
const config = recordedConfig(JSON.parse(options) as RecordedOptions);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const asked = JSON.parse(start) as StartFrom | { timeNs: string };
const from: StartFrom = typeof asked === 'object' && 'timeNs' in asked ? { timeNs: BigInt(asked.timeNs) } : asked;
const bus = await MessageBus.open({ service: 'reader', config, directory });
const consumer = bus.consumer(RECORDED, { from });
say('ready');
const hash = createHash('sha256');
let first = -1;
let next = -1;
let count = 0;
let gaps = 0;
let until = Infinity;
const over = new AbortController();
void (async (): Promise<void> => {
  for await (const line of commands()) {
    if (line.startsWith('until ')) until = Number(line.slice(6));
    if (consumer.sequence > until) over.abort();
  }
})();
await consumer.subscribe(
  ({ sequence, bytes }) => {
    if (first < 0) first = sequence;
    else if (sequence !== next) gaps += 1;
    next = sequence + 1;
    count += 1;
    hash.update(`${sequence}`).update(bytes);
    if (sequence >= until) over.abort();
  },
  { signal: over.signal },
);
say(`read ${first} ${count} ${gaps} ${consumer.lost} ${hash.digest('hex').slice(0, 16)}`);
await bus.close();
process.exit();
