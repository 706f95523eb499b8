import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageBus } from '#src/bus/message-bus.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const CHANNEL = { type: 'SPSC', producer: 'a', consumer: 'b', bufferSize: '64KB', messageSizeMax: '1KB' } as const;

describe('memory options through the bus', () => {
  it('are reported per channel, and what was not granted is told to the logger once', async (t) => {
    const told: [unknown, string][] = [];
    const bus = await MessageBus.open({
      service: 'a',
      directory: temporaryDirectory(t),
      config: { channels: { quotes: { ...CHANNEL, numaNode: 1000, prefault: true } } },
      logger: { warn: (fields, message) => told.push([fields, message]) },
    });
    t.after(() => bus.close());
    assert.equal(bus.memory('quotes'), undefined, 'nothing is attached yet');
    bus.producer('quotes');
    assert.equal(bus.memory('quotes')?.prefault.granted, true);
    assert.deepEqual(bus.memory('quotes')?.lock, { asked: false, granted: false });
    assert.match(bus.memory('quotes')?.numa.mend ?? '', /numactl --hardware/);
    assert.equal(told.length, 1);
    assert.deepEqual(told[0]?.[0], { channel: 'quotes' });
    assert.match(told[0]?.[1] ?? '', /channel quotes: numa_node is not granted: there is no node 1000/);
  });

  it('refuse with the code of the option when they are set to fail', async (t) => {
    const bus = await MessageBus.open({
      service: 'a',
      directory: temporaryDirectory(t),
      config: { channels: { quotes: { ...CHANNEL, hugePages: true, hugePagesFallback: 'fail' } } },
    });
    t.after(() => bus.close());
    assert.throws(() => bus.producer('quotes'), { code: 'ERR_HUGE_PAGES', channel: 'quotes' });
  });
});
