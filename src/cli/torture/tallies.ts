import type { Actor } from './actor.js';
import { Stage } from './ledger.js';

const STAGES: Readonly<Record<number, string>> = {
  [Stage.UNBORN]: 'starting',
  [Stage.ATTACHING]: 'attaching',
  [Stage.WORKING]: 'between calls',
  [Stage.CALLING]: 'inside a call',
  [Stage.CLOSING]: 'closing',
};

/** Kills of a storm, by whom they struck and where. */
export class KillTally {
  readonly byKind = new Map<string, number>();
  producers = 0;
  consumers = 0;
  private readonly byService = new Map<string, number>();

  get total(): number {
    return this.producers + this.consumers;
  }

  of(service: string): number {
    return this.byService.get(service) ?? 0;
  }

  count({ seat: { role, service }, fate, struckAt }: Actor): void {
    if (role === 'producer') this.producers++;
    else this.consumers++;
    const where = struckAt === undefined ? fate.kind : `anywhere: ${describe(role, struckAt)}`;
    const kind = `${role} ${where}`;
    this.byKind.set(kind, (this.byKind.get(kind) ?? 0) + 1);
    this.byService.set(service, this.of(service) + 1);
  }
}

function describe(role: string, stage: number): string {
  return role === 'consumer' && stage === Stage.WORKING ? 'reading' : (STAGES[stage] ?? 'ended');
}
