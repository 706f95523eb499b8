import type { HealthSettings } from '../../bus/config/index.js';
import type { HealthReport } from '../../observe/health/check-health.js';
import { Alerts } from './alerts.js';
import { AutoCapture } from './auto-capture.js';

/** What follows from findings: who is told, as `[health.alert]` says, and what is captured, as `[health.capture]` does. */
export class HealthConsequences {
  private readonly alerts: Alerts | undefined;
  private readonly captures: AutoCapture | undefined;

  /** `say` gets what was captured, and what went wrong. */
  constructor(settings: HealthSettings | undefined, directory: string, say: (message: string) => void) {
    this.alerts = settings?.alert && new Alerts(settings.alert, directory, say);
    this.captures = settings?.capture && new AutoCapture(settings.capture, directory, say);
  }

  /** Takes the report of a look, and begins what is due; it does not wait for that. */
  look(report: HealthReport): void {
    this.captures?.look(report);
    this.alerts?.look(report);
  }

  /** Returns when all that was begun is done, or has failed. */
  async settle(): Promise<void> {
    await Promise.all([this.alerts?.settle(), this.captures?.settle()]);
  }
}
