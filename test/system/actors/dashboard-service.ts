/*
 * A service to be looked at. Arguments: directory, configuration as JSON, service. It writes a hundred quotes a second to
 * the channels that it produces, until a line `stop` comes, and reads those that it consumes. Says `ready`, then `stopped N`
 * with what it has written.
 */
import { writeSync } from 'node:fs';
import { MessageBus, type BusOptions } from 'alphapulse-bus';
import { Quote, RelayDomain, SourceType, TlvMessageBuilder } from 'alphapulse-bus/protocol';
import { commands } from '../../kit/processes.js';

const [directory = '', json = '', service = ''] = process.argv.slice(2);
const config = JSON.parse(json) as { channels: Record<string, Record<string, string | string[] | undefined>> };
const names = (of: string | string[] | undefined): string[] => [of ?? []].flat();
const bus = await MessageBus.open({ service, directory, config } as unknown as BusOptions);
const all = Object.entries(config.channels);
const written = all.filter(([, { producer, producers }]) =>
  [...names(producer), ...names(producers)].includes(service),
);
const read = all.filter(([, { consumer, consumers }]) => [...names(consumer), ...names(consumers)].includes(service));
const builder = new TlvMessageBuilder(RelayDomain.MarketData, SourceType.Dashboard);
const producers = written.map(([name]) => bus.producer(name));
for (const [name] of read) void bus.consumer(name, { from: 'oldest' }).subscribe(() => {});
let count = 0;
const timer = setInterval(() => {
  for (const producer of producers) producer.write(quote());
  count += 1;
}, 10);
writeSync(1, 'ready\n');
for await (const line of commands()) {
  if (line !== 'stop') continue;
  clearInterval(timer);
  writeSync(1, `stopped ${count}\n`);
}

function quote(): Uint8Array {
  const prices = { bidPrice: 10_025_000_000n, bidSize: 1n, askPrice: 10_050_000_000n, askSize: 2n };
  return builder
    .reset()
    .addTlv(Quote, { assetId: 7n, ...prices, quoteTimestampNs: 0n, venueId: 1, assetType: 0 })
    .build();
}
