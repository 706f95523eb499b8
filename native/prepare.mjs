/**
 * npm's `prepare` step, which runs in a checkout and never at a user's: builds the addon from source where that is
 * possible. Where it is not, the committed prebuilt file serves, so this step never fails; CI calls build.sh itself.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MISSING_TOOLS = 3; // exit code of build.sh

const build = fileURLToPath(new URL('build.sh', import.meta.url));
const output = fileURLToPath(new URL('build/alphapulse_bus.node', import.meta.url));
const { status, error, stderr } = spawnSync('sh', [build], { encoding: 'utf8', stdio: ['ignore', 'inherit', 'pipe'] });

if (status !== 0) {
  // An older local build would be preferred to the prebuilt file, and it is not of these sources.
  rmSync(output, { force: true });
  const why = (error?.message ?? stderr).trim();
  const headline = status === MISSING_TOOLS ? 'not built from source' : 'warning: building from source failed';
  console.error(`alphapulse-bus native addon: ${headline}, the prebuilt file serves. ${why}`);
}
