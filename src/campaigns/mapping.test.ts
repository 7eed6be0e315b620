import { describe, expect, test } from 'vitest';
import { ContactReader, type ContactRow } from './contact-rows.ts';
import { csvLine } from './csv-export.ts';
import { type ImportOptions, importOptionsSchema } from './index.ts';
import { mapColumns } from './mapping.ts';

describe('columns', () => {
  test.each([
    [['Name', 'Mobile Phone', 'Time zone'], { phone: 1, time_zone: 2 }],
    [
      ['phoneNumber', 'timezone', 'optIn', 'consentDate'],
      { phone: 0, time_zone: 1, consent: 2, consent_at: 3 },
    ],
    [['Teléfono', 'Fuseau horaire'], { phone: 0, time_zone: 1 }],
    [['Company phone notes', 'Cell'], { phone: 1 }],
    [['home_phone', 'priority', 'Consent Source'], { phone: 0, priority: 1, consent_source: 2 }],
  ])('%j are guessed', (columns, fields) => {
    expect(mapColumns(columns, {}).fields).toEqual(fields);
  });

  test('the others are variables, under names that templates can use', () => {
    const columns = ['phone', 'First Name', 'firstName', '2nd line', 'Größe', '!!', 'E-Mail'];
    expect(mapColumns(columns, { greeting: 'First Name' }).variables).toEqual([
      { position: 1, name: 'greeting' },
      { position: 2, name: 'first_name' },
      { position: 3, name: 'column_2nd_line' },
      { position: 4, name: 'gro_e' },
      { position: 5, name: 'column' },
      { position: 6, name: 'e_mail' },
    ]);
  });

  test('what is said goes before what is guessed; a column that is not there is told of', () => {
    expect(mapColumns(['phone', 'Other'], { phone: 'other' }).fields.phone).toBe(1);
    expect(() => mapColumns(['a', 'b'], { phone: 'c' })).toThrow(
      /no column "c" \(the columns are "a", "b"\)/,
    );
    expect(() => mapColumns(['a', 'b'], {})).toThrow(/phone=COLUMN/);
  });
});

describe('rows', () => {
  const columns = ['phone', 'time_zone', 'consent', 'consent_source', 'consent_at', 'call_at', 'note'];

  function read(cells: string[], options: Partial<ImportOptions> = {}): ContactRow {
    const reader = new ContactReader(columns, { ...importOptionsSchema.parse({}), ...options });
    return reader.read({ line: 7, cells });
  }

  test('time zones are those of the column, else of the number, else of the campaign', () => {
    const campaign = { timeZone: 'America/Denver' };
    expect(read(['+16055550123', 'America/Chicago'])).toMatchObject({
      contact: { timeZones: ['America/Chicago'] },
    });
    expect(read(['+16055550123'], campaign)).toMatchObject({
      contact: { timeZones: ['America/Denver', 'America/North_Dakota/Center'] },
    });
    // A satellite telephone is nowhere.
    expect(read(['+881612345678'], campaign)).toMatchObject({ contact: { timeZones: ['America/Denver'] } });
  });

  test('consent is kept with its source and time', () => {
    expect(read(['+12025550123', '', 'yes', 'web form', '2026-03-01 10:30:00+02:00'])).toMatchObject({
      contact: { consentSource: 'web form', consentAt: '2026-03-01T08:30:00.000Z' },
    });
    expect(
      read(['+12025550123'], { consentSource: 'paper', consentAt: '2026-01-01T00:00:00Z' }),
    ).toMatchObject({
      contact: { consentSource: 'paper', consentAt: '2026-01-01T00:00:00Z' },
    });
    expect(read(['+12025550123', '', 'x'], { requireConsent: true })).toMatchObject({
      contact: { consentSource: 'list: x' },
    });
  });

  test.each([
    [['+12025550123'], { requireConsent: true }, 'no-consent'],
    [['+12025550123', '', 'No', 'web form'], {}, 'no-consent'],
    [['+12025550123', '', 'opted out'], { consentSource: 'paper' }, 'no-consent'],
    [['+12025550123', '', '', 'web', '03/04/2026'], {}, 'value-invalid'],
    [['+12025550123', '', '', '', '', '2026-02-30'], {}, 'value-invalid'],
    [['+12025550123', 'Eastern'], {}, 'value-invalid'],
  ])('%j is set aside', (cells, options, reason) => {
    expect(read(cells, options)).toMatchObject({ setAside: { line: 7, reason, raw: cells } });
  });
});

test('no cell of a CSV is a formula, and numbers stay numbers', () => {
  const cells = ['=1+1', '+1+1', '-2', '@x', '\tx', '\rx', '+12025550123', 'a"b', "O'Hara", 'x,y', ''];
  expect(csvLine(cells)).toBe(`'=1+1,'+1+1,'-2,'@x,"'\tx","'\rx",+12025550123,"a""b",O'Hara,"x,y",\r\n`);
});
