import { stripVTControlCharacters, styleText } from 'node:util';
import { systemWallClock, type WallClock } from '../../platform/clock.js';
import type { ServiceEvent, ServiceLine } from '../../supervisor/index.js';
import type { Output } from '../output.js';
import { PatientOutput } from './patient-output.js';

const COLORS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'red'] as const;

/** Writes what services say, and what happens to them: for people with the service's name before it, or as NDJSON. */
export class RunLog {
  private readonly output: PatientOutput;
  private readonly hasColor: boolean;
  private readonly isJson: boolean;
  private readonly width: number;
  private readonly wallClock: WallClock;
  private readonly colors = new Map<string, (typeof COLORS)[number]>();

  constructor(services: readonly string[], output: Output, isJson: boolean, wallClock: WallClock = systemWallClock) {
    this.output = new PatientOutput(output, (lines) => {
      const time = new Date(wallClock.nowMs()).toISOString();
      if (isJson) return `${JSON.stringify({ time, event: 'dropped', lines })}\n`;
      return `${'apbus'.padEnd(this.width)} | ${lines} lines were dropped: nobody read them\n`;
    });
    this.hasColor = output.color;
    this.isJson = isJson;
    this.wallClock = wallClock;
    this.width = Math.max(...services.map((name) => name.length));
    for (const [index, name] of services.entries()) this.colors.set(name, COLORS[index % COLORS.length]!);
  }

  line({ timeMs, service, stream, line }: ServiceLine): void {
    const time = new Date(timeMs).toISOString();
    if (this.isJson) this.output.write('data', `${JSON.stringify({ time, service, stream, line })}\n`);
    else
      this.output.write('data', `${this.prefix(service)} ${this.hasColor ? line : stripVTControlCharacters(line)}\n`);
  }

  event(event: ServiceEvent): void {
    const { timeMs, ...rest } = event;
    const time = new Date(timeMs).toISOString();
    if (this.isJson) this.output.write('data', `${JSON.stringify({ time, ...rest })}\n`);
    else this.output.write('message', `${this.prefix(event.service)} ${inWords(event)}\n`);
  }

  /** What the supervisor itself has to say of the bus. */
  notice(message: string): void {
    const time = new Date(this.wallClock.nowMs()).toISOString();
    if (this.isJson) this.output.write('data', `${JSON.stringify({ time, event: 'health', message })}\n`);
    else this.output.write('message', `${'apbus'.padEnd(this.width)} | ${message}\n`);
  }

  /** Answers whether all was read; when not, nobody reads for too long. */
  end(): Promise<boolean> {
    return this.output.end();
  }

  private prefix(service: string): string {
    const text = `${service.padEnd(this.width)} |`;
    const color = this.colors.get(service);
    return this.hasColor && color !== undefined ? styleText(color, text, { validateStream: false }) : text;
  }
}

/** What has happened, for people. */
export function inWords(event: ServiceEvent): string {
  switch (event.event) {
    case 'started':
      return `started, process ${event.pid}`;
    case 'ready':
      return `ready after ${event.afterMs} ms`;
    case 'late':
      return `is not attached in time, and goes on; missing: ${event.missing.join(', ')}`;
    case 'exited': {
      const how = event.signal === null ? `exit code ${event.code}` : event.signal;
      return `ended: ${event.reason ?? how}`;
    }
    case 'restarting':
      return `starts again in ${event.delayMs} ms (restart ${event.restarts})`;
    case 'failed':
      return `is given up: ${event.reason}`;
    case 'stopping':
      return `is to end: ${event.reason}`;
    case 'killed':
      return `killed: it did not end within ${event.afterMs} ms of SIGTERM`;
    case 'denied':
      return `runs as another user, and takes no ${event.signal} from this one; end it as that user`;
    case 'stopped':
      return 'stopped';
    case 'endpoint':
      return `${event.channel}: ${event.state}${event.reason === undefined ? '' : `, ${event.reason}`}`;
  }
}
