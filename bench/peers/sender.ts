import { nowNs, runWorker } from '../run/worker.js';
import { quantilesOf, type Quantiles } from '../statistics/quantiles.js';
import { endMark, markOf } from '../workers/marked-message.js';
import { Samples } from '../workers/paced.js';
import { CONNECTIONS } from './connections.js';
import { Counterpart } from './counterpart.js';
import { WINDOW, type ExchangeSettings } from './exchange.js';
import type { Link } from './link.js';

/* The sending side of a peer; it starts the receiving side itself, since some peers connect only relatives. */

const BATCH = 64;
/** Round trips per second that no peer exceeds. */
const ROUND_TRIPS_MAX = 2e6;

await runWorker<ExchangeSettings>(async (settings) => {
  const { peer, address, messageBytes } = settings;
  const counterpart = new Counterpart(settings);
  await counterpart.ready(settings);
  const { child, port } = counterpart;
  let answered: ((message: Uint8Array) => void) | undefined;
  const link = await CONNECTIONS[peer](
    {
      side: 'sender',
      address,
      messageBytes,
      ...(child === undefined ? {} : { child }),
      ...(port === undefined ? {} : { port }),
    },
    (message) => answered?.(message),
  );
  const onAnswer = (take: (message: Uint8Array) => void): void => {
    answered = take;
  };
  return async () => {
    try {
      if (settings.what === 'throughput') return await sendAll(settings, counterpart, link);
      return await sendToAndFro(settings, link, onAnswer);
    } finally {
      await link.close();
      await counterpart.stop();
    }
  };
});

async function sendAll(settings: ExchangeSettings, counterpart: Counterpart, link: Link): Promise<number> {
  const message = new Uint8Array(settings.messageBytes);
  const words = new Int32Array(message.buffer);
  let received = 0;
  let credit: (() => void) | undefined;
  const rated = new Promise<{ rate: number; received: number }>((resolve, reject) => {
    counterpart.on('error', reject);
    counterpart.on('control', (control) => {
      if (control.control === 'rate') resolve(control);
      if (control.control !== 'credit') return;
      ({ received } = control);
      credit?.();
    });
  });
  const creditCame = (): Promise<void> =>
    new Promise((resolve) => {
      credit = resolve;
    });
  const endNs = nowNs() + settings.warmupNs + settings.measureNs;
  let sent = 0;
  while (nowNs() < endNs) {
    for (let i = 0; i < BATCH; i++) {
      if (sent - received >= WINDOW) link.flush();
      while (sent - received >= WINDOW) await Promise.race([creditCame(), rated]);
      words[0] = markOf(0, sent++);
      if (!link.send(message)) await link.drained();
    }
  }
  words[0] = endMark(0);
  if (!link.send(message)) await link.drained();
  link.flush();
  const result = await rated;
  if (result.received !== sent + 1) throw new Error(`${sent + 1} messages were sent, ${result.received} received`);
  return result.rate;
}

/** One message at a time; the next one goes out when the one before is back. */
async function sendToAndFro(
  settings: ExchangeSettings,
  link: Link,
  onAnswer: (take: (message: Uint8Array) => void) => void,
): Promise<Quantiles> {
  const message = new Uint8Array(settings.messageBytes);
  const words = new Int32Array(message.buffer);
  const samples = new Samples(Math.ceil((settings.measureNs / 1e9) * ROUND_TRIPS_MAX));
  const fromNs = nowNs() + settings.warmupNs;
  const endNs = fromNs + settings.measureNs;
  let sentNs = 0;
  const send = (): void => {
    words[0] = markOf(0, words[0]! + 1);
    sentNs = nowNs();
    link.send(message);
    link.flush();
  };
  await new Promise<void>((resolve, reject) => {
    onAnswer((answer) => {
      const now = nowNs();
      if (sentNs >= fromNs) samples.add(now - sentNs);
      if (new DataView(answer.buffer, answer.byteOffset).getInt32(0, true) !== words[0])
        reject(new Error('another answer'));
      else if (now >= endNs) resolve();
      else send();
    });
    send();
  });
  return quantilesOf(samples.taken());
}
