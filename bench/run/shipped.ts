import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of what is shipped, which is bundled; what runs here is the same, module by module. */
export function shipped(path: string): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const found = join(at, 'dist', path);
    if (existsSync(found)) return found;
    if (dirname(at) === at) throw new Error(`dist/${path} was not found; npm run build`);
  }
}
