import { TlvType } from '../../protocol/index.js';
import { nearest } from '../../bus/config/suggest.js';
import { BusError } from '../../platform/bus-error.js';
import { messageLine, type MessageJson } from './message-text.js';

export interface FilterOptions {
  readonly type?: string;
  readonly producer?: string;
  readonly grep?: string;
  readonly minSize?: string;
}

/** Which messages are shown. @throws BusError `ERR_INVALID_ARGUMENT` */
export function messageFilter({ type, producer, grep, minSize }: FilterOptions): (message: MessageJson) => boolean {
  const number = type === undefined ? undefined : tlvNumber(type);
  const least = minSize === undefined ? 0 : Number(minSize);
  if (!Number.isInteger(least) || least < 0) throw invalid('--min-size', minSize ?? '', 'a whole number of bytes');
  const pattern = grep === undefined ? undefined : regularExpression(grep);
  return (message) =>
    message.bytes >= least &&
    (producer === undefined || message.producer === producer) &&
    (number === undefined || message.tlvs?.some((tlv) => tlv.type === number) === true) &&
    (pattern === undefined || pattern.test(messageLine(message)));
}

function tlvNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const names = Object.keys(TlvType) as (keyof typeof TlvType)[];
  const name = names.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (name !== undefined) return TlvType[name];
  const guess = nearest(text, names);
  throw invalid('--type', text, `a TLV type by number or name${guess === undefined ? '' : `; did you mean ${guess}?`}`);
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw invalid('--grep', text, `a regular expression: ${(error as Error).message}`);
  }
}

function invalid(option: string, found: string, expected: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `${option}: found ${JSON.stringify(found)}, expected ${expected}`);
}
