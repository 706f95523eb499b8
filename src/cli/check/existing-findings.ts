import { configDifference } from '../../bus/config-difference.js';
import type { ResolvedChannel } from '../../bus/config/index.js';
import { unusableAdvice } from '../../observe/health/channel-findings.js';
import { BusError } from '../../platform/bus-error.js';
import { fail, warn, type Finding } from '../doctor/finding.js';
import type { MachineFacts } from './machine-facts.js';

/** The channels that are there already and would refuse every service of this configuration. */
export function existingFindings(
  channels: ReadonlyMap<string, ResolvedChannel>,
  existing: ReadonlyMap<string, ReturnType<MachineFacts['channel']>>,
): Finding<string>[] {
  return [...channels].flatMap(([name, configured]) => {
    const found = existing.get(name);
    if (found === undefined) return [];
    const fault = BusError.is(found) ? found : configDifference(found, configured);
    if (fault === undefined) return [];
    // Whoever checks need not be who runs the services.
    const status = fault.code === 'ERR_PERMISSION' ? warn : fail;
    return [status(`channel ${name}`, `${fault.message} (${fault.code})`, unusableAdvice(name, fault.code))];
  });
}
