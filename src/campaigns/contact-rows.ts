/** A row of a list becomes somebody to call, or the reason why not. Pure. */
import type { ImportOptions, NewContact, SetAsideReason, SetAsideRow } from './index.ts';
import { type Mapping, mapColumns } from './mapping.ts';
import { zonesOfNumber } from './number-zones.ts';
import { toE164 } from './numbers.ts';
import type { SourceRow } from './source-rows.ts';
import { isTimeZone } from './zone-clock.ts';

export type ContactRow = { contact: NewContact; raw: readonly string[] } | { setAside: SetAsideRow };

/** Reads rows of one source. `columns` may grow between rows. Throws a `UserError` where no column holds the numbers. */
export class ContactReader {
  readonly #columns: readonly string[];
  readonly #options: ImportOptions;
  #mapping: Mapping;
  #width: number;

  constructor(columns: readonly string[], options: ImportOptions) {
    this.#columns = columns;
    this.#options = options;
    this.#mapping = mapColumns(columns, options.mapping);
    this.#width = columns.length;
  }

  get mapping(): Mapping {
    if (this.#columns.length !== this.#width) {
      this.#mapping = mapColumns(this.#columns, this.#options.mapping);
      this.#width = this.#columns.length;
    }
    return this.#mapping;
  }

  read(row: SourceRow): ContactRow {
    const { line, cells: raw } = row;
    const refuse = (reason: SetAsideReason, detail: string): ContactRow => ({
      setAside: { line, reason, detail, raw },
    });
    if (row.problem !== undefined) return refuse(row.problem.reason, row.problem.detail);
    const { fields, variables } = this.mapping;
    const cell = (field: keyof typeof fields): string => {
      const position = fields[field];
      return position === undefined ? '' : (raw[position]?.trim() ?? '');
    };
    const parsed = toE164(cell('phone'), this.#options.defaultCountry);
    if (!parsed.ok) return refuse(parsed.reason, parsed.detail);
    const zone = cell('time_zone');
    if (zone !== '' && !isTimeZone(zone)) {
      return refuse('value-invalid', `"${shortened(zone)}" is no time zone such as America/New_York`);
    }
    const priority = cell('priority');
    if (!/^\d?$/.test(priority)) return refuse('value-invalid', 'the priority must be 0 to 9');
    const callAt = instantOf(cell('call_at'));
    if (callAt === undefined) return refuse('value-invalid', `call_at must be ${TIME_FORM}`);
    const consent = consentOf(cell, this.#options);
    if ('reason' in consent) return refuse(consent.reason, consent.detail);
    const contact: NewContact = {
      line,
      number: parsed.number,
      country: parsed.country ?? null,
      timeZones: zone === '' ? this.#zonesOf(parsed.number) : [zone],
      variables: valuesOf(variables, raw),
      ...consent,
      priority: Number(priority),
      callAt,
    };
    return { contact, raw };
  }

  #zonesOf(number: string): readonly string[] {
    const zones = zonesOfNumber(number);
    const { timeZone } = this.#options;
    return zones.length > 0 || timeZone === undefined ? zones : [timeZone];
  }
}

const NO = /^(no|n|false|0|none|denied|declined|refused|revoked|withdrawn|opt(ed)?[ _-]?out|nein|non)$/i;

/** A no is a no, whether the campaign demands consent or not. */
function consentOf(
  cell: (field: 'consent' | 'consent_source' | 'consent_at') => string,
  options: ImportOptions,
):
  | { consentSource: string | null; consentAt: string | null }
  | { reason: 'no-consent' | 'value-invalid'; detail: string } {
  const given = cell('consent');
  if (NO.test(given)) return { reason: 'no-consent', detail: `consent: ${given}` };
  const consentAt = instantOf(cell('consent_at'));
  if (consentAt === undefined)
    return { reason: 'value-invalid', detail: `the time of consent must be ${TIME_FORM}` };
  const consentSource =
    cell('consent_source') || options.consentSource || (given === '' ? '' : `list: ${given}`);
  if (consentSource === '' && options.requireConsent) {
    return { reason: 'no-consent', detail: 'the row tells of no consent, and the campaign demands it' };
  }
  return { consentSource: consentSource || null, consentAt: consentAt ?? options.consentAt ?? null };
}

const TIME_FORM = 'ISO 8601, such as 2026-03-01 or 2026-03-01T09:30:00Z';

/** Null where nothing is said, undefined where it is no time. Without an offset it is UTC. */
function instantOf(text: string): string | null | undefined {
  if (text === '') return null;
  const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (form === null) return undefined;
  const [, day = '', time = '00:00', offset = 'Z'] = form;
  const at = new Date(`${day}T${time}${offset.toUpperCase()}`);
  // A day that is not in the calendar would be taken for one of the next month.
  const isDay = new Date(`${day}T00:00Z`).getUTCDate() === Number(day.slice(8));
  return isDay && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

function valuesOf(variables: Mapping['variables'], cells: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { position, name } of variables) {
    const value = cells[position]?.trim();
    if (value !== undefined && value !== '') values[name] = value;
  }
  return values;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
