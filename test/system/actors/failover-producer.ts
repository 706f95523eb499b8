/*
 * A producer of the failover channel, in a process or a worker. Arguments: directory, type, role.
 *
 * Says `waiting` (a backup) and, when it is producer and has written a message, `first SEQUENCE MONOTONIC_NS PREVIOUS_PID`;
 * then writes on and on when it is told to `flood`, and says `accepted SEQUENCE` now and then. Other commands: `write`, which
 * says `wrote SEQUENCE` or `refused CODE`, `unlock` and `close-file`, by mistake, `close`, and ways to die.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { BusError, MessageBus, type ChannelType, type Producer } from 'alphapulse-bus';
import { producerSlotOffset } from '#src/layout/schema.js';
import { systemClock } from '#src/platform/clock.js';
import { loadNative } from '#src/platform/load-native.js';
import { commands } from '../../kit/processes.js';
import { FAILOVER_CHANNEL, failoverConfig, tickOf } from '../failover-channel.js';

const [directory = '', type = 'SPSC', role = 'primary'] = process.argv.slice(2);
const say = (line: string): void => {
  if (parentPort === null) writeSync(1, `${line}\n`);
  else parentPort.postMessage(line);
};
const bus = await MessageBus.open({ service: role, directory, config: failoverConfig(type as ChannelType) });
const asked = bus.producerAsync(FAILOVER_CHANNEL, { role: role as 'primary' | 'backup' });
if (role === 'backup') say('waiting');
const producer = await asked;
const { takeover } = producer;
const generation = takeover?.generation ?? 1;
let next = takeover?.sequence ?? 0;
producer.write(tickOf(next, generation));
const firstNs = systemClock().monotonicNs();
say(`first ${next++} ${firstNs} ${takeover?.previousPid ?? 0}`);

async function flood(into: Producer): Promise<void> {
  for (let burst = 0; ; burst++) {
    for (let n = 0; n < 20 && into.tryWrite(tickOf(next, generation)) >= 0; n++) next++;
    if (burst % 16 === 0) say(`accepted ${next - 1}`);
    await nextTurn();
  }
}

const fileOf = (of: Producer): number => (of as unknown as { segment: { fd: number } }).segment.fd;

const COMMANDS: Record<string, () => void> = {
  flood: () => void flood(producer),
  write() {
    try {
      say(`wrote ${producer.write(tickOf(next, generation))}`);
      next++;
    } catch (error) {
      say(`refused ${BusError.is(error) ? error.code : String(error)}`);
    }
  },
  unlock: () => say(`unlocked ${loadNative().unlockByte(fileOf(producer), producerSlotOffset(0))}`),
  'close-file'() {
    closeSync(fileOf(producer));
    say('closed');
  },
  async close() {
    await bus.close();
    say('left');
  },
  exit: () => process.exit(0),
  throw() {
    throw new Error('nobody catches this');
  },
  reject: () => void Promise.reject(new Error('nor this')),
  abort: () => process.abort(),
  // its child keeps what a child inherits, and outlives it
  'leave-child'() {
    const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
    child.unref();
    say(`child ${child.pid}`);
    process.kill(process.pid, 'SIGKILL');
  },
};

if (parentPort === null) for await (const command of commands()) COMMANDS[command]!();
else parentPort.on('message', (command: string) => COMMANDS[command]!());
