import { readFileSync } from 'node:fs';

/** What this machine reads the time from, as the kernel names it; undefined: it does not say. */
export function clockSource(): string | undefined {
  try {
    return readFileSync('/sys/devices/system/clocksource/clocksource0/current_clocksource', 'utf8').trim();
  } catch {
    return undefined;
  }
}
