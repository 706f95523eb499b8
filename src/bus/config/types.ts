import type { FsyncPolicy, JournalFailurePolicy } from '../../journal/settings.js';
import type { Fallback } from '../../layout/memory-settings.js';
import type { ChannelType } from '../../layout/schema.js';
import type { FindingCode } from '../../observe/health/finding.js';
import type { DeathSeverity } from '../../observe/health/thresholds.js';

/** Bytes, or text such as "16MB", "8KB", "64B": powers of 1024. */
export type Size = number | string;

/** Shares of the ring, 0 < low < high <= 1: where it is called high, and down to where. Defaults 0.8 and 0.6. */
interface WaterMarkConfig {
  highWaterMark?: number | undefined;
  lowWaterMark?: number | undefined;
}

/** What a channel does when its ring is full; `BackpressureSettings` says what the modes do. */
export type BackpressureConfig = WaterMarkConfig &
  (
    | { mode?: 'BlockProducer' | undefined; /** Default 1000. */ timeoutMs?: number | undefined }
    | { mode: 'DropNewest' }
    | { mode: 'DropOldest'; timeoutMs?: number | undefined }
    | {
        mode: 'AdaptiveThrottle';
        timeoutMs?: number | undefined;
        /** Default 10. */
        minDelayUs?: number | undefined;
        /** Default 1000. */
        maxDelayUs?: number | undefined;
      }
    | {
        mode: 'CircuitBreaker';
        /** Default 5. */
        failureThreshold?: number | undefined;
        /** Default 1000. */
        failureWindowMs?: number | undefined;
        /** Default 5000. */
        recoveryTimeoutMs?: number | undefined;
      }
  );

/** How a channel treats one of its consumers; what is left out has its default. */
export interface ConsumerPolicyConfig {
  /**
   * Whether producers wait for it: while it is attached (true, the default; on DropOldest channels false is), never
   * (false), or always, attached or not, so that it gets every message from the creation of the channel on.
   */
  gating?: boolean | 'always' | undefined;
  /** How long producers go on waiting for it after it was found dead, so that it can come back; default 0 ms. */
  failureTimeoutMs?: number | undefined;
  /** Without progress for so long, with something to read, it is reported as stalled; default 1000 ms. */
  stalledAfterMs?: number | undefined;
  /** Alive, but without progress for so long, with something to read, producers stop waiting for it; default: never. */
  evictAfterMs?: number | undefined;
  /** After so many failures in a row at one message that is set aside; default: never. */
  quarantineAfter?: number | undefined;
}

/** How a channel is recorded; what is left out has its default. Sizes as in {@link Size}, times as "24h", "30s". */
export interface PersistenceConfig {
  /** Default true. */
  enablePersistence?: boolean | undefined;
  /** The journals' folder; each channel has its own in it. Default "journal". */
  persistencePath?: string | undefined;
  /** Whether consumers may begin before the ring, in the journal; default true. */
  enableReplay?: boolean | undefined;
  /** How far back they may begin; default: as far as there is a journal. */
  replayWindow?: string | undefined;
  /** When what was appended is forced to the disk; default interval. */
  fsync?: FsyncPolicy | undefined;
  /** Default 100. */
  fsyncIntervalMs?: number | undefined;
  /** Whole files are removed, the oldest first, when there is more than so much; default: never. */
  retention?: Size | undefined;
  /** And when they are so old; default: never. */
  retentionAge?: string | undefined;
  /** Also those that the saved cursor of a consumer still needs; default false. */
  retentionForce?: boolean | undefined;
  /** A file is ended when it has so many bytes; default "256MB". */
  segmentSize?: Size | undefined;
  /** And when it is so old; default "1h". */
  segmentAge?: string | undefined;
  /** When the journal cannot be written; default stop. */
  onFailure?: JournalFailurePolicy | undefined;
}

/** What the supervisor runs; what is left out has its default. */
export interface ServiceConfig {
  /** Program and arguments; there is no shell. */
  command: readonly string[];
  /** Default: the folder of the config file (object: the working directory). */
  workingDirectory?: string | undefined;
  environment?: Readonly<Record<string, string>> | undefined;
  /** Default true. */
  autoRestart?: boolean | undefined;
  /** Default 500. */
  restartDelayMs?: number | undefined;
  /** Default 30,000. */
  restartDelayMaxMs?: number | undefined;
  /** Default 10,000. */
  stableAfterMs?: number | undefined;
  /** Default 5. */
  crashLoopThreshold?: number | undefined;
  /** Default 60,000. */
  crashLoopWindowMs?: number | undefined;
  /** Default 5000. */
  stopTimeoutMs?: number | undefined;
  /** Default 30,000. */
  readyTimeoutMs?: number | undefined;
  /** Default 0: never. */
  hangTimeoutMs?: number | undefined;
  after?: readonly string[] | undefined;
}

/** Who is told of findings, by `apbus run` and `apbus health --watch`. Give a command, a webhook, or both. */
export interface AlertConfig {
  /** Program and arguments; there is no shell. */
  command?: readonly string[] | undefined;
  /** An http or https URL. */
  webhook?: string | undefined;
  /** Default 2. */
  raiseAfterLooks?: number | undefined;
  /** Default 0. */
  raiseAfterMs?: number | undefined;
  /** Default 2. */
  clearAfterLooks?: number | undefined;
  /** Default 60,000. */
  minIntervalMs?: number | undefined;
  /** Default 30. */
  alertsPerMinute?: number | undefined;
  /** Default 10,000. */
  timeoutMs?: number | undefined;
  /** Default 4. */
  concurrency?: number | undefined;
}

/** What is frozen into a file when something is found, by `apbus run` and `apbus health --watch`. */
export interface CaptureConfig {
  /** Default `captures`, beside the configuration. */
  folder?: string | undefined;
  /** Default: those of incidents. */
  codes?: readonly FindingCode[] | undefined;
  /** A span such as "30s"; default: all of the ring. */
  last?: string | undefined;
  /** Default 20. */
  filesMax?: number | undefined;
  /** Default 60,000. */
  minIntervalMs?: number | undefined;
}

/** From where on the bus does not count as healthy. */
export interface HealthConfig {
  /** Default 0.9. */
  utilization?: number | undefined;
  /** Default 10,000. */
  lagMessages?: number | undefined;
  /** Default 60,000. */
  unreadMs?: number | undefined;
  /** Default 1000. */
  loopLagMs?: number | undefined;
  /** Default 1,000,000. */
  journalBehind?: number | undefined;
  /** Default unhealthy. */
  dead?: DeathSeverity | undefined;
  /** Default 60,000. */
  absentAfterMs?: number | undefined;
  /** Default degraded. */
  absent?: DeathSeverity | undefined;
  /** Default 1000. */
  clockStepMs?: number | undefined;
  alert?: AlertConfig | undefined;
  capture?: CaptureConfig | undefined;
}

/** One channel as it is written down. Give `producer` or `producers`, and `consumer` or `consumers`. */
export interface ChannelConfig {
  type: ChannelType;
  producer?: string | undefined;
  /** In SPSC and SPMC channels one of them is primary at a time; the others can wait as backups. */
  producers?: readonly string[] | undefined;
  /** The name of the one consumer; or, beside `consumers`, the policies of some of them by name. */
  consumer?: string | Readonly<Record<string, ConsumerPolicyConfig>> | undefined;
  consumers?: readonly string[] | undefined;
  /** A power of two from 64 KiB to 16 GiB; default 16 MiB. */
  bufferSize?: Size | undefined;
  /** At most an eighth of `bufferSize`; default 64 KiB, or that eighth if it is less. */
  messageSizeMax?: Size | undefined;
  backpressure?: BackpressureConfig | undefined;
  /** The ring in huge pages; default false. */
  hugePages?: boolean | undefined;
  /** Default "2MB". */
  hugePageSize?: '2MB' | '1GB' | undefined;
  /** Each fallback: go on and say so (`warn`, the default), or refuse (`fail`). */
  hugePagesFallback?: Fallback | undefined;
  /** The memory node to which the ring is bound; default: none. */
  numaNode?: number | undefined;
  numaFallback?: Fallback | undefined;
  /** All pages present before the first message; default false. */
  prefault?: boolean | undefined;
  prefaultFallback?: Fallback | undefined;
  /** The pages locked in memory; default false. */
  mlock?: boolean | undefined;
  mlockFallback?: Fallback | undefined;
  /** The channel's journal; default: none. */
  persistence?: PersistenceConfig | undefined;
  /** One message in so many is timed; default 128, 0: none. */
  latencySampling?: number | undefined;
}

/**
 * The config file as an object, with camelCase keys.
 *
 * @example
 * const config: BusConfig = {
 *   channels: { ticks: { type: 'SPSC', producer: 'feed', consumer: 'strategy', bufferSize: '1MB' } },
 * };
 */
export interface BusConfig {
  bus?:
    | {
        /** Where the segments live. A relative path starts at the config file's folder (object: working directory). */
        directory?: string | undefined;
        /** The form of the configuration: 1. */
        version?: number | undefined;
        /** Larger rings are made this large; default "16GB". */
        bufferSizeMax?: Size | undefined;
      }
    | undefined;
  channels: Readonly<Record<string, ChannelConfig>>;
  /** What the supervisor runs. */
  services?: Readonly<Record<string, ServiceConfig>> | undefined;
  /** When the bus counts as healthy. */
  health?: HealthConfig | undefined;
}
