import { DEFAULT_CONFIG_PATH } from './default-path.js';
import { BusError } from '../../platform/bus-error.js';
import { describe } from './problems.js';
import { resolveConfig, resolveDraft } from './resolve.js';
import type { ResolvedConfig } from './resolved.js';
import type { BusConfig } from './types.js';

export { resolveConfig } from './resolve.js';
export type {
  AlertSettings,
  HealthCaptureSettings,
  HealthSettings,
  ResolvedChannel,
  ResolvedConfig,
  ResolvedService,
} from './resolved.js';
export type {
  AlertConfig,
  BackpressureConfig,
  BusConfig,
  CaptureConfig,
  ChannelConfig,
  ConsumerPolicyConfig,
  HealthConfig,
  PersistenceConfig,
  ServiceConfig,
  Size,
} from './types.js';

export { DEFAULT_CONFIG_PATH };

/**
 * Reads and checks the configuration of a bus: a TOML file (by default `config/message_bus.toml`) or an object.
 * Nothing is created. Fails with one `ERR_CONFIG` that lists every broken rule, each with file, line, column, key
 * path, what was found, what was expected, and a hint.
 *
 * Exports of this module: `loadConfig(source)` (async), `resolveConfig(object)` (the same for objects, sync),
 * `DEFAULT_CONFIG_PATH`; types `BusConfig`, `ChannelConfig`, `BackpressureConfig`, `ConsumerPolicyConfig`, `Size`, `ResolvedConfig`,
 * `ResolvedChannel`, `ResolvedService`.
 *
 * @example
 * const config = await loadConfig('config/message_bus.toml');
 * config.channels.get('market_data')?.bufferSize; // bytes
 */
export async function loadConfig(
  source: string | BusConfig | undefined = DEFAULT_CONFIG_PATH,
): Promise<ResolvedConfig> {
  // loaded here, so that programs with an object for a configuration do not pay for it
  if (typeof source === 'string') return resolveDraft(await (await import('./load-toml.js')).readTomlFile(source));
  if (typeof source === 'object') return resolveConfig(source);
  const expected = 'the path of a TOML file, or an object';
  throw new BusError('ERR_CONFIG', `config: found ${describe(source)}, expected ${expected}`);
}
