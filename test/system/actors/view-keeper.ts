/*
 * Keeps everything that the bus handed out beyond its close, with the garbage collector forced in between. Run with
 * --expose-gc. Arguments: directory, channel type. Says `lived`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageBus, type ChannelType, type MessageView } from 'alphapulse-bus';

const [directory = '', type = 'SPSC'] = process.argv.slice(2);
const config = {
  channels: { c: { type: type as ChannelType, producer: 'writer', consumer: 'reader', bufferSize: '64KB' } },
} as const;

async function collect(): Promise<void> {
  for (let n = 0; n < 5; n++) {
    globalThis.gc!();
    await nextTurn();
  }
}

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (const byte of bytes) total += byte;
  return total;
}

async function life(): Promise<void> {
  const writer = await MessageBus.open({ service: 'writer', directory, config });
  const reader = await MessageBus.open({ service: 'reader', directory, config });
  const producer = writer.producer('c');
  const consumer = reader.consumer('c');
  producer.write(new Uint8Array(1000).fill(7));
  const kept: { view: MessageView; buffer: Uint8Array; data: DataView; bytes: Uint8Array }[] = [];
  consumer.poll((view) => kept.push({ view, buffer: view.buffer, data: view.view, bytes: view.bytes }));
  const [message] = kept;
  if (message === undefined || sum(message.bytes) !== 7000) throw new Error('the message did not come');
  const claim = producer.tryClaim(500);
  if (claim === undefined) throw new Error('no room');
  const { buffer, view, offset } = claim;
  await writer.close();
  await reader.close();
  await collect();
  if (sum(message.bytes) !== 0) throw new Error('a view kept after close reads zeros');
  if (sum(message.buffer) !== 0 || message.data.getFloat64(0, true) !== 0) throw new Error('so does the whole window');
  void [
    message.view.producerId,
    message.view.producerSentNs,
    message.view.totalLatencyNs,
    message.view.copy().bytes.length,
  ];
  buffer.fill(255, offset, offset + 500);
  view.setFloat64(offset, 1, true);
  message.bytes.fill(1);
  await collect();
}

for (let n = 0; n < 8; n++) {
  await life();
  await collect();
}
console.log('lived');
