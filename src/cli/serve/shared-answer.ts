import { pause } from '../pause.js';

/**
 * What is found out when somebody asks. Who asks while others are waiting shares it, so that a hundred who ask at once cost as
 * much as two; none gets what was so before he asked.
 */
export class SharedAnswer<Answer> {
  private readonly find: () => Answer;
  private next: Promise<Answer> | undefined;

  constructor(find: () => Answer) {
    this.find = find;
  }

  /** Rejects when `find` throws. */
  get(): Promise<Answer> {
    this.next ??= this.begin();
    return this.next;
  }

  private async begin(): Promise<Answer> {
    // what has arrived by now is read first, and shares this
    await pause(0);
    this.next = undefined;
    return this.find();
  }
}
