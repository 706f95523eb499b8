import type { TestContext } from 'node:test';
import { MessageBus, type Producer } from 'alphapulse-bus';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

export const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');

/** A bus with a producer on a channel `ticks`, and the command on its directory. */
export interface Scene {
  readonly directory: string;
  readonly bus: MessageBus;
  readonly producer: Producer;
  readonly apbus: (...args: string[]) => TestProcess;
}

export async function scene(t: TestContext, mode: 'BlockProducer' | 'DropOldest' = 'BlockProducer'): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const channel = {
    type: 'SPMC' as const,
    producer: 'feed',
    consumers: ['reader'],
    bufferSize: '64KB',
    backpressure: { mode },
  };
  const bus = await MessageBus.open({ service: 'feed', config: { channels: { ticks: channel } }, directory });
  t.after(() => bus.close());
  const apbus = (...args: string[]): TestProcess => startProcess(t, APBUS, [...args, '--directory', directory]);
  return { directory, bus, producer: bus.producer('ticks'), apbus };
}

export const text = (message: string): Uint8Array => new TextEncoder().encode(message);
