import type { Connect, Link } from './link.js';

/** `process.send`, with the serialization that takes a Uint8Array as it is. */
export const connectProcessSend: Connect = async ({ child }, receive) => {
  const target = child ?? process;
  target.on('message', (message: unknown) => {
    if (message instanceof Uint8Array) receive(message);
  });
  let waiting: (() => void) | undefined;
  const sent = (): void => {
    waiting?.();
    waiting = undefined;
  };
  const link: Link = {
    // The callback comes when the message was written.
    send: (message) => target.send?.(message, undefined, undefined, sent) ?? true,
    drained: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
    flush: () => undefined,
    close: () => undefined,
  };
  return link;
};
