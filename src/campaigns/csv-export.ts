/** CSV that a spreadsheet may open: no cell is taken for a formula. */

/** One line with its end (RFC 4180). */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * A cell, quoted where it must be. What a spreadsheet would take for a formula has an apostrophe before it; a number in
 * E.164 stays as it is, for it computes to itself and other programs must be able to read it.
 */
function csvCell(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^\+[1-9]\d{4,14}$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
