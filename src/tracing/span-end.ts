import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { ATTRIBUTE } from './conventions.js';

/** Ends the span of what threw: with the error, and its code or class as `error.type`. */
export function endFailed(span: Span, error: unknown): void {
  const isError = error instanceof Error;
  const message = isError ? error.message : String(error);
  span.recordException(isError ? error : message);
  endRefused(span, errorType(error), message);
}

/** Ends the span of what was refused without being thrown. */
export function endRefused(span: Span, type: string, message: string): void {
  span.setAttribute(ATTRIBUTE.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
