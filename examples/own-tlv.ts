import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import {
  defineTlv,
  parseMessage,
  RelayDomain,
  Side,
  SourceType,
  TlvMessageBuilder,
  TlvType,
  Trade,
} from 'alphapulse-bus/protocol';

/*
 * A message with a TLV of one's own beside one of the protocol's. Types 200 to 254 are free for that: the fields say
 * the layout, the types of the values follow from it, and readers that do not know the type skip it.
 *
 *   node build/examples/own-tlv.js
 */

const Funding = defineTlv({
  name: 'Funding',
  type: 200,
  fields: {
    assetId: 'u64',
    /** Eight decimal places, exact. */
    rate: 'fixed8',
    intervalHours: { kind: 'u8', min: 1, max: 24 },
    padding: 'pad[7]',
  },
});

const config: BusConfig = {
  channels: { futures: { type: 'SPSC', producer: 'collector', consumer: 'strategy', bufferSize: '64KB' } },
};
const directory = mkdtempSync('/dev/shm/own-tlv-');
process.on('exit', () => rmSync(directory, { recursive: true }));

await using collector = await MessageBus.open({ service: 'collector', config, directory });
await using strategy = await MessageBus.open({ service: 'strategy', config, directory });
const futures = strategy.consumer('futures');

const nowNs = BigInt(Date.now()) * 1_000_000n;
const prices = { assetId: 7n, price: 45_123.45, volume: 1.5 };
const lastTrade = { ...prices, executionTimestampNs: nowNs, venueId: 1, assetType: 2, side: Side.Sell };
const message = new TlvMessageBuilder(RelayDomain.MarketData, SourceType.BinanceCollector)
  .withSequence(1)
  .withTimestamp(nowNs)
  .addTlv(Funding, { assetId: 7n, rate: 0.0001, intervalHours: 8 })
  .addTlv(Trade, lastTrade)
  .build();
collector.producer('futures').write(message);

const parsed = parseMessage(futures.read()?.bytes ?? new Uint8Array());
const funding = parsed.find(Funding.type)?.decode(Funding);
const trade = parsed.find(TlvType.Trade)?.decode(Trade);
process.stdout.write(`funding ${funding?.rate} every ${funding?.intervalHours} h, last trade at ${trade?.price}\n`);
assert.deepEqual(funding, { assetId: 7n, rate: 0.0001, intervalHours: 8 });
assert.equal(trade?.price, 45_123.45);
