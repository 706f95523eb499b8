import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusError } from '#src/platform/bus-error.js';
import { draftFromToml } from '#src/bus/config/load-toml.js';
import { resolveConfig, resolveDraft } from '#src/bus/config/resolve.js';
import type { ResolvedChannel, ResolvedConfig } from '#src/bus/config/resolved.js';
import type { BusConfig, ChannelConfig } from '#src/bus/config/types.js';

/** The resolved form of a config text that claims to stand in `bus.toml`. */
export async function resolveToml(text: string): Promise<ResolvedConfig> {
  return resolveDraft(draftFromToml(text, 'bus.toml'));
}

/** The message of the ERR_CONFIG that the text causes; anything else fails the test. */
export async function tomlError(text: string): Promise<string> {
  try {
    await resolveToml(text);
  } catch (error) {
    return configMessage(error);
  }
  assert.fail('the text was accepted');
}

/** One channel `x` as an object; by default a valid SPSC. */
export function channel(overrides: object): BusConfig {
  const plain: ChannelConfig = { type: 'SPSC', producer: 'a', consumer: 'b' };
  return { channels: { x: { ...plain, ...overrides } } };
}

export function resolveChannel(overrides: object): ResolvedChannel {
  const resolved = resolveConfig(channel(overrides)).channels.get('x');
  assert.ok(resolved !== undefined);
  return resolved;
}

/** The message of the ERR_CONFIG that an object causes. */
export function objectError(config: unknown): string {
  try {
    resolveConfig(config as BusConfig);
  } catch (error) {
    return configMessage(error);
  }
  assert.fail('the object was accepted');
}

export function configMessage(error: unknown): string {
  assert.ok(BusError.is(error, 'ERR_CONFIG'), `not an ERR_CONFIG: ${String(error)}`);
  return error.message;
}

/** Runs with a file of that content, which is gone afterwards. */
export async function withFile<T>(content: string | Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'apbus-config-'));
  try {
    const path = join(folder, 'bus.toml');
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
