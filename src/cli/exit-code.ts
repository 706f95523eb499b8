import type { BusError, BusErrorCode } from '../platform/bus-error.js';

/** What the command answers to the shell. */
export const ExitCode = {
  /** Done; `doctor`: nothing failed (there may be warnings). */
  OK: 0,
  /**
   * It failed, or found what should not be: a check of `doctor` or `check`, a segment that cannot be used, a channel or
   * directory that is named and not there, a damaged journal, a service that was given up, a storm in which something does not add up.
   */
  FAILED: 1,
  /** Unknown command or option, or a configuration that is missing or wrong. */
  USAGE: 2,
  /** `run`: another supervisor leads in that directory. */
  SUPERVISED: 3,
  /** `ps`, `start`, `stop`, `restart`: no supervisor leads in that directory, or none that answers. */
  UNSUPERVISED: 4,
  /** `health`: it works, but not as it should. */
  DEGRADED: 5,
  /** `health`: somebody is needed now. */
  UNHEALTHY: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit code of a command that was refused. */
export function exitCodeOf({ code }: BusError): ExitCode {
  return REFUSED[code] ?? ExitCode.FAILED;
}

const REFUSED: Partial<Record<BusErrorCode, ExitCode>> = {
  ERR_CONFIG: ExitCode.USAGE,
  ERR_SUPERVISOR_TAKEN: ExitCode.SUPERVISED,
  ERR_NO_SUPERVISOR: ExitCode.UNSUPERVISED,
};

/** The same for people, at the end of `apbus --help`. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  done; for doctor: nothing failed (there may be warnings)
  1  it failed, or found what should not be: a check of doctor or check, a segment that cannot be
     used, a channel or directory that is named and not there, a damaged journal, a service that was
     given up, a torture that does not add up
  2  unknown command or option, or the configuration is missing or wrong
  3  run: another supervisor leads in that directory
  4  ps, start, stop, restart: no supervisor leads in that directory, or none that answers
  5  health: degraded, it works, but not as it should
  6  health: unhealthy, somebody is needed now`;
