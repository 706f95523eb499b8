import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AccessToken } from '../http/access-token.js';

const COOKIE = 'apbus_dashboard';
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
    const cookie = (headers.cookie ?? '').split(/; */).find((one) => one.startsWith(`${COOKIE}=`));
    return cookie !== undefined && this.session.matches(cookie.slice(COOKIE.length + 1));
  }

  /** The cookie for who logs in; undefined for a wrong token, `'later'` after too many. `nowMs` is monotonic. */
  logIn(token: string, nowMs: number): string | undefined {
    this.failures = this.failures.filter((at) => nowMs - at < 60_000);
    if (this.failures.length >= FAILURES_MAX) return 'later';
    if (this.token?.matches(token) === true) return `${COOKIE}=${this.secret}; HttpOnly; SameSite=Strict; Path=/`;
    this.failures.push(nowMs);
    return undefined;
  }
}
