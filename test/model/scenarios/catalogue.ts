import type { ChannelType } from '#src/layout/schema.js';
import type { Scenario } from './bounds.js';
import { MULTI_PRODUCER_SCENARIOS } from './multi-producer-scenarios.js';
import { OVERTAKEN_SCENARIOS } from './overtaken-scenarios.js';
import { REPAIR_SCENARIOS } from './repair-scenarios.js';
import { SINGLE_PRODUCER_SCENARIOS } from './single-producer-scenarios.js';

/** Everything that is explored, by what it is called in tests and in the list of mutants. */
const SCENARIOS = {
  ...SINGLE_PRODUCER_SCENARIOS,
  ...MULTI_PRODUCER_SCENARIOS,
  ...REPAIR_SCENARIOS,
  ...OVERTAKEN_SCENARIOS,
};

export type ScenarioName = keyof typeof SCENARIOS;

export function scenario(name: ScenarioName): Scenario {
  return SCENARIOS[name];
}

export function scenariosOf(type: ChannelType): ScenarioName[] {
  return (Object.keys(SCENARIOS) as ScenarioName[]).filter((name) => scenario(name).settings.type === type);
}
