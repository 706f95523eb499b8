import { forgetConsumer } from '../../channel/consumer-slot.js';
import { nearest } from '../../bus/config/suggest.js';
import { Segment } from '../../layout/segment.js';
import { inspectEndpoints } from '../../liveness/index.js';
import { isAttached, isInternal } from '../../liveness/state.js';
import { BusError } from '../../platform/bus-error.js';
import type { Removal } from './removal.js';

/**
 * Has a channel, which goes on, forget a consumer that nobody has open: its cursor, and what is kept for it. Those of the bus
 * itself are not to be forgotten: what the journal has would be recorded again.
 */
export function removeConsumer(directory: string, channel: string, name: string, isDryRun: boolean): Removal {
  try {
    const segment = Segment.openExisting(directory, channel, { ringWritable: false });
    if (segment === undefined) return { channel, removed: [] };
    try {
      return forget(segment, name, isDryRun);
    } finally {
      segment.close();
    }
  } catch (error) {
    if (BusError.is(error)) return { channel, removed: [], refused: error.message };
    throw error;
  }
}

function forget(segment: Segment, name: string, isDryRun: boolean): Removal {
  const { channel } = segment;
  const removed = [`consumer ${name} of ${channel}`];
  const refuse = (refused: string): Removal => ({ channel, removed: [], refused });
  const consumers = inspectEndpoints(segment).filter((one) => one.role === 'consumer' && !isInternal(one));
  const found = consumers.find((one) => one.name === name);
  if (found === undefined) {
    const names = consumers.map((one) => one.name);
    const guess = nearest(name, names);
    const known = names.length === 0 ? 'it knows none' : `it knows ${names.join(', ')}`;
    return refuse(`it knows no consumer "${name}"; ${guess === undefined ? known : `did you mean ${guess}?`}`);
  }
  const isOpen = isDryRun ? isAttached(found) : !forgetConsumer(segment, name);
  if (isOpen) return refuse(`consumer ${name} is open in process ${found.pid}; stop it first`);
  return { channel, removed };
}
