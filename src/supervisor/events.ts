/** What happens to services; `timeMs` is ms since the epoch. */
export type ServiceEvent = { readonly timeMs: number; readonly service: string } & (
  | { readonly event: 'started'; readonly pid: number }
  /** Attached to all channels for which it is declared. */
  | { readonly event: 'ready'; readonly pid: number; readonly afterMs: number }
  /** Not attached to all of them in time; it goes on, and so do those that wait for it. */
  | { readonly event: 'late'; readonly missing: readonly string[] }
  | {
      readonly event: 'exited';
      readonly pid: number | undefined;
      readonly code: number | null;
      readonly signal: string | null;
      readonly reason?: string;
    }
  | { readonly event: 'restarting'; readonly delayMs: number; readonly restarts: number }
  /** It ended too often, or must not be started again. */
  | { readonly event: 'failed'; readonly reason: string }
  | { readonly event: 'stopping'; readonly reason: string }
  /** It did not end in time after SIGTERM. */
  | { readonly event: 'killed'; readonly afterMs: number }
  /** It runs as another user, and takes no signal from this one. */
  | { readonly event: 'denied'; readonly signal: string }
  | { readonly event: 'stopped' }
  /** An endpoint of it has changed in how it does: alive, stalled, suspect. */
  | { readonly event: 'endpoint'; readonly channel: string; readonly state: string; readonly reason?: string }
);

/** A line that a service has written. */
export interface ServiceLine {
  readonly timeMs: number;
  readonly service: string;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/**
 * - `starting`: its process runs, and is not attached to all of its channels.
 * - `ready`: it is.
 * - `waiting`: it has ended, and is started again after its delay; or for the services before it.
 * - `stopping`: it was told to end.
 * - `stopped`: it has ended as it was told, or by itself with `auto_restart = false`.
 * - `failed`: it ended too often.
 */
export type ServiceState = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped' | 'failed';

export interface ServiceStatus {
  readonly service: string;
  readonly state: ServiceState;
  readonly pid: number | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** Since its process was started, ms; undefined when it has none. */
  readonly upMs: number | undefined;
  /** How its last process ended. */
  readonly lastExit: string | undefined;
  readonly ready: boolean;
  /** It runs, and was not attached to all of its channels in time. */
  readonly late: boolean;
  /** Until it is started again, ms; undefined when that is not decided by time. */
  readonly nextStartMs: number | undefined;
  /** Services before it that must be ready, so that it starts. */
  readonly waitsFor: readonly string[];
}
