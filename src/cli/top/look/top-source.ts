import { BusError } from '../../../platform/bus-error.js';
import { healthSurroundings } from '../../../bus/bus-health.js';
import type { HealthSurroundings } from '../../../observe/health/check-health.js';
import type { Clock } from '../../../platform/clock.js';
import { expectDirectory, findChannels, type Found, type LookOptions } from '../../look/found-channels.js';
import { TopModel, type TopLook } from './top-model.js';

/** How often it asks which channels there are: reading a configuration costs more than a look. */
const FIND_MS = 1000;

/** The channels of a place, and what can be seen of them. */
export class TopSource implements Disposable {
  /** Why the channels could not be found again, as while a configuration is being edited; the former ones are looked at. */
  complaint: string | undefined;
  readonly directory: string;
  /** The directory, or the capture that is looked at. */
  readonly place: string;
  private readonly options: LookOptions;
  private readonly clock: Clock;
  private readonly model: TopModel;
  private found: Found;
  private surroundings: HealthSurroundings;
  private foundMs: number;

  private constructor(options: LookOptions, found: Found, windowMs: number, clock: Clock) {
    this.options = options;
    this.directory = found.directory;
    this.place = options.capture ?? found.directory;
    this.found = found;
    this.surroundings = surroundingsOf(found);
    this.clock = clock;
    this.foundMs = this.nowMs();
    this.model = new TopModel(found.directory, windowMs);
  }

  /**
   * For `windowMs` see {@link TopModel}.
   *
   * @throws BusError for a configuration that is wrong, or a directory that is named and not there
   */
  static async open(options: LookOptions, windowMs: number, clock: Clock): Promise<TopSource> {
    expectDirectory(options);
    return new TopSource(options, await findChannels(options), windowMs, clock);
  }

  /** Those channels whose name contains a text. */
  async look(part: string): Promise<TopLook> {
    if (this.nowMs() - this.foundMs >= FIND_MS) await this.findAgain();
    const names = this.found.channels.map(({ name }) => name).filter((name) => name.includes(part));
    return this.model.sample(names, this.nowMs(), this.found.health?.thresholds, this.surroundings);
  }

  /** Counts from the last look on: in this view alone. */
  beginAnew(): void {
    this.model.beginAnew();
  }

  [Symbol.dispose](): void {
    this.model[Symbol.dispose]();
  }

  private async findAgain(): Promise<void> {
    try {
      this.found = await findChannels(this.options);
      this.surroundings = surroundingsOf(this.found);
      this.complaint = undefined;
    } catch (error) {
      if (!BusError.is(error)) throw error;
      this.complaint = `${error.message} (${error.code})`;
    }
    this.foundMs = this.nowMs();
  }

  private nowMs(): number {
    return this.clock.monotonicNs() / 1e6;
  }
}

function surroundingsOf({ channels }: Found): HealthSurroundings {
  return healthSurroundings(channels.map(({ configured }) => configured));
}
