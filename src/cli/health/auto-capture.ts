import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HealthCaptureSettings } from '../../bus/config/index.js';
import { captureChannels } from '../../observe/capture/capture-channels.js';
import type { HealthReport } from '../../observe/health/check-health.js';
import { findingKey, type FindingCode } from '../../observe/health/finding.js';
import { systemClock, systemWallClock, type Clock, type WallClock } from '../../platform/clock.js';

/** What captures need from outside; others for tests. */
export interface CaptureMeans {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly capture: (request: Parameters<typeof captureChannels>[0]) => Promise<unknown>;
}

const SYSTEM: CaptureMeans = { clock: systemClock(), wallClock: systemWallClock, capture: captureChannels };

/** Of the files that this makes: the channel, the time, the finding. Only such ones are ever removed. */
const OWN = /^.+-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z)-[a-z-]+\.apcap$/;

/**
 * Freezes the channel of a finding when it comes up, for those that `[health.capture]` names: at once, since what led to it
 * is overwritten soon, and not again while it lasts. One capture at a time; what comes up meanwhile is captured next, a
 * channel once. The oldest files go when there are too many.
 */
export class AutoCapture {
  private readonly settings: HealthCaptureSettings;
  private readonly directory: string;
  private readonly say: (message: string) => void;
  private readonly means: CaptureMeans;
  private present = new Set<string>();
  private readonly waiting = new Map<string, FindingCode>();
  private readonly capturedMs = new Map<string, number>();
  private working: Promise<void> | undefined;

  constructor(
    settings: HealthCaptureSettings,
    directory: string,
    say: (message: string) => void,
    means: CaptureMeans = SYSTEM,
  ) {
    this.settings = settings;
    this.directory = directory;
    this.say = say;
    this.means = means;
  }

  /** Takes the report of a look, and begins what is due; it does not wait for that. */
  look({ findings }: HealthReport): void {
    const wanted = findings.filter(({ code }) => this.settings.codes.includes(code));
    const before = this.present;
    // one that is told by another code for a while goes on, though that code is not captured
    const lasting = findings.map(findingKey).filter((key) => before.has(key));
    this.present = new Set([...wanted.map(findingKey), ...lasting]);
    for (const finding of wanted) {
      const { channel, code } = finding;
      if (channel === undefined || before.has(findingKey(finding)) || this.waiting.has(channel)) continue;
      if (this.isDue(channel)) this.waiting.set(channel, code);
    }
    if (this.waiting.size > 0) this.working ??= this.work();
  }

  /** Returns when all that was begun is done, or has failed. */
  async settle(): Promise<void> {
    await this.working;
  }

  private isDue(channel: string): boolean {
    const lastMs = this.capturedMs.get(channel);
    return lastMs === undefined || this.nowMs() - lastMs >= this.settings.minIntervalMs;
  }

  private async work(): Promise<void> {
    for (const [channel, code] of this.waiting) {
      this.waiting.delete(channel);
      this.capturedMs.set(channel, this.nowMs());
      await this.captureOne(channel, code);
    }
    this.working = undefined;
  }

  private async captureOne(channel: string, code: FindingCode): Promise<void> {
    const { folder, lastMs } = this.settings;
    const time = new Date(this.means.wallClock.nowMs()).toISOString().replaceAll(/[:.]/g, '-');
    const file = join(folder, `${channel}-${time}-${code}.apcap`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { directory } = this;
      await this.means.capture({ directory, channels: [channel], file, ...(lastMs < Infinity && { lastMs }) });
      this.say(`channel ${channel}: ${code}: captured in ${file}`);
      this.removeOldest();
    } catch (error) {
      this.say(`channel ${channel}: ${code}: could not be captured: ${(error as Error).message}`);
    }
  }

  private removeOldest(): void {
    const { folder, filesMax } = this.settings;
    const own = readdirSync(folder).flatMap((name) => {
      const time = OWN.exec(name)?.[1];
      return time === undefined ? [] : [{ name, time }];
    });
    const surplus = own.toSorted((left, right) => (left.time < right.time ? -1 : 1)).slice(0, -filesMax);
    for (const { name } of surplus) rmSync(join(folder, name), { force: true });
  }

  private nowMs(): number {
    return this.means.clock.monotonicNs() / 1e6;
  }
}
