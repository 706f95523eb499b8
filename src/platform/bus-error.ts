/** Every way in which the bus can refuse. A literal union, so that a `switch` over it is checked by the compiler. */
export type BusErrorCode =
  | 'ERR_MESSAGE_TOO_LARGE'
  | 'ERR_MESSAGE_EMPTY'
  | 'ERR_BACKPRESSURE'
  | 'ERR_CIRCUIT_OPEN'
  | 'ERR_CLOSED'
  | 'ERR_CLAIM_STATE'
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_UNKNOWN_CHANNEL'
  | 'ERR_NOT_DECLARED'
  | 'ERR_PRODUCER_TAKEN'
  | 'ERR_CONSUMER_TAKEN'
  | 'ERR_SLOTS_EXHAUSTED'
  | 'ERR_SUPERVISOR_TAKEN'
  | 'ERR_NO_SUPERVISOR'
  | 'ERR_CONFIG'
  | 'ERR_CONFIG_MISMATCH'
  | 'ERR_LAYOUT_MISMATCH'
  | 'ERR_CORRUPT'
  | 'ERR_STORAGE_SPACE'
  | 'ERR_RESOURCES'
  | 'ERR_PERMISSION'
  | 'ERR_HUGE_PAGES'
  | 'ERR_NUMA'
  | 'ERR_NATIVE_UNAVAILABLE'
  | 'ERR_ABORTED'
  | 'ERR_TIMEOUT'
  | 'ERR_JOURNAL';

/** What a {@link BusError} carries besides its message. */
export interface BusErrorDetails {
  channel?: string | undefined;
  cause?: unknown;
}

const BRAND = Symbol.for('alphapulse-bus.BusError');

/**
 * The one error class of the bus. `code` says which rule was broken; the message says what was found, what was
 * expected and what to do about it.
 *
 * @example
 * try { producer.write(message); } catch (error) {
 *   if (BusError.is(error, 'ERR_BACKPRESSURE')) shedLoad(); else throw error;
 * }
 */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  readonly channel: string | undefined;

  constructor(code: BusErrorCode, message: string, details: BusErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.channel = details.channel;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an error of the bus (with that code, when one is given), also across two installed copies of the package. */
  static is(error: unknown, code?: BusErrorCode): error is BusError {
    if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
    return code === undefined || (error as { code?: unknown }).code === code;
  }
}
