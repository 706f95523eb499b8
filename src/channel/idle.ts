import { BusError } from '../platform/bus-error.js';

/**
 * What an endpoint does with its processor while it waits, for a message or for room:
 *
 * - `spin` looks again and again and never gives the processor up: the lowest latency, at the price of a processor.
 * - `yield` spins for 3 µs, then offers the processor to others between two looks: uses what nobody else wants.
 * - `backoff` spins, yields, then sleeps 1 µs, 2 µs, 4 µs ... up to 1 ms between two looks. Nobody needs to wake it, so
 *   it costs the other side nothing.
 * - `park`, the default, spins, yields, then sleeps until it is woken. Idle it costs nothing; who wakes it makes a
 *   system call.
 *
 * An event loop that waits (`subscribe`, `for await`, `writeAsync`) must turn for others meanwhile: `spin` and `yield`
 * turn it without end, `backoff` looks every millisecond (the shortest timer that there is).
 */
export type IdleStrategy = 'spin' | 'yield' | 'backoff' | 'park';

const STRATEGIES: readonly unknown[] = ['spin', 'yield', 'backoff', 'park'] satisfies IdleStrategy[];

/** The strategy that was asked for, `park` for none; throws for what is none. */
export function idleStrategy(channel: string, asked: IdleStrategy | undefined): IdleStrategy {
  const idle = asked === undefined ? 'park' : asked;
  if (STRATEGIES.includes(idle)) return idle;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `channel ${channel}: idle is one of ${STRATEGIES.join(', ')}, not ${JSON.stringify(asked)}`,
    { channel },
  );
}

/** Whether it looks again and again for ever: then it reads the clock now and then only. */
export function neverSleeps(idle: IdleStrategy): boolean {
  return idle === 'spin' || idle === 'yield';
}
