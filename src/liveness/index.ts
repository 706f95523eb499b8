export type {
  AttachedEvent,
  DetachedEvent,
  DiedEvent,
  EvictedEvent,
  FailoverEvent,
  LifecycleEvent,
  LifecycleEvents,
  RecoveredEvent,
  RepairedEvent,
  StalledEvent,
} from './events.js';
export { inspectChannel, inspectEndpoints, watchChannel, type EndpointInfo } from './inspect.js';
export { LIFECYCLE_CHANNEL, Lifecycle } from './lifecycle.js';
export { keepPulse } from './pulse.js';
export type { EndpointState } from './state.js';
