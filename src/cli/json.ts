/** A value as JSON can have it: bigints become text, because they do not fit a JSON number. */
export function jsonOf(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (hasOwnJson(value)) return jsonOf(value.toJSON());
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, jsonOf(entry)]));
}

function hasOwnJson(value: object): value is { toJSON: () => unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
