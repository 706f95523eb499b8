import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../layout/control-block.js';
import { ensureDirectory } from '../layout/directory.js';
import { isLockFileTaken, takeLockFile } from '../layout/lock-file.js';
import { loadNative } from '../platform/load-native.js';
import type { Leftover } from './leftovers.js';
import { statOf } from './process-stat.js';

interface LeaderNote {
  readonly pid: number;
  /** In which boot of the machine: the numbers of processes, and their times, are of that alone. */
  readonly boot?: string;
  readonly processes: readonly Leftover[];
}

/**
 * The one supervisor of a bus directory. The lock is the kernel's: it falls free when its holder dies, in whatever way. Its
 * note says who leads and what it has started, so that the next one can end what a killed one left running.
 */
export class Leadership {
  private readonly fd: number;
  private readonly notePath: string;

  private constructor(fd: number, notePath: string) {
    this.fd = fd;
    this.notePath = notePath;
  }

  /** Takes the lead; undefined when somebody else has it. */
  static take(directory: string): Leadership | undefined {
    ensureDirectory(directory);
    const fd = takeLockFile(lockPathOf(directory));
    if (fd === undefined) return undefined;
    const lead = new Leadership(fd, notePathOf(directory));
    // who asks for the leader is not to be sent to the one before
    lead.write(lead.noted());
    return lead;
  }

  /** What the leader before has noted as running; then what this one has. */
  noted(): readonly Leftover[] {
    return readNote(this.notePath)?.processes ?? [];
  }

  /** Notes the processes that run now. Where there is no room for that it warns: the services go on. */
  note(processes: readonly { readonly service: string; readonly pid: number }[]): void {
    const noted = processes.flatMap(({ service, pid }) => {
      const startTicks = statOf(pid)?.startTicks;
      return startTicks === undefined ? [] : [{ service, pid, startTicks }];
    });
    this.write(noted);
  }

  /** Gives the lead up. */
  release(): void {
    rmSync(this.notePath, { force: true });
    loadNative().closeFile(this.fd);
  }

  private write(processes: readonly Leftover[]): void {
    const note: LeaderNote = { pid: process.pid, boot: thisBoot(), processes };
    try {
      writeFileSync(`${this.notePath}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 });
      renameSync(`${this.notePath}.new`, this.notePath);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      const follows = 'if this supervisor is killed, the next one may not end all services that it leaves';
      process.emitWarning(`cannot note which services run: ${what}; ${follows}`);
    }
  }
}

/** The process that leads in a bus directory, as it says; undefined when none does. */
export function leaderPid(directory: string): number | undefined {
  return readNote(notePathOf(directory))?.pid;
}

/** Whether somebody leads there; the lead is not touched. */
export function isLed(directory: string): boolean {
  return isLockFileTaken(lockPathOf(directory));
}

function lockPathOf(directory: string): string {
  return join(directory, '.supervisor.lock');
}

function notePathOf(directory: string): string {
  return join(directory, '.supervisor.json');
}

function thisBoot(): string {
  return Buffer.from(bootId()).toString('hex');
}

/** What a note says, as far as it is one, and of this boot: a directory may outlive the machine's memory. */
function readNote(path: string): LeaderNote | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as LeaderNote;
    const isNote = Number.isInteger(note.pid) && Array.isArray(note.processes);
    if (!isNote || (note.boot ?? thisBoot()) !== thisBoot()) return undefined;
    return { pid: note.pid, processes: note.processes.filter(isLeftover) };
  } catch {
    return undefined;
  }
}

function isLeftover({ service, pid, startTicks }: Leftover): boolean {
  return typeof service === 'string' && Number.isInteger(pid) && pid > 1 && typeof startTicks === 'string';
}
