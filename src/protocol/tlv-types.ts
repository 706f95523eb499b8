import { namesByNumber } from './services.js';

/** The types that the protocol names. Numbers without a name are carried like all others. */
export const TlvType = {
  Trade: 1,
  Quote: 2,
  OrderBook: 3,
  InstrumentMeta: 4,
  L2Snapshot: 5,
  L2Delta: 6,
  L2Reset: 7,
  PriceUpdate: 8,
  VolumeUpdate: 9,
  PoolLiquidity: 10,
  PoolSwap: 11,
  SignalIdentity: 20,
  AssetCorrelation: 21,
  Economics: 22,
  ExecutionAddresses: 23,
  VenueMetadata: 24,
  StateReference: 25,
  ExecutionControl: 26,
  RiskParameters: 30,
  OrderRequest: 40,
  OrderStatus: 41,
  Fill: 42,
  OrderCancel: 43,
  OrderModify: 44,
  ExecutionReport: 45,
  Portfolio: 46,
  Position: 47,
  Balance: 48,
  TradeConfirmation: 49,
  RiskDecision: 60,
  Heartbeat: 100,
  Snapshot: 101,
  Error: 102,
  ConfigUpdate: 103,
  SystemHealth: 107,
  TraceContext: 108,
  RecoveryRequest: 110,
  RecoveryResponse: 111,
} as const;
export type TlvTypeName = keyof typeof TlvType;
export type TlvType = (typeof TlvType)[TlvTypeName];

/** Who a type number belongs to; first and last number of each range, both inclusive. */
export const TLV_RANGES = {
  marketData: { first: 1, last: 19 },
  strategySignals: { first: 20, last: 39 },
  execution: { first: 40, last: 59 },
  portfolioAndRisk: { first: 60, last: 79 },
  compliance: { first: 80, last: 99 },
  system: { first: 100, last: 119 },
  vendor: { first: 200, last: 254 },
} as const;
export type TlvRange = keyof typeof TLV_RANGES;

/** The number that stands in the type byte of an extended TLV; no type of its own. */
export const EXTENDED_MARKER = 255;
export const VENDOR_FIRST = TLV_RANGES.vendor.first;
export const VENDOR_LAST = TLV_RANGES.vendor.last;

/** Bytes that a value of a type has: both bounds inclusive, equal for a fixed size. */
export interface SizeRule {
  readonly min: number;
  readonly max: number;
}

/**
 * The sizes that the protocol fixes; types that are missing here have any size.
 *
 * The builder and the parser carry values of any size: a relay forwards what it did not make, and an old reader meets
 * new writers. The sizes are enforced where bytes get a meaning: every codec refuses a value that is not exactly as
 * long as its layout, `defineTlv` refuses a layout that breaks the rule of its type, and {@link sizeFits} lets a
 * program check bytes that it encodes or decodes by hand.
 */
export const TLV_SIZES: ReadonlyMap<number, SizeRule> = sizes({
  Trade: 40,
  Quote: 56,
  PoolLiquidity: [20, 300],
  PoolSwap: [60, 200],
  SignalIdentity: 16,
  AssetCorrelation: 24,
  Economics: 32,
  ExecutionAddresses: 84,
  VenueMetadata: 12,
  StateReference: 24,
  ExecutionControl: 16,
  RiskParameters: [24, 512],
  OrderRequest: 32,
  OrderStatus: 24,
  Fill: 32,
  OrderCancel: 16,
  OrderModify: 24,
  ExecutionReport: 48,
  Portfolio: [32, 2048],
  Position: [24, 512],
  Balance: [16, 256],
  TradeConfirmation: [32, 256],
  RiskDecision: 32,
  Heartbeat: 16,
  Snapshot: [32, 1024],
  Error: [16, 512],
  ConfigUpdate: [20, 2048],
  SystemHealth: 48,
  TraceContext: 32,
  RecoveryRequest: 24,
  RecoveryResponse: [20, 1024],
});

const TYPE_NAMES = namesByNumber(TlvType);

/** The name of a type number, or undefined for one that has none. */
export function tlvTypeName(type: number): TlvTypeName | undefined {
  return TYPE_NAMES.get(type);
}

/** The range that a type number lies in, or undefined for 0, 120-199 and the extended marker. */
export function tlvRange(type: number): TlvRange | undefined {
  for (const [name, { first, last }] of Object.entries(TLV_RANGES) as [TlvRange, { first: number; last: number }][]) {
    if (type >= first && type <= last) return name;
  }
  return undefined;
}

/** True for a number that users may give to TLVs of their own. */
export function isVendorType(type: number): boolean {
  return Number.isInteger(type) && type >= VENDOR_FIRST && type <= VENDOR_LAST;
}

/** False when the protocol fixes another size for values of this type; true for types without a rule. */
export function sizeFits(type: number, bytes: number): boolean {
  const rule = TLV_SIZES.get(type);
  return rule === undefined || (bytes >= rule.min && bytes <= rule.max);
}

/** A type as an error message shows it. */
export function describeType(type: number): string {
  const name = tlvTypeName(type);
  return name === undefined ? `TLV type ${type}` : `${name} (TLV type ${type})`;
}

function sizes(table: Partial<Record<TlvTypeName, number | readonly [number, number]>>): ReadonlyMap<number, SizeRule> {
  const rules = new Map<number, SizeRule>();
  for (const [name, size] of Object.entries(table) as [TlvTypeName, number | readonly [number, number]][]) {
    const [min, max] = typeof size === 'number' ? [size, size] : size;
    rules.set(TlvType[name], { min, max });
  }
  return rules;
}
