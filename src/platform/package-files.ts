import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where a file or folder that comes with the package is: `path` in the nearest folder above this module that has it. The
 * shipped modules are bundled, so none may count on its own place.
 */
export function packageFile(path: string): string {
  const own = dirname(fileURLToPath(import.meta.url));
  for (let at = own; ; at = dirname(at)) {
    const found = join(at, path);
    if (existsSync(found)) return found;
    if (dirname(at) === at) return join(own, '..', path);
  }
}
