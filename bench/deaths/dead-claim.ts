import { withDirectory } from '../run/directory.js';
import { Mortal, settled } from './mortal.js';
import type { Measured } from './measured.js';

/** How a consumer waits, as `actors/order-reader.ts` has it. */
const WAYS = ['subscribe', 'waitSync', 'poll'] as const;

/**
 * Kills producers inside a claim, behind which another one writes every millisecond: from the kill to the consumer's next
 * message.
 */
export async function measureDeadClaims(kills: number): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const way of WAYS) {
    const took = await withDirectory((directory) => killClaimants(directory, way, Math.ceil(kills / WAYS.length)));
    measured.push({ what: `dead claim: the next message, by ${way}`, took });
  }
  return measured;
}

async function killClaimants(directory: string, way: string, kills: number): Promise<number[]> {
  const took: number[] = [];
  const reader = new Mortal('order-reader', [directory, way]);
  await reader.told('attached');
  const writer = new Mortal('order-writer', [directory]);
  await writer.told('attached');
  for (let kill = 0; kill < kills; kill++) {
    const claimant = new Mortal('claimant', [directory]);
    await claimant.told('claimed');
    await settled();
    const passed = reader.told('passedNs');
    const { killedNs, died } = claimant.kill();
    took.push((await passed) - killedNs);
    await died;
  }
  await Promise.all([reader.kill().died, writer.kill().died]);
  return took;
}
