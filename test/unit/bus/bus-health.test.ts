import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { BusError, MessageBus, type BusConfig, type HealthReport } from 'alphapulse-bus';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const CHANNEL = { type: 'SPMC', producer: 'feed', consumers: ['reader'], bufferSize: '64KB' } as const;
const CONFIG: BusConfig = { channels: { quotes: CHANNEL, orders: CHANNEL } };
const MESSAGE = new Uint8Array(1000);

async function open(
  t: TestContext,
  service: string,
  directory: string,
  config: BusConfig = CONFIG,
): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, config, directory });
  t.after(() => bus.close());
  return bus;
}

const codes = ({ findings }: HealthReport): string[] => findings.map(({ code, channel }) => `${code} ${channel}`);

describe('the health of a bus', () => {
  it('is good where nothing has begun, and where all is read', async (t) => {
    const bus = await open(t, 'feed', temporaryDirectory(t));
    assert.deepEqual(bus.healthCheck(), { status: 'healthy', findings: [], channels: 2 });
    const reader = (await open(t, 'reader', bus.directory)).consumer('quotes');
    const producer = bus.producer('quotes');
    for (let n = 0; n < 1000; n++) {
      producer.write(MESSAGE);
      reader.poll(() => {});
    }
    assert.equal(bus.healthCheck().status, 'healthy');
  });

  it('tells of a full ring with the consumer that holds it, until that has read', async (t) => {
    const bus = await open(t, 'feed', temporaryDirectory(t));
    const reader = (await open(t, 'reader', bus.directory)).consumer('quotes');
    const producer = bus.producer('quotes');
    while (producer.tryWrite(MESSAGE) >= 0);
    const report = bus.healthCheck();
    assert.equal(report.status, 'degraded');
    const [full] = report.findings;
    assert.deepEqual([full?.channel, full?.endpoint?.name], ['quotes', 'reader']);
    assert.match(full?.found ?? '', /consumer "reader" \(process \d+\)/);
    while (reader.poll(() => {}) > 0);
    assert.equal(bus.healthCheck().status, 'healthy');
  });

  it('is judged by the thresholds of the configuration', async (t) => {
    const config = { ...CONFIG, health: { lagMessages: 2 } };
    const bus = await open(t, 'feed', temporaryDirectory(t), config);
    (await open(t, 'reader', bus.directory)).consumer('quotes');
    const producer = bus.producer('quotes');
    for (let n = 0; n < 3; n++) {
      assert.equal(bus.healthCheck().status, 'healthy');
      producer.write(MESSAGE);
    }
    assert.deepEqual(codes(bus.healthCheck()), ['lag quotes']);
  });

  it('tells of a channel that runs with another configuration, and of one that is damaged', async (t) => {
    const bus = await open(t, 'feed', temporaryDirectory(t));
    bus.producer('quotes');
    const other: BusConfig = { channels: { ...CONFIG.channels, quotes: { ...CHANNEL, bufferSize: '128KB' } } };
    const second = await open(t, 'reader', bus.directory, other);
    const [found] = second.healthCheck().findings;
    assert.equal(found?.code, 'config-mismatch');
    assert.match(found?.found ?? '', /buffer_size is 65536, configured is 131072/);
    writeFileSync(join(bus.directory, 'orders.ring'), 'no segment', { mode: 0o600 });
    const { status, findings, channels } = second.healthCheck();
    assert.deepEqual(
      [status, findings[0]?.code, findings[0]?.channel, channels],
      ['unhealthy', 'channel-unusable', 'orders', 2],
    );
  });

  it('tells of a declared service that never came, and of one that left, until it is back', async (t) => {
    const config = { ...CONFIG, health: { absentAfterMs: 0 } };
    const bus = await open(t, 'feed', temporaryDirectory(t), config);
    assert.equal(bus.healthCheck().status, 'healthy');
    bus.producer('quotes').write(MESSAGE);
    await delay(5);
    const [never, ...others] = bus.healthCheck().findings;
    assert.deepEqual([never?.code, never?.endpoint?.name, others.length], ['endpoint-absent', 'reader', 0]);
    const second = await open(t, 'reader', bus.directory, config);
    const reader = second.consumer('quotes');
    assert.equal(bus.healthCheck().status, 'healthy');
    reader.close();
    await delay(5);
    const [left] = bus.healthCheck().findings;
    assert.match(
      left?.found ?? '',
      new RegExp(`consumer reader .* the last one \\(process ${process.pid}\\) left, 20`),
    );
    assert.equal((await open(t, 'feed', bus.directory)).healthCheck().status, 'healthy', 'not yet for a minute');
    second.consumer('quotes');
    assert.equal(bus.healthCheck().status, 'healthy');
  });

  it('keeps nothing mapped, and tells nothing, when the bus is closed', async (t) => {
    const bus = await open(t, 'feed', temporaryDirectory(t));
    bus.producer('quotes');
    bus.healthCheck();
    await bus.close();
    assert.ok(!readFileSync('/proc/self/maps', 'utf8').includes(bus.directory));
    assert.throws(
      () => bus.healthCheck(),
      (error) => BusError.is(error, 'ERR_CLOSED'),
    );
  });
});
