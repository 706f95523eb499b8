import type { ServiceStatus } from '../events.js';
import type { ControlRequest } from './messages.js';

/** What of a supervisor is controlled. */
export interface Controlled {
  status(): ServiceStatus[];
  /** @throws BusError `ERR_INVALID_ARGUMENT` for a service that is not configured */
  inStartOrder(names: readonly string[]): string[][];
  startService(name: string): void;
  stopService(name: string): Promise<void>;
  restartService(name: string): Promise<void>;
  settled(name: string): Promise<void>;
  stop(reason: string): Promise<void>;
}

/**
 * Does what a request asks for: starts services in their order, stops them in the opposite one, restarts one after the
 * other, each when the one before is ready. Nothing is done when one of them is not configured.
 */
export async function perform(
  { command, services, all, wait }: ControlRequest,
  supervisor: Controlled,
  tell: (status: ServiceStatus) => void,
): Promise<void> {
  const tellOf = (names: readonly string[]): void => {
    for (const status of supervisor.status()) if (names.includes(status.service)) tell(status);
  };
  const names = command === 'ps' || all ? supervisor.status().map(({ service }) => service) : services;
  const groups = supervisor.inStartOrder(names);
  if (command === 'ps') {
    tellOf(names);
    return;
  }
  // waits do not hold up what follows of another service: they are told of as they come
  const told = wait ? tellOf : (): void => undefined;
  const work =
    command === 'start'
      ? start(groups, supervisor, told)
      : command === 'restart'
        ? restart(groups, supervisor, told)
        : stop(all ? undefined : groups, names, supervisor, told);
  if (wait) await work;
  else {
    // it can only be refused later because the supervisor ends, and then that is what happens
    work.catch(() => undefined);
    tellOf(names);
  }
}

type Told = (names: readonly string[]) => void;

async function start(groups: readonly string[][], supervisor: Controlled, told: Told): Promise<void> {
  const names = groups.flat();
  for (const name of names) supervisor.startService(name);
  await Promise.all(
    names.map(async (name) => {
      await supervisor.settled(name);
      told([name]);
    }),
  );
}

async function restart(groups: readonly string[][], supervisor: Controlled, told: Told): Promise<void> {
  for (const name of groups.flat()) {
    await supervisor.restartService(name);
    await supervisor.settled(name);
    told([name]);
  }
}

async function stop(
  groups: readonly string[][] | undefined,
  names: readonly string[],
  supervisor: Controlled,
  told: Told,
): Promise<void> {
  if (groups === undefined) {
    await supervisor.stop('all were asked to end');
    told(names);
    return;
  }
  for (const group of groups.toReversed()) {
    await Promise.all(group.map((name) => supervisor.stopService(name)));
    told(group);
  }
}
