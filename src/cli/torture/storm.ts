import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONTROL, PRODUCER_SLOT, PRODUCER_SLOTS, producerSlotOffset } from '../../layout/schema.js';
import { Segment } from '../../layout/segment.js';
import { systemClock } from '../../platform/clock.js';
import { RingHistory } from '../../ring/join.js';
import { accountsOf, linesOf } from './accounts.js';
import { Actor, type Seat } from './actor.js';
import { Chaos } from './chaos.js';
import { CHANNEL, configOf, faultsPath, ledgerPath, witnessPath, type EndpointTask } from './endpoint-task.js';
import { UNHARMED, decideFate, type Fate } from './fates.js';
import { judge } from './judge.js';
import { LIVES_MAX, Ledger, Life } from './ledger.js';
import { pause } from '../pause.js';
import { randomSource, type Random } from './random.js';
import { PassageLog } from './passage-log.js';
import { recoveryTimes, type DeadClaim } from './recovery.js';
import type { Scenario } from './scenarios.js';
import { SharedPage } from './shared-page.js';
import { KillTally } from './tallies.js';
import { Watchdog } from './watchdog.js';
import { WITNESS_BYTES, Witness } from './witness.js';
import type { StormResult } from './result.js';

const TICK_MS = 5;
/** Lives that are left for the end of a scenario. */
const LIVES_RESERVED = 200;
const LAST_MESSAGES = 50;
/** Processes of steady producers, and of consumers, live so much longer than others. */
const STEADY_PATIENCE = 40;
const CONSUMER_PATIENCE = 100;
const NOBODY: ReadonlySet<Actor> = new Set();

export interface StormSettings {
  readonly scenario: Scenario;
  /** Of this scenario alone; made here. */
  readonly directory: string;
  readonly seed: number;
  /** Ends after so many kills of producers, or stop cycles, whatever is later, */
  readonly kills: number;
  readonly stops: number;
  /** or at this time, */
  readonly deadlineNs: number;
  /** or when this says so. */
  readonly isInterrupted: () => boolean;
}

/** Runs one scenario: starts its processes, lets them be killed and stopped, brings it to an end and draws the balance. */
export async function runStorm(settings: StormSettings): Promise<StormResult> {
  mkdirSync(settings.directory, { mode: 0o700 });
  const storm = new Storm(settings);
  try {
    return await storm.run();
  } finally {
    await storm.close();
  }
}

class Storm {
  private readonly settings: StormSettings;
  private readonly ledger: Ledger;
  private readonly witnesses = new Map<string, Witness>();
  private readonly actors = new Map<Seat, Actor>();
  private readonly seats: Seat[] = [];
  private readonly ended: Actor[] = [];
  private readonly random: Random;
  private readonly kills = new KillTally();
  private readonly passages = new PassageLog();
  private readonly chaos: Chaos;
  private readonly errors: number;
  private readonly problems: string[] = [];
  private readonly deadClaims: DeadClaim[] = [];
  private deadlocks = 0;
  private lives = 0;
  private observer: Segment | undefined;
  /** Whether processes that end are followed by others, and of which kind. */
  private phase: 'storm' | 'producers end' | 'consumers end' | 'over' = 'storm';
  private watchdog = new Watchdog(systemClock().monotonicNs());

  constructor(settings: StormSettings) {
    const { scenario, directory, seed } = settings;
    this.settings = settings;
    this.random = randomSource(seed);
    this.errors = openSync(join(directory, 'stderr.log'), 'a', 0o600);
    this.ledger = Ledger.create(ledgerPath(directory));
    this.chaos = new Chaos(randomSource(seed + 1));
    const isSingle = scenario.channel.type.startsWith('SP');
    for (let n = 0; n < scenario.consumers; n++) {
      const service = `consumer_${n}`;
      const page = SharedPage.create(witnessPath(directory, service), WITNESS_BYTES);
      this.witnesses.set(service, new Witness(page.memory, scenario.mayBeOvertaken));
      this.seats.push({ role: 'consumer', service, patience: CONSUMER_PATIENCE });
    }
    for (let n = 0; n < scenario.producers; n++) {
      const service = `producer_${isSingle ? 0 : n}`;
      this.seats.push({ role: 'producer', service, patience: n < scenario.steadyProducers ? STEADY_PATIENCE : 1 });
    }
  }

  async run(): Promise<StormResult> {
    const startedNs = systemClock().monotonicNs();
    const witnesses = [...this.witnesses.values()];
    this.fill('consumer');
    await this.until(() => witnesses.every(({ joined }) => joined));
    const { directory } = this.settings;
    this.observer = Segment.openExisting(directory, CHANNEL, { ringWritable: false });
    this.chaos.observer = this.observer;
    this.ledger.start();
    this.fill('producer');
    await this.until(() => this.isEnough(), true);
    const stormNs = systemClock().monotonicNs() - startedNs;
    await this.endProducers();
    const end = await this.endChannel();
    await this.endConsumers(end);
    return this.result(end, stormNs);
  }

  /** Ends whatever still lives. */
  async close(): Promise<void> {
    this.phase = 'over';
    const living = [...this.actors.values()].filter((actor) => actor.end === undefined);
    for (const actor of living) actor.strike();
    while (living.some((actor) => actor.end === undefined)) await pause(TICK_MS);
    this.observer?.close();
    this.ledger.close();
    closeSync(this.errors);
  }

  private isEnough(): boolean {
    const { kills, stops, deadlineNs, isInterrupted } = this.settings;
    const isDone = this.kills.producers >= kills && this.chaos.stops >= stops;
    return (
      isDone || systemClock().monotonicNs() > deadlineNs || isInterrupted() || this.lives > LIVES_MAX - LIVES_RESERVED
    );
  }

  private async endProducers(): Promise<void> {
    this.phase = 'producers end';
    this.ledger.stopProducers();
    await this.until(() => this.living('producer').size === 0);
  }

  /** One more producer writes the last messages, of which the sequence is known. */
  private async endChannel(): Promise<number> {
    const seat = this.seats.find(({ role }) => role === 'producer')!;
    const last = this.start(seat, UNHARMED, LAST_MESSAGES);
    await this.until(() => last.end !== undefined);
    return this.ledger.get(last.life, Life.END);
  }

  private async endConsumers(end: number): Promise<void> {
    this.phase = 'consumers end';
    this.ledger.endAt(end);
    this.fill('consumer');
    const isRead = (): boolean => [...this.witnesses.values()].every(({ nextSequence }) => nextSequence >= end);
    await this.until(() => isRead() && this.living('consumer').size === 0);
  }

  /** Lets the storm go on until something is reached, or nothing moves any more. */
  private async until(reached: () => boolean, isStormy = false): Promise<void> {
    this.watchdog = new Watchdog(systemClock().monotonicNs());
    while (!reached() && this.deadlocks === 0 && this.problems.length === 0) {
      const nowNs = systemClock().monotonicNs();
      const actors = [...this.actors.values()];
      this.chaos.tick(nowNs, actors, isStormy);
      for (const [consumer, witness] of this.witnesses) this.passages.read(consumer, witness);
      if (this.watchdog.look(nowNs, this.progress(), this.isAnybodyThere(actors))) this.deadlock(actors);
      await pause(TICK_MS);
    }
  }

  private progress(): number {
    let sum = this.ended.length;
    for (const { nextSequence, redelivered, attaches } of this.witnesses.values())
      sum += nextSequence + redelivered + attaches;
    for (const { life } of this.actors.values())
      sum += this.ledger.get(life, Life.ACCEPTED) + this.ledger.get(life, Life.STAGE);
    return sum;
  }

  private isAnybodyThere(actors: readonly Actor[]): boolean {
    return actors.some((actor) => actor.isWorking && !actor.isStopped && actor.stoppedItselfNs === 0);
  }

  private deadlock(actors: readonly Actor[]): void {
    this.deadlocks++;
    const tail = this.observer === undefined ? 'unknown' : new RingHistory(this.observer).tail().sequence;
    const who = actors
      .filter(({ end }) => end === undefined)
      .map(({ seat, life, stage, fate }) => `${seat.service} (life ${life}, stage ${stage}, ${fate.kind})`);
    const at = [...this.witnesses].map(([name, { nextSequence }]) => `${name} at ${nextSequence}`);
    this.problems.push(`nothing moved for 5 s: the channel ends at ${tail}; ${[...at, ...who].join(', ')}`);
  }

  private living(role: Seat['role']): ReadonlySet<Actor> {
    const found = [...this.actors.values()].filter(({ seat, end }) => seat.role === role && end === undefined);
    return found.length === 0 ? NOBODY : new Set(found);
  }

  /** Starts a process wherever there is none. */
  private fill(role: Seat['role']): void {
    for (const seat of this.seats) if (seat.role === role && !this.actors.has(seat)) this.startInStorm(seat);
  }

  private startInStorm(seat: Seat): void {
    const { producerFates, consumerFates } = this.settings.scenario;
    const chances = seat.role === 'producer' ? producerFates : consumerFates;
    this.start(seat, this.phase === 'storm' ? decideFate(this.random, chances, seat.patience) : UNHARMED);
  }

  private start(seat: Seat, fate: Fate, lastMessages = 0): Actor {
    const { scenario, directory } = this.settings;
    const life = ++this.lives;
    const task: EndpointTask = {
      role: seat.role,
      directory,
      config: configOf(scenario),
      service: seat.service,
      life,
      parent: process.pid,
      folderOfRun: dirname(directory),
      seed: this.random(2 ** 31),
      way: scenario.ways[this.random(scenario.ways.length)]!,
      mayBeOvertaken: scenario.mayBeOvertaken,
      fate,
      lastMessages,
    };
    const actor = new Actor(task, seat, fate, this.ledger, this.errors, (ended) => this.bury(ended));
    this.actors.set(seat, actor);
    return actor;
  }

  /** A process has ended: counts how, and starts the next in its place. */
  private bury(actor: Actor): void {
    const { seat, life, end } = actor;
    this.actors.delete(seat);
    this.ended.push(actor);
    if (end?.signal === 'SIGKILL') {
      if (this.phase !== 'over') this.kills.count(actor);
      const diedNs = this.ledger.get(life, Life.DIED_NS);
      const sequence = seat.role === 'producer' ? this.lastIntent(actor) : undefined;
      if (sequence !== undefined && diedNs > 0) this.deadClaims.push({ sequence, diedNs });
    } else if (end?.code !== 0 && this.phase !== 'over') {
      this.problems.push(`${seat.service}, life ${life}, ended by itself: ${end?.signal ?? `exit code ${end?.code}`}`);
    }
    const isFollowed =
      this.phase === 'storm' || (this.phase !== 'over' && seat.role === 'consumer' && this.isUnread(seat));
    if (isFollowed && !this.actors.has(seat)) this.startInStorm(seat);
  }

  /** The sequence that a dead producer was about to give to a record, or had given to its last one. */
  private lastIntent({ pid }: Actor): number | undefined {
    const { observer } = this;
    for (let slot = 0; observer !== undefined && slot < PRODUCER_SLOTS; slot++) {
      const base = producerSlotOffset(slot);
      if (observer.control.getInt32(base + PRODUCER_SLOT.at.pid) !== pid) continue;
      return observer.control.getInt32(base + PRODUCER_SLOT.at.intentTail + 4) >>> 0;
    }
    return undefined;
  }

  private isUnread({ service }: Seat): boolean {
    return this.witnesses.get(service)!.nextSequence < this.ledger.end;
  }

  private result(end: number, stormNs: number): StormResult {
    const { scenario, directory, seed } = this.settings;
    const accounts = accountsOf(this.ledger, this.ended, this.witnesses, this.kills, end, scenario);
    const isEnded = this.deadlocks === 0 && this.problems.length === 0;
    const problems = isEnded ? judge(accounts) : [...this.problems];
    if (this.chaos.falseDeaths > 0)
      problems.push(`${this.chaos.falseDeaths} consumers were given up though they lived`);
    if (problems.length > 0) {
      problems.push(...linesOf(faultsPath(directory)), ...linesOf(join(directory, 'stderr.log')));
    }
    const counter = (at: number): number => this.observer?.control.getFloat64(at) ?? 0;
    return {
      scenario: scenario.name,
      seed,
      seconds: stormNs / 1e9,
      accounts,
      kills: this.kills,
      stops: this.chaos.stops,
      doubleKills: this.chaos.doubleKills,
      repairs: counter(CONTROL.at.repairs),
      consumersGivenUp: counter(CONTROL.at.reaped),
      falseDeaths: this.chaos.falseDeaths,
      deadlocks: this.deadlocks,
      recoveryNs: recoveryTimes(this.deadClaims, this.passages.all, this.chaos.standstills),
      problems,
    };
  }
}
