/** What the command answers to the shell. */
export const ExitCode = {
  /** Done; `doctor`: nothing failed (there may be warnings). */
  OK: 0,
  /**
   * `doctor`: a check failed. `channels`, `endpoints`: a segment cannot be used. `torture`: not all adds up.
   * `run`: a service was given up. */
  FAILED: 1,
  /** Unknown command or option, or a configuration that is missing or wrong. */
  USAGE: 2,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The same for people, at the end of `apbus --help`. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  done; for doctor: nothing failed (there may be warnings)
  1  doctor: a check failed; channels, endpoints: a segment is there that cannot be used;
     torture: something does not add up, or nothing was tried; run: a service was given up
  2  unknown command or option, or the configuration is missing or wrong`;
