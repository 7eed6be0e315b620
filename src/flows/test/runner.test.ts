import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import { failureText } from './diff.ts';
import type { LiveModel, TextAnswer } from './judge.ts';
import { junitXml } from './junit.ts';
import type { RecordedAnswer } from './mocks.ts';
import type { TestWorld } from './runner.ts';
import { type FlowReport, testFlows } from './suite.ts';

const FLOW = `
flow: tables
description: Books tables.
time_zone: America/New_York
start: welcome
tools:
  find_tables:
    description: Lists free tables.
    effect: reads
    input: { people: { type: integer } }
    http: { url: "https://shop.test/tables" }
nodes:
  welcome:
    type: menu
    say: Good morning, this is Bistro. Press 1 for a table, or 2 to leave your number.
    reask: [Press 1 or 2.]
    attempts: 2
    options:
      table: { key: "1", words: [a table] }
      number: { key: "2", words: [my number] }
    next: { table: host, number: details, none: counter }
  details:
    type: collect
    slots:
      - { name: callback, type: phone, ask: What is your number? }
      - { name: day, type: date, ask: Which day? }
    next: { done: thanks, failed: counter }
  host:
    type: agent
    goal: Book a table.
    tools: [find_tables]
    next: { done: thanks, failed: counter }
  counter: { type: transfer, say: One moment., to: "+15550199", next: sorry }
  thanks: { type: hangup, say: "Thank you, goodbye.", result: booked }
  sorry: { type: hangup, say: Nobody is here., result: unanswered }
`;

/** Nothing is kept, and no model is there. */
const WORLD: TestWorld = { recordings: { read: () => undefined } };

/** Plays the tests of a flow. */
async function playFile(text: string, world: Partial<TestWorld> = {}): Promise<FlowReport> {
  const { flow, compiled, problems, ...rest } = checkFlow(text, { file: 'tables.yaml' });
  if (flow === undefined || compiled === undefined)
    throw new Error(problems.map(({ message }) => message).join('\n'));
  const { signal } = new AbortController();
  const worldOf = (): TestWorld => ({ ...WORLD, ...world });
  const [report] = await testFlows([{ flow, compiled, problems, ...rest }], { worldOf, signal });
  if (report === undefined) throw new Error('no report');
  return report;
}

/** Plays tests, written as the list under `tests:`. */
function play(tests: string, world: Partial<TestWorld> = {}): Promise<FlowReport> {
  return playFile(`${FLOW}tests:\n${tests.replaceAll(/^/gm, '  ')}\n`, world);
}

/** Plays one conversation: `passed`, or why it failed. */
async function outcomeOf(steps: string, more = '', world: Partial<TestWorld> = {}): Promise<string> {
  const list = steps
    .trim()
    .split('\n')
    .map((line) => `    ${line}`);
  const { cases } = await play(`- name: it\n  steps:\n${list.join('\n')}\n${more}`, world);
  return cases[0]?.failure?.message ?? String(cases[0]?.status);
}

describe('a conversation', () => {
  test('goes by what the caller says and presses', async () => {
    expect(
      await outcomeOf(`
- agent: this is bistro
- keys: "2"
- agent: /what is your (number|name)/
- keys: "4155550188#"
- agent: [Which week?, Which day?]
- caller: On Monday
- expect: { slots: { callback: "+14155550188", day: "2026-11-23" }, node: thanks }
- agent: thank you
- ends: { result: booked, node: thanks, by: flow }`),
    ).toBe('passed');
  });

  test('knows silence, a transfer that fails, and a caller who hangs up', async () => {
    const there =
      '- silence: 1\n- agent: Are you still there?\n- keys: "8"\n- keys: "8"\n- expect: { transfer: "+15550199" }';
    expect(
      await outcomeOf(`${there}\n- transfer_fails: busy\n- agent: Nobody is here\n- ends: unanswered`),
    ).toBe('passed');
    expect(await outcomeOf(`${there}\n- ends: { transfer: "+15550199" }`)).toBe('passed');
    expect(await outcomeOf('- hangup: true\n- ends: { by: caller }')).toBe('passed');
  });

  test('takes place when and with whom the test says', async () => {
    const steps =
      '- keys: "2"\n- caller: This number\n- caller: tomorrow\n- expect: { slots: { callback: "+442079460000", day: "2026-03-02" } }';
    // Late in the evening in New York it is tomorrow in UTC.
    expect(await outcomeOf(steps, '  now: "2026-03-01T23:30"\n  from: "+442079460000"')).toBe('passed');
  });

  test('is answered by the model as the test says', async () => {
    expect(
      await outcomeOf(
        `
- keys: "1"
- model: How many are you?
- agent: how many
- caller: Four
- model: { call: { find_tables: { people: 4 } } }
- expect: { tool: { find_tables: { people: 4 } } }
- model: { say: "At seven?" }
- caller: Fine
- model: { finish: done }
- ends: booked`,
        '  tools: { find_tables: { result: [seven] } }',
      ),
    ).toBe('passed');
    const fails =
      '- keys: "1"\n- model: { fails: true }\n- agent: something went wrong\n- caller: A table\n- model: { fails: true }';
    expect(await outcomeOf(`${fails}\n- ends: { transfer: "+15550199" }`)).toBe('passed');
  });
});

describe('a step fails', () => {
  test.each([
    ['- agent: Good evening', 'the agent does not say this'],
    [
      '- agent: Press 1\n- agent: Good morning',
      'the agent says this before the words of the step above, and not again after them',
    ],
    ['- ends: true', 'the call is not over'],
    ['- hangup: true\n- ends: { by: flow }', 'something else ended the call'],
    ['- expect: { node: host }', 'the conversation is in another node'],
    ['- expect: { slots: { day: "2026-01-01" } }', 'a slot has another value'],
    ['- expect: { tool: find_tables }', 'the tool "find_tables" was not called'],
    ['- expect: { language: de-DE }', 'another language is spoken'],
    ['- model: Hello', 'the model is not asked here'],
    ['- transfer_fails: busy', 'nobody is being called here'],
    ['- hangup: true\n- caller: Hello?', 'the call is already over'],
    ['- keys: "99"\n- caller: Hello?', 'the call is already over'],
    ['- keys: "9999"', 'the call was over before the keys 99 were pressed'],
    [
      '- keys: "1"\n- caller: For four',
      'the model is asked in node "host", and the test has no answer for it; add one of these before this step:',
    ],
    [
      '- keys: "1"\n- model: { call: { find_tables: { people: 4 } } }',
      'the tool "find_tables" runs here, and the test does not say what it answers; add to the test:',
    ],
  ])('%s', async (steps, message) => {
    expect(await outcomeOf(steps)).toBe(message);
  });

  test('where it is told what would help, down to the lines', async () => {
    const { cases } = await play(
      '- name: it\n  steps:\n    - keys: "1"\n    - agent: For how many?\n    - hangup: true',
    );
    expect(cases[0]).toMatchObject({ status: 'failed', notReached: 1, failure: { step: 1 } });
    expect(cases[0]?.failure?.add).toEqual([
      '- model: { say: "…" }',
      '- model: { call: { find_tables: { people: "…" } } }',
      '- model: { finish: done }',
    ]);
    const lines = `${FLOW}tests:\n`.split('\n').length;
    expect(cases[0]?.line).toBe(lines + 3);
  });

  test('with a tool that was called with something else, and only the difference is told', async () => {
    const steps =
      '- keys: "1"\n- model: { call: { find_tables: { people: 4 } } }\n- expect: { tool: { find_tables: { people: 5 } } }';
    const { cases } = await play(
      `- name: it\n  tools: { find_tables: { result: [] } }\n  steps:\n${steps.replaceAll(/^/gm, '    ')}`,
    );
    expect(cases[0]?.failure).toMatchObject({ expected: 'people: 5', got: 'people: 4' });
  });

  test('with what the test forbids, whenever it is said', async () => {
    expect(
      await outcomeOf('- keys: "1"\n- model: Your table is booked.', '  never_says: [/is\\s+booked/]'),
    ).toBe('the agent says what this test forbids');
  });

  test('and is read as a conversation with the step in its place', async () => {
    const { cases } = await play('- name: it\n  steps:\n    - keys: "2"\n    - agent: Which day?');
    const [one] = cases;
    if (one === undefined) throw new Error('no case');
    expect(failureText(one, 'tables.yaml').split('\n')).toEqual([
      '    node      welcome',
      '    agent     Good morning, this is Bistro. Press 1 for a table, or 2 to leave your number.',
      '    caller    (presses 2)',
      '    node      number → details',
      '    agent     What is your number?',
      `  ✗ the agent does not say this (tables.yaml:${one.line})`,
      '    expected  "Which day?"',
      '    got       "What is your number?"',
    ]);
  });
});

describe('tools', () => {
  const ask = (people: number) => `- model: { call: { find_tables: { people: ${people} } } }`;
  const result = async (mock: string, steps: string, world: Partial<TestWorld> = {}): Promise<unknown[]> => {
    const list = `- keys: "1"\n${steps}`.replaceAll(/^/gm, '    ');
    const { cases } = await play(
      `- name: it\n  tools: { find_tables: ${mock} }\n  steps:\n${list}\n    - agent: never`,
      world,
    );
    return cases.flatMap(({ happenings }) =>
      happenings.flatMap((one) =>
        one.type === 'tool-result' ? [one.isError ? { error: one.result } : one.result] : [],
      ),
    );
  };

  test('answer with a result, an error, or by their input and in turn', async () => {
    expect(await result('{ result: [seven] }', ask(4))).toEqual([['seven']]);
    expect(await result('{ error: Down. }', ask(4))).toEqual([{ error: 'Down.' }]);
    const list = '[{ when: { people: 8 }, error: Too many. }, { result: first }, { result: second }]';
    expect(await result(list, [ask(4), ask(8), ask(4), ask(4)].join('\n'))).toEqual([
      'first',
      { error: 'Too many.' },
      'second',
      'second',
    ]);
  });

  test('answer as they once did', async () => {
    const kept: RecordedAnswer[] = [{ input: { people: 4 }, result: ['eight'], isError: false }];
    const recordings = { read: (name: string) => (name === 'tables.json' ? kept : undefined) };
    expect(await result('{ recorded: tables.json }', ask(4), { recordings })).toEqual([['eight']]);
    expect(
      await outcomeOf(`- keys: "1"\n${ask(5)}`, '  tools: { find_tables: { recorded: tables.json } }', {
        recordings,
      }),
    ).toBe(
      'tables.json has no answer of "find_tables" for { people: 5 }; run the tests with --record to add it',
    );
    expect(
      await outcomeOf(`- keys: "1"\n${ask(5)}`, '  tools: { find_tables: { recorded: other.json } }', {
        recordings,
      }),
    ).toMatch(/^there is no file other.json/);
  });
});

describe('a real model', () => {
  /** Answers agents with `agent`, judges with `verdict`, and plays callers line by line. */
  const modelOf = (parts: {
    agent: Partial<TextAnswer>;
    verdict?: boolean;
    caller?: Partial<TextAnswer>[];
  }): LiveModel => {
    const lines = [...(parts.caller ?? [])];
    return async ({ tools }) => {
      const names = tools.map(({ name }) => name);
      const empty = { text: '', calls: [] };
      if (names.includes('give_verdict'))
        return {
          ...empty,
          calls: [
            { id: '1', name: 'give_verdict', input: { holds: parts.verdict ?? false, why: 'Because.' } },
          ],
        };
      if (names.includes('press_keys')) return { ...empty, ...lines.shift() };
      return { ...empty, ...parts.agent };
    };
  };
  const rubric = '  rubric: [It is polite.]';

  test('answers in place of the steps, and its words count by their meaning', async () => {
    const steps = '- keys: "1"\n- model: How many are you?\n- agent: How many are you?';
    expect(
      await outcomeOf(steps, '', {
        model: modelOf({ agent: { text: 'For how many people?' }, verdict: true }),
      }),
    ).toBe('passed');
    expect(
      await outcomeOf(steps, '', { model: modelOf({ agent: { text: 'Hello.' }, verdict: false }) }),
    ).toBe('the agent does not say this: Because.');
  });

  test('judges a rubric; without one it is skipped and says so', async () => {
    const written = `- name: it\n  steps: [{ agent: Good morning }]\n${rubric}`;
    const status = async (world?: Partial<TestWorld>) =>
      (await play(written, world)).cases.map((one) => one.status);
    expect(await status()).toEqual(['passed', 'skipped']);
    expect(await status({ model: modelOf({ agent: {}, verdict: true }) })).toEqual(['passed', 'passed']);
    expect(await status({ model: modelOf({ agent: {}, verdict: false }) })).toEqual(['passed', 'failed']);
  });

  test('plays callers, who hang up when they are done or their turns are', async () => {
    const written =
      '- name: it\n  personas: [{ persona: Brisk., goal: A table., turns: 3 }]\n  steps: [{ ends: { by: caller } }]';
    expect((await play(written)).cases).toMatchObject([{ name: 'it (caller 1)', status: 'skipped' }]);
    const caller = [
      { calls: [{ id: '1', name: 'press_keys', input: { keys: '1' } }] },
      { text: 'For four.' },
      { text: 'Bye.', calls: [{ id: '2', name: 'hang_up', input: {} }] },
    ];
    const { cases, coverage } = await play(written, { model: modelOf({ agent: { text: 'Sure.' }, caller }) });
    expect(cases).toMatchObject([{ status: 'passed' }]);
    expect(cases[0]?.happenings.filter(({ type }) => type === 'caller' || type === 'keys')).toEqual([
      { type: 'keys', keys: '1' },
      { type: 'caller', text: 'For four.' },
      { type: 'caller', text: 'Bye.' },
    ]);
    expect(coverage.nodes).toMatchObject({ visited: 2, all: 6 });
  });
});

test('a test names the campaign variables and the arms of experiments', async () => {
  const text = `
flow: hello
description: Greets.
start: hello
variables: { customer: { type: text, example: Anna } }
experiments:
  greeting:
    arms:
      short: { share: 50 }
      long: { share: 50, set: { nodes.hello.say: "A very good morning, {{ vars.customer }}." } }
nodes:
  hello: { type: hangup, say: "Hello, {{ vars.customer }}." }
tests:
  - { name: as written, variables: { customer: Ben }, steps: [{ agent: "Hello, Ben" }] }
  - { name: an arm, variables: { customer: Ben }, experiments: { greeting: long }, steps: [{ agent: "good morning, Ben" }] }
`;
  const { cases } = await playFile(text);
  expect(cases.map(({ status, failure }) => failure ?? status)).toEqual(['passed', 'passed']);
  const { problems } = checkFlow(text.replace('greeting: long }', 'greeting: lang }'), { file: 'x.yaml' });
  expect(problems.map(({ message }) => message)).toEqual([
    'the test names the arm "lang", which this flow does not have; did you mean "long"?',
  ]);
});

test('the tests of the page on flows pass', async () => {
  const page = await readFile(new URL('../../../flows/README.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, example = '']) => example);
  const bakery = examples.find((example) => example.startsWith('flow: bakery'));
  const tests = examples.find((example) => example.startsWith('tests:'));
  const { cases, coverage } = await playFile(`${bakery}\n${tests}`);
  expect(cases.map(({ name, failure }) => failure?.message ?? name)).toHaveLength(3);
  expect(cases.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(coverage.nodes.missing).toEqual([]);
});

test('nodes and transitions that no test takes are counted and named', async () => {
  const { coverage } = await play('- name: it\n  steps: [{ keys: "2" }]');
  expect(coverage.nodes).toEqual({ visited: 2, all: 6, missing: ['host', 'counter', 'thanks', 'sorry'] });
  expect(coverage.transitions.missing).toContain('welcome: none → counter');
  expect(coverage.transitions.missing).not.toContain('welcome: number → details');
});

test('a handler that leads somewhere counts as one transition, from whichever node it was taken', async () => {
  const handlers = 'handlers: { person: { words: [operator], to: counter }, again: { action: repeat } }\n';
  const tests =
    'tests:\n  - { name: it, steps: [{ caller: operator }, { expect: { transfer: "+15550199" } }] }\n';
  const all = (await playFile(`${FLOW}${handlers}${tests.replace('operator', 'A table')}`)).coverage
    .transitions;
  expect(all.missing).toContain('any node: person → counter');
  const { cases, coverage } = await playFile(`${FLOW}${handlers}${tests}`);
  expect(cases.map(({ status }) => status)).toEqual(['passed']);
  expect(coverage.transitions.all).toBe(all.all);
  expect(coverage.transitions.missing).not.toContain('any node: person → counter');
});

test('a report for CI holds every case, and nothing XML cannot', async () => {
  const report = await play(
    '- name: "a <b> & \\"c\\""\n  steps: [{ agent: "\\x07nope" }]\n  rubric: It is kind.\n- name: fine\n  steps: [{ hangup: true }]',
  );
  const xml = junitXml([report]);
  expect(xml).toContain('<testsuites name="callwright" tests="3" failures="1" errors="0" skipped="1"');
  expect(xml).toContain('name="a &lt;b&gt; &amp; &quot;c&quot;"');
  expect(xml).toContain('<failure message="the agent does not say this"');
  expect(xml).not.toContain('\u0007');
});

test('a thousand conversations take no minute', async () => {
  const one = (index: number) =>
    `- { name: n${index}, steps: [{ keys: "2" }, { keys: "4155550188#" }, { caller: tomorrow }, { ends: booked }] }`;
  const began = performance.now();
  const { cases } = await play(Array.from({ length: 1000 }, (_, index) => one(index)).join('\n'));
  expect(cases.filter(({ status }) => status === 'passed')).toHaveLength(1000);
  // A shared machine may be ten times slower than a quiet one; it takes about a second there.
  expect(performance.now() - began).toBeLessThan(60_000);
}, 60_000);
