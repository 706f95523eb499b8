export { Claim } from './claim.js';
export { Consumer } from './consumer.js';
export { Producer } from './producer.js';
export type { Takeover } from './producer-slot.js';
export type { Gap, GapHandler, GapReason } from '../ring/gaps.js';
export type { StartFrom } from './start-from.js';
export type { AsyncWaitOptions } from './space-wait.js';
export { Message, MessageView } from '../ring/message-view.js';
export { BACKPRESSURE, CIRCUIT_OPEN, CLOSED, DROPPED } from '../ring/codes.js';
