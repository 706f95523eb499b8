/*
 * `alphapulse-bus/metrics`: what can be seen of channels from outside, without taking part in them. It opens no endpoint,
 * starts no timer and stores nothing in a segment.
 */
export {
  WatchedChannels,
  channelsIn,
  inspectDirectory,
  type SeenChannel,
  type UnusableChannel,
} from './watched-channels.js';
export { registerMeter, type MeterOptions } from './metrics/meter.js';
export type { ChannelFigures, Counters, EndpointFigures } from './channel-figures.js';
export { Latencies, type LatencySummary } from './latencies.js';
export { checkHealth, type HealthReport, type HealthStatus, type HealthSurroundings } from './health/check-health.js';
export type { ExpectedChannel } from './health/expected-channel.js';
export {
  findingKey,
  type FindingCode,
  type FindingEndpoint,
  type HealthFinding,
  type Severity,
} from './health/finding.js';
export { DEFAULT_THRESHOLDS, type DeathSeverity, type HealthThresholds } from './health/thresholds.js';
export { captureChannels, type CaptureReport, type CaptureRequest } from './capture/capture-channels.js';
export type { CapturedChannel } from './capture/capture-one.js';
export type { UncapturedChannel } from './capture/format.js';
export { OpenedCapture } from './capture/opened-capture.js';
export type { EndpointInfo, EndpointState } from '../liveness/index.js';
export type { JournalStatus } from '../journal/journal-status.js';
export type { ChannelType } from '../layout/schema.js';
export { defaultDirectory } from '../layout/directory.js';
export { BusError, type BusErrorCode, type BusErrorDetails } from '../platform/bus-error.js';
