import type { ChildProcess } from 'node:child_process';
import type { MessagePort } from 'node:worker_threads';

/** Names of what a Node.js program can use instead of the bus; files of this folder make them. */
export const PEERS = [
  'process-send',
  'unix-socket',
  'unix-socket-batched',
  'message-channel',
  'zeromq',
  'nats',
  'redis',
] as const;
export type PeerName = (typeof PEERS)[number];

/** One side of a connection, able to send and to receive whole messages. */
export interface Link {
  /**
   * Takes a message, which is copied before it returns. False: not more before {@link drained}. What a batch holds back
   * goes out with {@link flush}.
   */
  send(message: Uint8Array): boolean;
  drained(): Promise<void>;
  flush(): void;
  close(): Promise<void> | void;
}

/** Gets each message; its bytes are valid until it returns. */
export type Receive = (message: Uint8Array) => void;

/** What a side may need to reach the other one. */
export interface Surroundings {
  /** The receiver is there first and listens; then the sender connects. */
  readonly side: 'sender' | 'receiver';
  /** Path of a socket of their own, or the server's address. */
  readonly address: string;
  readonly messageBytes: number;
  /** The other side's process, as the side that started it sees it. */
  readonly child?: ChildProcess;
  /** This side's end of a channel between threads. */
  readonly port?: MessagePort;
}

export type Connect = (surroundings: Surroundings, receive: Receive) => Promise<Link>;
