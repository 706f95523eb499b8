import type { Faults } from './witness.js';

/** What one life of a producer did, by its own word. */
export interface ProducerAccount {
  readonly life: number;
  readonly attempted: number;
  readonly accepted: number;
  readonly abortsBegun: number;
  readonly aborts: number;
  /** Ended by SIGKILL. */
  readonly killed: boolean;
}

/** What one consumer got over all its lives, by its witness. */
export interface ConsumerAccount {
  readonly name: string;
  /** Sequence after the last message that it got. */
  readonly nextSequence: number;
  /** Sequences that it did not get; and those of them that were overwritten while it was away. */
  readonly missing: number;
  readonly missingWhileAway: number;
  readonly timesLeftBehind: number;
  /** What the bus counted as lost for it; and what of that an earlier life may have got. */
  readonly lost: number;
  readonly lostAgainMax: number;
  readonly kills: number;
  readonly redelivered: number;
  readonly faults: Faults;
  /** Messages of a life that it got, each counted once. */
  deliveredOf(life: number): number;
}

export interface Accounts {
  /** Sequence after the last message of the channel. */
  readonly end: number;
  readonly hasOneProducer: boolean;
  readonly producers: readonly ProducerAccount[];
  readonly consumers: readonly ConsumerAccount[];
}

/** Everything that does not add up, as sentences. */
export function judge(accounts: Accounts): string[] {
  return [...accounts.consumers.flatMap((consumer) => judgeConsumer(accounts, consumer)), ...disagreements(accounts)];
}

/** Messages that a consumer got, each counted once. */
export function deliveredTo(consumer: ConsumerAccount, producers: readonly ProducerAccount[]): number {
  return producers.reduce((sum, { life }) => sum + consumer.deliveredOf(life), 0);
}

/** Accepted messages that a consumer did not get. */
export function undeliveredTo(consumer: ConsumerAccount, producers: readonly ProducerAccount[]): number {
  return producers.reduce((sum, { life, accepted }) => sum + Math.max(0, accepted - consumer.deliveredOf(life)), 0);
}

function judgeConsumer(accounts: Accounts, consumer: ConsumerAccount): string[] {
  const { end, producers } = accounts;
  const { name, nextSequence, missing, faults } = consumer;
  const problems: string[] = [];
  const hold = (holds: boolean, otherwise: string): void => {
    if (!holds) problems.push(`${name}: ${otherwise}`);
  };
  for (const [kind, count] of Object.entries(faults)) hold(count === 0, `${count} times ${kind}`);
  hold(nextSequence === end, `it came to sequence ${nextSequence}, the channel ends at ${end}`);
  const delivered = deliveredTo(consumer, producers);
  hold(
    delivered + missing === nextSequence,
    `${delivered} delivered and ${missing} missing are not the ${nextSequence} sequences that it passed`,
  );
  for (const { life, attempted, accepted } of producers) {
    const got = consumer.deliveredOf(life);
    hold(got <= attempted, `${got} messages of life ${life} were delivered, but ${attempted} attempted`);
    hold(
      got >= accepted || consumer.timesLeftBehind > 0,
      `${accepted} messages of life ${life} were accepted, but ${got} delivered`,
    );
  }
  return [...problems, ...lossProblems(accounts, consumer)];
}

/** What is missing must be a claim that was aborted, one whose producer died, or one that the bus counts as lost. */
function lossProblems({ hasOneProducer, producers }: Accounts, consumer: ConsumerAccount): string[] {
  const { name, missing, missingWhileAway, timesLeftBehind, lost, lostAgainMax, kills } = consumer;
  const problems: string[] = [];
  const sum = (value: (producer: ProducerAccount) => number): number =>
    producers.reduce((total, producer) => total + value(producer), 0);
  // with one producer an aborted claim, and one whose producer died, leaves no trace
  const abortsBegun = hasOneProducer ? 0 : sum((producer) => producer.abortsBegun);
  const aborts = hasOneProducer ? 0 : sum((producer) => producer.aborts);
  const unfinished = hasOneProducer ? 0 : sum((producer) => (isUnfinished(producer, consumer) ? 1 : 0));
  const missingWhileThere = missing - missingWhileAway;
  if (missingWhileThere > aborts + unfinished) {
    problems.push(
      `${missingWhileThere} sequences went missing while it was there; ${aborts} claims were aborted, ${unfinished} died`,
    );
  }
  const undelivered = undeliveredTo(consumer, producers);
  if (undelivered > missingWhileAway)
    problems.push(
      `${undelivered} accepted messages did not come; ${missingWhileAway} were overwritten while it was away`,
    );
  if (missing - abortsBegun > lost)
    problems.push(
      `${missing} sequences are missing, of them ${abortsBegun} aborted at most, but only ${lost} counted lost`,
    );
  const isExact = timesLeftBehind === 0;
  const lostMax = missing - (isExact ? aborts : 0) + lostAgainMax + (kills > 0 ? missingWhileThere : 0);
  if (lost > lostMax) problems.push(`${lost} are counted lost, of at most ${lostMax}`);
  return problems.map((problem) => `${name}: ${problem}`);
}

/** It was killed inside a call that may have left a claim. */
function isUnfinished(
  { life, attempted, abortsBegun, aborts, killed }: ProducerAccount,
  consumer: ConsumerAccount,
): boolean {
  return killed && (attempted > consumer.deliveredOf(life) || abortsBegun > aborts);
}

/** Consumers that were never left behind got the same messages. */
function disagreements({ producers, consumers }: Accounts): string[] {
  const [first, ...others] = consumers.filter(({ timesLeftBehind }) => timesLeftBehind === 0);
  if (first === undefined) return [];
  return others.flatMap((other) =>
    producers
      .filter(({ life }) => first.deliveredOf(life) !== other.deliveredOf(life))
      .map(({ life }) => `${first.name} and ${other.name} got different numbers of messages of life ${life}`),
  );
}
