/*
 * A consumer `reader` that lives in one of several ways. Arguments: directory, its policy as JSON, way, type of the channel. The ways:
 *
 *   hold       does nothing by itself
 *   subscribe  reads as messages come
 *   stuck      iterates, and never comes back from its first message
 *   spin       polls without end, without ever returning to the event loop
 *   wait       blocks in its waits, without ever returning to the event loop
 *
 * Says `ready`. Does what lines say: `read` (all there is; says `read COUNT FIRST LOST`), `block MS`, `close`.
 */
import { writeSync } from 'node:fs';
import { MessageBus, type ChannelType, type ConsumerPolicyConfig } from 'alphapulse-bus';
import { commands } from '../../kit/processes.js';
import { LIVELY, livelyConfig } from '../lively-channel.js';

const [directory = '', policy = '{}', way = 'hold', type = 'SPMC'] = process.argv.slice(2);
const config = livelyConfig(JSON.parse(policy) as ConsumerPolicyConfig, type as ChannelType);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const bus = await MessageBus.open({ service: 'reader', config, directory });
const consumer = bus.consumer(
  LIVELY,
  (JSON.parse(policy) as ConsumerPolicyConfig).gating === 'always' ? {} : { from: 'resume' },
);
say('ready');

function read(): void {
  let first = -1;
  let count = 0;
  const take = ({ sequence }: { sequence: number }): void => {
    if (count === 0) first = sequence;
    count += 1;
  };
  while (consumer.poll(take) > 0);
  say(`read ${count} ${first} ${consumer.lost}`);
}

function block(ms: number): void {
  const end = performance.now() + ms;
  say('blocking');
  while (performance.now() < end);
  say('unblocked');
}

if (way === 'spin') for (;;) consumer.poll(() => {});
if (way === 'wait') for (;;) if (consumer.waitSync()) consumer.poll(() => {});
if (way === 'subscribe') void consumer.subscribe(() => {});
if (way === 'stuck') {
  void (async (): Promise<void> => {
    for await (const { sequence } of consumer) {
      say(`got ${sequence}`);
      await new Promise(() => {});
    }
  })();
}
for await (const line of commands()) {
  const [what, argument] = line.split(' ');
  if (what === 'read') read();
  else if (what === 'block') block(Number(argument));
  else if (what === 'close') break;
}
await bus.close();
process.exit();
