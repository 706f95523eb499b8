import type { Connect } from './link.js';

/** A MessageChannel between two threads of one process; each message is cloned. */
export const connectMessageChannel: Connect = async ({ port }, receive) => {
  if (port === undefined) throw new Error('a MessageChannel needs a port');
  port.on('message', receive);
  return {
    send: (message) => {
      port.postMessage(message);
      return true;
    },
    drained: () => Promise.resolve(),
    flush: () => undefined,
    close: () => port.close(),
  };
};
