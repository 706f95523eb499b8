import type { UnusableChannel } from '../../observe/watched-channels.js';

/** Says once of each channel that it cannot be looked at, why, and when it can be again. */
export class UnusableLog {
  private readonly say: (line: string) => void;
  private known = new Map<string, string>();

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  see(unusable: readonly UnusableChannel[]): void {
    // names of files may hold anything, and a terminal obeys
    const plain = (text: string): string => text.replaceAll(/\p{C}/gu, '?');
    const now = new Map(unusable.map(({ channel, code, reason }) => [channel, plain(`${reason} (${code})`)]));
    for (const [channel, why] of now)
      if (this.known.get(channel) !== why) this.say(`channel ${JSON.stringify(channel)} cannot be looked at: ${why}\n`);
    for (const channel of this.known.keys())
      if (!now.has(channel))
        this.say(`channel ${JSON.stringify(channel)}: nothing unusable is in its place any more\n`);
    this.known = now;
  }
}
