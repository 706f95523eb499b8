import type { ChannelFigures, EndpointFigures } from '../channel-figures.js';
import type { BusLook, BusLooker } from './bus-look.js';
import { CHANNEL_METRICS } from './channel-metrics.js';
import { CONSUMER_METRICS, PRODUCER_METRICS } from './endpoint-metrics.js';
import { LOOK_METRICS, USABLE } from './look-metrics.js';
import { escapeLabel, MetricFamily, type LabelBytes } from './metric-family.js';
import type { Metric } from './metric.js';
import { bytesOf, TextBytes } from './text-bytes.js';

/*
 * The text format of Prometheus, version 0.0.4. It is written here and not by a client library: those hold every sample as an
 * object with its labels, which takes five to ten times as long, and a bus of 1,000 endpoints has 50,000 of them.
 */

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const NO_LABELS: LabelBytes = { open: bytesOf(''), ended: bytesOf(' ') };
const BEGIN_BYTES = 256;

/** A look, and all that was seen in the format of Prometheus. */
export interface Scrape {
  readonly look: BusLook;
  readonly text: Buffer;
}

/**
 * Scrapes a bus again and again. A family's samples have to stand together, and channels are looked at one after the other:
 * so each family has a text of its own, and they are put together at the end.
 */
export class Scraper {
  private readonly looker: BusLooker;
  private readonly ofLook = familiesOf(LOOK_METRICS);
  private readonly usable = new MetricFamily(USABLE);
  private readonly ofChannel = familiesOf(CHANNEL_METRICS);
  private readonly ofProducer = familiesOf(PRODUCER_METRICS);
  private readonly ofConsumer = familiesOf(CONSUMER_METRICS);
  /** In the order in which they are told. */
  private readonly all: readonly Pick<MetricFamily<never>, 'clear' | 'length' | 'copyTo'>[] = [
    ...this.ofLook,
    this.usable,
    ...this.ofChannel,
    ...this.ofProducer,
    ...this.ofConsumer,
  ];
  private readonly labels = new TextBytes(BEGIN_BYTES);

  constructor(looker: BusLooker) {
    this.looker = looker;
  }

  /**
   * `spent`: a text of before that nobody needs any more; its memory may be used for this one.
   *
   * @throws BusError as {@link BusLooker.look}
   */
  scrape(spent?: Buffer): Scrape {
    for (const family of this.all) family.clear();
    const look = this.looker.look((figures) => this.addChannel(figures));
    for (const { channel } of look.unusable) this.usable.add(false, this.labelsOf(channel));
    for (const family of this.ofLook) family.add(look, NO_LABELS);
    let length = 0;
    for (const family of this.all) length += family.length;
    const text = roomFor(length, spent);
    let end = 0;
    for (const family of this.all) end = family.copyTo(text, end);
    return { look, text };
  }

  private addChannel(figures: ChannelFigures): void {
    const { channel, producers, consumers } = figures;
    const labels = this.labelsOf(channel);
    this.usable.add(true, labels);
    for (const family of this.ofChannel) family.add(figures, labels);
    const end = labels.open.length;
    this.addEndpoints(this.ofProducer, producers, end);
    this.addEndpoints(this.ofConsumer, consumers, end);
  }

  /** `end`: of the labels of the channel. */
  private addEndpoints(
    families: readonly MetricFamily<EndpointFigures>[],
    endpoints: readonly EndpointFigures[],
    end: number,
  ): void {
    const { labels: text } = this;
    for (const endpoint of endpoints) {
      text.cut(end);
      text.add(`,${endpoint.role}="`);
      text.add(escapeLabel(endpoint.name));
      text.add(`",slot="${endpoint.slot}"`);
      const labels = this.endedLabels();
      for (const family of families) family.add(endpoint, labels);
    }
  }

  /** Good until the next ones are asked for. */
  private labelsOf(channel: string): LabelBytes {
    const { labels: text } = this;
    text.cut(0);
    text.add('{channel="');
    text.add(escapeLabel(channel));
    text.add('"');
    return this.endedLabels();
  }

  private endedLabels(): LabelBytes {
    const { labels: text } = this;
    const { length } = text;
    text.add('} ');
    return { open: text.view(length), ended: text.view() };
  }
}

function roomFor(length: number, spent: Buffer | undefined): Buffer {
  if (spent !== undefined && spent.buffer.byteLength >= length) return Buffer.from(spent.buffer, 0, length);
  // the next one may be a little longer
  return Buffer.allocUnsafeSlow(Math.ceil(length * 1.1)).subarray(0, length);
}

function familiesOf<Subject>(metrics: readonly Metric<Subject>[]): readonly MetricFamily<Subject>[] {
  return metrics.map((metric) => new MetricFamily(metric));
}
