import { resolve } from 'node:path';
import { Backup } from '../channel/backup.js';
import { Consumer } from '../channel/consumer.js';
import { idleStrategy } from '../channel/idle.js';
import { keepSlots } from '../channel/kept-slot.js';
import { Producer } from '../channel/producer.js';
import { defaultDirectory } from '../layout/directory.js';
import type { MemoryReport } from '../layout/memory-report.js';
import { Segment } from '../layout/segment.js';
import type { JournalStatus } from '../journal/journal-status.js';
import { Lifecycle, inspectChannel, keepPulse, type EndpointInfo } from '../liveness/index.js';
import type { Message } from '../ring/message-view.js';
import { agreementOf } from './config/agreement.js';
import { DEFAULT_CONFIG_PATH, loadConfig, type ResolvedChannel, type ResolvedConfig } from './config/index.js';
import type { HealthReport } from '../observe/health/check-health.js';
import { BusHealth } from './bus-health.js';
import { aborted, checkService, closedBus, notDeclaredAs, notRecorded, unknownChannel } from './bus-refusals.js';
import { infoOf } from './channel-info.js';
import { checkName, checkRole, invalidRole } from './endpoint-options.js';
import { keptConsumers, policyOf } from './endpoint-policy.js';
import { loadRecordings } from './load-recordings.js';
import { MemoryGrants } from './memory-grants.js';
import type { BusOptions, ChannelInfo, ConsumerOptions, Logger, ProducerOptions } from './options.js';
import { producerSettings } from './producer-settings.js';
import type { Recordings } from './recordings.js';
import { rehearseTakeover } from './rehearsal.js';

/**
 * This process's part in the bus. There is no daemon: the first endpoint of a channel creates its segment, and any
 * process may come, go or be killed at any time.
 *
 * @example
 * await using bus = await MessageBus.open({ service: 'collector' });
 * const quotes = bus.producer('market_data');
 * quotes.write(message);
 *
 * It is an emitter of what happens to the endpoints of its channels, in all processes: `attached`, `detached`, `died`,
 * `stalled`, `recovered`, `evicted`, `failover`, `repaired`. It watches all channels of the configuration, about 16 times
 * a second, from the first listener to the last, and keeps no process alive for it. What comes and goes between two looks
 * is seen as far as the slots tell. The same events are published on the diagnostics channel `alphapulse-bus:lifecycle`,
 * if it has subscribers, once for each bus that has endpoints or listeners.
 *
 * @example
 * bus.on('died', ({ channel, role, name, pid }) => console.error(`${role} ${name} (${pid}) of ${channel} died`));
 */
export class MessageBus extends Lifecycle implements AsyncDisposable {
  readonly service: string;
  /** Where the segments live. */
  readonly directory: string;
  private readonly config: ResolvedConfig;
  private readonly recordings: Recordings | undefined;
  private readonly grants: MemoryGrants;
  private readonly attached = new Set<Producer | Consumer>();
  private readonly writers = new Map<string, Producer>();
  private readonly backups = new Set<Backup>();
  private readonly readers = new Map<string, Consumer>();
  private health: BusHealth | undefined;
  private closed = false;

  private constructor(
    service: string,
    config: ResolvedConfig,
    directory: string,
    logger: Logger | undefined,
    recordings: Recordings | undefined,
  ) {
    super(directory, [...config.channels.keys()]);
    this.service = service;
    this.config = config;
    this.directory = directory;
    this.recordings = recordings;
    this.grants = new MemoryGrants(logger);
  }

  /**
   * Reads and checks the configuration. Nothing is created or mapped yet.
   *
   * @throws BusError `ERR_CONFIG` with file, line, key and a hint; `ERR_NOT_DECLARED` for a service that no channel names
   */
  static async open(options: BusOptions): Promise<MessageBus> {
    const config = await loadConfig(options.config ?? DEFAULT_CONFIG_PATH);
    const { service } = options;
    checkService(service, config);
    // Absolute: it must stay the same place when the process changes its own.
    const directory = resolve(options.directory ?? config.directory ?? defaultDirectory());
    const recordings = await loadRecordings(config, directory, options.logger);
    return new MessageBus(service, config, directory, options.logger, recordings);
  }

  /**
   * Attaches as a producer of a channel, and creates its segment if there is none yet. In a channel of one producer it
   * goes on with the sequence of the one before, which is left to nobody: see {@link Producer.takeover}.
   *
   * @throws BusError `ERR_UNKNOWN_CHANNEL`, `ERR_NOT_DECLARED`, `ERR_PRODUCER_TAKEN`, `ERR_SLOTS_EXHAUSTED`,
   * `ERR_CONFIG_MISMATCH`, `ERR_LAYOUT_MISMATCH`, `ERR_CORRUPT`, `ERR_STORAGE_SPACE`, `ERR_PERMISSION`,
   * `ERR_RESOURCES`, `ERR_NATIVE_UNAVAILABLE`, `ERR_INVALID_ARGUMENT`, `ERR_CLOSED` when this bus is closed; `ERR_TIMEOUT` when another process
   * is stopped while it creates the channel (after 30 s) or attaches to it (10 s): this one waits for it, and blocks the
   * thread; `ERR_INVALID_ARGUMENT` for role `backup`
   */
  producer(channel: string, options: ProducerOptions = {}): Producer {
    const declared = this.declared(channel, 'producers');
    if (checkRole(declared, options) === 'backup') {
      throw invalidRole(channel, 'a backup waits: use await bus.producerAsync(channel, { role: "backup" })');
    }
    return this.attach(
      declared,
      true,
      (segment, onClose) => new Producer(segment, producerSettings(this.service, declared, options, onClose)),
    );
  }

  /**
   * As a backup: waits, without blocking the thread and without polling, until the channel's primary is gone, in whatever
   * way, then takes its place and goes on with its sequence: nothing that was committed is missing or comes twice. Of
   * several backups one gets the place, the others go on waiting. A primary that is stopped or slow is never taken for dead.
   * The wait keeps the process alive.
   *
   * With role `primary` this is {@link producer} as a promise.
   *
   * @example
   * const quotes = await bus.producerAsync('quotes', { role: 'backup', signal: AbortSignal.timeout(60_000) });
   *
   * @throws BusError as {@link producer}, but a backup gets no `ERR_PRODUCER_TAKEN`; `ERR_ABORTED` when the signal aborts
   * first, `ERR_CLOSED` when the bus is closed meanwhile, `ERR_CORRUPT` when the segment's file is removed meanwhile,
   * `ERR_INVALID_ARGUMENT` for a backup of an MPSC or MPMC channel
   */
  async producerAsync(channel: string, options: ProducerOptions = {}): Promise<Producer> {
    const { signal } = options;
    const declared = this.declared(channel, 'producers');
    if (checkRole(declared, options) === 'primary') {
      if (signal?.aborted === true) throw aborted(channel, signal);
      return this.producer(channel, options);
    }
    const segment = this.segmentOf(declared, true);
    const backup = new Backup(segment, this.service);
    this.backups.add(backup);
    try {
      return await backup.takeOver(
        signal,
        (taken) =>
          this.enlist(
            segment,
            declared,
            (onClose) =>
              new Producer(segment, { ...producerSettings(this.service, declared, options, onClose), taken }),
          ),
        () => rehearseTakeover(declared, this.service),
      );
    } finally {
      this.backups.delete(backup);
    }
  }

  /**
   * Attaches as a consumer of a channel, and creates its segment if there is none yet.
   *
   * @throws BusError as {@link producer}, but `ERR_CONSUMER_TAKEN` for a name that is attached instead of
   * `ERR_PRODUCER_TAKEN`; `ERR_INVALID_ARGUMENT` for a name, a start or a strategy that cannot be
   */
  consumer(channel: string, options: ConsumerOptions = {}): Consumer {
    const declared = this.declared(channel, 'consumers');
    const { name = this.service, onGap } = options;
    checkName(name);
    const policy = policyOf(declared, this.service, name);
    const { from = policy.gating === 'always' ? 'resume' : 'latest' } = options;
    const settings = { name, from, policy, onGap, latencySampling: declared.latencySampling };
    const idle = idleStrategy(channel, options.idle);
    return this.attach(
      declared,
      false,
      (segment, onClose) =>
        new Consumer(segment, { ...settings, idle, onClose, openPast: this.recordings?.past(declared, segment) }),
    );
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
    return [...this.config.channels.values()].map(infoOf);
  }

  /**
   * The endpoints of a channel in all processes, also those that were closed or died and whose slot nobody has taken since:
   * a look from outside, which takes no slot. None when the channel has no segment yet.
   *
   * @throws BusError `ERR_UNKNOWN_CHANNEL`; `ERR_CORRUPT`, `ERR_LAYOUT_MISMATCH`, `ERR_PERMISSION`, `ERR_RESOURCES` for a
   * segment that cannot be looked at
   */
  endpoints(channel: string): EndpointInfo[] {
    return inspectChannel(this.directory, this.configured(channel).name);
  }

  /**
   * How the journal of a channel does, whoever records it.
   *
   * @throws BusError `ERR_UNKNOWN_CHANNEL`; `ERR_JOURNAL` for a channel without `persistence`; as {@link endpoints}
   */
  journal(channel: string): JournalStatus {
    const configured = this.configured(channel);
    if (this.recordings === undefined) throw notRecorded(channel);
    return this.recordings.status(configured);
  }

  /**
   * What this process got of the memory options of a channel, as of its last attachment; undefined before the first. What
   * was not granted was also told to the `logger`, once.
   *
   * @throws BusError `ERR_UNKNOWN_CHANNEL`
   */
  memory(channel: string): MemoryReport | undefined {
    return this.grants.of(this.configured(channel).name);
  }

  /**
   * How all channels do in all processes, by the thresholds of `[health]`: each finding with its figure and what to do. It
   * takes no slot; what it maps stays mapped until the bus is closed.
   *
   * @throws BusError `ERR_CLOSED`; what is wrong with a channel is a finding
   */
  healthCheck(): HealthReport {
    if (this.closed) throw closedBus();
    this.health ??= new BusHealth(this.directory, this.config.health.thresholds);
    return this.health.check(this.config.channels);
  }

  /** Closes every endpoint that was opened through this bus, and ends the waits of its backups. The channels and what is in them stay. */
  async close(): Promise<void> {
    this.closed = true;
    this.watcher.end();
    for (const endpoint of this.attached) endpoint.close();
    for (const backup of this.backups) backup.stop(closedBus());
    this.health?.[Symbol.dispose]();
    await this.recordings?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private configured(name: string): ResolvedChannel {
    if (this.closed) throw closedBus();
    const channel = this.config.channels.get(name);
    if (channel === undefined) throw unknownChannel(name, this.config);
    return channel;
  }

  private declared(name: string, as: 'producers' | 'consumers'): ResolvedChannel {
    const channel = this.configured(name);
    if (channel[as].includes(this.service)) return channel;
    throw notDeclaredAs(as, this.service, channel, this.config);
  }

  private segmentOf(channel: ResolvedChannel, ringWritable: boolean): Segment {
    const { name, type, bufferSize: capacity, messageSizeMax, backpressure, memory } = channel;
    const agreement = agreementOf(channel);
    const shape = { name, type, capacity, messageSizeMax, mode: backpressure.mode, agreement };
    const segment = Segment.openOrCreate(this.directory, shape, { ringWritable, memory });
    this.grants.note(name, segment.memoryReport);
    return segment;
  }

  private attach<Endpoint extends Producer | Consumer>(
    channel: ResolvedChannel,
    ringWritable: boolean,
    open: (segment: Segment, onClose: () => void) => Endpoint,
  ): Endpoint {
    for (;;) {
      const segment = this.segmentOf(channel, ringWritable);
      try {
        const endpoint = this.enlist(segment, channel, (onClose) => open(segment, onClose));
        if (segment.isLinked()) return endpoint;
        // Removed since it was opened: nobody else would ever come to this one.
        endpoint.close();
      } catch (error) {
        segment.close();
        throw error;
      }
    }
  }

  private enlist<Endpoint extends Producer | Consumer>(
    segment: Segment,
    channel: ResolvedChannel,
    open: (onClose: () => void) => Endpoint,
  ): Endpoint {
    keepSlots(segment, new Map([...keptConsumers(channel), ...(this.recordings?.kept(channel) ?? [])]));
    let endPulse = (): void => {};
    const endpoint = open(() => {
      endPulse();
      this.attached.delete(endpoint);
    });
    this.attached.add(endpoint);
    endPulse = keepPulse(segment);
    this.watcher.join();
    this.recordings?.ensure(channel);
    return endpoint;
  }
}
