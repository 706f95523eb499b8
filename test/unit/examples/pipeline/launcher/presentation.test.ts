import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveConfig } from '#src/bus/config/resolve.js';
import { formatCount, formatNs, formatTable } from '../../../../../examples/pipeline/launcher/format.js';
import { isLiveTerminal, paintFor } from '../../../../../examples/pipeline/launcher/paint.js';
import { topologyFault } from '../../../../../examples/pipeline/launcher/topology.js';

describe('figures', () => {
  it('are shown with three digits and a unit', () => {
    assert.deepEqual(
      [undefined, 0, 7, 999, 1000, 12_345, 123_456, 1_234_567, 123_456_789, 2_000_000_000].map((ns) => formatNs(ns)),
      ['-', '-', '7 ns', '999 ns', '1.00 µs', '12.3 µs', '123 µs', '1.23 ms', '123 ms', '2.00 s'],
    );
    assert.equal(formatCount(1_234_567.4), '1,234,567');
  });

  it('stand in columns: the first ones to the left, the others to the right', () => {
    assert.deepEqual(
      formatTable(
        [
          ['a', 'b'],
          ['long', '1'],
          ['x', '1,000'],
        ],
        1,
      ),
      ['a         b', 'long      1', 'x     1,000'],
    );
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };

  it('are used on a terminal only, and not where NO_COLOR or a dumb terminal says no', () => {
    assert.equal(paintFor(terminal, {}).good('ok'), '\u001b[32mok\u001b[0m');
    assert.equal(paintFor(terminal, { NO_COLOR: '' }).good('ok'), '\u001b[32mok\u001b[0m');
    assert.equal(paintFor(terminal, { NO_COLOR: '1' }).good('ok'), 'ok');
    assert.equal(paintFor({}, {}).bad('no'), 'no');
    assert.equal(paintFor(terminal, { TERM: 'dumb' }).bold('b'), 'b');
  });

  it('have nothing to do with whether the screen is redrawn: NO_COLOR leaves that as it is', () => {
    assert.equal(isLiveTerminal(terminal, { NO_COLOR: '1' }), true);
    assert.equal(isLiveTerminal(terminal, { TERM: 'dumb' }), false);
    assert.equal(isLiveTerminal({}, {}), false);
  });
});

describe('a configuration of the demo', () => {
  const strategies = ['arbitrage_strategy', 'ml_strategy', 'momentum_strategy'];
  const market = [...strategies, 'flash_arbitrage', 'analytics', 'dashboard'];
  const results = ['risk_monitor', 'analytics', 'dashboard'];
  const channels = {
    market_data: { type: 'SPMC', producer: 'polygon_collector', consumers: market },
    signals: { type: 'MPMC', producers: strategies, consumer: 'execution_coordinator' },
    critical_signals: { type: 'SPSC', producer: 'flash_arbitrage', consumer: 'execution_engine' },
    execution_results: { type: 'SPMC', producer: 'execution_coordinator', consumers: results },
  } as const;

  it('may have other types, sizes and orders of names', () => {
    assert.equal(topologyFault(resolveConfig({ channels })), undefined);
    const signals = { ...channels.signals, producers: strategies.toReversed(), bufferSize: '64KB' };
    assert.equal(topologyFault(resolveConfig({ channels: { ...channels, signals } })), undefined);
  });

  it('must have the channels and the services that the programs open', () => {
    const { signals, ...withoutSignals } = channels;
    assert.equal(topologyFault(resolveConfig({ channels: withoutSignals })), 'channel signals is missing');
    const more = { ...channels, gossip: signals };
    assert.match(topologyFault(resolveConfig({ channels: more })) ?? '', /^channel gossip is not of the demo/);
    const lonely = { ...channels, execution_results: { ...channels.execution_results, consumers: ['analytics'] } };
    assert.match(
      topologyFault(resolveConfig({ channels: lonely })) ?? '',
      /execution_results has the consumers analytics; /,
    );
  });
});
