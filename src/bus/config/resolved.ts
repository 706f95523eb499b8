import type { BackpressureSettings } from '../../channel/backpressure/settings.js';
import type { ConsumerPolicy } from '../../channel/consumer-policy.js';
import type { JournalSettings } from '../../journal/settings.js';
import type { MemorySettings } from '../../layout/memory-settings.js';
import type { ChannelType } from '../../layout/schema.js';
import type { FindingCode } from '../../observe/health/finding.js';
import type { HealthThresholds } from '../../observe/health/thresholds.js';

/** A channel with every rule checked and every default filled in; sizes in bytes. */
export interface ResolvedChannel {
  readonly name: string;
  readonly type: ChannelType;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  /** How the channel treats each of them. */
  readonly policies: ReadonlyMap<string, ConsumerPolicy>;
  readonly bufferSize: number;
  readonly messageSizeMax: number;
  readonly backpressure: BackpressureSettings;
  readonly memory: MemorySettings;
  /** How it is recorded; undefined: it is not. */
  readonly persistence: JournalSettings | undefined;
  /** One message in so many is timed; 0: none. */
  readonly latencySampling: number;
}

/** What the supervisor runs under a service's name; times in ms. */
export interface ResolvedService {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly workingDirectory: string;
  /** On top of the supervisor's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly autoRestart: boolean;
  /** Before the first restart; doubled for each further one in a row, up to the greatest. */
  readonly restartDelayMs: number;
  readonly restartDelayMaxMs: number;
  /** One that has run for so long has recovered: the next delay is the first one again. */
  readonly stableAfterMs: number;
  /** Deaths within the window after which it is given up as looping. */
  readonly crashLoopThreshold: number;
  readonly crashLoopWindowMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** To attach to all channels for which it is declared; 0: whenever it likes. */
  readonly readyTimeoutMs: number;
  /** Without progress, or with an event loop that is late, for so long it is restarted; 0: never, it is only reported. */
  readonly hangTimeoutMs: number;
  /** Services that must be ready before this one is started, and that are stopped after it. */
  readonly after: readonly string[];
}

/** Who is told of findings, and when; times in ms. */
export interface AlertSettings {
  readonly command: readonly string[] | undefined;
  readonly webhook: string | undefined;
  /** Where the command runs. */
  readonly workingDirectory: string;
  readonly raiseAfterLooks: number;
  readonly raiseAfterMs: number;
  readonly clearAfterLooks: number;
  readonly minIntervalMs: number;
  readonly alertsPerMinute: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
}

/** What is captured by itself; times in ms. */
export interface HealthCaptureSettings {
  /** An absolute path. */
  readonly folder: string;
  readonly codes: readonly FindingCode[];
  /** Infinity: all of the ring. */
  readonly lastMs: number;
  readonly filesMax: number;
  readonly minIntervalMs: number;
}

export interface HealthSettings {
  readonly thresholds: HealthThresholds;
  /** Undefined: nobody is told. */
  readonly alert: AlertSettings | undefined;
  /** Undefined: nothing is captured by itself. */
  readonly capture: HealthCaptureSettings | undefined;
}

export interface ResolvedConfig {
  /** An absolute path, or undefined for the default. */
  readonly directory: string | undefined;
  readonly channels: ReadonlyMap<string, ResolvedChannel>;
  /** In the order in which they are written down. */
  readonly services: ReadonlyMap<string, ResolvedService>;
  readonly health: HealthSettings;
  /** Where the configuration came from, as messages name it: the file's path, or "config object". */
  readonly source: string;
}
