import { hostname } from 'node:os';
import type { AlertSettings } from '../../bus/config/index.js';
import type { HealthReport } from '../../observe/health/check-health.js';
import { systemClock, systemWallClock, type Clock, type WallClock } from '../../platform/clock.js';
import { jsonOf } from '../json.js';
import { deliver, type DeliverySettings } from './alert-delivery.js';
import { AlertGate, type Transition } from './alert-gate.js';

/** What whoever is told gets. */
export interface Alert {
  readonly event: Transition['event'];
  /** The same for `raised` and `cleared` of one finding. */
  readonly key: string;
  readonly time: string;
  /** When it was first seen. */
  readonly since: string;
  readonly host: string;
  readonly directory: string;
  /** Of the whole bus. */
  readonly status: HealthReport['status'];
  readonly finding: Transition['finding'];
}

/** What the alerts of a watch need from outside; others for tests. */
export interface AlertMeans {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly deliver: (alert: object, settings: DeliverySettings) => Promise<string[]>;
}

const SYSTEM: AlertMeans = { clock: systemClock(), wallClock: systemWallClock, deliver };

/** Tells of findings as they come and go, to whom `[health.alert]` names. */
export class Alerts {
  private readonly settings: AlertSettings;
  private readonly directory: string;
  private readonly complain: (message: string) => void;
  private readonly means: AlertMeans;
  private readonly gate: AlertGate;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    settings: AlertSettings,
    directory: string,
    complain: (message: string) => void,
    means: AlertMeans = SYSTEM,
  ) {
    this.settings = settings;
    this.directory = directory;
    this.complain = complain;
    this.means = means;
    this.gate = new AlertGate(settings);
  }

  /** Takes the report of a look, and begins to tell what is due; it does not wait for that. */
  look(report: HealthReport): void {
    const nowMs = this.nowMs();
    const room = this.settings.concurrency - this.underWay.size;
    for (const transition of this.gate.look(report.findings, nowMs, room)) {
      const telling = this.tell(transition, report, nowMs).finally(() => this.underWay.delete(telling));
      this.underWay.add(telling);
    }
  }

  /** Returns when all that was begun is told, or has failed. */
  async settle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async tell(transition: Transition, { status }: HealthReport, nowMs: number): Promise<void> {
    const { event, key, finding, sinceMs } = transition;
    const wallMs = this.means.wallClock.nowMs();
    const alert: Alert = {
      event,
      key,
      time: new Date(wallMs).toISOString(),
      since: new Date(wallMs - (nowMs - sinceMs)).toISOString(),
      host: hostname(),
      directory: this.directory,
      status,
      finding,
    };
    const troubles = await this.means.deliver(jsonOf(alert) as object, this.settings);
    if (troubles.length === 0) return;
    for (const trouble of troubles) this.complain(`alert ${event} ${key}: ${trouble}`);
    this.gate.failed(transition, this.nowMs());
  }

  private nowMs(): number {
    return this.means.clock.monotonicNs() / 1e6;
  }
}
