import { SourceType } from 'alphapulse-bus/protocol';

/** What each service that writes calls itself in its messages. Numbers without a name in the protocol are the demo's own. */
const SOURCES: Readonly<Record<string, number>> = {
  polygon_collector: SourceType.PolygonCollector,
  arbitrage_strategy: SourceType.ArbitrageStrategy,
  momentum_strategy: SourceType.TrendFollower,
  ml_strategy: 23,
  flash_arbitrage: 24,
  execution_coordinator: 43,
};

const SERVICES = new Map(Object.entries(SOURCES).map(([service, source]) => [source, service]));

export function sourceOf(service: string): number {
  const source = SOURCES[service];
  if (source === undefined) throw new Error(`${service} writes no messages`);
  return source;
}

/** The service of a number; a text that names the number when it is none of the demo's. */
export function serviceOf(source: number): string {
  return SERVICES.get(source) ?? `source ${source}`;
}
