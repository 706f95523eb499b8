/*
 * Writes messages of one trace to a channel that drops the oldest, as fast as it can, until it is killed. Each says its
 * number twice: as its span, and as the beginning of its trace. Arguments: configuration as JSON, directory.
 */
import process from 'node:process';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { RelayDomain, TlvMessageBuilder, withTrace } from 'alphapulse-bus/protocol';

const [config = '', directory = '', traceId = ''] = process.argv.slice(2);
const bus = await MessageBus.open({ service: 'writer', directory, config: JSON.parse(config) as BusConfig });
const producer = bus.producer('flood');
process.stdout.write('ready\n');
for (let n = 1; ; n++) {
  const plain = new TlvMessageBuilder(RelayDomain.MarketData, 4).addTlv(200, new Uint8Array(n % 300)).build();
  const hop = {
    startTimestampNs: BigInt(n),
    currentTimestampNs: BigInt(n),
    sourceService: 4,
    spanDepth: n % 200,
    stageFlags: 1,
  };
  const spanId = n.toString(16).padStart(16, '0');
  producer.write(withTrace(plain, hop, { traceId, spanId, flags: 1, tracestate: '' }));
}
