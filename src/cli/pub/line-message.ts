import { codecOf, ProtocolError, RelayDomain, SourceType, TlvMessageBuilder, TlvType } from '../../protocol/index.js';
import { nearest } from '../../bus/config/suggest.js';

/** How a line becomes a message. */
export type LineForm = 'text' | 'hex' | 'json' | 'quotes';

/** A line that is no message; says what was found and what was expected. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

/**
 * The message of a line: its text as it stands; the bytes that it spells in hex; a JSON object; or a quote, as four whole
 * numbers: ask price × 10,000, ask size, bid price × 10,000, bid size.
 *
 * A JSON object has `text`, `hex` or `base64`, or is a TLV of the protocol: `{"type":"Quote","assetId":7,...}`.
 *
 * @throws LineError
 */
export function lineMessage(line: string, form: LineForm, nowNs: bigint): Uint8Array {
  switch (form) {
    case 'text':
      return new TextEncoder().encode(line);
    case 'hex':
      return fromHex(line.replaceAll(/\s+/g, '').replace(/^0x/, ''));
    case 'json':
      return fromJson(line, nowNs);
    case 'quotes':
      return fromQuote(line, nowNs);
  }
}

function fromHex(text: string): Uint8Array {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex');
  throw new LineError(`found ${shorten(text)}, expected bytes in hex, two digits each`);
}

function fromJson(line: string, nowNs: bigint): Uint8Array {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new LineError(`found ${shorten(line)}, expected a JSON object: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new LineError(`found ${shorten(line)}, expected a JSON object`);
  const { type, text, hex, base64, ...fields } = value as Record<string, unknown>;
  if (typeof text === 'string') return new TextEncoder().encode(text);
  if (typeof hex === 'string') return fromHex(hex);
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  return fromTlv(type, fields, nowNs);
}

function fromTlv(type: unknown, fields: Record<string, unknown>, nowNs: bigint): Uint8Array {
  const names = Object.keys(TlvType) as (keyof typeof TlvType)[];
  const typed = names.filter((name) => codecOf(TlvType[name]) !== undefined);
  const name = typed.find((candidate) => candidate === type);
  if (name === undefined) {
    const guess = typeof type === 'string' ? nearest(type, typed) : undefined;
    const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
    throw new LineError(`found type ${JSON.stringify(type) ?? 'none'}, expected one of ${typed.join(', ')}${hint}`);
  }
  const codec = codecOf(TlvType[name])!;
  // JSON has no integers beyond 2^53: they stand there as text
  const values = Object.entries(fields).map(([key, entry]) => [
    key,
    typeof entry === 'string' && /^-?\d+$/.test(entry) ? BigInt(entry) : entry,
  ]);
  return built(() =>
    new TlvMessageBuilder(domainOf(TlvType[name]), SourceType.Dashboard)
      .addTlv(codec, Object.fromEntries(values) as never)
      .withTimestamp(nowNs)
      .build(),
  );
}

/** Which relay carries a type: market data up to 19, signals up to 39, execution up to 59, the rest is the system's. */
function domainOf(type: number): RelayDomain {
  if (type < 20) return RelayDomain.MarketData;
  if (type < 40) return RelayDomain.Signal;
  return type < 60 ? RelayDomain.Execution : RelayDomain.System;
}

function fromQuote(line: string, nowNs: bigint): Uint8Array {
  const columns = line.trim().split(',');
  if (columns.length !== 4 || !columns.every((column) => /^\d{1,10}$/.test(column))) {
    const expected = '4 whole numbers: ask price x 10,000, ask size, bid price x 10,000, bid size';
    throw new LineError(`found ${shorten(line)}, expected ${expected}`);
  }
  const [askPrice = 0, askSize = 0, bidPrice = 0, bidSize = 0] = columns.map(Number);
  const quote = {
    assetId: 1n,
    bidPrice: bidPrice / 10_000,
    bidSize,
    askPrice: askPrice / 10_000,
    askSize,
    quoteTimestampNs: nowNs,
    venueId: 0,
    assetType: 0,
  };
  return built(() =>
    new TlvMessageBuilder(RelayDomain.MarketData, SourceType.PolygonCollector)
      .addTlv(TlvType.Quote, quote)
      .withTimestamp(nowNs)
      .build(),
  );
}

function built(build: () => Uint8Array): Uint8Array {
  try {
    return build();
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof TypeError || error instanceof RangeError)
      throw new LineError(error.message);
    throw error;
  }
}

function shorten(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 60)}...`);
}
