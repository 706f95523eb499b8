import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { statsOf } from './machine.js';
import { removeIpcIn, type LogoutFacts } from './system-checks.js';

/** In the order in which systemd reads them: the later one wins. */
const LOGIND_FILES = ['/usr/lib/systemd/logind.conf', '/run/systemd/logind.conf', '/etc/systemd/logind.conf'];

/** What systemd will do with the segments of this user. */
export function logoutFacts(directory: string): LogoutFacts {
  const dropIns = LOGIND_FILES.flatMap((file) => {
    const folder = `${file}.d`;
    return filesIn(folder).map((each) => join(folder, each));
  });
  const texts = [...LOGIND_FILES, ...dropIns].flatMap((file) => textOf(file) ?? []);
  const name = userName();
  return {
    directory,
    user: process.geteuid?.() ?? 0,
    hasSystemd: statsOf('/run/systemd/system') !== undefined,
    removeIpc: removeIpcIn(texts),
    lingers: name !== undefined && statsOf(join('/var/lib/systemd/linger', name)) !== undefined,
  };
}

/** A file of the system; undefined when it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf'))
      .sort();
  } catch {
    return [];
  }
}

/** A container may run as a user that has no name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
