import { once } from 'node:events';
import type { Socket } from 'node:net';

/** Resolves when a stream takes more; at once if it is closed, so that nobody waits for ever. */
export async function drained(socket: Socket): Promise<void> {
  if (socket.writableNeedDrain && !socket.destroyed) await once(socket, 'drain');
}

/** Ends a stream after everything was written. */
export function endSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.end(() => resolve());
  });
}
