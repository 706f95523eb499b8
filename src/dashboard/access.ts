import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const COOKIE = 'apbus_dashboard';
/** A wrong token may be tried so often in a minute. */
const FAILURES_MAX = 20;

/** Who may look: whoever has the token, where there is one. */
export class Access {
  private readonly token: Buffer | undefined;
  /** What the cookie of a browser holds instead of the token; another one in each process. */
  private readonly session: string;
  private failures: number[] = [];

  constructor(token: string | undefined) {
    this.token = token === undefined ? undefined : digest(token);
    this.session = createHmac('sha256', randomBytes(32))
      .update(token ?? '')
      .digest('base64url');
  }

  /** Whether a request carries the token, or the cookie of who has logged in with it. */
  allows({ headers }: IncomingMessage): boolean {
    if (this.token === undefined) return true;
    const bearer = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return timingSafeEqual(digest(bearer), this.token);
    const cookie = (headers.cookie ?? '').split(/; */).find((one) => one.startsWith(`${COOKIE}=`));
    return cookie !== undefined && timingSafeEqual(digest(cookie.slice(COOKIE.length + 1)), digest(this.session));
  }

  /** The cookie for who logs in; undefined for a wrong token, `'later'` after too many. `nowMs` is monotonic. */
  logIn(token: string, nowMs: number): string | undefined {
    this.failures = this.failures.filter((at) => nowMs - at < 60_000);
    if (this.failures.length >= FAILURES_MAX) return 'later';
    if (this.token !== undefined && timingSafeEqual(digest(token), this.token))
      return `${COOKIE}=${this.session}; HttpOnly; SameSite=Strict; Path=/`;
    this.failures.push(nowMs);
    return undefined;
  }
}

/** Of equal length, so that comparing takes the same time whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Whether the Host header is a name of this machine: an address, localhost, its own name, or the one to listen at. A page
 * that made its own name point here (DNS rebinding) sends another.
 */
export function isOurHost(header: string | undefined, listenHost: string): boolean {
  const host = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
  if (host === undefined) return false;
  const plain = host.replace(/^\[|\]$/g, '');
  return isIP(plain) !== 0 || ['localhost', hostname().toLowerCase(), listenHost].includes(plain);
}

/** Whether only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
