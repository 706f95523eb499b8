export { MessageBus } from './bus/message-bus.js';
export type { BusOptions, ChannelInfo, ConsumerOptions, ProducerOptions } from './bus/message-bus.js';
export { loadConfig } from './bus/config/index.js';
export type {
  BackpressureConfig,
  BusConfig,
  ChannelConfig,
  ConsumerPolicyConfig,
  ResolvedChannel,
  ResolvedConfig,
  Size,
} from './bus/config/index.js';
export {
  BACKPRESSURE,
  CIRCUIT_OPEN,
  CLOSED,
  Claim,
  Consumer,
  DROPPED,
  Message,
  MessageView,
  Producer,
  type AsyncWaitOptions,
  type StartFrom,
} from './channel/index.js';
export type { ConsumerPolicy } from './channel/consumer-policy.js';
export type { ChannelType } from './layout/schema.js';
export type {
  AttachedEvent,
  DetachedEvent,
  DiedEvent,
  EndpointInfo,
  EndpointState,
  EvictedEvent,
  FailoverEvent,
  LifecycleEvent,
  LifecycleEvents,
  RecoveredEvent,
  RepairedEvent,
  StalledEvent,
} from './liveness/index.js';
export { BusError, type BusErrorCode, type BusErrorDetails } from './platform/bus-error.js';
