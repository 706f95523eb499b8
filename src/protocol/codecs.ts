import { defineTlv, type InputOf, type TlvCodec, type ValueOf } from './define-tlv.js';
import { TlvType } from './tlv-types.js';

/** The `side` of trades and orders. */
export const Side = { Buy: 0, Sell: 1 } as const;
export type Side = (typeof Side)[keyof typeof Side];

/** The `orderType` of order requests. */
export const OrderType = { Market: 0, Limit: 1 } as const;
export type OrderType = (typeof OrderType)[keyof typeof OrderType];

/** Bits of a TraceContext's `stageFlags`: what a message has been through. */
export const StageFlag = { Collected: 1, Relayed: 2, Processed: 4, Executed: 8 } as const;
export type StageFlag = (typeof StageFlag)[keyof typeof StageFlag];

const side = { kind: 'u8', max: Side.Sell } as const;

/** One trade on a venue. Price and volume have eight decimal places. */
export const Trade = defineTlv({
  name: 'Trade',
  type: TlvType.Trade,
  fields: {
    assetId: 'u64',
    price: 'fixed8',
    volume: 'fixed8',
    executionTimestampNs: 'u64',
    venueId: 'u16',
    assetType: 'u8',
    reserved: 'pad[1]',
    side,
    padding: 'pad[3]',
  },
});
export type Trade = ValueOf<typeof Trade>;

/** The best bid and ask of an asset on a venue. Prices and sizes have eight decimal places. */
export const Quote = defineTlv({
  name: 'Quote',
  type: TlvType.Quote,
  fields: {
    assetId: 'u64',
    bidPrice: 'fixed8',
    bidSize: 'fixed8',
    askPrice: 'fixed8',
    askSize: 'fixed8',
    quoteTimestampNs: 'u64',
    venueId: 'u16',
    assetType: 'u8',
    reserved: 'pad[1]',
    padding: 'pad[4]',
  },
});
export type Quote = ValueOf<typeof Quote>;

/** Where a message comes from and how long it has been on its way. `stageFlags` are {@link StageFlag} bits. */
export const TraceContext = defineTlv({
  name: 'TraceContext',
  type: TlvType.TraceContext,
  fields: {
    startTimestampNs: 'u64',
    currentTimestampNs: 'u64',
    sourceService: 'u8',
    spanDepth: 'u8',
    stageFlags: 'u8',
    reserved: 'pad[1]',
    padding: 'pad[4]',
    traceId: 'bytes[8]',
  },
});
export type TraceContext = ValueOf<typeof TraceContext>;

/** Which strategy gave a signal. `confidence` is in hundredths of a percent: 0 to 10,000. */
export const SignalIdentity = defineTlv({
  name: 'SignalIdentity',
  type: TlvType.SignalIdentity,
  fields: {
    strategyId: 'u32',
    signalId: 'u64',
    confidence: { kind: 'u16', max: 10_000 },
    chainId: 'u8',
    reserved: 'pad[1]',
  },
});
export type SignalIdentity = ValueOf<typeof SignalIdentity>;

/** An order to be placed. `price` has eight decimal places and is 0 for market orders. */
export const OrderRequest = defineTlv({
  name: 'OrderRequest',
  type: TlvType.OrderRequest,
  fields: {
    orderId: 'u64',
    assetId: 'u64',
    price: 'fixed8',
    quantity: 'u32',
    venueId: 'u16',
    side,
    orderType: { kind: 'u8', max: OrderType.Limit },
  },
});
export type OrderRequest = ValueOf<typeof OrderRequest>;

/** An order, or part of one, that was executed. `price` has eight decimal places. */
export const Fill = defineTlv({
  name: 'Fill',
  type: TlvType.Fill,
  fields: { orderId: 'u64', price: 'fixed8', quantity: 'u64', timestampNs: 'u64' },
});
export type Fill = ValueOf<typeof Fill>;

/** A sign of life of a service. */
export const Heartbeat = defineTlv({
  name: 'Heartbeat',
  type: TlvType.Heartbeat,
  fields: { timestampNs: 'u64', service: 'u8', status: 'u8', padding: 'pad[6]' },
});
export type Heartbeat = ValueOf<typeof Heartbeat>;

/** What a builder takes for the types that have a codec here. */
export interface TypedInputs {
  [TlvType.Trade]: InputOf<typeof Trade>;
  [TlvType.Quote]: InputOf<typeof Quote>;
  [TlvType.TraceContext]: InputOf<typeof TraceContext>;
  [TlvType.SignalIdentity]: InputOf<typeof SignalIdentity>;
  [TlvType.OrderRequest]: InputOf<typeof OrderRequest>;
  [TlvType.Fill]: InputOf<typeof Fill>;
  [TlvType.Heartbeat]: InputOf<typeof Heartbeat>;
}

const SHIPPED: readonly TlvCodec<never, object>[] = [
  Trade,
  Quote,
  TraceContext,
  SignalIdentity,
  OrderRequest,
  Fill,
  Heartbeat,
];
const CODECS = new Map(SHIPPED.map((codec) => [codec.type, codec]));

/** The codec that ships for a type, or undefined. */
export function codecOf(type: number): TlvCodec<never, object> | undefined {
  return CODECS.get(type);
}
