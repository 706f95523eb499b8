import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { drained, endSocket } from './drain.js';
import type { Connect, Receive } from './link.js';

/*
 * NATS core, by its protocol and without a client library, so that nothing but the server and the socket is measured: PUB
 * with a corked socket on one side, MSG on the other.
 */

const CRLF = Buffer.from('\r\n');
const LINE_MAX = 4096;

/** Cuts what the server sends into messages. */
export class NatsReader {
  private rest: Buffer = Buffer.alloc(0);
  private readonly receive: Receive;
  private readonly heard: (line: string) => void;

  /** `heard` gets the lines that are no messages: PING, PONG, INFO. */
  constructor(receive: Receive, heard: (line: string) => void) {
    this.receive = receive;
    this.heard = heard;
  }

  feed(chunk: Buffer): void {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (;;) {
      const end = data.indexOf(CRLF, at);
      if (end < 0) break;
      const next = this.line(data, at, end + CRLF.length);
      if (next < 0) break;
      at = next;
    }
    this.rest = data.subarray(at);
    if (this.rest.length > LINE_MAX && this.rest.indexOf(CRLF) < 0)
      throw new Error('the NATS server sent a line without an end');
  }

  /** Where the next line starts, or -1 when a payload is not there yet. */
  private line(data: Buffer, from: number, payload: number): number {
    const line = data.toString('latin1', from, payload - CRLF.length);
    if (line.startsWith('MSG ')) {
      const end = payload + Number(line.slice(line.lastIndexOf(' ') + 1));
      if (end + CRLF.length > data.length) return -1;
      this.receive(data.subarray(payload, end));
      return end + CRLF.length;
    }
    if (line.startsWith('-ERR')) throw new Error(`the NATS server says ${line}`);
    this.heard(line);
    return payload;
  }
}

export const connectNats: Connect = async ({ side, address, messageBytes }, receive) => {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host).setNoDelay();
  await once(socket, 'connect');
  const subscribed = new EventEmitter();
  const reader = new NatsReader(receive, (line) => {
    if (line === 'PING') socket.write('PONG\r\n');
    else if (line === 'PONG') subscribed.emit('pong');
  });
  socket.on('data', (chunk: Buffer) => reader.feed(chunk));
  const [mine, theirs] = side === 'receiver' ? ['there', 'back'] : ['back', 'there'];
  socket.write(`CONNECT {"verbose":false,"pedantic":false}\r\nSUB ${mine} 1\r\nPING\r\n`);
  // The answer comes after the subscription was made.
  await once(subscribed, 'pong');
  const head = Buffer.from(`PUB ${theirs} ${messageBytes}\r\n`);
  let corked = false;
  return {
    send: (message) => {
      // All messages of one turn of the event loop go out together, as client libraries do it.
      if (!corked) {
        corked = true;
        socket.cork();
        process.nextTick(() => {
          corked = false;
          socket.uncork();
        });
      }
      return socket.write(Buffer.concat([head, message, CRLF]));
    },
    drained: () => drained(socket),
    flush: () => undefined,
    close: () => endSocket(socket),
  };
};
