import { BusError } from '../platform/bus-error.js';

interface Who {
  readonly name: string;
  readonly channel: string;
}

/** The errors of calls that a consumer cannot serve in the state in which it is. */
export function closedConsumer({ name, channel }: Who): BusError {
  return new BusError('ERR_CLOSED', `consumer "${name}" of channel ${channel} is closed; open another one`, {
    channel,
  });
}

export function insideHandler({ name, channel }: Who): BusError {
  return new BusError(
    'ERR_CLAIM_STATE',
    `consumer "${name}" of channel ${channel} is inside a handler: return from it before reading, waiting or seeking`,
    { channel },
  );
}

export function alreadyReading({ name, channel }: Who): BusError {
  return new BusError(
    'ERR_CLAIM_STATE',
    `consumer "${name}" of channel ${channel} is being iterated or subscribed to already; ` +
      'end that first, or give each reader a consumer of its own with { name }',
    { channel },
  );
}
