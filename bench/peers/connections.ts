import type { Connect, PeerName } from './link.js';
import { connectMessageChannel } from './message-channel.js';
import { connectNats } from './nats.js';
import { connectProcessSend } from './process-send.js';
import { connectRedis } from './redis.js';
import { connectBatchedUnixSocket, connectUnixSocket } from './unix-socket.js';
import { connectZeromq } from './zeromq.js';

export const CONNECTIONS: Readonly<Record<PeerName, Connect>> = {
  'process-send': connectProcessSend,
  'unix-socket': connectUnixSocket,
  'unix-socket-batched': connectBatchedUnixSocket,
  'message-channel': connectMessageChannel,
  zeromq: connectZeromq,
  nats: connectNats,
  redis: connectRedis,
};
