import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { drained, endSocket } from './drain.js';
import type { Connect, Receive } from './link.js';

/* Redis pub/sub, by its protocol and without a client library: one connection publishes, another one is subscribed. */

const CRLF = Buffer.from('\r\n');
const DOLLAR = 0x24;
const STAR = 0x2a;

/** Cuts a subscriber's stream into the payloads of its messages: arrays of three bulk strings, the third the payload. */
export class RedisReader {
  private rest: Buffer = Buffer.alloc(0);
  private readonly receive: Receive;

  constructor(receive: Receive) {
    this.receive = receive;
  }

  feed(chunk: Buffer): void {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (at < data.length) {
      const next = this.reply(data, at);
      if (next < 0) break;
      at = next;
    }
    this.rest = data.subarray(at);
  }

  /** Reads one reply; where the next one starts, or -1 when it is not whole. */
  private reply(data: Buffer, from: number): number {
    const head = data.indexOf(CRLF, from);
    if (head < 0) return -1;
    if (data[from] !== STAR) return head + CRLF.length;
    let at = head + CRLF.length;
    let payload: Buffer | undefined;
    let kind = '';
    for (let left = lengthAt(data, from, head); left > 0; left--) {
      const end = data.indexOf(CRLF, at);
      if (end < 0) return -1;
      const start = end + CRLF.length;
      // Numbers (the answer to SUBSCRIBE has one) are lines of their own.
      const stop = data[at] === DOLLAR ? start + lengthAt(data, at, end) + CRLF.length : start;
      if (stop > data.length) return -1;
      if (kind === '') kind = data.toString('latin1', start, stop - CRLF.length);
      else if (data[at] === DOLLAR) payload = data.subarray(start, stop - CRLF.length);
      at = stop;
    }
    if (kind === 'message' && payload !== undefined) this.receive(payload);
    return at;
  }
}

function lengthAt(data: Buffer, from: number, end: number): number {
  return Number(data.toString('latin1', from + 1, end));
}

async function open(address: string): Promise<Socket> {
  const socket = connect(address);
  await once(socket, 'connect');
  return socket;
}

export const connectRedis: Connect = async ({ side, address, messageBytes }, receive) => {
  const [mine, theirs] = side === 'receiver' ? ['there', 'back'] : ['back', 'there'];
  const subscribed = await open(address);
  const reader = new RedisReader(receive);
  subscribed.write(`*2\r\n$9\r\nSUBSCRIBE\r\n$${mine.length}\r\n${mine}\r\n`);
  const [answer] = (await once(subscribed, 'data')) as [Buffer];
  reader.feed(answer);
  subscribed.on('data', (chunk: Buffer) => reader.feed(chunk));
  const publishing = await open(address);
  // The answers to PUBLISH must be taken off, or the server would stop reading.
  publishing.resume();
  const head = Buffer.from(`*3\r\n$7\r\nPUBLISH\r\n$${theirs.length}\r\n${theirs}\r\n$${messageBytes}\r\n`);
  return {
    send: (message) => publishing.write(Buffer.concat([head, message, CRLF])),
    drained: () => drained(publishing),
    flush: () => undefined,
    close: async () => {
      await endSocket(publishing);
      await endSocket(subscribed);
    },
  };
};
