import { accessSync, constants } from 'node:fs';

/** Whether this process may make files in a folder. */
export function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
