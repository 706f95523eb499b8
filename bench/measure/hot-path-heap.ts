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
/**
 * Before anything is counted, V8 must have compiled the calls; when that is done depends on how busy the machine is. So
 * rounds of warm-up follow each other until one leaves no trace, or there were so many that the traces are no warm-up's.
 */
const WARMUP_ROUND = 250_000;
const WARMUP_ROUNDS_MIN = 3;
const WARMUP_ROUNDS_MAX = 12;
/** No object is that small: less per message means that messages allocate nothing. */
const QUIET_BYTES_PER_MESSAGE = 1;

/** Writes and polls `messages` messages of `bytes` by each call, in this process, and says what they left on the heap. */
export function measureHotPathHeap(
  producer: Producer,
  consumer: Consumer,
  handler: (message: MessageView) => void,
  messages: number,
  bytes = 64,
): HotPathHeap {
  const message = new Uint8Array(bytes);
  const write = (): void => {
    for (let i = 0; i < TURN; i++) producer.write(message);
  };
  const tryWrite = (): void => {
    for (let i = 0; i < TURN; i++) {
      if (producer.tryWrite(message) < 0) throw new Error('the ring is too small for a turn');
    }
  };
  const poll = (): void => {
    for (let seen = 0; seen < TURN;) seen += consumer.poll(handler);
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
  for (let round = 1; round <= WARMUP_ROUNDS_MAX; round++) {
    const heap = run(Math.ceil(WARMUP_ROUND / TURN));
    if (round >= WARMUP_ROUNDS_MIN && isQuiet(heap)) break;
  }
  return run(Math.ceil(messages / TURN));
}

function isQuiet({ messages, writeBytes, tryWriteBytes, pollBytes }: HotPathHeap): boolean {
  return Math.max(writeBytes, tryWriteBytes, pollBytes) < messages * QUIET_BYTES_PER_MESSAGE;
}
