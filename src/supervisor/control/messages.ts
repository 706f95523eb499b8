import { BusError, type BusErrorCode } from '../../platform/bus-error.js';
import type { ServiceStatus } from '../events.js';

/** Of what is said over the socket; another one is refused by both sides. */
export const CONTROL_VERSION = 1;

/** A request, its line feed included. */
export const REQUEST_BYTES_MAX = 65_536;

const COMMANDS = ['ps', 'start', 'stop', 'restart'] as const;
const KEYS = ['version', 'id', 'command', 'services', 'all', 'wait'];
const ID_MAX = 64;

export type ControlCommand = (typeof COMMANDS)[number];

/** One line of JSON from the command to the supervisor. */
export interface ControlRequest {
  /** Comes back in every answer. */
  readonly id: string;
  readonly command: ControlCommand;
  /** None for `ps`, and with `all`. */
  readonly services: readonly string[];
  /** Of `stop`: the supervisor ends with all its services. */
  readonly all: boolean;
  /** Answers when it is done, instead of when it is begun. */
  readonly wait: boolean;
}

/**
 * The lines that answer a request: first that it was understood, then the status of each service, then the end; or an
 * error instead of what is left. One whose id could not be read is answered with the id null.
 */
export type ControlAnswer = { readonly id: string | null } & (
  | { readonly supervisor: number }
  | { readonly service: ServiceStatus }
  | { readonly done: true }
  | { readonly error: { readonly code: BusErrorCode; readonly message: string } }
);

type Fields = Readonly<Record<string, unknown>>;

/** The line of a request. */
export function writeRequest(request: ControlRequest): string {
  return `${JSON.stringify({ version: CONTROL_VERSION, ...request })}\n`;
}

/** The id of what may be a request; null when it has none. */
export function idOf(line: string): string | null {
  try {
    const { id } = fieldsOf(line);
    return typeof id === 'string' && id.length <= ID_MAX ? id : null;
  } catch {
    return null;
  }
}

/** Reads the line of a request. @throws BusError `ERR_INVALID_ARGUMENT` with what was found and expected */
export function readRequest(line: string): ControlRequest {
  const fields = fieldsOf(line);
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw refusal(`key ${quoted(unknown)}`, `no others than ${KEYS.join(', ')}`);
  const { version, id, command, services = [], all = false, wait = true } = fields;
  if (version !== CONTROL_VERSION) {
    throw refusal(
      `version ${quoted(version)}`,
      `version ${CONTROL_VERSION}; command and supervisor are not of one package`,
    );
  }
  if (typeof id !== 'string' || id.length > ID_MAX)
    throw refusal(`id ${quoted(id)}`, `text of up to ${ID_MAX} letters`);
  const known = COMMANDS.find((one) => one === command);
  if (known === undefined) throw refusal(`command ${quoted(command)}`, `one of ${COMMANDS.join(', ')}`);
  if (!Array.isArray(services) || !services.every((name) => typeof name === 'string'))
    throw refusal(`services ${quoted(services)}`, 'a list of names');
  if (typeof all !== 'boolean') throw refusal(`all ${quoted(all)}`, 'true or false');
  if (typeof wait !== 'boolean') throw refusal(`wait ${quoted(wait)}`, 'true or false');
  if (all && known !== 'stop') throw refusal(`all with ${known}`, 'it with stop alone');
  const takesNames = known !== 'ps' && !all;
  if (takesNames !== services.length > 0)
    throw refusal(`${services.length} services`, takesNames ? 'at least one' : `none with ${all ? 'all' : known}`);
  return { id, command: known, services: [...new Set(services)], all, wait };
}

/** Reads the line of an answer to the request with that id. @throws BusError `ERR_NO_SUPERVISOR` when it is none */
export function readAnswer(line: string, id: string): ControlAnswer {
  let fields: Fields | undefined;
  try {
    fields = fieldsOf(line);
  } catch {
    // it is no answer, whatever it is
  }
  const isAnswer =
    fields !== undefined &&
    (fields['id'] === id || (fields['id'] === null && 'error' in fields)) &&
    (Number.isInteger(fields['supervisor']) ||
      fields['done'] === true ||
      isStatus(fields['service']) ||
      isError(fields['error']));
  if (isAnswer) return fields as unknown as ControlAnswer;
  throw new BusError('ERR_NO_SUPERVISOR', `found ${quoted(line)}, expected the answer of a supervisor to ${id}`);
}

function isStatus(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { service, state, restarts, ready, late, waitsFor } = value as Fields;
  const isNamed = typeof service === 'string' && typeof state === 'string' && Number.isInteger(restarts);
  return isNamed && typeof ready === 'boolean' && typeof late === 'boolean' && Array.isArray(waitsFor);
}

function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Fields;
  return typeof code === 'string' && typeof message === 'string';
}

function fieldsOf(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refusal(quoted(line), 'one line of JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw refusal(quoted(value), 'an object');
}

/** What was found, and not more of it than people read. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function refusal(found: string, expected: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `found ${found}, expected ${expected}`);
}
