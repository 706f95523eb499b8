import type { TestContext } from 'node:test';
import { CONSUMER_SLOT, consumerSlotOffset } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS } from './operator-scene.js';

const SERVICE = script(import.meta.url, './actors/dashboard-service.js');

const CONFIG = {
  channels: {
    quotes: { type: 'SPMC', producer: 'feed', consumers: ['strategy', 'risk'] },
    orders: { type: 'SPSC', producer: 'strategy', consumer: 'engine' },
    fills: { type: 'SPMC', producer: 'engine', consumers: ['risk'] },
  },
};

export const SERVICES = ['feed', 'strategy', 'engine', 'risk'] as const;

export interface DashboardScene {
  readonly directory: string;
  readonly url: string;
  readonly services: Readonly<Record<(typeof SERVICES)[number], TestProcess>>;
}

/** Four services at work, and a dashboard that shows them. */
export async function dashboardScene(t: TestContext): Promise<DashboardScene> {
  const directory = temporaryDirectory(t);
  const start = (name: string): TestProcess => startProcess(t, SERVICE, [directory, JSON.stringify(CONFIG), name]);
  const services = Object.fromEntries(SERVICES.map((name) => [name, start(name)])) as DashboardScene['services'];
  for (const service of Object.values(services)) await service.line('ready');
  return { directory, url: await startDashboard(t, directory), services };
}

/** The address of a dashboard of that directory. */
export async function startDashboard(t: TestContext, directory: string, ...more: string[]): Promise<string> {
  const dashboard = startProcess(t, APBUS, ['dashboard', '--listen', '0', '--directory', directory, ...more]);
  return dashboard.line('http://');
}

/** As a broken or hostile process could: writes what it likes where the name of a consumer stands. */
export function renameConsumer(directory: string, channel: string, slot: number, name: string): void {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false })!;
  const bytes = new TextEncoder().encode(`${name}\0`);
  segment.control.bytes.set(bytes, consumerSlotOffset(slot) + CONSUMER_SLOT.at.name);
  segment.close();
}
