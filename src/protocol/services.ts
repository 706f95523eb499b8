/** Which kind of traffic a message is; a relay forwards one domain each. */
export const RelayDomain = {
  MarketData: 1,
  Signal: 2,
  Execution: 3,
  System: 4,
} as const;
export type RelayDomain = (typeof RelayDomain)[keyof typeof RelayDomain];

/** The services that have a number of their own. Any other value from 0 to 255 is carried as a number. */
export const SourceType = {
  BinanceCollector: 1,
  KrakenCollector: 2,
  CoinbaseCollector: 3,
  PolygonCollector: 4,
  GeminiCollector: 5,
  ArbitrageStrategy: 20,
  MarketMaker: 21,
  TrendFollower: 22,
  PortfolioManager: 40,
  RiskManager: 41,
  ExecutionEngine: 42,
  Dashboard: 60,
  MetricsCollector: 61,
  MarketDataRelay: 80,
  SignalRelay: 81,
  ExecutionRelay: 82,
} as const;
export type SourceType = (typeof SourceType)[keyof typeof SourceType];

/** The name of a domain number, or undefined for one that this version does not know. */
export function relayDomainName(domain: number): keyof typeof RelayDomain | undefined {
  return DOMAIN_NAMES.get(domain);
}

/** The name of a source number, or undefined for one that has none. */
export function sourceTypeName(source: number): keyof typeof SourceType | undefined {
  return SOURCE_NAMES.get(source);
}

const DOMAIN_NAMES = namesByNumber(RelayDomain);
const SOURCE_NAMES = namesByNumber(SourceType);

/** Turns a table of constants round. */
export function namesByNumber<Name extends string>(table: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  return new Map((Object.entries(table) as [Name, number][]).map(([name, number]) => [number, name]));
}
