/** Times from a kill to something, in ns. */
export interface Measured {
  readonly what: string;
  readonly took: readonly number[];
}
