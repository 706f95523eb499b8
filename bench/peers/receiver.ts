import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { nowNs } from '../run/worker.js';
import { OrderCheck } from '../workers/marked-message.js';
import { CONNECTIONS } from './connections.js';
import { CREDIT_EVERY, type Control, type ExchangeSettings } from './exchange.js';
import type { Link, Receive } from './link.js';

/*
 * The receiving side of a peer: a process, or a thread for peers that connect threads. Under load it checks and counts; for
 * round trips it sends everything back.
 */

interface ThreadData {
  readonly settings: ExchangeSettings;
  readonly port: MessagePort;
}

const { settings, port } = isMainThread
  ? { settings: JSON.parse(process.argv[2] ?? '{}') as ExchangeSettings, port: undefined }
  : (workerData as ThreadData);

function tell(message: Control): void {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
}

/** Counts from the end of the warm-up to the end of the time; tells the rate after the last message. */
function counting(): Receive {
  const check = new OrderCheck(1);
  let received = 0;
  let firstNs = 0;
  let began = { ns: 0, count: 0 };
  let rate = 0;
  return (message) => {
    received++;
    check.see(new DataView(message.buffer, message.byteOffset).getInt32(0, true));
    if (received % CREDIT_EVERY === 0) tell({ control: 'credit', received });
    if (check.ended) tell({ control: 'rate', rate, received });
    if (received % 64 !== 1) return;
    const now = nowNs();
    if (firstNs === 0) firstNs = now;
    if (began.ns === 0 && now - firstNs >= settings.warmupNs) began = { ns: now, count: received };
    else if (began.ns !== 0 && now > began.ns) rate = ((received - began.count) / (now - began.ns)) * 1e9;
  };
}

/** Sends every message back; `link` is there before the first one comes. */
function returning(link: { current?: Link }): Receive {
  return (message) => {
    link.current?.send(message);
    link.current?.flush();
  };
}

const link: { current?: Link } = {};
const receive = settings.what === 'throughput' ? counting() : returning(link);
link.current = await CONNECTIONS[settings.peer](
  {
    side: 'receiver',
    address: settings.address,
    messageBytes: settings.messageBytes,
    ...(port === undefined ? {} : { port }),
  },
  receive,
);
tell({ control: 'ready' });
