import { memoryWarnings, type MemoryReport } from '../layout/memory-report.js';
import type { Logger } from './options.js';

/** What the attachments of one bus got of the memory options of their channels. */
export class MemoryGrants {
  private readonly logger: Logger | undefined;
  private readonly reports = new Map<string, MemoryReport>();
  private readonly told = new Set<string>();

  constructor(logger: Logger | undefined) {
    this.logger = logger;
  }

  /** Keeps a report, and tells the logger what it has not been told yet. */
  note(channel: string, report: MemoryReport): void {
    this.reports.set(channel, report);
    for (const warning of memoryWarnings(channel, report)) {
      if (this.told.has(warning)) continue;
      this.told.add(warning);
      this.logger?.warn({ channel }, warning);
    }
  }

  of(channel: string): MemoryReport | undefined {
    return this.reports.get(channel);
  }
}
