/** Run with --expose-gc: keeps views over unmapped memory, then lets them go, while garbage is collected all the time. */
import { setImmediate } from 'node:timers/promises';
import { loadNative } from '#src/platform/load-native.js';
import { argument, report } from './report.js';

const native = loadNative();
const fd = native.openFile(argument(0));
const collect = globalThis.gc;
if (collect === undefined) throw new Error('needs --expose-gc');

function sumOf(view: Uint8Array): number {
  return view.reduce((sum, byte) => sum + byte, 0);
}

/** Mapped, filled, unmapped; the view stays. */
function ended(): Uint8Array {
  const mapping = native.map(fd, 65_536, 65_536, 65_536, 65_536, true);
  const view = new Uint8Array(native.buffer(mapping)).fill(7);
  if (native.unmap(mapping) !== 0) throw new Error('unmap failed');
  return view;
}

const kept = [ended(), ended(), ended()];
collect();
await setImmediate();
const sums = kept.map(sumOf);
kept.forEach((view) => view.fill(1)); // a stale store goes to private memory, not to the file
collect();

// More mappings than the addon has room for at once: each must come back when its ArrayBuffer is collected.
let made = 0;
for (let i = 0; i < 9000; i++) {
  ended();
  made += 1;
  if (i % 100 === 99) {
    collect();
    await setImmediate();
  }
}
report({ sums, stale: kept.map(sumOf), made });
process.disconnect?.();
