import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { drained, endSocket } from './drain.js';
import { FrameBatch, Unframer, framed } from './framing.js';
import type { Connect, Link, Receive, Surroundings } from './link.js';

const BATCH_BYTES = 65_536;

/** A Unix socket, one `write` per message. */
export const connectUnixSocket: Connect = (surroundings, receive) =>
  open(surroundings, receive, (socket) => ({
    send: (message) => socket().write(framed(message)),
    flush: () => undefined,
  }));

/** A Unix socket, messages collected by hand and written 64 KB at a time: what an expert would do. */
export const connectBatchedUnixSocket: Connect = (surroundings, receive) =>
  open(surroundings, receive, (socket) => {
    const batch = new FrameBatch(BATCH_BYTES);
    return {
      send: (message) => {
        if (batch.add(message)) return true;
        const goesOn = socket().write(batch.take());
        batch.add(message);
        return goesOn;
      },
      flush: () => void socket().write(batch.take()),
    };
  });

async function open(
  { side, address }: Surroundings,
  receive: Receive,
  make: (socket: () => Socket) => Pick<Link, 'send' | 'flush'>,
): Promise<Link> {
  const unframer = new Unframer(receive);
  let socket: Socket | undefined;
  const use = (opened: Socket): void => {
    socket = opened;
    opened.on('data', (chunk: Buffer) => unframer.feed(chunk));
  };
  const current = (): Socket => {
    if (socket === undefined) throw new Error('nobody has connected yet');
    return socket;
  };
  const server = side === 'receiver' ? createServer(use).listen(address) : undefined;
  if (server !== undefined) {
    await once(server, 'listening');
  } else {
    const opened = connect(address);
    await once(opened, 'connect');
    use(opened);
  }
  return {
    ...make(current),
    drained: () => drained(current()),
    close: async () => {
      if (socket !== undefined) await endSocket(socket);
      server?.close();
    },
  };
}
