import type { BusLook, BusLooker } from '../../observe/metrics/bus-look.js';
import { prometheusText } from '../../observe/metrics/exposition.js';
import { pause } from '../pause.js';

/**
 * The bus as it is when somebody asks. Who asks while others are waiting for the next look shares it, so that a hundred
 * scrapes at once cost as much as two; none gets what was seen before it asked.
 */
export class SharedScrapes {
  private readonly looker: BusLooker;
  private readonly seen: (look: BusLook) => void;
  private bytes = 65_536;
  private next: Promise<BusLook> | undefined;
  private last: { readonly look: BusLook; readonly text: Buffer } | undefined;

  /** `seen` is told of each look. */
  constructor(looker: BusLooker, seen: (look: BusLook) => void = () => undefined) {
    this.looker = looker;
    this.seen = seen;
  }

  /** @throws BusError as {@link BusLooker.look} */
  async text(): Promise<Buffer> {
    const look = await this.look();
    if (this.last?.look !== look) {
      const text = prometheusText(look, this.bytes);
      this.bytes = Math.ceil(text.length * 1.1);
      this.last = { look, text };
    }
    return this.last.text;
  }

  /** Good until the next one. */
  look(): Promise<BusLook> {
    this.next ??= this.begin();
    return this.next;
  }

  private async begin(): Promise<BusLook> {
    // what has arrived by now is read first, and shares this look
    await pause(0);
    this.next = undefined;
    const look = this.looker.look();
    this.seen(look);
    return look;
  }
}
