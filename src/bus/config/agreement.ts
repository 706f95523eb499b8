import type { Agreement } from '../../layout/agreement.js';
import { formatSize } from './sizes.js';
import type { ResolvedChannel } from './resolved.js';

/**
 * What all processes of a channel must have configured alike, beside its type and sizes: how producers wait, where its
 * memory comes from, how it is recorded. Services and the policies of consumers are not in it: they may change while the
 * channel runs. Nor are the fallbacks of memory options: each process decides by itself what it can do without.
 */
export function agreementOf({ backpressure, memory, persistence }: ResolvedChannel): Agreement {
  const { mode: _mode, ...settings } = backpressure;
  return {
    ...prefixed('backpressure', settings),
    ...prefixed('', {
      hugePages: memory.hugePages,
      ...(memory.hugePages && { hugePageSize: formatSize(memory.hugePageBytes) }),
      ...(memory.numaNode !== undefined && { numaNode: memory.numaNode }),
      prefault: memory.prefault,
      mlock: memory.lock,
    }),
    'persistence.enable_persistence': persistence !== undefined,
    ...(persistence !== undefined &&
      prefixed('persistence', {
        persistencePath: persistence.directory,
        enableReplay: persistence.replay,
        replayWindow: `${persistence.replayWindowMs}ms`,
        fsync: persistence.fsync,
        fsyncIntervalMs: persistence.fsyncIntervalMs,
        segmentSize: persistence.rollBytes,
        segmentAge: `${persistence.rollMs}ms`,
        retention: `${persistence.retentionBytes}B`,
        retentionAge: `${persistence.retentionMs}ms`,
        retentionForce: persistence.retentionForce,
        onFailure: persistence.onFailure,
      })),
  };
}

/** Keys as the file spells them. */
function prefixed(table: string, values: Agreement): Agreement {
  const spelled = Object.entries(values).map(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [table === '' ? name : `${table}.${name}`, value] as const;
  });
  return Object.fromEntries(spelled);
}
