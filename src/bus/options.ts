import type { BackpressureSettings } from '../channel/backpressure/settings.js';
import type { WaterMarkHandler } from '../channel/backpressure/policy.js';
import type { IdleStrategy } from '../channel/idle.js';
import type { StartFrom } from '../channel/start-from.js';
import type { ChannelType } from '../layout/schema.js';
import type { GapHandler } from '../ring/gaps.js';
import type { BusConfig } from './config/index.js';

export interface BusOptions {
  /** Who this process is: the name under which it is declared for the channels that it attaches to. */
  service: string;
  /** Path of a TOML file, or the same as an object. Default: `config/message_bus.toml`. */
  config?: string | BusConfig;
  /** Where the segments live; goes before the configuration's. Default: a private folder of this user in /dev/shm. */
  directory?: string;
  /**
   * Told what does not go as configured, such as memory that was not granted; default: nobody is, but for journals that
   * cannot be written, or were damaged: they are told as warnings of the process.
   */
  logger?: Logger;
}

/** What the bus tells its program in passing. A pino logger is one. */
export interface Logger {
  /** Something works, but not as it was asked for. */
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface ProducerOptions {
  /**
   * In SPSC and SPMC channels, of which one producer is attached at a time: `primary` (default) attaches at once or throws;
   * `backup` waits until there is no primary, and is for `MessageBus.producerAsync` only.
   */
  role?: 'primary' | 'backup' | undefined;
  /** Ends the wait of a backup: it rejects with `ERR_ABORTED`. */
  signal?: AbortSignal | undefined;
  /** Whether this producer's messages carry timestamps; default true. Without, they cost two clock readings less each. */
  timestamps?: boolean;
  /**
   * What it does with its processor while `write` or `writeAsync` wait for room; default `park`. See {@link IdleStrategy}.
   */
  idle?: IdleStrategy;
  /**
   * Told when this producer sees the ring rise to the high-water mark (true), and when it is down to the low one again. It
   * looks about 32 times a ring, and at every full one. Called from inside the call that writes, after the message was
   * written (or refused); what it throws becomes an uncaught exception, and the call is as if it had not thrown.
   */
  onWaterMark?: WaterMarkHandler;
}

export interface ConsumerOptions {
  /**
   * Where to start; default `latest`: only what is written from now on. For a consumer with `gating = "always"`, under the
   * name of its service, `resume`: it gets everything that was kept for it, the first time too.
   */
  from?: StartFrom;
  /** Name of this consumer, to which its cursor belongs; default: the service. One endpoint per name at a time. */
  name?: string;
  /**
   * What it does with its processor while `waitSync`, `subscribe` or `for await` wait; default `park`. See
   * {@link IdleStrategy}.
   */
  idle?: IdleStrategy;
  /**
   * Told of every growth of `lost`, from inside `poll` (so also `read`, `subscribe` and iterations) and outside the handler,
   * before the next message: the first missing sequence, how many, and why. What it throws passes through `poll`; the place
   * is kept, and the gap is told again by the next call.
   */
  onGap?: GapHandler | undefined;
}

/** What the configuration says of a channel. */
export interface ChannelInfo {
  readonly name: string;
  readonly type: ChannelType;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  /** Bytes of the ring. */
  readonly bufferSize: number;
  /** Longest message in bytes. */
  readonly messageSizeMax: number;
  /** What it does when its ring is full. */
  readonly backpressure: BackpressureSettings;
}
