import type { MessageView } from '../../channel/index.js';
import {
  codecOf,
  parseMessage,
  ProtocolError,
  tlvTypeName,
  type ParsedMessage,
  type Tlv,
} from '../../protocol/index.js';
import { jsonOf } from '../json.js';

/** One TLV for programs: its type, name and typed value, or its bytes. */
export interface TlvJson {
  readonly type: number;
  readonly name: string | undefined;
  readonly value?: unknown;
  readonly hex?: string;
}

/** One message for programs. */
export interface MessageJson {
  readonly sequence: number;
  readonly time: string | undefined;
  readonly receivedNs: string;
  readonly sentNs: string;
  readonly producer: string;
  readonly bytes: number;
  readonly tlvs?: readonly TlvJson[];
  readonly text?: string;
  readonly hex?: string;
}

/** A payload that follows the protocol; undefined for any other. */
export function parsed(bytes: Uint8Array): ParsedMessage | undefined {
  try {
    return parseMessage(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** What is shown of a message, wherever it stands. */
export type ShownMessage = Pick<MessageView, 'sequence' | 'busReceivedNs' | 'producerSentNs' | 'length' | 'bytes'>;

/** `producer` is its name, or its slot when that is all there is. */
export function messageJson(message: ShownMessage, producer: string): MessageJson {
  const { sequence, busReceivedNs, producerSentNs, length, bytes } = message;
  const protocol = parsed(bytes);
  const text = protocol === undefined ? printable(bytes) : undefined;
  return {
    sequence,
    time: timeText(busReceivedNs),
    receivedNs: String(busReceivedNs),
    sentNs: String(producerSentNs),
    producer,
    bytes: length,
    ...(protocol !== undefined && { tlvs: [...protocol.tlvs()].map(tlvJson) }),
    ...(text !== undefined && { text }),
    ...(protocol === undefined && text === undefined && { hex: Buffer.from(bytes).toString('hex') }),
  };
}

/** One message for people, in one line. */
export function messageLine(message: MessageJson): string {
  const { tlvs, text, hex } = message;
  const content = tlvs?.map(tlvText).join(' ') ?? (text === undefined ? `0x${hex ?? ''}` : JSON.stringify(text));
  return `${messageHeading(message)}  ${content}\n`;
}

/** What there is to say of it beside its content. */
export function messageHeading({ sequence, time, producer, bytes }: MessageJson): string {
  return `${sequence}  ${time ?? '-'}  ${producer}  ${bytes}B`;
}

function tlvJson(tlv: Tlv): TlvJson {
  const { type, value } = tlv;
  const name = tlvTypeName(type);
  const codec = codecOf(type);
  if (codec !== undefined) {
    try {
      return { type, name, value: jsonOf(tlv.decode(codec)) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  return { type, name, hex: Buffer.from(value).toString('hex') };
}

function tlvText({ type, name, value, hex }: TlvJson): string {
  const title = name ?? `TLV${type}`;
  return value === undefined ? `${title}(0x${hex ?? ''})` : `${title}${JSON.stringify(value)}`;
}

/** ISO 8601 with all nine digits of the second. */
function timeText(ns: bigint): string | undefined {
  if (ns === 0n) return undefined;
  const second = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${second}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** Text, if that is what it is. */
function printable(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /^[^\p{Cc}]*$/u.test(text.replace(/[\t\r\n]/g, '')) ? text : undefined;
  } catch {
    return undefined;
  }
}
