import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AccessToken } from '../http/access-token.js';

/**
 * Browsers keep cookies by host and not by port: each dashboard of a machine, or of several behind `ssh -L`, has a name of its
 * own, or a login to the one would end that to the other.
 */
function cookieName(host: string): string {
  const port = /:(\d{1,5})$/.exec(host)?.[1];
  return port === undefined ? 'apbus_dashboard' : `apbus_dashboard_${port}`;
}

/** A wrong token may be tried so often in a minute. */
const FAILURES_MAX = 20;

/** Lets browsers in: who has once said the token in a form has a cookie from then on. */
export class Login {
  private readonly token: AccessToken | undefined;
  /** What the cookie holds instead of the token; another one in each process. */
  private readonly secret = randomBytes(32).toString('base64url');
  private readonly session = new AccessToken(this.secret);
  private failures: number[] = [];

  constructor(token: AccessToken | undefined) {
    this.token = token;
  }

  /** Whether a request carries the cookie. */
  isKnown({ headers }: IncomingMessage): boolean {
    const name = `${cookieName(headers.host ?? '')}=`;
    const cookie = (headers.cookie ?? '').split(/; */).find((one) => one.startsWith(name));
    return cookie !== undefined && this.session.matches(cookie.slice(name.length));
  }

  /** The cookie for who logs in at a host; undefined for a wrong token, `'later'` after too many. `nowMs` is monotonic. */
  logIn(token: string, host: string, nowMs: number): string | undefined {
    this.failures = this.failures.filter((at) => nowMs - at < 60_000);
    if (this.failures.length >= FAILURES_MAX) return 'later';
    if (this.token?.matches(token) === true)
      return `${cookieName(host)}=${this.secret}; HttpOnly; SameSite=Strict; Path=/`;
    this.failures.push(nowMs);
    return undefined;
  }
}
