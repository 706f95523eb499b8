import { withDirectory } from '../run/directory.js';
import { FAILURE_TIMEOUT_MS } from './channels.js';
import { Mortal, settled } from './mortal.js';
import type { Measured } from './measured.js';

/**
 * Kills the consumer that a producer waits for, in a blocking `write`: from the kill to the end of that call, less the
 * failure_timeout_ms for which everything is kept.
 */
export function measureDeadConsumers(kills: number): Promise<Measured[]> {
  return withDirectory(async (directory) => {
    const took: number[] = [];
    const writer = new Mortal('trade-writer', [directory]);
    await writer.told('attached');
    for (let kill = 0; kill < kills; kill++) {
      const reader = new Mortal('trade-reader', [directory]);
      await reader.told('attached');
      const freed = writer.told('freedNs');
      writer.send('fill');
      await settled();
      const { killedNs, died } = reader.kill();
      took.push((await freed) - killedNs - FAILURE_TIMEOUT_MS * 1e6);
      await died;
    }
    await writer.kill().died;
    return [{ what: 'dead consumer: a blocked write goes on, beyond failure_timeout_ms', took }];
  });
}
