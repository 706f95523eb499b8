import { layOut, type TlvFields, type TlvInput, type TlvValue } from './fields.js';
import { accessLayout, type LayoutAccess } from './layout-access.js';
import { ProtocolError, shown } from './protocol-error.js';
import { VALUE_BYTES_MAX } from './tlv-cursor.js';
import { describeType, isVendorType, TLV_SIZES, tlvTypeName, VENDOR_FIRST, VENDOR_LAST } from './tlv-types.js';

/** What makes a TLV of one's own. */
export interface TlvDefinition<Fields extends TlvFields> {
  /** For error messages. */
  readonly name: string;
  /** 200 to 254 for one's own; or a type that the protocol names, whose size the layout then has to have. */
  readonly type: number;
  /** The fields in their order in memory; nothing is aligned, gaps are `pad[n]` fields. */
  readonly fields: Fields;
}

/**
 * Typed values to and from bytes. Bytes are read and written through a DataView at an offset, in place: within a
 * record of a ring, a message, anywhere.
 */
export class TlvCodec<Input extends object, Value extends object> {
  readonly name: string;
  readonly type: number;
  /** Bytes of a value; always exactly these. */
  readonly size: number;
  /** Offset of each field in a value: for reading one field without the others. */
  readonly at: Readonly<Record<keyof Value & string, number>>;
  private readonly access: LayoutAccess;

  /** @internal Made by {@link defineTlv}. */
  constructor(name: string, type: number, size: number, at: Readonly<Record<string, number>>, access: LayoutAccess) {
    this.name = name;
    this.type = type;
    this.size = size;
    this.at = at;
    this.access = access;
  }

  /**
   * Writes a value; padding becomes zero. Numbers make no garbage. After an error the bytes are partly written.
   *
   * @returns the bytes written, which is `size`
   * @throws ProtocolError `ERR_FIELD` or `ERR_VALUE_SIZE` for a field that does not fit (never cut to fit), which
   * `field` names; `ERR_OUT_OF_BOUNDS` when the view ends before the value
   */
  encode(value: Input, view: DataView, offset: number): number {
    if (!(offset >= 0 && offset + this.size <= view.byteLength)) throw this.outside(view, offset);
    if (typeof value !== 'object' || value === null) throw this.noObject(value);
    this.access.encode(value, view, offset);
    return this.size;
  }

  /**
   * Reads a value. 64-bit integers become BigInts; see `decodeInto` and `at` for less garbage.
   *
   * @param length bytes that the TLV's value has, when known; another number than `size` is refused
   * @throws ProtocolError `ERR_VALUE_SIZE`; `ERR_OUT_OF_BOUNDS` when the view ends before the value; `ERR_FIELD` when
   * a field holds what it may not
   */
  decode(view: DataView, offset: number, length: number = this.size): Value {
    this.check(view, offset, length);
    return this.access.decode(view, offset) as Value;
  }

  /**
   * Reads a value into an object that exists, best one made by `zero()`. Fields that are numbers, booleans or bytes
   * make no garbage; each 64-bit integer still makes a BigInt (24 to 40 bytes), which `at` with `readU64Number` avoids.
   *
   * @returns the target
   * @throws as {@link decode}; the target is then partly filled
   */
  decodeInto(target: Value, view: DataView, offset: number, length: number = this.size): Value {
    this.check(view, offset, length);
    return this.access.decodeInto(target, view, offset) as Value;
  }

  /** A value with zero in every field. */
  zero(): Value {
    return this.access.zero() as Value;
  }

  private check(view: DataView, offset: number, length: number): void {
    if (length !== this.size) {
      throw new ProtocolError('ERR_VALUE_SIZE', `${this.name} has ${this.size} bytes, this value ${length}`);
    }
    if (!(offset >= 0 && offset + length <= view.byteLength)) throw this.outside(view, offset);
  }

  private outside(view: DataView, offset: number): ProtocolError {
    const message = `${this.name} needs ${this.size} bytes at ${offset}, but the view has ${view.byteLength} in all`;
    return new ProtocolError('ERR_OUT_OF_BOUNDS', message);
  }

  private noObject(value: unknown): ProtocolError {
    return new ProtocolError('ERR_FIELD', `${this.name} must be an object with its fields, not ${shown(value)}`);
  }
}

/** A codec of any kind of value, where only its type and size matter. */
export type AnyTlvCodec = TlvCodec<never, object>;

/** What `encode` of a codec takes. */
export type InputOf<Codec> = Codec extends TlvCodec<infer Input, infer _Value> ? Input : never;
/** What `decode` of a codec gives. */
export type ValueOf<Codec> = Codec extends TlvCodec<infer _Input, infer Value> ? Value : never;

/**
 * Describes a TLV and gives its codec; the types of its values follow from the fields.
 *
 * @throws ProtocolError `ERR_TLV_TYPE` for a type that is neither 200 to 254 nor named by the protocol; `ERR_SCHEMA`
 * for a field that contradicts itself, for a size that the type may not have, and above 65,535 bytes
 *
 * @example
 * const Funding = defineTlv({
 *   name: 'Funding',
 *   type: 200,
 *   fields: { assetId: 'u64', rate: 'fixed8', intervalHours: { kind: 'u8', min: 1, max: 24 }, padding: 'pad[7]' },
 * });
 * builder.addTlv(Funding, { assetId: 7n, rate: 0.0001, intervalHours: 8 });
 * parseMessage(bytes).get(Funding)?.rate; // 0.0001
 */
export function defineTlv<const Fields extends TlvFields>(
  definition: TlvDefinition<Fields>,
): TlvCodec<TlvInput<Fields>, TlvValue<Fields>> {
  const { name, type, fields: specs } = definition;
  if (typeof name !== 'string' || name === '') throw new ProtocolError('ERR_SCHEMA', 'a TLV definition needs a name');
  if (!isVendorType(type) && tlvTypeName(type) === undefined) {
    const message = `${name}: ${shown(type)} is no type for a definition; own ones are ${VENDOR_FIRST}-${VENDOR_LAST}`;
    throw new ProtocolError('ERR_TLV_TYPE', message);
  }
  const fields = layOut(name, specs);
  const size = fields.reduce((sum, field) => sum + field.bytes, 0);
  checkSize(name, type, size);
  const named = fields.filter((field) => field.kind !== 'pad');
  const at = Object.fromEntries(named.map((field) => [field.name, field.offset]));
  return new TlvCodec(name, type, size, Object.freeze(at), accessLayout(fields));
}

function checkSize(name: string, type: number, size: number): void {
  if (size > VALUE_BYTES_MAX) {
    throw new ProtocolError('ERR_SCHEMA', `${name}: ${size} bytes; a value has at most ${VALUE_BYTES_MAX}`);
  }
  const rule = TLV_SIZES.get(type);
  if (rule === undefined || (size >= rule.min && size <= rule.max)) return;
  const allowed = rule.min === rule.max ? `exactly ${rule.min}` : `${rule.min} to ${rule.max}`;
  throw new ProtocolError('ERR_SCHEMA', `${name}: ${size} bytes; ${describeType(type)} has ${allowed}`);
}
