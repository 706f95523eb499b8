import type { ChannelType } from '#src/layout/schema.js';
import { hasClaims } from '#src/layout/geometry.js';
import type { StartFrom } from '#src/channel/start-from.js';
import type { Place } from '#src/ring/record-consumer.js';
import { ModelStorage } from '../explorer/model-storage.js';
import type { ModelThread, Program } from '../explorer/program.js';
import { ConsumerActor } from './consumer.js';
import { RepairerActor, type RepairerSettings } from './repairer.js';
import { JoinerActor, LeaverActor, ResumerActor, ReturnerActor, SeekerActor } from './joiner.js';
import { Judge, type Participant } from './judge.js';
import { PAYLOAD_BYTES_MAX } from './payload.js';
import { ProducerActor, SlotHeirActor, nameOf, type Deed } from './producer.js';
import { PRODUCTION, type RingCode, type World } from './ring-code.js';

const CONSUMERS = {
  reads: ConsumerActor,
  seeks: SeekerActor,
  leaves: LeaverActor,
  returns: ReturnerActor,
  /** May be killed, and is started again: the thread Z. Producers live for ever then. */
  dies: ConsumerActor,
};
const REPAIRERS = 'RTV';

export type ConsumerKind = keyof typeof CONSUMERS;

export interface ScenarioSettings {
  readonly type: ChannelType;
  /** Cells of the ring: a power of two. */
  readonly cells: number;
  /** What each producer does: words of {@link Deed}. The threads are called A, B. */
  readonly producers: readonly string[];
  /** Consumers attached from the beginning, X, Y, and what they do besides reading. */
  readonly consumers: readonly ConsumerKind[];
  /** Where a consumer starts that joins later: J. */
  readonly joins?: StartFrom;
  /** What the successor of producer A does when that was killed: the thread S. */
  readonly successor?: string;
  /** Which producers may be killed: their names; all, if it is not said. */
  readonly mortal?: string;
  /** What the producer does that takes the slot of producer A when that was killed: the thread S. */
  readonly slotHeir?: string;
  /** Repair what dead producers left: the threads R, T, V. A channel may then never stand still. */
  readonly repairers?: readonly RepairerSettings[];
  /** Producers wait for no consumer: all read copies, and may be overtaken. */
  readonly canBeOvertaken?: boolean;
  readonly origin?: Place;
  readonly windows?: number;
  /** Operations before the exploration begins. */
  readonly prologue?: string;
  /** Stores wait in store buffers, as on x86-64. */
  readonly buffersStores?: boolean;
}

/** A scenario over the given code. */
export function programOf(settings: ScenarioSettings, code: RingCode = PRODUCTION): Program {
  const { origin = { position: 0, sequence: 0 }, windows = 1, buffersStores = false, consumers, producers } = settings;
  const { canBeOvertaken = false } = settings;
  const storage = new ModelStorage({
    cells: settings.cells,
    hasClaims: hasClaims(settings.type),
    producers: producers.length,
    consumers: consumers.length + (settings.joins === undefined ? 0 : 1),
    attached: consumers.length,
    isOpen: settings.joins !== undefined || consumers.some((kind) => kind !== 'reads'),
    messageSizeMax: PAYLOAD_BYTES_MAX,
    origin,
    windows,
    gates: !canBeOvertaken,
    buffersStores,
  });
  const world: World = Object.freeze({ storage, code, hasClaims: hasClaims(settings.type), origin, canBeOvertaken });
  const roles = rolesOf(settings, world);
  const judge = new Judge(world, settings.repairers !== undefined);
  return {
    storage,
    threads: roles.map(({ thread }) => thread),
    prologue: settings.prologue ?? '',
    judge(state) {
      const hasDied = (names: string): boolean =>
        roles.some(({ thread }, i) => names.includes(thread.name) && state.threads[i]!.status === 'dead');
      const participants = roles.flatMap(({ role, slot, thread }, i): Participant[] => {
        const hasBegun = thread.succeeds === undefined || hasDied(thread.succeeds);
        return role === 'other' || !hasBegun ? [] : [{ role, slot, thread, end: state.threads[i]! }];
      });
      return judge.judge(state, participants);
    },
  };
}

interface Role {
  readonly role: Participant['role'] | 'other';
  readonly slot: number;
  readonly thread: ModelThread;
}

function rolesOf(settings: ScenarioSettings, world: World): Role[] {
  const { producers, consumers, joins, successor, slotHeir, repairers = [] } = settings;
  const mortals = settings.mortal ?? (consumers.includes('dies') ? '' : 'AB');
  const roles: Role[] = producers.map((deeds, slot) => ({
    role: 'producer',
    slot,
    thread: {
      name: nameOf(slot),
      actor: new ProducerActor(world, slot, deedsOf(deeds)),
      mortal: mortals.includes(nameOf(slot)),
    },
  }));
  if (successor !== undefined) {
    const actor = new ProducerActor(world, 0, deedsOf(successor));
    roles.push({ role: 'producer', slot: 0, thread: { name: 'S', actor, mortal: false, succeeds: 'A' } });
  }
  if (slotHeir !== undefined) {
    const actor = new SlotHeirActor(world, 0, deedsOf(slotHeir));
    roles.push({ role: 'producer', slot: 0, thread: { name: 'S', actor, mortal: false, succeeds: 'A' } });
  }
  for (const [n, { of, mortal = false, after }] of repairers.entries()) {
    const slot = of.charCodeAt(0) - 65;
    const deadKey = after === undefined ? 0 : REPAIRERS.indexOf(after) + 1;
    const actor = new RepairerActor(world, slot, n + 1, deadKey);
    roles.push({ role: 'other', slot, thread: { name: REPAIRERS[n]!, actor, mortal, succeeds: after ?? of } });
  }
  for (const [slot, kind] of consumers.entries()) {
    const name = String.fromCharCode(88 + slot);
    const mortal = kind === 'dies';
    roles.push({ role: 'consumer', slot, thread: { name, actor: new CONSUMERS[kind](world, slot), mortal } });
    if (!mortal) continue;
    const actor = new ResumerActor(world, slot);
    roles.push({ role: 'consumer', slot, thread: { name: 'Z', actor, mortal: false, succeeds: name } });
  }
  if (joins !== undefined) {
    const slot = consumers.length;
    const actor = new JoinerActor(world, slot, joins);
    roles.push({ role: 'consumer', slot, thread: { name: 'J', actor, mortal: false } });
  }
  return roles;
}

function deedsOf(words: string): Deed[] {
  return words.split(' ') as Deed[];
}
