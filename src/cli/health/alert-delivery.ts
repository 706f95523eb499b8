import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AlertSettings } from '../../bus/config/index.js';

export type DeliverySettings = Pick<AlertSettings, 'command' | 'webhook' | 'workingDirectory' | 'timeoutMs'>;

/** Hands an alert to the command and to the webhook, at once; answers what went wrong, one text for each. Never throws. */
export async function deliver(alert: object, settings: DeliverySettings): Promise<string[]> {
  const text = `${JSON.stringify(alert)}\n`;
  const { command, webhook } = settings;
  const troubles = await Promise.all([
    ...(command === undefined ? [] : [runCommand(command, text, settings)]),
    ...(webhook === undefined ? [] : [post(webhook, text, settings)]),
  ]);
  return troubles.filter((trouble) => trouble !== undefined);
}

/**
 * Without a shell, in a process group of its own: a time-out ends all that it has started, and Ctrl-C does not end an alert
 * half told. What it prints is not data of this command: stdout goes nowhere, stderr to this one's.
 */
async function runCommand(
  [program = '', ...args]: readonly string[],
  text: string,
  { workingDirectory, timeoutMs }: DeliverySettings,
): Promise<string | undefined> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const child = spawn(program, args, { cwd: workingDirectory, detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    // awaited below; until then nobody else hears that it could not be started
    ended.catch(() => undefined);
    late.addEventListener('abort', () => killGroup(child), { once: true });
    // it need not read what it is told
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
    const [code, signal] = await ended;
    if (late.aborted) return `command ${program}: was not done after ${timeoutMs} ms, and was killed`;
    if (code === 0) return undefined;
    return `command ${program}: ended with ${code === null ? String(signal) : `exit code ${code}`}`;
  } catch (error) {
    return `command ${program}: could not be started: ${(error as Error).message}`;
  }
}

/** If it is still there: as long as its first process is not waited for, the number is its own. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}

/** A webhook that redirects has moved: that is a failure, as the alert must not go elsewhere. */
async function post(url: string, body: string, { timeoutMs }: DeliverySettings): Promise<string | undefined> {
  // its path may hold a secret
  const where = `webhook ${new URL(url).host}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `${where}: answered ${response.status}`;
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') return `${where}: did not answer within ${timeoutMs} ms`;
    return `${where}: ${cause instanceof Error ? cause.message || message : message}`;
  }
}
