import type { Durability } from '../channel/durability.js';
import { idleStrategy } from '../channel/idle.js';
import type { ProducerSettings } from '../channel/producer-core.js';
import type { ResolvedChannel } from './config/index.js';
import type { ProducerOptions } from './options.js';

/** What a producer is made of: its channel's configuration, and what its service asked for. */
export function producerSettings(
  service: string,
  { name, backpressure, persistence, latencySampling }: ResolvedChannel,
  { timestamps = true, idle, onWaterMark }: ProducerOptions,
  onClose: () => void,
): ProducerSettings {
  const durability = durabilityOf(persistence);
  const waiting = { idle: idleStrategy(name, idle), backpressure, onWaterMark };
  return { service, timestamps, latencySampling, ...waiting, durability, onClose };
}

/** Whether what is written to a channel comes to be on the disk. */
function durabilityOf(persistence: ResolvedChannel['persistence']): Durability {
  if (persistence === undefined) return undefined;
  return persistence.fsync === 'never' ? 'no' : 'yes';
}
