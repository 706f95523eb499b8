import { DEFAULT_POLICY, type ConsumerPolicy } from '../channel/consumer-policy.js';
import { BusError } from '../platform/bus-error.js';
import type { ResolvedChannel } from './config/index.js';

/**
 * The policy of a consumer that a service opens under some name. Under another name than its own it has the policy of its
 * service, but the channel keeps nothing for it: "always" is about the one slot that has the service's name.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT` for the name of another service for which the channel keeps everything
 */
export function policyOf({ name: channel, policies }: ResolvedChannel, service: string, name: string): ConsumerPolicy {
  const policy = policies.get(service) ?? DEFAULT_POLICY;
  if (name === service) return policy;
  if (policies.get(name)?.gating === 'always') {
    throw new BusError(
      'ERR_INVALID_ARGUMENT',
      `channel ${channel} keeps everything for service "${name}"; service "${service}" cannot read under that name. ` +
        'Take another one, or none',
      { channel },
    );
  }
  return policy.gating === 'always' ? { ...policy, gating: true } : policy;
}

/** The consumers for which a channel keeps everything, whether they are attached or not. */
export function keptConsumers({ policies }: ResolvedChannel): ReadonlyMap<string, ConsumerPolicy> {
  return new Map([...policies].filter(([, { gating }]) => gating === 'always'));
}
