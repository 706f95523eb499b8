/** Something that happens later, once, unless it is called off. */
export interface Timers {
  after(ms: number, work: () => void): () => void;
}

/** Timers of the event loop; they keep the process alive. */
export const systemTimers: Timers = {
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
