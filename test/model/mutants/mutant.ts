import type { ScenarioName } from '../scenarios/catalogue.js';
import type { Edit } from './mutated-code.js';

/** A mistake, seeded into the compiled ring code, and the scenario that must notice it. */
export interface Mutant {
  /** What is wrong with it. */
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly scenario: ScenarioName;
}

/** A mutant with one edit. Lines of `find` and `replace` are those of the compiled file, indented. */
export function mutant(name: string, scenario: ScenarioName, file: string, find: string, replace: string): Mutant {
  return { name, scenario, edits: [{ file, find, replace }] };
}
