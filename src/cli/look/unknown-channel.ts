import { nearest } from '../../bus/config/suggest.js';
import { BusError } from '../../platform/bus-error.js';

/** As many names as a line has room for. */
const LISTED_MAX = 10;

/** The error for a channel that is not among those that there are: with the one that was probably meant, and the list. */
export function unknownChannel(channel: string, there: readonly string[], what: string): BusError {
  const guess = nearest(channel, there);
  const meant = guess === undefined ? '' : `did you mean ${guess}? `;
  const more = there.length - LISTED_MAX;
  const list = `${there.slice(0, LISTED_MAX).join(', ')}${more > 0 ? `, and ${more} more: apbus ls` : ''}`;
  const known = there.length === 0 ? 'there is none' : `${meant}there are: ${list}`;
  return new BusError('ERR_UNKNOWN_CHANNEL', `no channel ${JSON.stringify(channel.slice(0, 64))} ${what}; ${known}`, {
    channel,
  });
}
