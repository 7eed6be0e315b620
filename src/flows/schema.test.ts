import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkFiles, checkFlow, flowFiles, loadCatalogue } from './loader.ts';
import { describeSchema } from './schema.ts';

const FLOWS = new URL('../../flows/', import.meta.url);
const env = { BOOKING_URL: 'http://booking.test', CRM_URL: 'http://crm.test/mcp', CRM_TOKEN: 'a-token' };

describe('the schema for editors', () => {
  test('is the one the loader checks by', async () => {
    // `npx vitest run src/flows/schema.test.ts -u` writes the file anew.
    const schema = `${JSON.stringify(describeSchema(), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot(new URL('flow.schema.json', FLOWS).pathname);
  });

  test('describes every key', () => {
    const bare: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties' && typeof value === 'object' && value !== null) {
          for (const [name, property] of Object.entries(value)) {
            const isPlain = name === 'type' || path.endsWith('.input/anyOf/0');
            if (!isPlain && !('description' in Object(property))) bare.push(`${path}.${name}`);
            visit(property, `${path}.${name}`);
          }
        } else visit(value, `${path}/${key}`);
      }
    };
    visit(describeSchema(), '');
    expect(bare).toEqual([]);
  });
});

describe('what is in the folder of flows', () => {
  test('loads without a warning', async () => {
    const catalogue = await loadCatalogue(FLOWS.pathname, { env });
    expect(catalogue.forNumber('+15550100')?.settings.id).toBe('dental-reception');
    expect(catalogue.forNumber('+15550101')?.settings).toMatchObject({ id: 'main-menu', usesModel: false });
    const checked = await checkFiles(await flowFiles(FLOWS.pathname), env);
    expect(checked.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('every example of its page is a flow that loads, or a part of one', async () => {
    const page = await readFile(new URL('README.md', FLOWS), 'utf8');
    const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, example = '']) => example);
    expect(examples.length).toBeGreaterThan(10);
    const whole = examples.filter((example) => example.startsWith('flow:'));
    expect(whole.length).toBeGreaterThan(0);
    for (const example of examples) {
      const text = example.startsWith('flow:') ? example : inAFlow(example);
      const { problems } = checkFlow(text, { file: 'README.md', env }, whole);
      // What is set in the environment is not the page's business.
      const errors = problems.filter(
        ({ severity, code }) => severity === 'error' && code !== 'missing-environment',
      );
      expect(errors.map(({ message }) => `${message} in:\n${example}`)).toEqual([]);
    }
  });
});

/** A part of a flow with the rest around it: nodes begin with two blanks, settings do not. */
function inAFlow(example: string): string {
  const head = 'flow: example\ndescription: An example.\nstart: example-start\n';
  const end = 'example-start: { type: say, say: Hello., next: goodbye }';
  const isNodes = example.startsWith('  ');
  const other = (name: string): string =>
    isNodes && example.includes(`  ${name}:`) ? '' : `  ${name}: { type: hangup }\n`;
  const rest = `  ${end}\n${['goodbye', 'reception', 'front-desk', 'sorry', 'booked'].map(other).join('')}`;
  const slots =
    '  example-slots: { type: collect, slots: [{ name: day, type: date, ask: When? }, { name: name, type: name, ask: Who? }], next: { done: goodbye, failed: goodbye } }\n';
  if (/^nodes:$/m.test(example)) return head + example.replace(/^nodes:\n/m, `nodes:\n${rest}${slots}`);
  if (!isNodes) return `${head}${example}nodes:\n${rest}${slots}`;
  const tools = ['find_slots', 'book_appointment'].map(
    (name) => `  ${name}: { description: x, effect: reads, http: { url: "http://x.test" } }\n`,
  );
  const hours = 'hours: { mon-fri: ["09:00-17:00"] }\n';
  return `${head}${hours}tools:\n${tools.join('')}nodes:\n${rest}${slots}${example}`;
}
