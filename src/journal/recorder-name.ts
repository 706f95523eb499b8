/** The consumer that records a channel: a name that no service can have. Its token is the election. */
export const RECORDER = '.journal';
