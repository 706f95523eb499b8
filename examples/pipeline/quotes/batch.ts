/** Rows that travel from a quote source to the collector; one object is reused for all batches of a source. */
export class QuoteBatch {
  /** Prices × 10,000, as the input files have them. */
  readonly askPrice = new Float64Array(BATCH_ROWS);
  readonly askSize = new Float64Array(BATCH_ROWS);
  readonly bidPrice = new Float64Array(BATCH_ROWS);
  readonly bidSize = new Float64Array(BATCH_ROWS);
  /** How many rows are filled in. */
  count = 0;
  /** How much of the source has been read by now, 0..1; undefined when it has no end. */
  progress: number | undefined;

  get isFull(): boolean {
    return this.count === BATCH_ROWS;
  }
}

const BATCH_ROWS = 1024;

/** Where quotes come from: a file, or the generator. A batch is valid until the next one is asked for. */
export type QuoteSource = AsyncGenerator<QuoteBatch, void, void>;
