import { slotNamed } from '../../channel/consumer-slot.js';
import { CONSUMER_SLOT, SlotState, consumerSlotOffset } from '../../layout/schema.js';
import type { Segment } from '../../layout/segment.js';
import { systemClock } from '../../platform/clock.js';
import type { Actor } from './actor.js';
import { Stage } from './ledger.js';
import type { Random } from './random.js';
import type { Standstill } from './recovery.js';

/** One kill from outside in so many takes somebody else along. */
const DOUBLE_EVERY = 6;
/** So much longer than planned may a process live that waits for another fate. */
const SPARE_MS = 500;
const STOP_EVERY_NS = 300e6;
const STOP_MIN_MS = 5;
const STOP_SPREAD_MS = 100;

/** What happens to the processes of a storm from outside. */
export class Chaos {
  /** Cycles of stopping and continuing. */
  stops = 0;
  doubleKills = 0;
  falseDeaths = 0;
  readonly standstills: Standstill[] = [];
  /** Looks at the channel; set when there is one. */
  observer: Segment | undefined;
  private readonly random: Random;
  private nextStopNs = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** Ends what has begun; begins more if it `isStormy`. */
  tick(nowNs: number, actors: readonly Actor[], isStormy: boolean): void {
    for (const actor of actors) {
      if (actor.isWorking && actor.workingSinceNs === 0) actor.workingSinceNs = nowNs;
      if (actor.stoppedItselfNs > 0 && !actor.isStopped) this.mind(actor, nowNs);
      if (actor.isStopped && (nowNs >= actor.stoppedUntilNs || !isStormy)) this.continue(actor);
      if (isStormy && this.isDue(actor, nowNs)) this.strike(actor, actors);
    }
    if (!isStormy || nowNs < this.nextStopNs) return;
    this.nextStopNs = nowNs + STOP_EVERY_NS;
    const running = actors.filter((actor) => actor.isWorking && !actor.isStopped && actor.stoppedItselfNs === 0);
    const chosen = running[this.random(running.length)];
    if (chosen === undefined) return;
    chosen.stop();
    this.stopUntil(chosen, nowNs);
  }

  private isDue({ isWorking, struckAt, fate, workingSinceNs, isStopped, seat }: Actor, nowNs: number): boolean {
    if (!isWorking || struckAt !== undefined || workingSinceNs === 0) return false;
    const aliveMs = (nowNs - workingSinceNs) / 1e6;
    if (fate.kind === 'anywhere') return aliveMs >= fate.delayMs;
    return !isStopped && aliveMs >= fate.delayMs + SPARE_MS * Math.min(seat.patience, 8);
  }

  private strike(actor: Actor, actors: readonly Actor[]): void {
    actor.strike();
    if (this.random(DOUBLE_EVERY) > 0) return;
    const others = actors.filter((other) => other.isWorking && other.struckAt === undefined);
    const second = others[this.random(others.length)];
    if (second === undefined) return;
    second.strike();
    this.doubleKills++;
  }

  private stopUntil(actor: Actor, nowNs: number): void {
    this.stops++;
    const lengthNs = (STOP_MIN_MS + this.random(STOP_SPREAD_MS)) * 1e6;
    actor.stoppedSinceNs = nowNs;
    actor.stoppedUntilNs = nowNs + lengthNs;
    this.note(actor, actor.stoppedUntilNs);
  }

  private continue(actor: Actor): void {
    const { role, service } = actor.seat;
    this.note(actor, systemClock().monotonicNs() + 1e6);
    if (role === 'consumer' && actor.isWorking && actor.struckAt === undefined && this.isGivenUp(service))
      this.falseDeaths++;
    actor.continue();
  }

  /** A producer that stands still between two calls holds nobody up. */
  private note({ seat, stage, stoppedSinceNs: fromNs }: Actor, toNs: number): void {
    const isConsumer = seat.role === 'consumer';
    if (isConsumer || stage === Stage.CALLING)
      this.standstills.push({ consumer: isConsumer ? seat.service : undefined, fromNs, toNs });
  }

  /** Of one that says it stops itself. It may have said so and not have stopped yet: then a continue came too early. */
  private mind(actor: Actor, nowNs: number): void {
    if (actor.stoppedItselfNs === actor.mindedStopNs) {
      actor.continue();
      return;
    }
    actor.mindedStopNs = actor.stoppedItselfNs;
    this.stopUntil(actor, nowNs);
  }

  /** Whether the channel has given a consumer up. */
  private isGivenUp(service: string): boolean {
    if (this.observer === undefined) return false;
    const slot = slotNamed(this.observer, service);
    const { control } = this.observer;
    return (
      slot !== undefined && control.loadVolatile(consumerSlotOffset(slot) + CONSUMER_SLOT.at.state) === SlotState.FAILED
    );
  }
}
