import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Output } from './output.js';

/** Adds a command to the program; `finish` takes the exit code when it has run. */
export type AddCommand = (program: Command, output: Output, finish: (code: ExitCode) => void) => void;

/** Each command is loaded only when it is asked for: all of them together take longer to load than `ls` takes to look. */
export const COMMANDS = {
  init: async () => (await import('./init/init.js')).addInit,
  check: async () => (await import('./check/check.js')).addCheck,
  run: async () => (await import('./run/run.js')).addRun,
  doctor: async () => (await import('./doctor/doctor.js')).addDoctor,
  ps: async () => (await import('./services/ps.js')).addPs,
  start: async () => (await import('./services/act.js')).addStart,
  stop: async () => (await import('./services/act.js')).addStop,
  restart: async () => (await import('./services/act.js')).addRestart,
  ls: async () => (await import('./look/ls.js')).addLs,
  health: async () => (await import('./health/health.js')).addHealth,
  stat: async () => (await import('./stat/stat.js')).addStat,
  top: async () => (await import('./top/top.js')).addTop,
  dashboard: async () => (await import('./dashboard/dashboard.js')).addDashboard,
  tail: async () => (await import('./tail/tail.js')).addTail,
  trace: async () => (await import('./trace/trace.js')).addTrace,
  capture: async () => (await import('./capture/capture.js')).addCapture,
  pub: async () => (await import('./pub/pub.js')).addPub,
  rm: async () => (await import('./rm/rm.js')).addRm,
  quarantine: async () => (await import('./quarantine.js')).addQuarantine,
  bench: async () => (await import('./bench/bench.js')).addBench,
  endpoints: async () => (await import('./endpoints.js')).addEndpoints,
  serve: async () => (await import('./serve/serve.js')).addServe,
  torture: async () => (await import('./torture/torture.js')).addTorture,
  record: async () => (await import('./journal/record.js')).addRecord,
  replay: async () => (await import('./journal/replay.js')).addReplay,
  dump: async () => (await import('./journal/dump.js')).addDump,
  verify: async () => (await import('./journal/verify.js')).addVerify,
  completion: async () => (await import('./completion/completion.js')).addCompletion,
} satisfies Readonly<Record<string, () => Promise<AddCommand>>>;

export type CommandName = keyof typeof COMMANDS;

/** The one that the arguments ask for; undefined where all are needed: help lists them, and completion completes them. */
export function commandAskedFor([first = '']: readonly string[]): CommandName | undefined {
  return Object.hasOwn(COMMANDS, first) && first !== 'completion' ? (first as CommandName) : undefined;
}
