import { resolve } from 'node:path';
import { Consumer } from '../channel/consumer.js';
import { Producer } from '../channel/producer.js';
import type { StartFrom } from '../channel/start-from.js';
import { defaultDirectory } from '../layout/directory.js';
import type { ChannelType } from '../layout/schema.js';
import { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import type { Message } from '../ring/message-view.js';
import {
  DEFAULT_CONFIG_PATH,
  loadConfig,
  type BusConfig,
  type ResolvedChannel,
  type ResolvedConfig,
} from './config/index.js';

export interface BusOptions {
  /** Who this process is: the name under which it is declared for the channels that it attaches to. */
  service: string;
  /** Path of a TOML file, or the same as an object. Default: `config/message_bus.toml`. */
  config?: string | BusConfig;
  /** Where the segments live; goes before the configuration's. Default: a private folder of this user in /dev/shm. */
  directory?: string;
}

export interface ProducerOptions {
  /** Whether this producer's messages carry timestamps; default true. Without, they cost two clock readings less each. */
  timestamps?: boolean;
}

export interface ConsumerOptions {
  /** Where to start; default `latest`: only what is written from now on. */
  from?: StartFrom;
  /** Name of this consumer, to which its cursor belongs; default: the service. One endpoint per name at a time. */
  name?: string;
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
}

/**
 * This process's part in the bus. There is no daemon: the first endpoint of a channel creates its segment, and any
 * process may come, go or be killed at any time.
 *
 * @example
 * await using bus = await MessageBus.open({ service: 'collector' });
 * const quotes = bus.producer('market_data');
 * quotes.write(message);
 */
export class MessageBus implements AsyncDisposable {
  readonly service: string;
  /** Where the segments live. */
  readonly directory: string;
  private readonly config: ResolvedConfig;
  private readonly endpoints = new Set<Producer | Consumer>();
  private readonly writers = new Map<string, Producer>();
  private readonly readers = new Map<string, Consumer>();
  private closed = false;

  private constructor(service: string, config: ResolvedConfig, directory: string) {
    this.service = service;
    this.config = config;
    this.directory = directory;
  }

  /**
   * Reads and checks the configuration. Nothing is created or mapped yet.
   *
   * @throws BusError `ERR_CONFIG` with file, line, key and a hint; `ERR_NOT_DECLARED` for a service that no channel names
   */
  static async open(options: BusOptions): Promise<MessageBus> {
    const config = await loadConfig(options.config ?? DEFAULT_CONFIG_PATH);
    const { service } = options;
    const known = new Set(
      [...config.channels.values()].flatMap((channel) => [...channel.producers, ...channel.consumers]),
    );
    if (!known.has(service)) {
      const names = [...known].join(', ');
      throw new BusError('ERR_NOT_DECLARED', `service "${service}" is declared for no channel; declared are: ${names}`);
    }
    // Absolute: it must stay the same place when the process changes its own.
    const directory = resolve(options.directory ?? config.directory ?? defaultDirectory());
    return new MessageBus(service, config, directory);
  }

  /**
   * Attaches as a producer of a channel, and creates its segment if there is none yet.
   *
   * @throws BusError `ERR_UNKNOWN_CHANNEL`, `ERR_NOT_DECLARED`, `ERR_PRODUCER_TAKEN`, `ERR_SLOTS_EXHAUSTED`,
   * `ERR_CONFIG_MISMATCH`, `ERR_LAYOUT_MISMATCH`, `ERR_CORRUPT`, `ERR_STORAGE_SPACE`, `ERR_PERMISSION`,
   * `ERR_RESOURCES`, `ERR_NATIVE_UNAVAILABLE`, `ERR_CLOSED` when this bus is closed; `ERR_TIMEOUT` when another process
   * is stopped while it creates the channel (after 30 s) or attaches to it (10 s): this one waits for it, and blocks the
   * thread
   */
  producer(channel: string, options: ProducerOptions = {}): Producer {
    const declared = this.declared(channel, 'producers');
    const { timeoutMs } = declared.backpressure;
    const { timestamps = true } = options;
    const { service } = this;
    return this.attach(
      declared,
      true,
      (segment, onClose) => new Producer(segment, { service, timestamps, timeoutMs, onClose }),
    );
  }

  /**
   * Attaches as a consumer of a channel, and creates its segment if there is none yet.
   *
   * @throws BusError as {@link producer}, but `ERR_CONSUMER_TAKEN` for a name that is attached instead of
   * `ERR_PRODUCER_TAKEN`; `ERR_INVALID_ARGUMENT` for a name or a start that cannot be
   */
  consumer(channel: string, options: ConsumerOptions = {}): Consumer {
    const declared = this.declared(channel, 'consumers');
    const { name = this.service, from = 'latest' } = options;
    checkName(name);
    return this.attach(declared, false, (segment, onClose) => new Consumer(segment, { name, from, onClose }));
  }

  /** Writes to a channel through a producer that is opened on first use. See {@link Producer.write}. */
  write(channel: string, message: Uint8Array): number {
    let producer = this.writers.get(channel);
    if (producer === undefined) {
      producer = this.producer(channel);
      this.writers.set(channel, producer);
    }
    return producer.write(message);
  }

  /**
   * Reads one message through a consumer that is opened on first use: so the first call sees only what is written after
   * it. See {@link Consumer.read}.
   */
  read(channel: string): Message | undefined {
    let consumer = this.readers.get(channel);
    if (consumer === undefined) {
      consumer = this.consumer(channel);
      this.readers.set(channel, consumer);
    }
    return consumer.read();
  }

  /** The channels of the configuration. */
  channels(): ChannelInfo[] {
    return [...this.config.channels.values()].map(
      ({ name, type, producers, consumers, bufferSize, messageSizeMax }) => ({
        name,
        type,
        producers,
        consumers,
        bufferSize,
        messageSizeMax,
      }),
    );
  }

  /** Closes every endpoint that was opened through this bus. The channels and what is in them stay. */
  async close(): Promise<void> {
    this.closed = true;
    for (const endpoint of this.endpoints) endpoint.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private declared(name: string, as: 'producers' | 'consumers'): ResolvedChannel {
    if (this.closed) throw new BusError('ERR_CLOSED', 'this bus is closed; open another one');
    const channel = this.config.channels.get(name);
    if (channel === undefined) {
      const names = [...this.config.channels.keys()].join(', ');
      throw new BusError('ERR_UNKNOWN_CHANNEL', `no channel "${name}" is configured; there are: ${names}`, {
        channel: name,
      });
    }
    if (channel[as].includes(this.service)) return channel;
    throw new BusError(
      'ERR_NOT_DECLARED',
      `service "${this.service}" is not among the ${as} of channel ${name} (${channel[as].join(', ')}); add it in ${this.config.source}`,
      { channel: name },
    );
  }

  private attach<Endpoint extends Producer | Consumer>(
    channel: ResolvedChannel,
    ringWritable: boolean,
    open: (segment: Segment, onClose: () => void) => Endpoint,
  ): Endpoint {
    const { name, type, bufferSize: capacity, messageSizeMax } = channel;
    for (;;) {
      const segment = Segment.openOrCreate(this.directory, { name, type, capacity, messageSizeMax }, { ringWritable });
      try {
        const endpoint = open(segment, () => this.endpoints.delete(endpoint));
        // Removed since it was opened: nobody else would ever come to this one.
        if (!segment.isLinked()) {
          endpoint.close();
          continue;
        }
        this.endpoints.add(endpoint);
        return endpoint;
      } catch (error) {
        segment.close();
        throw error;
      }
    }
  }
}

/** A name must come out of its slot as it went in, or it would not be found again. */
function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes >= 1 && bytes <= 63 && !name.includes('\0') && Buffer.from(name).toString() === name) return;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `a consumer name has 1 to 63 bytes of UTF-8 without a zero; ${JSON.stringify(name)} has ${bytes}`,
  );
}
