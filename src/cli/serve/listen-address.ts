import { isIP, isIPv4 } from 'node:net';
import { BusError } from '../../platform/bus-error.js';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export const DEFAULT_LISTEN = '127.0.0.1:9464';

/** @throws BusError `ERR_INVALID_ARGUMENT` */
export function parseListen(text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6))
    throw new BusError(
      'ERR_INVALID_ARGUMENT',
      `--listen: found ${JSON.stringify(text.slice(0, 100))}, expected HOST:PORT, as in ${DEFAULT_LISTEN} or [::1]:9464`,
    );
  return { host, port };
}

/** Whether nobody but this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Whether a request's Host header names this machine. A page in a browser that has its own name resolved to 127.0.0.1 could
 * read what is meant for local programs; its Host gives it away.
 */
export function isLoopbackHost(header: string | undefined): boolean {
  const host = /^\[([^\]]+)\](?::\d+)?$/.exec(header ?? '')?.[1] ?? (header ?? '').replace(/:\d+$/, '');
  return isLoopback(host);
}

export function shownAddress(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
