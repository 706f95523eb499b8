import type { Timers } from '../timers.js';
import { perform, type Controlled } from './perform.js';
import { ControlServer } from './server.js';

/** Lets `apbus ps` and its like reach a supervisor that leads. Where it cannot listen it warns: its services go on. */
export async function openControl(
  supervisor: Controlled,
  directory: string,
  timers: Timers,
): Promise<ControlServer | undefined> {
  try {
    return await ControlServer.listen(directory, (request, tell) => perform(request, supervisor, tell), timers);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const follows = 'apbus ps, start, stop and restart do not reach this supervisor';
    process.emitWarning(`cannot listen in ${directory}: ${what}; ${follows}`);
    return undefined;
  }
}
