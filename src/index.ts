export { MessageBus } from './bus/message-bus.js';
export type { BusOptions, ChannelInfo, ConsumerOptions, Logger, ProducerOptions } from './bus/options.js';
export { loadConfig } from './bus/config/index.js';
export type {
  AlertConfig,
  AlertSettings,
  BackpressureConfig,
  BusConfig,
  CaptureConfig,
  ChannelConfig,
  ConsumerPolicyConfig,
  HealthCaptureSettings,
  HealthConfig,
  HealthSettings,
  PersistenceConfig,
  ResolvedChannel,
  ResolvedConfig,
  ResolvedService,
  ServiceConfig,
  Size,
} from './bus/config/index.js';
export {
  BACKPRESSURE,
  CIRCUIT_OPEN,
  CLOSED,
  Claim,
  Consumer,
  DROPPED,
  type Gap,
  type GapHandler,
  type GapReason,
  Message,
  MessageView,
  Producer,
  type AsyncWaitOptions,
  type BackpressureSettings,
  type BreakerState,
  type ConsumerPolicy,
  type IdleStrategy,
  type ProducerStatistics,
  type StartFrom,
  type Takeover,
  type WaterMarkHandler,
} from './channel/index.js';
export type { JournalStatus } from './journal/journal-status.js';
export type { FsyncPolicy, JournalFailurePolicy, JournalSettings } from './journal/settings.js';
export type { Fallback, MemorySettings } from './layout/memory-settings.js';
export type { MemoryOutcome, MemoryReport } from './layout/memory-report.js';
export type { ChannelType } from './layout/schema.js';
export type { HealthReport, HealthStatus } from './observe/health/check-health.js';
export type { FindingCode, FindingEndpoint, HealthFinding, Severity } from './observe/health/finding.js';
export type { DeathSeverity, HealthThresholds } from './observe/health/thresholds.js';
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
