import type { WholeAnswer } from '../../http/answer.js';
import { CONTENT_TYPE, type Scraper } from '../../observe/metrics/exposition.js';
import type { BusLook } from '../../observe/metrics/bus-look.js';
import { SharedAnswer } from './shared-answer.js';

interface Told {
  readonly text: Buffer;
  /** Responses that are not over yet. */
  readers: number;
}

/**
 * What `/metrics` says. A text may have megabytes, and memory that is new each time costs more than what is written into it: so
 * that of the last text is used again when nobody is being sent it any more.
 */
export class MetricsText {
  private readonly scraper: Scraper;
  private readonly seen: (look: BusLook) => void;
  private readonly shared = new SharedAnswer(() => this.scrape());
  private last: Told | undefined;

  /** `seen` is told of each look. */
  constructor(scraper: Scraper, seen: (look: BusLook) => void) {
    this.scraper = scraper;
    this.seen = seen;
  }

  /** @throws BusError as {@link Scraper.scrape} */
  async answer(): Promise<WholeAnswer> {
    const told = await this.shared.get();
    told.readers++;
    return { status: 200, type: CONTENT_TYPE, body: told.text, over: () => void told.readers-- };
  }

  private scrape(): Told {
    const { look, text } = this.scraper.scrape(this.last?.readers === 0 ? this.last.text : undefined);
    this.seen(look);
    this.last = { text, readers: 0 };
    return this.last;
  }
}
