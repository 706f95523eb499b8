import { isIP, isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { BusError } from '../platform/bus-error.js';

const LOOPBACK = '127.0.0.1';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/**
 * Of a port, which is one of loopback, or an address and a port. `defaultPort`: of the command, for an example.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT`
 */
export function parseListen(text: string, defaultPort: number): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:(?:\[([\da-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined && port <= 65_535 && (bracketed === undefined || isIP(bracketed) === 6))
    return { host: bracketed ?? plain ?? LOOPBACK, port };
  const expected = `a port, or an address and a port: ${defaultPort}, ${defaultListen(defaultPort)} or [::1]:${defaultPort}`;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `--listen: found ${JSON.stringify(text.slice(0, 100))}, expected ${expected}`,
  );
}

/** Where a command listens that is told nothing. */
export function defaultListen(port: number): string {
  return `${LOOPBACK}:${port}`;
}

/** Whether nobody but this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Whether a Host header is what this server may be called: an address, localhost, the name of this machine, or the one to
 * listen at. A page in a browser that has made its own name point here (DNS rebinding) could read what is meant for others; its
 * Host gives it away.
 */
export function isOurHost(header: string | undefined, listenHost: string): boolean {
  const host = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
  if (host === undefined) return false;
  const plain = host.replaceAll(/^\[|\]$/g, '');
  return isIP(plain) !== 0 || ['localhost', hostname().toLowerCase(), listenHost.toLowerCase()].includes(plain);
}

export function shownAddress({ host, port }: ListenAddress): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
