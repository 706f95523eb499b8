import type { Attributes } from '@opentelemetry/api';

/**
 * The versions of OpenTelemetry's semantic conventions whose names spans can have. Those for messaging are still in
 * development, so each version is kept as it was: a span has other names only when somebody asks for them.
 */
export type MessagingConventions = '1.45.0' | '1.27.0';

export const DEFAULT_CONVENTIONS: MessagingConventions = '1.45.0';

/** What differs: the type of the operation that hands messages to the bus. */
const SEND_TYPE: Readonly<Record<MessagingConventions, string>> = { '1.45.0': 'send', '1.27.0': 'publish' };

export const CONVENTIONS = Object.keys(SEND_TYPE) as readonly MessagingConventions[];

/** Attributes that the spans of this package set. */
export const ATTRIBUTE = {
  system: 'messaging.system',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  consumer: 'messaging.consumer.group.name',
  messageId: 'messaging.message.id',
  bodySize: 'messaging.message.body.size',
  batchCount: 'messaging.batch.message_count',
  errorType: 'error.type',
  /** Ours: false on the span of a message that does not carry it. */
  propagated: 'alphapulse.trace.propagated',
} as const;

export const SYSTEM = 'alphapulse-bus';

/** Where a tracer says that its spans have the names of a version. */
export function schemaUrl(conventions: MessagingConventions): string {
  return `https://opentelemetry.io/schemas/${conventions}`;
}

/** What all spans of a producer have. */
export function sendAttributes(conventions: MessagingConventions, channel: string): Attributes {
  return {
    [ATTRIBUTE.system]: SYSTEM,
    [ATTRIBUTE.operationName]: 'send',
    [ATTRIBUTE.operationType]: SEND_TYPE[conventions],
    [ATTRIBUTE.destination]: channel,
  };
}

/** What all spans of a consumer have. Its name keeps its place in the channel, as that of a consumer group does elsewhere. */
export function processAttributes(channel: string, consumer: string): Attributes {
  return {
    [ATTRIBUTE.system]: SYSTEM,
    [ATTRIBUTE.operationName]: 'process',
    [ATTRIBUTE.operationType]: 'process',
    [ATTRIBUTE.destination]: channel,
    [ATTRIBUTE.consumer]: consumer,
  };
}
