import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { BusError } from '../../platform/bus-error.js';
import type { ServiceStatus } from '../events.js';
import { leaderPid, isLed } from '../leader.js';
import { systemTimers, type Timers } from '../timers.js';
import { BoundedLines } from './bounded-lines.js';
import { readAnswer, writeRequest, type ControlRequest } from './messages.js';
import { SocketAddress } from './socket-place.js';

/** So long a supervisor that runs may take to say that it has understood. */
const ANSWER_MS = 10_000;
const ANSWER_BYTES_MAX = 1_048_576;

export interface Ask extends Omit<ControlRequest, 'id'> {
  /** Called for each service as it is answered. */
  readonly onService: (status: ServiceStatus) => void;
  readonly timers?: Timers;
}

/**
 * Asks the supervisor that leads in a bus directory, and waits until it has done what was asked.
 *
 * @throws BusError `ERR_NO_SUPERVISOR` when none leads there, or none that answers; `ERR_INVALID_ARGUMENT` for a service
 * that is not configured; `ERR_ABORTED` when the supervisor ends meanwhile
 */
export async function askSupervisor(directory: string, { onService, timers, ...ask }: Ask): Promise<void> {
  const request: ControlRequest = { id: randomUUID(), ...ask };
  const { socket, close } = await reach(directory);
  try {
    await converse(socket, request, onService, timers ?? systemTimers);
  } finally {
    close();
  }
}

async function reach(directory: string): Promise<{ socket: Socket; close: () => void }> {
  let address: SocketAddress | undefined;
  try {
    address = new SocketAddress(directory);
    const { path } = address;
    const socket = await new Promise<Socket>((resolve, reject) => {
      const trying = connect({ path, allowHalfOpen: true }, () => resolve(trying)).once('error', reject);
    });
    const opened = address;
    const close = (): void => {
      socket.destroy();
      opened.close();
    };
    return { socket, close };
  } catch (cause) {
    address?.close();
    throw unreachable(directory, cause as NodeJS.ErrnoException);
  }
}

function unreachable(directory: string, cause: NodeJS.ErrnoException): BusError {
  const { code } = cause;
  const isNobody = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ECONNREFUSED';
  if (isNobody && !isLed(directory)) {
    const hint = 'start it with apbus run, or say with --config or --directory where it runs';
    return new BusError('ERR_NO_SUPERVISOR', `no supervisor leads in ${directory}; ${hint}`, { cause });
  }
  const pid = leaderPid(directory);
  const who = pid === undefined ? 'a process' : `process ${pid}`;
  const hint = 'it is just starting, or has warned that it cannot be controlled';
  const what = isNobody ? `leads in ${directory} and does not listen: ${hint}` : `cannot be reached: ${cause.message}`;
  return new BusError('ERR_NO_SUPERVISOR', `${who} ${what}`, { cause });
}

function converse(
  socket: Socket,
  request: ControlRequest,
  onService: (status: ServiceStatus) => void,
  timers: Timers,
): Promise<void> {
  const lines = new BoundedLines(ANSWER_BYTES_MAX);
  const left = new Set(request.services);
  return new Promise<void>((resolve, reject) => {
    const cancel = timers.after(ANSWER_MS, () =>
      fail(`does not answer for ${ANSWER_MS} ms: it is stopped or overloaded`),
    );
    const fail = (what: string): void => {
      cancel();
      reject(new BusError('ERR_NO_SUPERVISOR', `the supervisor ${what}`));
    };
    const take = (line: string): void => {
      const answer = readAnswer(line, request.id);
      if ('supervisor' in answer) cancel();
      else if ('service' in answer) {
        left.delete(answer.service.service);
        onService(answer.service);
      } else if ('error' in answer) {
        cancel();
        reject(new BusError(answer.error.code, answer.error.message));
      } else if (left.size > 0) fail(`answered without a word of ${[...left].join(', ')}`);
      else resolve();
    };
    socket.on('data', (piece) => {
      const complete = lines.add(piece);
      try {
        if (complete === undefined) fail('answers what is no answer: a line that does not end');
        else for (const line of complete) take(line);
      } catch (error) {
        cancel();
        reject(error);
      }
    });
    // what was answered by then counts
    socket.on('error', (error) => fail(`was lost: ${error.message}`));
    socket.on('end', () => fail('ended before it had answered'));
    socket.write(writeRequest(request));
  });
}
