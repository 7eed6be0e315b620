/**
 * The value with every string such that Postgres takes it: without NUL characters and lone surrogates, which neither
 * `text` nor `jsonb` can hold. A model or a tool may well produce one, and a call's record must not fail over it.
 */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [storableText(key), storable(entry)]),
  );
}

function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
