import type { Consumer, MessageView, Producer } from 'alphapulse-bus';
import { HeapGrowth } from './heap.js';

/** Heap bytes allocated by so many calls of each. */
export interface HotPathHeap {
  readonly messages: number;
  readonly writeBytes: number;
  readonly tryWriteBytes: number;
  readonly pollBytes: number;
}

/** Messages per turn: they must fit into the ring at once. */
const TURN = 2048;
/** Calls of each kind before anything is counted: V8 has compiled everything by then. */
const WARMUP = 1_000_000;

/** Writes and polls `messages` messages by each call, in this process, and says what they left on the heap. */
export function measureHotPathHeap(
  producer: Producer,
  consumer: Consumer,
  handler: (message: MessageView) => void,
  messages: number,
): HotPathHeap {
  const message = new Uint8Array(64);
  const write = (): void => {
    for (let i = 0; i < TURN; i++) producer.write(message);
  };
  const tryWrite = (): void => {
    for (let i = 0; i < TURN; i++) {
      if (producer.tryWrite(message) < 0) throw new Error('the ring is too small for a turn');
    }
  };
  const poll = (): void => {
    for (let seen = 0; seen < TURN; ) seen += consumer.poll(handler);
  };
  const run = (turns: number): HotPathHeap => {
    const [writes, tryWrites, polls] = [new HeapGrowth(), new HeapGrowth(), new HeapGrowth()];
    for (let turn = 0; turn < turns; turn++) {
      writes.measure(write);
      polls.measure(poll);
      tryWrites.measure(tryWrite);
      poll();
    }
    return { messages: turns * TURN, writeBytes: writes.bytes, tryWriteBytes: tryWrites.bytes, pollBytes: polls.bytes };
  };
  run(Math.ceil(WARMUP / TURN));
  return run(Math.ceil(messages / TURN));
}
