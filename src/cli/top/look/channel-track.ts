import type { ChannelFigures, EndpointFigures } from '../../../observe/channel-figures.js';
import type { HealthFinding } from '../../../observe/health/finding.js';
import { EndpointTrack, type EndpointSample } from './endpoint-track.js';
import { Series } from './series.js';

/** What happened on a channel in a second, on the average since the last look. */
export interface ChannelRates {
  readonly messages: number;
  /** Of the ring, headers included. */
  readonly bytes: number;
  /** Messages that consumers will never see. */
  readonly lost: number;
  /** Messages that producers dropped, and writes that were refused. */
  readonly dropped: number;
  readonly rejected: number;
}

/** One channel at one moment, with what has happened since the moments before. */
export interface ChannelSample {
  readonly figures: ChannelFigures;
  /** What is wrong with it, the worst first. */
  readonly findings: readonly HealthFinding[];
  /** Undefined at the first look. */
  readonly rates: ChannelRates | undefined;
  readonly producers: readonly EndpointSample[];
  readonly consumers: readonly EndpointSample[];
  /** The last minutes: messages a second, and the share of the ring that is used. */
  readonly rateSeries: Series;
  readonly usedSeries: Series;
}

/** What one who looks keeps of a channel to tell what has changed. */
export class ChannelTrack {
  readonly createdNs: bigint;
  private readonly windowMs: number;
  private readonly rateSeries = new Series('mean');
  private readonly usedSeries = new Series('max');
  private endpoints = new Map<string, EndpointTrack>();
  private before: { readonly sequence: number; readonly position: number; readonly atMs: number } | undefined;

  constructor({ createdNs }: ChannelFigures, windowMs: number) {
    this.createdNs = createdNs;
    this.windowMs = windowMs;
  }

  /** `nowMs` is monotonic. */
  look(figures: ChannelFigures, findings: readonly HealthFinding[], nowMs: number): ChannelSample {
    const tracks = new Map<string, EndpointTrack>();
    const samples = (endpoints: readonly EndpointFigures[]): EndpointSample[] =>
      endpoints.map((one) => {
        const key = `${one.role} ${one.slot} ${one.name}`;
        const track = this.endpoints.get(key) ?? new EndpointTrack(one, nowMs);
        tracks.set(key, track);
        return track.look(one, nowMs, figures.captured === undefined ? this.windowMs : Infinity);
      });
    const producers = samples(figures.producers);
    const consumers = samples(figures.consumers);
    // those that are gone are forgotten
    this.endpoints = tracks;
    const rates = this.ratesOf(figures, producers, consumers, nowMs);
    this.before = { ...figures.tail, atMs: nowMs };
    if (rates !== undefined) this.rateSeries.add(nowMs, rates.messages);
    this.usedSeries.add(nowMs, figures.utilization);
    const { rateSeries, usedSeries } = this;
    return { figures, findings, rates, producers, consumers, rateSeries, usedSeries };
  }

  beginAnew(): void {
    for (const track of this.endpoints.values()) track.beginAnew();
  }

  private ratesOf(
    { tail }: ChannelFigures,
    producers: readonly EndpointSample[],
    consumers: readonly EndpointSample[],
    nowMs: number,
  ): ChannelRates | undefined {
    const { before } = this;
    if (before === undefined || nowMs <= before.atMs) return undefined;
    const seconds = (nowMs - before.atMs) / 1000;
    return {
      messages: Math.max(0, tail.sequence - before.sequence) / seconds,
      bytes: Math.max(0, tail.position - before.position) / seconds,
      lost: sumOf(consumers, 'lost'),
      dropped: sumOf(producers, 'dropped'),
      rejected: sumOf(producers, 'rejected'),
    };
  }
}

function sumOf(endpoints: readonly EndpointSample[], counter: string): number {
  return endpoints.reduce((sum, { perSecond }) => sum + (perSecond?.[counter] ?? 0), 0);
}
