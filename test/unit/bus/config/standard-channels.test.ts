import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveToml } from './kit.js';

/** The four channels of the original design; they load as they stand there. */
const STANDARD = `
[channels.market_data]
type = "SPMC"
producer = "polygon_collector"
consumers = ["arbitrage_strategy", "analytics", "dashboard"]
buffer_size = "1GB"
message_size_max = "8KB"
huge_pages = true
numa_node = 0
prefault = true
backpressure.mode = "DropOldest"
[channels.signals]
type = "MPSC"
producers = ["arbitrage_strategy", "ml_strategy", "momentum_strategy"]
consumer = "execution_coordinator"
buffer_size = "256MB"
message_size_max = "4KB"
backpressure.mode = "AdaptiveThrottle"
backpressure.min_delay_us = 10
backpressure.max_delay_us = 1000
[channels.execution_results]
type = "SPMC"
producer = "execution_coordinator"
consumers = ["risk_monitor", "analytics", "dashboard"]
buffer_size = "128MB"
message_size_max = "2KB"
huge_pages = true
numa_node = 0
prefault = false
backpressure.mode = "BlockProducer"
backpressure.timeout_ms = 100
[channels.critical_signals]
type = "SPSC"
producer = "flash_arbitrage"
consumer = "execution_engine"
buffer_size = "64MB"
message_size_max = "4KB"
huge_pages = true
numa_node = 0
prefault = true
backpressure.mode = "CircuitBreaker"
backpressure.failure_threshold = 5
backpressure.recovery_timeout_ms = 5000
backpressure.failure_window_ms = 1000
`;

test('the four standard channels load unchanged', async () => {
  const { channels } = await resolveToml(STANDARD);
  assert.deepEqual(
    [...channels.values()].map(({ name, type, bufferSize, messageSizeMax }) => [
      name,
      type,
      bufferSize,
      messageSizeMax,
    ]),
    [
      ['market_data', 'SPMC', 2 ** 30, 8192],
      ['signals', 'MPSC', 2 ** 28, 4096],
      ['execution_results', 'SPMC', 2 ** 27, 2048],
      ['critical_signals', 'SPSC', 2 ** 26, 4096],
    ],
  );
  assert.deepEqual(
    [...channels.values()].map(({ memory: { hugePages, numaNode, prefault } }) => [hugePages, numaNode, prefault]),
    [
      [true, 0, true],
      [false, undefined, false],
      [true, 0, false],
      [true, 0, true],
    ],
  );
  assert.deepEqual(channels.get('critical_signals')?.backpressure, {
    mode: 'CircuitBreaker',
    failureThreshold: 5,
    failureWindowMs: 1000,
    recoveryTimeoutMs: 5000,
    highWaterMark: 0.8,
    lowWaterMark: 0.6,
  });
  assert.equal(channels.get('execution_results')?.persistence, undefined);
});

test('one variable makes all rings smaller', async () => {
  const { channels } = await resolveToml(`bus.buffer_size_max = "1MB"\n${STANDARD}`);
  assert.deepEqual([...new Set([...channels.values()].map(({ bufferSize }) => bufferSize))], [2 ** 20]);
});
