import type { MappedBuffer } from '../memory/mapped-buffer.js';
import { BusError } from '../platform/bus-error.js';
import { CONFIG_TEXT_BYTES_MAX, CONFIG_TEXT_OFFSET, CONTROL } from './schema.js';
import { hash32 } from './struct.js';

const { configBytes: BYTES, configHash: HASH } = CONTROL.at;

/** What the peers of a channel agree on, beside its shape: keys as in the configuration file, dotted, and their values. */
export type Agreement = Readonly<Record<string, string | number | boolean>>;

/** Writes it into a new segment, before that becomes visible. */
export function putAgreement(control: MappedBuffer, agreement: Agreement, channel: string): void {
  const text = JSON.stringify(agreement);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > CONFIG_TEXT_BYTES_MAX) {
    const found = `${bytes.length} bytes of configuration, expected ${CONFIG_TEXT_BYTES_MAX} at most`;
    throw new BusError('ERR_CONFIG', `channel ${channel}: found ${found}; use shorter paths`, { channel });
  }
  control.bytes.set(bytes, CONFIG_TEXT_OFFSET);
  control.view.setUint32(BYTES, bytes.length, true);
  control.view.setUint32(HASH, hash32(text), true);
}

/**
 * What the creator of a segment had configured; undefined when it did not say.
 *
 * @throws BusError `ERR_CORRUPT` for what cannot be that
 */
export function agreementIn(
  { view, bytes }: Pick<MappedBuffer, 'view' | 'bytes'>,
  path: string,
): Agreement | undefined {
  const length = view.getUint32(BYTES, true);
  if (length === 0) return undefined;
  const text =
    length > CONFIG_TEXT_BYTES_MAX
      ? ''
      : new TextDecoder().decode(bytes.slice(CONFIG_TEXT_OFFSET, CONFIG_TEXT_OFFSET + length));
  const agreement = hash32(text) === view.getUint32(HASH, true) ? parse(text) : undefined;
  if (agreement !== undefined) return agreement;
  throw new BusError(
    'ERR_CORRUPT',
    `${path} has a damaged configuration text. Remove the file; the channel is then created anew`,
  );
}

function parse(text: string): Agreement | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const isFlat = Object.values(value).every((entry) => ['string', 'number', 'boolean'].includes(typeof entry));
    return isFlat ? (value as Agreement) : undefined;
  } catch {
    return undefined;
  }
}

export interface Difference {
  readonly key: string;
  readonly theirs: string | number | boolean;
  readonly ours: string | number | boolean;
}

const SHOWN_MAX = 80;

/** A configured value as a message shows it: in one line, and cut where it is long. What a segment holds may be anything. */
export function shownValue(value: Difference['theirs']): string {
  const text = String(value).replaceAll(/\p{C}/gu, '?');
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}... (${text.length} characters)`;
}

/** Where two configurations of a channel differ, key by key; what one of them does not have is "not set" there. */
export function differencesBetween(theirs: Agreement, ours: Agreement): Difference[] {
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return keys.flatMap((key) => {
    const difference = { key, theirs: theirs[key] ?? 'not set', ours: ours[key] ?? 'not set' };
    return difference.theirs === difference.ours ? [] : [difference];
  });
}
