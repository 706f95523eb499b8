import { join } from 'node:path';
import type { BusConfig } from '../../bus/config/index.js';
import type { Fate } from './fates.js';
import type { Scenario, Way } from './scenarios.js';

/** The one channel of a storm. */
export const CHANNEL = 'torture';

/** What a process of the storm is to do; its one argument, as JSON (which knows no Infinity: null). */
export interface EndpointTask {
  readonly role: 'producer' | 'consumer';
  readonly directory: string;
  readonly config: BusConfig;
  readonly service: string;
  /** Number of the life: of a producer, of a consumer. */
  readonly life: number;
  /** Process that started it: when that one is gone, so is this, and the folder with it. */
  readonly parent: number;
  readonly folderOfRun: string;
  readonly seed: number;
  readonly way: Way;
  readonly mayBeOvertaken: boolean;
  readonly fate: { readonly [Key in keyof Fate]: Fate[Key] | null };
  /** A producer that ends the channel: so many messages, also when all are told to stop. 0: until it is told. */
  readonly lastMessages: number;
}

export function configOf({ channel, producers, consumers }: Scenario): BusConfig {
  const named = (role: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${role}_${n}`);
  const isSingle = channel.type.startsWith('SP');
  return {
    channels: {
      [CHANNEL]: {
        ...channel,
        producers: named('producer', isSingle ? 1 : producers),
        consumers: named('consumer', consumers),
      },
    },
  };
}

export function ledgerPath(directory: string): string {
  return join(directory, 'ledger.page');
}

export function witnessPath(directory: string, service: string): string {
  return join(directory, `${service}.page`);
}

/** Where processes of a storm say what they found wrong. */
export function faultsPath(directory: string): string {
  return join(directory, 'faults.log');
}
