import { rmSync } from 'node:fs';
import { MessageBus } from 'alphapulse-bus';
import { InputError } from '../quotes/csv.js';
import { InputBook, OutputBook } from './accounts.js';
import { Input } from './input.js';
import type { LatencyHistogram } from './latency-histogram.js';
import { Output } from './output.js';
import type { FromService, RunSettings, ServiceReport, ToService } from './reports.js';

const REPORT_MS = 250;

/** What a service does once all are attached; it resolves when its inputs have ended and its outputs are written. */
export type Work = () => Promise<void>;

/** One service of the pipeline, seen from inside its process. */
export class Service {
  readonly name: string;
  readonly settings: RunSettings;
  /** Aborts when the run is to end early. */
  readonly stopped = new AbortController();
  /** How much of the work is done, 0..1; only the collector knows. */
  progress: number | undefined;
  /** From the collector to here; only where the pipeline ends. */
  endToEnd: LatencyHistogram | undefined;
  /** What the service found out, for the live table and the summary; asked for at every report. */
  facts: () => Readonly<Record<string, number | string>> = () => ({});
  readonly outputs: Output[] = [];
  readonly #bus: MessageBus;
  readonly #inputs: Input[] = [];
  /** Seconds, so that two lives of a service are told apart without anybody who counts them. */
  readonly #lifeAlone: number;

  constructor(name: string, settings: RunSettings, bus: MessageBus) {
    this.name = name;
    this.settings = settings;
    this.#bus = bus;
    this.#lifeAlone = settings.isAlone ? Math.floor(Date.now() / 1000) & 0x7fff : 0;
  }

  /** How many processes of this service there were before this one. */
  get life(): number {
    return this.settings.chaos?.life ?? this.#lifeAlone;
  }

  input(channel: string): Input {
    const { chaos, directory } = this.settings;
    const from = this.life > 0 ? 'resume' : 'latest';
    const consumer = this.#bus.consumer(channel, { from });
    const producers = chaos?.producers[channel];
    const book = producers && new InputBook(directory, this.name, channel, producers);
    const input = new Input(consumer, book);
    this.#inputs.push(input);
    return input;
  }

  output(channel: string): Output {
    const { chaos, directory } = this.settings;
    const book = chaos && new OutputBook(directory, this.name, channel, chaos.life);
    const output = new Output(this.#bus.producer(channel), this.name, book, this.settings.isAlone);
    this.outputs.push(output);
    return output;
  }

  /** Ends the work where it is. */
  stop(): void {
    this.stopped.abort();
    for (const input of this.#inputs) input.stop();
  }

  endInput(channel: string, nextSequence: number): void {
    this.#inputs.find((input) => input.channel === channel)?.endAt(nextSequence);
  }

  report(isLast: boolean): ServiceReport {
    const endpoints = [
      ...this.#inputs.map((input) => input.report(isLast)),
      ...this.outputs.map((output) => output.report()),
    ];
    const { name, progress } = this;
    return { service: name, endpoints, facts: this.facts(), progress, endToEnd: this.endToEnd?.summary() };
  }
}

/**
 * The life of a service process: attach to the bus, wait until all others have, work, say what was done, end. `attach`
 * opens the endpoints and returns the work. If the launcher dies, so does the service.
 */
export async function serve(name: string, attach: (service: Service) => Work | Promise<Work>): Promise<void> {
  if (process.send === undefined) return serveAlone(name, attach);
  const settings = JSON.parse(process.argv[2] ?? '') as RunSettings;
  const orphaned = (): never => {
    if (settings.directoryIsTemporary) rmSync(settings.directory, { recursive: true, force: true });
    process.exit(1);
  };
  process.on('disconnect', orphaned);
  // Ctrl-C reaches every process of the terminal; the launcher decides what comes of it
  process.on('SIGINT', () => undefined);
  try {
    await using bus = await MessageBus.open({ service: name, config: settings.config, directory: settings.directory });
    const service = new Service(name, settings, bus);
    const work = await attach(service);
    await released(service);
    const timer = setInterval(() => void say({ kind: 'progress', report: service.report(false) }), REPORT_MS);
    await work();
    clearInterval(timer);
    for (const { channel, nextSequence } of service.outputs) await say({ kind: 'ended', channel, nextSequence });
    await say({ kind: 'done', report: service.report(true) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await say({ kind: 'failed', message, badInput: error instanceof InputError });
    process.exitCode = 1;
  }
  process.off('disconnect', orphaned);
  process.exit();
}

/** Says that this service is ready; resolves when the launcher lets all services go. */
function released(service: Service): Promise<void> {
  return new Promise((resolve) => {
    process.on('message', (message: ToService) => {
      if (message.kind === 'go') resolve();
      else if (message.kind === 'stop') service.stopped.abort();
      else service.endInput(message.channel, message.nextSequence);
    });
    void say({ kind: 'ready' });
  });
}

/** Resolves when the message is on its way; a launcher that is gone is noticed by "disconnect". */
function say(message: FromService): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}

const TELL_MS = 2000;

/** The same without a launcher: under `apbus run`, or by hand. SIGTERM ends it; what it was killed at comes again. */
async function serveAlone(name: string, attach: (service: Service) => Work | Promise<Work>): Promise<void> {
  const { APBUS_CONFIG: config, APBUS_DIRECTORY: directory, DEMO_RATE: rate, DEMO_INPUT: input } = process.env;
  if (config === undefined || directory === undefined) {
    throw new Error(`${name} is a part of the demo; start it with: npm run demo, or apbus run config/alphapulse.toml`);
  }
  const settings: RunSettings = {
    config,
    directory,
    directoryIsTemporary: false,
    input,
    seed: 1,
    rate: Number(rate ?? '2000'),
    durationMs: 0,
    isAlone: true,
    chaos: undefined,
  };
  await using bus = await MessageBus.open({ service: name, config, directory });
  const service = new Service(name, settings, bus);
  const work = await attach(service);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => service.stop());
  const tell = (): void => {
    const { endpoints, facts } = service.report(false);
    const read = endpoints.map(({ channel, role, lost, tallies }) => {
      const messages = tallies.reduce((sum, tally) => sum + tally.messages, 0);
      return `${role === 'producer' ? 'wrote' : 'read'} ${channel} ${messages}${lost > 0 ? `, ${lost} lost` : ''}`;
    });
    const found = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
    console.log([...read, ...found].join('; '));
  };
  const timer = setInterval(tell, TELL_MS);
  await work();
  clearInterval(timer);
  tell();
}
