import { describe, expect, test } from 'vitest';
import { checkFlow } from './loader.ts';

const flowWith = (experiments: string): string => `flow: test
description: A test.
model: none
start: hello
voice: { id: one }
nodes:
  hello: { type: say, say: Hello., next: bye }
  bye: { type: hangup }
experiments:
${experiments}
`;
const oneArm = (set: string): string =>
  flowWith(`  greeting:\n    arms:\n      plain: {}\n      other:\n        set:\n          ${set}`);

const problemsOf = (text: string): string[] =>
  checkFlow(text, { file: 'test.yaml' }).problems.map(
    ({ line, severity, message }) => `${line}:${severity}: ${message}`,
  );

describe('an arm', () => {
  test.each([
    ['nodes.hello.say: Good morning.', 'Good morning.'],
    ['nodes.hello: { type: say, say: Good evening., next: bye }', 'Good evening.'],
    ['nodes.extra: { type: say, say: Never heard., next: bye }', 'Hello.'],
  ])('may set %s', (set, said) => {
    const { flow, problems } = checkFlow(oneArm(set), { file: 'test.yaml' });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(flow?.variants.map(({ settings }) => settings.version.split('+')[1])).toEqual([
      'greeting.plain',
      'greeting.other',
    ]);
    expect(flow?.variants.map((variant) => variant.prompts()[0])).toEqual(['Hello.', said]);
  });

  test.each([
    [
      'nodes.helo.say: Hi.',
      '15:error: there is no place "nodes.helo.say" in this file; did you mean "nodes.hello.say"?',
    ],
    ['nodes.hello.say.x: Hi.', 'there is no place "nodes.hello.say.x"'],
    [
      'nodes.hello.next: by',
      'with arm "other" of "greeting": node "hello" goes to "by", which does not exist; did you mean "bye"?',
    ],
    ['nodes.hello.say: ""', 'with arm "other" of "greeting": "nodes.hello.say" must not be empty'],
    ['nodes.hello.sya: Hi.', 'with arm "other" of "greeting"'],
    ['nodes.hello.say: "{{ slots.nobody }}"', 'with arm "other" of "greeting"'],
    ['voice.speed: 9', 'with arm "other" of "greeting": "voice.speed"'],
    ['start: nowhere', 'with arm "other" of "greeting"'],
    ['flow: another', '15:error: "flow" is the same in all arms'],
    ['numbers: ["+15550123"]', '"numbers" is the same in all arms'],
    ['experiments.greeting.arms.plain.share: 3', '"experiments" is the same in all arms'],
    ['knowledge: [faq.md]', '"knowledge" is the same in all arms'],
  ])('may not set %s', (set, message) => {
    const problems = problemsOf(oneArm(set)).filter((line) => line.includes(':error:'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^15:/);
    expect(problems[0]).toContain(message);
  });
});

test.each([
  ['  greeting: { arms: { only: {} } }', 'at least two arms'],
  ['  greeting: { arms: { a: { share: 0 }, b: {} } }', 'must be more than 0'],
  ['  greeting: { arms: { "a.b": {}, b: {} } }', 'small letter'],
  ['  Greeting: { arms: { a: {}, b: {} } }', 'small letter'],
  [
    Array.from({ length: 6 }, (_, index) => `  e${index}: { arms: { a: {}, b: {} } }`).join('\n'),
    'the experiments have 64 combinations of arms; 32 at most can be told apart',
  ],
])('the experiments %s are refused', (experiments, message) => {
  expect(problemsOf(flowWith(experiments)).join('\n')).toContain(message);
});

test('a mistake that several combinations share is told once', () => {
  const text = flowWith(
    '  greeting:\n    arms: { plain: {}, other: { set: { nodes.hello.next: by } } }\n  voice:\n    arms: { a: {}, b: { set: { voice.id: two } } }',
  );
  expect(problemsOf(text)).toHaveLength(1);
});
