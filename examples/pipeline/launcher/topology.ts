import type { ResolvedConfig } from 'alphapulse-bus';

interface Wiring {
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
}

const STRATEGIES = ['arbitrage_strategy', 'ml_strategy', 'momentum_strategy'];

/** What the programs in services/ open: channel by channel, who writes and who reads. */
const PIPELINE: Readonly<Record<string, Wiring>> = {
  market_data: {
    producers: ['polygon_collector'],
    consumers: [...STRATEGIES, 'flash_arbitrage', 'analytics', 'dashboard'],
  },
  signals: { producers: STRATEGIES, consumers: ['execution_coordinator'] },
  critical_signals: { producers: ['flash_arbitrage'], consumers: ['execution_engine'] },
  execution_results: { producers: ['execution_coordinator'], consumers: ['risk_monitor', 'analytics', 'dashboard'] },
};

/**
 * A configuration may change types, sizes and waiting times, but not who speaks to whom: that is what the programs are.
 * Returns what is wrong, or undefined.
 */
export function topologyFault(config: ResolvedConfig): string | undefined {
  const unknown = [...config.channels.keys()].find((name) => !(name in PIPELINE));
  if (unknown !== undefined)
    return `channel ${unknown} is not of the demo; expected ${Object.keys(PIPELINE).join(', ')}`;
  for (const [name, wiring] of Object.entries(PIPELINE)) {
    const channel = config.channels.get(name);
    if (channel === undefined) return `channel ${name} is missing`;
    for (const role of ['producers', 'consumers'] as const) {
      const found = [...channel[role]].sort().join(', ');
      const expected = [...wiring[role]].sort().join(', ');
      if (found !== expected) return `channel ${name} has the ${role} ${found}; the demo needs ${expected}`;
    }
  }
  return undefined;
}
