import type { TraceContext } from 'alphapulse-bus/protocol';

/** The next span of a trace: its start and its id stay, so that the last service can measure from the first. */
export function carryOn(trace: TraceContext, source: number, nowNs: bigint, stageFlag: number): void {
  trace.currentTimestampNs = nowNs;
  trace.sourceService = source;
  trace.spanDepth++;
  trace.stageFlags |= stageFlag;
}

/**
 * Nanoseconds from the start of a trace to `nowNs`; undefined when the trace cannot be one of the pipeline: a stage is
 * missing, or it started in the future.
 */
export function elapsedNs(trace: TraceContext, nowNs: bigint, stageFlags: number): number | undefined {
  const elapsed = nowNs - trace.startTimestampNs;
  if (trace.startTimestampNs === 0n || elapsed < 0n || (trace.stageFlags & stageFlags) !== stageFlags) return undefined;
  return Number(elapsed);
}
