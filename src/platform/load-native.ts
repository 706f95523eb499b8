import { createRequire } from 'node:module';
import type { Native } from './native.js';

let loaded: Native | undefined;

export function loadNative(): Native {
  loaded ??= createRequire(import.meta.url)('../../native/build/alphapulse_bus.node') as Native;
  return loaded;
}
