import { ProtocolError, shown } from './protocol-error.js';

/** One entry of a `tracestate`: what one tracing system has to say. The first is the one that was changed last. */
export interface TracestateEntry {
  readonly key: string;
  readonly value: string;
}

export const TRACESTATE_ENTRIES_MAX = 32;
/** As many characters as W3C asks everybody to pass on; messages carry no more. */
export const TRACESTATE_CHARS_MAX = 512;
/** Longer entries go first when something has to go. */
const LONG_ENTRY = 128;
/** 32 of the longest entries, and white space: what is longer is refused unread. */
const INPUT_MAX = 32_768;

const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * Reads a `tracestate` header by the rules of W3C Trace Context: at most 32 entries, none twice; empty ones are allowed
 * and left out. One bad entry makes all of it invalid: the trace then goes on without it.
 *
 * @throws ProtocolError `ERR_TRACE_CONTEXT`
 */
export function parseTracestate(text: string): TracestateEntry[] {
  if (typeof text !== 'string') throw refused(text, 'a string');
  if (text.length > INPUT_MAX) throw refused(text, `at most ${INPUT_MAX} characters, not ${text.length}`);
  const entries: TracestateEntry[] = [];
  for (const member of text.split(',')) {
    const trimmed = member.replace(/^[ \t]+|[ \t]+$/g, '');
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    if (equals < 0) throw refused(trimmed, 'key=value');
    entries.push({ key: trimmed.slice(0, equals), value: trimmed.slice(equals + 1) });
    if (entries.length > TRACESTATE_ENTRIES_MAX) throw refused(text, `at most ${TRACESTATE_ENTRIES_MAX} entries`);
  }
  return check(entries);
}

/**
 * Writes a `tracestate` header of at most `charsMax` characters; '' for no entries. When it would be longer, entries of
 * more than 128 characters go first, and then the last ones: as W3C says.
 *
 * @throws ProtocolError `ERR_TRACE_CONTEXT` for entries that {@link parseTracestate} would refuse
 */
export function formatTracestate(entries: readonly TracestateEntry[], charsMax = TRACESTATE_CHARS_MAX): string {
  if (entries.length > TRACESTATE_ENTRIES_MAX)
    throw refused(`${entries.length} entries`, `at most ${TRACESTATE_ENTRIES_MAX}`);
  const members = check(entries).map(({ key, value }) => `${key}=${value}`);
  while (members.join(',').length > charsMax) {
    const long = members.findLastIndex((member) => member.length > LONG_ENTRY);
    members.splice(long >= 0 ? long : members.length - 1, 1);
  }
  return members.join(',');
}

function check<Entries extends readonly TracestateEntry[]>(entries: Entries): Entries {
  const keys = new Set<string>();
  for (const { key, value } of entries) {
    if (!KEY.test(key)) throw refused(key, 'a key: a-z, then a-z 0-9 _ - * /, or tenant@system');
    if (!VALUE.test(value)) throw refused(value, 'a value of 1 to 256 printable characters without , and =');
    if (keys.has(key)) throw refused(key, 'every key once');
    keys.add(key);
  }
  return entries;
}

function refused(found: unknown, expected: string): ProtocolError {
  return new ProtocolError('ERR_TRACE_CONTEXT', `tracestate: found ${shown(found)}, expected ${expected}`);
}
