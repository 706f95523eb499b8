export {
  codecOf,
  Fill,
  Heartbeat,
  OrderRequest,
  OrderType,
  Quote,
  Side,
  SignalIdentity,
  StageFlag,
  Trade,
  TraceContext,
  type TypedInputs,
} from './codecs.js';
export { crc32 } from './crc32.js';
export { defineTlv, TlvCodec, type AnyTlvCodec, type InputOf, type TlvDefinition, type ValueOf } from './define-tlv.js';
export type { BoundedField, FieldKind, FieldSpec, TlvFields, TlvInput, TlvValue } from './fields.js';
export {
  FIXED8_EXACT_MAX,
  FIXED8_SCALE,
  fixed8FromNumber,
  fixed8ToNumber,
  formatFixed8,
  parseFixed8,
  readFixed8,
  writeFixed8,
} from './fixed8.js';
export { HEADER, HEADER_BYTES, MESSAGE_BYTES_MAX, MESSAGE_MAGIC, PROTOCOL_VERSION } from './header.js';
export { TlvMessageBuilder } from './message-builder.js';
export { MessageReader } from './message-reader.js';
export { ParsedMessage, parseMessage, Tlv, type MessageHeader } from './parsed-message.js';
export { ProtocolError, type ProtocolErrorCode, type ProtocolErrorDetails } from './protocol-error.js';
export { RelayDomain, relayDomainName, SourceType, sourceTypeName } from './services.js';
export { tlvBytes, VALUE_BYTES_MAX, type TlvCursor } from './tlv-cursor.js';
export {
  EXTENDED_MARKER,
  isVendorType,
  sizeFits,
  TLV_RANGES,
  TLV_SIZES,
  tlvRange,
  TlvType,
  tlvTypeName,
  VENDOR_FIRST,
  VENDOR_LAST,
  type SizeRule,
  type TlvRange,
  type TlvTypeName,
} from './tlv-types.js';
export { isMessage, NO_TRACE, TracePeek } from './trace-peek.js';
export { withTrace, type TraceHop } from './traced-message.js';
export { formatTraceparent, parseTraceparent, TraceFlag, type TraceParent } from './traceparent.js';
export {
  formatTracestate,
  parseTracestate,
  TRACESTATE_CHARS_MAX,
  TRACESTATE_ENTRIES_MAX,
  type TracestateEntry,
} from './tracestate.js';
export { differenceU64, readI64Number, readU64Number } from './u64.js';
export {
  carriedTrace,
  decodeW3cContext,
  encodeW3cContext,
  hexOf,
  isW3cContext,
  shortTraceId,
  W3C_CONTEXT_BYTES,
  W3C_CONTEXT_TYPE,
  w3cFlagsAt,
  w3cOfTraceContext,
  type CarriedTrace,
  type W3cContext,
} from './w3c-context.js';
