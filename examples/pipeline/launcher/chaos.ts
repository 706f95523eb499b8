/** Seeded numbers (mulberry32): which service is killed when can be repeated, though not what it was doing. */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kills one service after the other, in random order, at random times: on average one each `everyMs`. */
export class Chaos {
  /** By service. */
  readonly kills = new Map<string, number>();
  readonly #everyMs: number;
  readonly #random: () => number;
  readonly #services: readonly string[];
  /** Kills it, with SIGKILL; false when it is not at work just now. */
  readonly #kill: (service: string) => boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(seed: number, everyMs: number, services: readonly string[], kill: (service: string) => boolean) {
    this.#everyMs = everyMs;
    this.#random = randomSource(seed);
    this.#services = services;
    this.#kill = kill;
  }

  get total(): number {
    return [...this.kills.values()].reduce((sum, count) => sum + count, 0);
  }

  start(): void {
    const waitMs = this.#everyMs * 2 * this.#random();
    this.#timer = setTimeout(() => {
      const service = this.#services[Math.floor(this.#random() * this.#services.length)] ?? '';
      if (this.#kill(service)) this.kills.set(service, (this.kills.get(service) ?? 0) + 1);
      this.start();
    }, waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
