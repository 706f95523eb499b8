import { formatBytes } from '../output.js';
import { ok, warn, type Finding } from './finding.js';

/** Kernels from which on the bus finds all that it uses. */
const KERNEL_AT_LEAST = [4, 16] as const;

export function checkKernel(release: string): Finding {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined)
    return warn('kernel', release, 'not known by its number: see the finding about membarrier');
  const [needMajor, needMinor] = KERNEL_AT_LEAST;
  if (Number(major) > needMajor || (Number(major) === needMajor && Number(minor) >= needMinor))
    return ok('kernel', release);
  return warn('kernel', release, `sleepers wake every millisecond before Linux ${KERNEL_AT_LEAST.join('.')}: upgrade`);
}

/** Who is removed from /dev/shm at the last logout. */
export interface LogoutFacts {
  readonly directory: string;
  /** Effective user of this process. */
  readonly user: number;
  /** Whether systemd runs this machine, or this container. */
  readonly hasSystemd: boolean;
  /** `RemoveIPC` as logind has it; undefined: not set, and so the default, yes. */
  readonly removeIpc: boolean | undefined;
  readonly lingers: boolean;
}

/** systemd spares users below this number: services, and root. */
const LOGIN_USER_FROM = 1000;

export function checkLogout({ directory, user, hasSystemd, removeIpc, lingers }: LogoutFacts): Finding {
  const isShared = directory === '/dev/shm' || directory.startsWith('/dev/shm/');
  if (!hasSystemd) return ok('logout', 'no systemd that would remove segments');
  if (!isShared) return ok('logout', 'segments are outside /dev/shm');
  if (user < LOGIN_USER_FROM) return ok('logout', `user ${user} is no login user: systemd leaves its segments alone`);
  if (removeIpc === false) return ok('logout', 'RemoveIPC=no');
  if (lingers) return ok('logout', `user ${user} lingers`);
  return warn(
    'logout',
    `systemd removes the segments of user ${user} when that user logs out for the last time (RemoveIPC)`,
    'loginctl enable-linger, or RemoveIPC=no in /etc/systemd/logind.conf, or run as a system user',
  );
}

/** What the last line that says so says, in the order in which logind reads its files. */
export function removeIpcIn(files: readonly string[]): boolean | undefined {
  let set: boolean | undefined;
  for (const line of files.join('\n').split('\n')) {
    const value = /^\s*RemoveIPC\s*=\s*(\S*)\s*$/.exec(line)?.[1];
    if (value !== undefined) set = value === '' ? undefined : /^(?:yes|true|on|1)$/i.test(value);
  }
  return set;
}

/** `limit`: how much this process may lock; undefined: not known. `needed`: what a configuration locks, 0 for nothing. */
export function checkMemlock(needed: number, limit: number | undefined): Finding {
  const allowed = limit === undefined ? 'unknown' : limit === Infinity ? 'any amount' : formatBytes(limit);
  if (needed === 0) return ok('memlock', `${allowed} allowed, nothing to be locked`);
  const found = `${formatBytes(needed)} to be locked, ${allowed} allowed`;
  if (limit !== undefined && limit >= needed) return ok('memlock', found);
  return warn('memlock', found, 'raise it where the services are started: ulimit -l unlimited, LimitMEMLOCK=infinity');
}

/** Clocks that are read without a system call. */
const FAST_CLOCKS = ['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page', 'arch_sys_counter'];

/** `source` as the kernel names it; undefined: it does not say. */
export function checkClock(source: string | undefined): Finding {
  if (source === undefined) return ok('clock', 'not known: /sys is not mounted');
  if (FAST_CLOCKS.includes(source)) return ok('clock', source);
  return warn(
    'clock',
    `${source}: each reading of the time is a system call, and each message is timestamped`,
    'let the kernel use tsc (see available_clocksource beside it in /sys), or write with timestamps: false',
  );
}

/** Shares of time since the machine was started. */
const STEAL_MAX = 0.02;

/** `stolen`: share of its processors' time that the hypervisor gave to others; undefined: not known. */
export function checkProcessors(count: number, stolen: number | undefined): Finding {
  const lost = stolen === undefined ? '' : `, ${(stolen * 100).toFixed(1)}% of their time taken by the hypervisor`;
  const found = `${count}${lost}`;
  if ((stolen ?? 0) > STEAL_MAX)
    return warn('processors', found, 'processes are late at random: take a machine with processors of its own');
  if (count > 1) return ok('processors', found);
  return warn('processors', found, 'all processes take turns: use idle "park", never "spin"');
}

/** The share of stolen time in /proc/stat. */
export function stolenShare(stat: string): number | undefined {
  const line = /^cpu\s+(.*)$/m.exec(stat)?.[1];
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already
  const times = line?.split(/\s+/).slice(0, 8).map(Number);
  if (times?.length !== 8) return undefined;
  const all = times.reduce((sum, time) => sum + time, 0);
  return all === 0 ? undefined : (times[7] ?? 0) / all;
}
