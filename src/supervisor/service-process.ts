import { spawn as spawnProcess, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import type { ResolvedService } from '../bus/config/index.js';
import { LogLines } from './log-lines.js';
import { signalGroup } from './process-group.js';
import { systemTimers } from './timers.js';

/** How long what a service has started, and left its process group, may keep its output open after its end. */
const OUTPUT_OPEN_MS = 1000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly error?: Error;
}

export interface ProcessEvents {
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  /** Once, when it has ended and all that it said was handed on. */
  readonly onExit: (exit: Exit) => void;
}

/** A process of a service, with all that it starts itself. */
export interface ServiceProcess {
  readonly pid: number | undefined;
  /** Sends a signal to it and to what it has started; false when they run as another user and take none. */
  signal(name: NodeJS.Signals): boolean;
}

/** Starts a service; tests have another one. */
export type Spawn = (
  service: ResolvedService,
  environment: Readonly<Record<string, string>>,
  events: ProcessEvents,
) => ServiceProcess;

/**
 * Starts a service as a process group of its own: signals of the terminal reach the supervisor alone, and what the service
 * has started ends with it.
 */
export const spawnService: Spawn = (service, more, events) => {
  let child: ReturnType<typeof begin>;
  try {
    child = begin(service, more);
  } catch (error) {
    // Node tells of some refusals by an event, and of others (E2BIG, ENOMEM, ENOTDIR) at once
    process.nextTick(() => events.onExit(neverBegan(service, error as Error)));
    return { pid: undefined, signal: () => true };
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = new LogLines((line) => events.onLine(stream, line));
    child[stream]?.on('data', (bytes: Buffer) => lines.add(bytes));
    child[stream]?.on('end', () => lines.end());
  }
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure ??= error;
    // one that never started has no "close"
    if (child.pid === undefined) events.onExit(neverBegan(service, error));
  });
  let stopWaiting = (): void => undefined;
  child.on('exit', () => {
    signalGroupOf(child, 'SIGKILL');
    stopWaiting = systemTimers.after(OUTPUT_OPEN_MS, () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  });
  child.on('close', (code, signal) => {
    stopWaiting();
    if (child.pid !== undefined) events.onExit({ code, signal, ...(failure && { error: failure }) });
  });
  return {
    get pid() {
      return child.pid;
    },
    signal: (name) => signalGroupOf(child, name),
  };
};

function begin({ command, workingDirectory, environment }: ResolvedService, more: Readonly<Record<string, string>>) {
  const [program = '', ...args] = command;
  return spawnProcess(program, args, {
    cwd: workingDirectory,
    env: { ...process.env, ...more, ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The system says the same of a folder that is not there as of a program. */
function neverBegan({ workingDirectory }: ResolvedService, error: Error): Exit {
  const what = `its working_directory ${workingDirectory} is no folder that it could go to`;
  const why = isFolder(workingDirectory) ? error : new Error(`${what} (${error.message})`, { cause: error });
  return { code: null, signal: null, error: why };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function signalGroupOf({ pid }: ChildProcess, name: NodeJS.Signals): boolean {
  return pid === undefined || signalGroup(pid, name);
}
