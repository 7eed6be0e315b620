import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import { testFlows } from './suite.ts';

const FLOW = `
flow: helpline
description: Answers questions.
start: talk
knowledge: [faq.txt]
nodes:
  talk: { type: agent, goal: Help., say: How can I help?, next: { done: bye } }
  bye: { type: hangup, say: Goodbye. }
tests:
  - name: parking
    steps:
      - caller: Where can I park the car?
      - model: Behind the house.
      - agent: behind the house
      - model: { fails: true }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callwright-knowledge-'));
  writeFileSync(join(folder, 'faq.txt'), 'There is a car park behind the house.');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a test of a flow looks things up by itself, without any database', async () => {
  const { flow, compiled, problems, ...rest } = checkFlow(FLOW, { file: 'helpline.yaml', folder });
  if (flow === undefined || compiled === undefined) throw new Error(JSON.stringify(problems));
  const [report] = await testFlows([{ flow, compiled, problems, ...rest }], {
    worldOf: () => ({ recordings: { read: () => undefined } }),
    signal: new AbortController().signal,
  });
  const [played] = report?.cases ?? [];
  expect(JSON.stringify(played)).toContain('the model is not asked here');
  expect(JSON.stringify(played)).toContain('"type":"knowledge"');
});
