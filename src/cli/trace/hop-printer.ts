import type { Output } from '../output.js';
import type { Hop } from './hop.js';
import { hopCells, hopJson } from './trace-text.js';

/** Prints messages one after the other, as they are found: a line each, or NDJSON. */
export class HopPrinter {
  private readonly output: Output;
  private readonly isJson: boolean;
  private first: Hop | undefined;
  private previous: Hop | undefined;

  constructor(output: Output, isJson = false) {
    this.output = output;
    this.isJson = isJson;
  }

  print(hop: Hop): void {
    this.first ??= hop;
    const text = this.isJson
      ? JSON.stringify(hopJson(hop, this.first, this.previous))
      : hopCells(hop, this.previous, 0).join('  ');
    this.output.data(`${text}\n`);
    this.previous = hop;
  }
}
