/* Waits for a message that never comes. Arguments: directory, channel type, the time-out as JSON (or NaN). */
import { MessageBus, type ChannelType } from 'alphapulse-bus';

const [directory = '', type = 'SPSC', time = '0'] = process.argv.slice(2);
const config = { channels: { c: { type: type as ChannelType, producer: 'you', consumer: 'me' } } };
await using bus = await MessageBus.open({ service: 'me', directory, config });
const consumer = bus.consumer('c');
try {
  console.log(`waited ${consumer.waitSync(time === 'NaN' ? NaN : (JSON.parse(time) as number))}`);
} catch (error) {
  console.log(`waited ${(error as { code?: string }).code}`);
}
