import { CELL_BYTES } from '#src/layout/schema.js';
import type { ScenarioSettings } from './scenario.js';

export interface Scenario {
  readonly settings: ScenarioSettings;
  /** Preemptions explored in the quick form; Infinity: all interleavings. */
  readonly preemptions: number;
  /** Whether a producer may be killed, once, at any access; or how many of those that are mortal. */
  readonly crashes: boolean | number;
  /** Gives up here in the quick form; undefined: all states within the bound are seen. */
  readonly statesMax?: number;
}

/** Places where the low halves of positions (in cells) and of sequences go round, or change their sign, within a scenario. */
export const BEFORE_2_31 = { position: (2 ** 31 - 2) * CELL_BYTES, sequence: 2 ** 31 - 2 };
export const BEFORE_2_32 = { position: (2 ** 32 - 2) * CELL_BYTES, sequence: 2 ** 32 - 2 };
/** Lap numbers outgrow the 22 bits that the low half of a claim word has for them. */
export const BEFORE_LAP_2_22 = { position: (2 ** 22 - 1) * 4 * CELL_BYTES - 2 * CELL_BYTES, sequence: 7 };
