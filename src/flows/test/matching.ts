/** Whether what happened is what a test expects: words, and values of which only a part is named. */
import { regexOf } from '../schema-tests.ts';

/** Where in `said` the expected words end, searched from `from`; undefined where they are not there. */
export function findWords(said: string, expected: string, from = 0): number | undefined {
  const regex = regexOf(expected);
  if (regex !== undefined) {
    const match = regex.exec(said.slice(from));
    return match === null ? undefined : from + match.index + match[0].length;
  }
  const wanted = plain(expected);
  const at = said.indexOf(wanted, from);
  return at < 0 ? undefined : at + wanted.length;
}

/** Words as they are compared: whatever the case, the white space and the kind of quotes and dashes. */
export function plain(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\u2018\u2019\u201a\u02bc]/g, "'")
    .replaceAll(/[\u201c\u201d\u201e]/g, '"')
    .replaceAll(/[\u2010-\u2015]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/** A value that is not as expected. `path`: where in it, such as `.date` or `[0].id`; empty for the whole. */
export interface Difference {
  path: string;
  expected: unknown;
  got: unknown;
}

/** How a value differs from what is expected of it. Of maps only the named keys count; null expects nothing there. */
export function differences(expected: unknown, got: unknown, path = ''): Difference[] {
  if (isMap(expected) && isMap(got)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(value, own(got, key), `${path}.${key}`),
    );
  }
  if (Array.isArray(expected) && Array.isArray(got) && expected.length === got.length) {
    return expected.flatMap((value, index) => differences(value, got[index], `${path}[${index}]`));
  }
  return isSame(expected, got) ? [] : [{ path, expected, got }];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** YAML as people write it: `4` and `"4"` are the same, and null is the same as nothing. */
function isSame(expected: unknown, got: unknown): boolean {
  if (expected === null || expected === undefined) return got === null || got === undefined;
  const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
  if (isPlain(expected) && isPlain(got)) return String(expected) === String(got);
  return JSON.stringify(expected) === JSON.stringify(got);
}

function own(map: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
