import type { ChannelShape } from '#src/layout/geometry.js';
import type { ChannelType } from '#src/layout/schema.js';

/** The channel that actors/lifecycle.ts and its test share; large enough that a kill can hit its creation. */
export function lifecycleShape(type: ChannelType): ChannelShape {
  return { name: 'life', type, capacity: 4_194_304, messageSizeMax: 1024 };
}
