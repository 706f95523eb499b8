/** What the hot path answers instead of a sequence; all negative. */
/** The ring is full: the slowest gating consumer has not read far enough. Nothing was written. */
export const BACKPRESSURE = -1;
/** The message was dropped, as the channel's policy says, and counted. */
export const DROPPED = -2;
/** The channel's circuit breaker is open. Nothing was written. */
export const CIRCUIT_OPEN = -3;
/** This endpoint is closed. */
export const CLOSED = -4;
