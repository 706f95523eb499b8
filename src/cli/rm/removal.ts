/** What was, or would be, removed of one channel: paths, or a consumer. */
export interface Removal {
  readonly channel: string;
  readonly removed: readonly string[];
  /** Why nothing was removed, or not all. */
  readonly refused?: string;
}
