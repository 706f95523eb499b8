import type { EndpointState } from '../liveness/index.js';
import type { ExpectedEndpoint, Look } from './attachment.js';
import type { SupervisedService } from './supervised-service.js';

interface Told {
  state: EndpointState;
  /** Since when it has been stalled or suspect, monotonic ms; undefined: it is well. */
  sinceMs: number | undefined;
}

/** Watches over one running service: whether it is attached, makes progress, and turns its event loop. */
export class ServiceWatch {
  private readonly service: SupervisedService;
  private readonly expected: readonly ExpectedEndpoint[];
  private readonly onEndpoint: (channel: string, state: string, reason: string | undefined) => void;
  private readonly told = new Map<string, Told>();

  constructor(
    service: SupervisedService,
    expected: readonly ExpectedEndpoint[],
    onEndpoint: (channel: string, state: string, reason: string | undefined) => void,
  ) {
    this.service = service;
    this.expected = expected;
    this.onEndpoint = onEndpoint;
  }

  /** Whether nothing more is to be waited for: others may start. One that is given up, or has ended for good, holds up nobody. */
  get isPast(): boolean {
    const { state, isLate } = this.service;
    return isLate || state === 'ready' || state === 'failed' || state === 'stopped';
  }

  look(look: Look, nowMs: number): void {
    const { service } = this;
    if (service.state === 'starting') this.lookForAttachment(look, nowMs);
    if (service.state === 'ready') this.lookForHang(look, nowMs);
  }

  private lookForAttachment(look: Look, nowMs: number): void {
    const { service, expected } = this;
    const { name, readyTimeoutMs } = service.settings;
    const missing = expected.flatMap((endpoint) => {
      const { own, foreignPid } = look.find(name, service.pid ?? 0, endpoint);
      if (own !== undefined) return [];
      const who = foreignPid === undefined ? '' : ` (process ${foreignPid} has it, which is not of this service)`;
      return [`${endpoint.role} of ${endpoint.channel}${who}`];
    });
    if (missing.length === 0) {
      this.told.clear();
      service.becomeReady();
    } else if (!service.isLate && readyTimeoutMs > 0 && nowMs - service.startedMs >= readyTimeoutMs) {
      service.becomeLate(missing);
    }
  }

  private lookForHang(look: Look, nowMs: number): void {
    const { service, expected } = this;
    const { name, hangTimeoutMs } = service.settings;
    for (const endpoint of expected) {
      const found = look.find(name, service.pid ?? 0, endpoint).own;
      if (found === undefined) continue;
      const key = `${endpoint.role} ${endpoint.channel}`;
      const told = this.told.get(key) ?? { state: 'alive', sinceMs: undefined };
      const isWell = found.state === 'alive';
      if (found.state !== told.state) this.onEndpoint(endpoint.channel, found.state, found.reason);
      const sinceMs = isWell ? undefined : (told.sinceMs ?? nowMs);
      this.told.set(key, { state: found.state, sinceMs });
      if (sinceMs === undefined || hangTimeoutMs === 0 || nowMs - sinceMs < hangTimeoutMs) continue;
      this.told.clear();
      const reason = `${endpoint.role} of ${endpoint.channel} ${found.state} for ${Math.round(nowMs - sinceMs)} ms`;
      void service.restart(`it hangs: ${reason}`);
      return;
    }
  }
}
