import { CONSUMER_MUTANTS } from './consumers.js';
import { MULTI_PRODUCER_MUTANTS, SHARED_PLACE_MUTANTS } from './multi-producer.js';
import type { Mutant } from './mutant.js';
import { OVERTAKEN_MUTANTS } from './overtaken.js';
import { REPAIR_MUTANTS } from './repair.js';
import { SINGLE_PRODUCER_MUTANTS } from './single-producer.js';

/** All mutants, by the part of the code that they are of. */
export const MUTANTS: Readonly<Record<string, readonly Mutant[]>> = {
  'the producer of a single-producer ring': SINGLE_PRODUCER_MUTANTS,
  'a producer of a multi-producer ring': MULTI_PRODUCER_MUTANTS,
  'places that producers share': SHARED_PLACE_MUTANTS,
  'repair of dead claims': REPAIR_MUTANTS,
  'consumers, gating and joining': CONSUMER_MUTANTS,
  'consumers that nobody waits for': OVERTAKEN_MUTANTS,
};
