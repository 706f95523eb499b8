import { BusHealth } from '../../bus/bus-health.js';
import type { ResolvedConfig } from '../../bus/config/index.js';
import { HealthConsequences } from '../health/health-consequences.js';
import { every } from '../pause.js';

const LOOK_MS = 1000;

/**
 * Beside the services of a supervisor: looks at their channels once a second, and has alerts and captures follow from what it
 * finds, as the configuration says.
 */
export class RunHealth {
  private readonly config: ResolvedConfig;
  private readonly say: (message: string) => void;
  private readonly health: BusHealth;
  private readonly consequences: HealthConsequences;
  private readonly stop: () => void;
  private isOver = false;
  private fault: string | undefined;

  constructor(config: ResolvedConfig, directory: string, say: (message: string) => void) {
    this.config = config;
    this.say = say;
    this.health = new BusHealth(directory, config.health.thresholds);
    this.consequences = new HealthConsequences(config.health, directory, say);
    this.stop = every(LOOK_MS, () => this.look());
  }

  /** Also when a service has ended: what it leaves is seen before it is started again. */
  look(): void {
    if (this.isOver) return;
    try {
      this.consequences.look(this.health.check(this.config.channels));
      this.fault = undefined;
    } catch (error) {
      // whatever it is: the services are not to end because nobody can look at them
      const fault = String(error);
      if (this.fault !== fault) this.say(`cannot look at the channels: ${fault}`);
      this.fault = fault;
    }
  }

  /** Looks no more: what comes is the end of the services, which is no incident. */
  rest(): void {
    this.isOver = true;
    this.stop();
  }

  /** Returns when all that was begun is done, or has failed. */
  async end(): Promise<void> {
    this.rest();
    await this.consequences.settle();
    this.health[Symbol.dispose]();
  }
}
