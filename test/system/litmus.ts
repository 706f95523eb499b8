import type { ChannelShape } from '#src/layout/geometry.js';

/** Where the two sides of the litmus tests meet. */
export const LITMUS_SHAPE: ChannelShape = { name: 'litmus', type: 'SPSC', capacity: 65_536, messageSizeMax: 1024 };
