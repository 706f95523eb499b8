import type { ResolvedService } from './resolved.js';

type Services = ReadonlyMap<string, ResolvedService>;

/**
 * Services that wait for each other in a circle, each circle once, its members in the order in which they wait. A service
 * that is named and not there holds nobody up. Takes time in proportion to the services and their `after`, whatever they say:
 * a file may have thousands, in one chain.
 */
export function circlesOf(services: Services): string[][] {
  const order = new StartOrder(services);
  const circles: string[][] = [];
  order.start([...services.keys()].filter((name) => order.isFree(name)));
  for (const name of services.keys()) {
    while (!order.isStarted(name)) {
      const circle = order.circleBefore(name);
      circles.push(circle);
      // as if it could be started, so that what waits for it is judged too
      order.start(circle);
    }
  }
  return circles;
}

/** Starts services in thought, each when those before it are started. */
class StartOrder {
  readonly #services: Services;
  readonly #started = new Set<string>();
  readonly #waitsFor = new Map<string, number>();
  readonly #behind = new Map<string, string[]>();

  constructor(services: Services) {
    this.#services = services;
    for (const { name, after } of services.values()) {
      const before = after.filter((other) => services.has(other));
      this.#waitsFor.set(name, before.length);
      for (const other of before) {
        const behind = this.#behind.get(other);
        if (behind === undefined) this.#behind.set(other, [name]);
        else behind.push(name);
      }
    }
  }

  isFree(name: string): boolean {
    return this.#waitsFor.get(name) === 0;
  }

  isStarted(name: string): boolean {
    return this.#started.has(name);
  }

  /** These, and all that then wait for nothing more. */
  start(names: readonly string[]): void {
    const ready = names.filter((name) => !this.#started.has(name));
    for (const name of ready) this.#started.add(name);
    for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
      for (const next of this.#behind.get(name) ?? []) {
        this.#waitsFor.set(next, this.#waitsFor.get(next)! - 1);
        if (!this.isFree(next) || this.#started.has(next)) continue;
        this.#started.add(next);
        ready.push(next);
      }
    }
  }

  /** Where one gets to from a service that is not started, from each to one that holds it up, until one comes again. */
  circleBefore(name: string): string[] {
    const places = new Map<string, number>();
    const way: string[] = [];
    let current = name;
    while (!places.has(current)) {
      places.set(current, way.length);
      way.push(current);
      current = this.#services
        .get(current)!
        .after.find((other) => this.#services.has(other) && !this.isStarted(other))!;
    }
    return way.slice(places.get(current));
  }
}
