/** What follows from the region of a language tag. */

/** The signs of numbers in this region. White space that is no plain space groups digits everywhere. */
export function numberSigns(tag: string): { decimal: '.' | ','; groups: string } {
  const parts = new Intl.NumberFormat(tag).formatToParts(1_234_567.8);
  const decimal = parts.find(({ type }) => type === 'decimal')?.value === '.' ? '.' : ',';
  // Plain spaces and the other full stop or comma, whatever the region prefers: "1 000" and "1.000" are both written.
  return { decimal, groups: decimal === '.' ? ",'’\\u00A0\\u202F" : ".'’ \\u00A0\\u202F" };
}

/** Whether the month comes first in digits. */
export function isMonthFirst(tag: string): boolean {
  const order = new Intl.DateTimeFormat(tag).formatToParts(0).map(({ type }) => type);
  return order[0] === 'month';
}

/** `GB` of `en-GB`; empty if the tag names none. */
export function regionOf(tag: string): string {
  return new Intl.Locale(tag).region ?? '';
}
