/*
 * A producer of channel `test` in a mode of backpressure. Arguments: directory, service, the mode's settings as JSON. Says
 * `attached`, then obeys, one command a line:
 *
 * - `fill`: writes without waiting until there is no room; says `filled` and the code that ended it
 * - `try`: says `answered` and what tryWrite answers; `claim`: says `claimed`, and whether there was a claim, and keeps it
 * - `flood COUNT`: as many calls of write as fast as it may; says `flooded` and a Flood as JSON
 * - `breaker`: says `breaker` and its state
 */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BackpressureSettings } from '#src/channel/backpressure/settings.js';
import type { ProducerStatistics } from '#src/channel/backpressure/slot-counters.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { DROPPED } from '#src/ring/codes.js';
import { commands } from '../../kit/processes.js';
import { numbered } from '../../kit/temporary-channel.js';

export interface Flood {
  readonly accepted: number;
  readonly dropped: number;
  readonly utilization: number;
  readonly statistics: ProducerStatistics;
}

const [directory = '', service = 'writer', settings = '{}'] = process.argv.slice(2);
const backpressure = JSON.parse(settings) as BackpressureSettings;
const segment = Segment.openExisting(directory, 'test', { ringWritable: true })!;
const producer = new Producer(segment, { service, timestamps: true, backpressure });
const say = (line: string): void => void writeSync(1, `${line}\n`);
let written = 0;

async function flood(count: number): Promise<Flood> {
  let [accepted, dropped] = [0, 0];
  for (let n = 0; n < count; n++) {
    // numbered by what was accepted: then whoever reads them sees a gap where one is missing
    if (producer.write(numbered(written, 1000)) === DROPPED) dropped += 1;
    else [accepted, written] = [accepted + 1, written + 1];
    if (n % 64 === 0) await nextTurn();
  }
  return { accepted, dropped, utilization: producer.utilization, statistics: producer.statistics };
}

const ACTIONS: Record<string, (argument: number) => string | Promise<string>> = {
  fill: () => {
    let code: number;
    do code = producer.tryWrite(numbered(0, 1000));
    while (code >= 0);
    return `filled ${code}`;
  },
  try: () => `answered ${producer.tryWrite(numbered(0, 1000))}`,
  claim: () => `claimed ${producer.tryClaim(8) !== undefined}`,
  breaker: () => `breaker ${producer.breaker}`,
  flood: async (count) => `flooded ${JSON.stringify(await flood(count))}`,
};

say('attached');
for await (const command of commands()) {
  const [name = '', argument] = command.split(' ');
  say(await ACTIONS[name]!(Number(argument)));
}
