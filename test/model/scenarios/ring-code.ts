import { findStart, holdFor } from '#src/channel/start-from.js';
import { ClaimWordConsumer } from '#src/ring/claim-word-consumer.js';
import { InBandConsumer } from '#src/ring/in-band-consumer.js';
import { RingHistory, locateTail } from '#src/ring/join.js';
import { MultiProducerRing } from '#src/ring/multi-producer.js';
import { openClaimOf } from '#src/ring/open-claim.js';
import type { Place } from '#src/ring/record-consumer.js';
import { repairClaim } from '#src/ring/repair.js';
import { SingleProducerRing } from '#src/ring/single-producer.js';
import type { ModelStorage } from '../explorer/model-storage.js';

/** The code under test: that of the package, or a copy with a mistake seeded in. */
export interface RingCode {
  readonly SingleProducerRing: typeof SingleProducerRing;
  readonly MultiProducerRing: typeof MultiProducerRing;
  readonly InBandConsumer: typeof InBandConsumer;
  readonly ClaimWordConsumer: typeof ClaimWordConsumer;
  readonly RingHistory: typeof RingHistory;
  readonly locateTail: typeof locateTail;
  readonly openClaimOf: typeof openClaimOf;
  readonly repairClaim: typeof repairClaim;
  /** Of the channel layer, because it alone decides how a consumer comes to its place. */
  readonly holdFor: typeof holdFor;
  readonly findStart: typeof findStart;
}

export const PRODUCTION: RingCode = {
  SingleProducerRing,
  MultiProducerRing,
  InBandConsumer,
  ClaimWordConsumer,
  RingHistory,
  locateTail,
  openClaimOf,
  repairClaim,
  holdFor,
  findStart,
};

/** What all actors of a scenario share. Frozen: checkpoints do not look inside. */
export interface World {
  readonly storage: ModelStorage;
  readonly code: RingCode;
  readonly hasClaims: boolean;
  readonly origin: Place;
  /** Producers wait for no consumer: all read copies, and may be overtaken. */
  readonly canBeOvertaken: boolean;
}
