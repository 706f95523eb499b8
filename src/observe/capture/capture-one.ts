import { refuseTruncated } from '../../channel/lost-segment.js';
import { CELL_BYTES, CONTROL } from '../../layout/schema.js';
import type { Segment } from '../../layout/segment.js';
import { BusError } from '../../platform/bus-error.js';
import type { Clock } from '../../platform/clock.js';
import { ClaimState, stateIn } from '../../ring/claim-word.js';
import type { Place } from '../../ring/record-consumer.js';
import { loadOldest } from '../../ring/shared-tail.js';
import type { CaptureOutput } from './capture-output.js';
import { readControl, type ControlImage } from './captured-control.js';
import { PartKind, type ChannelFacts } from './format.js';
import { RingChart, type Piece } from './ring-chart.js';

/** So much of a ring is copied at a time. */
const COPY_BYTES = 1024 * 1024;
/** And so much, or an eighth of the ring, before any of it is written: copying is faster than producers, writing is not. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;
const PIECE_BYTES_MIN = 4096;
const PIECE_BYTES_MAX = 256 * 1024;
/** Tries at a ring that was overwritten all through. */
const ATTEMPTS_MAX = 20;
/** Walks to a tail that moves meanwhile, before it is taken as the end. */
const CATCH_UPS = 3;

/** What became of one channel. */
export interface CapturedChannel {
  readonly channel: string;
  readonly type: string;
  /** Sequences `front` to `tail`, without the latter, are in the capture: so many records, and bytes of the ring. */
  readonly front: Place;
  readonly tail: Place;
  readonly records: number;
  readonly bytes: number;
  /** Records that producers overwrote while they were being copied: those before `front`. */
  readonly overwritten: number;
  /** Records that were there and not asked for. */
  readonly leftOut: number;
  /** Claims that were neither committed nor aborted. */
  readonly openClaims: number;
  /** False: its messages have no timestamps, so that a time could not be told, and all of it was kept. */
  readonly isTimed: boolean;
}

export interface CaptureLimits {
  readonly lastMs: number | undefined;
  readonly bytes: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/**
 * Copies one channel: first where its records are, then the slots, then the tail, so that no cursor is beyond it; then the
 * ring, newest first, so that producers that overtake the copy take from its oldest end alone. A piece counts only if
 * `oldest` is not past it when it has been copied, as with every reader that nobody waits for. The claim words of
 * a piece are copied before its bytes: what they call committed is whole. When this process had to wait for a processor for
 * so long that the whole ring was overwritten, it is done again: only the last copy ends with its facts, and so counts.
 */
export async function captureOne(
  output: CaptureOutput,
  index: number,
  segment: Segment,
  limits: CaptureLimits,
): Promise<CapturedChannel> {
  for (let attempt = 1; ; attempt++) {
    const { captured, facts } = await tryToCapture(output, index, segment, limits);
    if (captured.records === 0 && captured.overwritten > 0 && attempt < ATTEMPTS_MAX) continue;
    await output.writeJson(PartKind.CHANNEL, index, facts);
    return captured;
  }
}

async function tryToCapture(
  output: CaptureOutput,
  index: number,
  segment: Segment,
  limits: CaptureLimits,
): Promise<{ captured: CapturedChannel; facts: ChannelFacts }> {
  const { clock } = limits;
  const chart = new RingChart(segment, pieceBytes(segment.capacity));
  for (let round = 0; round < CATCH_UPS; round++) chart.walkTo(chart.tail());
  const control = readControl(segment, clock);
  // at once: what is written in between would seem to be unread by everybody
  const tail = chart.tail();
  const beganNs = clock.monotonicNs();
  chart.walkTo(tail);
  const asked = askedOf(chart, tail, segment, limits);
  const copy = new RingCopy(output, index, segment, chart, control.bytes, limits.signal);
  const front = await copy.copy(asked.pieces, tail);
  const facts: ChannelFacts = {
    ...factsOf(segment, control, chart, { front, tail, from: asked.from }),
    ringReadNs: [beganNs, clock.monotonicNs()],
    openClaims: copy.openClaims,
  };
  const captured = {
    channel: segment.channel,
    type: segment.shape.type,
    front,
    tail,
    records: tail.sequence - front.sequence,
    bytes: tail.position - front.position,
    overwritten: facts.overwritten,
    leftOut: facts.leftOut,
    openClaims: copy.openClaims.length,
    isTimed: asked.isTimed,
  };
  return { captured, facts };
}

function pieceBytes(capacity: number): number {
  return Math.min(PIECE_BYTES_MAX, Math.max(PIECE_BYTES_MIN, capacity / 256));
}

function factsOf(
  { channel: name }: Segment,
  { readNs: controlReadNs, locked, stopped }: ControlImage,
  { begun }: RingChart,
  { front, tail, from }: { front: Place; tail: Place; from: number },
): Omit<ChannelFacts, 'ringReadNs' | 'openClaims'> {
  const first = Math.max(begun.sequence, from);
  return {
    name,
    front,
    tail,
    controlReadNs,
    locked,
    stopped,
    overwritten: front.sequence - first,
    leftOut: first - begun.sequence,
  };
}

interface Asked {
  readonly pieces: readonly Piece[];
  /** Sequence of the first record that is asked for. */
  readonly from: number;
  readonly isTimed: boolean;
}

/** The pieces that hold what is asked for: from the last one that begins before it. */
function askedOf(chart: RingChart, tail: Place, segment: Segment, { lastMs, bytes, clock }: CaptureLimits): Asked {
  const { pieces } = chart;
  const isTimed = lastMs === undefined || pieces.length === 0 || pieces.some(({ firstNs }) => firstNs > 0);
  const offsetNs = Number(segment.control.view.getBigInt64(CONTROL.at.clockOffsetNs, true));
  const sinceNs = lastMs === undefined ? -Infinity : clock.monotonicNs() + offsetNs - lastMs * 1e6;
  const byTime = pieces.findLastIndex(({ firstNs }) => firstNs > 0 && firstNs <= sinceNs);
  const byBytes = bytes === undefined ? 0 : pieces.findLastIndex(({ position }) => position <= tail.position - bytes);
  const index = Math.max(0, byTime, byBytes);
  return { pieces: pieces.slice(index), from: index > 0 ? pieces[index]!.sequence : -Infinity, isTimed };
}

/** Part of a ring that has been copied, and is not written yet. */
interface HeldCopy {
  readonly position: number;
  readonly claims: Uint8Array | undefined;
  readonly ring: Uint8Array;
}

/** Copies pieces of a ring into a capture. */
class RingCopy {
  /** Claims that were open when their claim words were copied. */
  readonly openClaims: { position: number; slot: number }[] = [];
  private readonly output: CaptureOutput;
  private readonly index: number;
  private readonly segment: Segment;
  private readonly chart: RingChart;
  private readonly signal: AbortSignal | undefined;
  /** Of the channel, until it is written: before the first part of the ring, and not before that is copied. */
  private control: Uint8Array | undefined;
  private held: HeldCopy[] = [];
  private heldBytes = 0;

  constructor(
    output: CaptureOutput,
    index: number,
    segment: Segment,
    chart: RingChart,
    control: Uint8Array,
    signal: AbortSignal | undefined,
  ) {
    this.output = output;
    this.index = index;
    this.segment = segment;
    this.chart = chart;
    this.control = control;
    this.signal = signal;
  }

  /** Copies them, the last one first, and answers where what was copied in time begins. */
  async copy(pieces: readonly Piece[], tail: Place): Promise<Place> {
    const { segment } = this;
    // the header at the tail of a single-producer ring takes a cell too
    const holds = Math.min(HELD_BYTES_MAX, segment.capacity / 8);
    const room = segment.capacity - (segment.claims.byteLength === 0 ? CELL_BYTES : 0);
    let front = tail;
    for (const piece of pieces.toReversed()) {
      if (tail.position - piece.position > room) break;
      if (!(await this.copyPiece(piece.position, front.position, holds))) break;
      front = { position: piece.position, sequence: piece.sequence };
    }
    await this.writeHeld();
    return front;
  }

  private async copyPiece(from: number, to: number, holds: number): Promise<boolean> {
    const open: typeof this.openClaims = [];
    for (let at = from; at < to;) {
      const bytes = this.contiguous(at, to);
      refuseTruncated(this.segment);
      const claims = this.segment.claims.byteLength === 0 ? undefined : this.takeClaims(at, bytes, open);
      const ring = this.takeRing(at, bytes);
      if (this.isOverwritten(from)) return false;
      this.held.push({ position: at, claims, ring });
      this.heldBytes += bytes;
      if (this.heldBytes >= holds) await this.writeHeld();
      at += bytes;
    }
    this.openClaims.push(...open);
    return true;
  }

  /** How much can be copied from there on at once. */
  private contiguous(at: number, to: number): number {
    const { capacity, windowBytes } = this.segment;
    return Math.min(to - at, COPY_BYTES, windowBytes - ((at % capacity) % windowBytes));
  }

  private takeClaims(at: number, bytes: number, open: typeof this.openClaims): Uint8Array {
    const { claims, capacity } = this.segment;
    const start = ((at % capacity) / CELL_BYTES) * 8;
    const words = claims.bytes.slice(start, start + (bytes / CELL_BYTES) * 8);
    claims.loadFence();
    const view = new DataView(words.buffer);
    for (const claim of this.chart.openClaims) {
      if (claim.position < at || claim.position >= at + bytes) continue;
      const low = view.getInt32(((claim.position - at) / CELL_BYTES) * 8, true);
      if (stateIn(low) === ClaimState.CLAIMED) open.push(claim);
    }
    return words;
  }

  private takeRing(at: number, bytes: number): Uint8Array {
    const { capacity, windowBytes, windows } = this.segment;
    const inRing = at % capacity;
    const window = windows[Math.floor(inRing / windowBytes)]!;
    const start = inRing % windowBytes;
    return window.bytes.slice(start, start + bytes);
  }

  private isOverwritten(position: number): boolean {
    this.segment.control.loadFence();
    return loadOldest(this.segment) > position;
  }

  private async writeHeld(): Promise<void> {
    const { output, index, control } = this;
    if (control !== undefined) {
      output.payload.set(control);
      await output.writePart(PartKind.CONTROL, index, 0, control.length);
      this.control = undefined;
    }
    for (const { position, claims, ring } of this.held) {
      if (this.signal?.aborted) throw new BusError('ERR_ABORTED', 'the capture was told to end; nothing is left of it');
      if (claims !== undefined) {
        output.payload.set(claims);
        await output.writePart(PartKind.CLAIMS, index, position, claims.length);
      }
      output.payload.set(ring);
      await output.writePart(PartKind.RING, index, position, ring.length);
    }
    this.held = [];
    this.heldBytes = 0;
  }
}
