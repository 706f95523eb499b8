import { parentPort, workerData } from 'node:worker_threads';
import { nextTurn } from '../channel/loop-sleep.js';
import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { Recorder } from './recorder.js';
import type { JournalSettings } from './settings.js';

/** What a recording thread is started with. */
export interface RecorderTask {
  readonly directory: string;
  readonly channel: string;
  readonly settings: JournalSettings;
  /** Its first word is not 0: end. */
  readonly stop: SharedArrayBuffer;
}

/** The longest that it does not look whether it is to end. */
const LOOK_MS = 250;

/** The thread that records a channel; ends at once when somebody else does that. Its messages are warnings. */
async function record({ directory, channel, settings, stop }: RecorderTask): Promise<void> {
  const stopped = new Int32Array(stop);
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) return;
  const recorder = open(segment, settings);
  if (recorder === undefined) return;
  try {
    while (stopped[0] === 0) {
      if (recorder.turn()) recorder.gather();
      else recorder.wait(LOOK_MS);
      // a sync that has ended says so on the event loop
      await nextTurn();
    }
    // what was written before the end of its bus is to be in the journal
    recorder.finish();
  } finally {
    recorder.close();
  }
}

function open(segment: Segment, settings: JournalSettings): Recorder | undefined {
  try {
    return new Recorder(segment, settings, { onWarning: (text) => parentPort?.postMessage(text) });
  } catch (error) {
    segment.close();
    if (BusError.is(error, 'ERR_CONSUMER_TAKEN')) return undefined;
    throw error;
  }
}

await record(workerData as RecorderTask);
