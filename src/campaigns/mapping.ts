/** Which column of a list holds what. */
import { UserError } from '../user-error.ts';

const FIELDS = [
  'phone',
  'time_zone',
  'consent',
  'consent_source',
  'consent_at',
  'priority',
  'call_at',
] as const;
type Field = (typeof FIELDS)[number];

/** Where each field is, and which columns are variables of the flow under which name. Positions count from 0. */
export interface Mapping {
  readonly fields: { readonly [field in Field]?: number };
  readonly variables: readonly { readonly position: number; readonly name: string }[];
}

/** What people call these columns, best first; compared in small letters, without accents, words joined by `_`. */
const NAMES: Record<Field, readonly RegExp[]> = {
  phone: [
    /^(phone|phone_number|number|mobile|mobile_phone|cell|cell_phone|telephone|tel|msisdn|e164|to)$/,
    /^(telefon(nummer)?|handy(nummer)?|mobil(nummer)?|telefono|movil|celular|telephone_portable|portable|numero(_de_telefono)?|cellulare)$/,
    /(^|_)(phone|mobile|cell|cellphone|telephone|tel|msisdn)(_|$|\d)/,
  ],
  time_zone: [/^(time_?zone|tz|iana_time_?zone|zeitzone|zona_horaria|fuseau_horaire)$/],
  consent: [/^(consent|consented|has_consent|opt_?in|opted_in|consent_given|einwilligung|consentimiento)$/],
  consent_source: [/^(consent_(source|basis|type|method)|opt_?in_source|source_of_consent)$/],
  consent_at: [
    /^(consent_?(at|date|time|timestamp)|consented_(at|on)|opt_?in_(at|date|time)|date_of_consent)$/,
  ],
  priority: [/^(priority|prio)$/],
  call_at: [/^(call_at|not_before|call_after)$/],
};

/**
 * `wanted`: fields and names of variables, each with the name of its column; what it does not say is guessed, and every
 * other column is a variable. Throws a {@link UserError} that names the columns where one is missing.
 */
export function mapColumns(columns: readonly string[], wanted: Readonly<Record<string, string>>): Mapping {
  const fields: { [field in Field]?: number } = {};
  const taken = new Set<number>();
  const named = new Map<number, string>();
  for (const [name, column] of Object.entries(wanted)) {
    const position = positionOf(columns, name, column);
    if (isField(name)) {
      fields[name] = position;
      taken.add(position);
    } else named.set(position, variableName(name));
  }
  const plain = columns.map(plainWords);
  for (const field of FIELDS) {
    if (fields[field] !== undefined) continue;
    const position = guess(plain, NAMES[field], (at) => taken.has(at) || named.has(at));
    if (position === undefined) continue;
    fields[field] = position;
    taken.add(position);
  }
  if (fields.phone === undefined) {
    throw new UserError(
      `no column looks like telephone numbers; say which with phone=COLUMN (${listed(columns)})`,
    );
  }
  return { fields, variables: variablesOf(columns, taken, named) };
}

function isField(name: string): name is Field {
  return FIELDS.some((field) => field === name);
}

function positionOf(columns: readonly string[], name: string, column: string): number {
  const exact = columns.indexOf(column);
  const position = exact >= 0 ? exact : columns.findIndex((each) => plainWords(each) === plainWords(column));
  if (position < 0) throw new UserError(`${name}: there is no column "${column}" (${listed(columns)})`);
  return position;
}

function guess(
  plain: readonly string[],
  names: readonly RegExp[],
  isTaken: (position: number) => boolean,
): number | undefined {
  for (const name of names) {
    const position = plain.findIndex((column, at) => !isTaken(at) && name.test(column));
    if (position >= 0) return position;
  }
  return undefined;
}

/** Each column that is no field, under a name that templates can use. */
function variablesOf(
  columns: readonly string[],
  taken: ReadonlySet<number>,
  named: ReadonlyMap<number, string>,
): Mapping['variables'] {
  const used = new Set(named.values());
  return columns.flatMap((column, position) => {
    const given = named.get(position);
    if (given !== undefined) return [{ position, name: given }];
    if (taken.has(position)) return [];
    const plain = variableName(column);
    let name = plain;
    for (let next = 2; used.has(name); next += 1) name = `${plain}_${next}`;
    used.add(name);
    return [{ position, name }];
  });
}

/** As flows name variables: small letters, digits and `_`, a letter first. */
function variableName(text: string): string {
  const plain = plainWords(text).slice(0, 60);
  return /^[a-z]/.test(plain) ? plain : `column_${plain}`.replace(/_$/, '');
}

function plainWords(text: string): string {
  return text
    .replace(/(\p{Ll})(?=\p{Lu})/gu, '$1_')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

function listed(columns: readonly string[]): string {
  const shown = columns.slice(0, 20).map((column) => `"${column}"`);
  return `the columns are ${shown.join(', ')}${columns.length > shown.length ? ', …' : ''}`;
}
