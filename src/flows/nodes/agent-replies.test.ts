/** What comes of the answers of a model: what was heard of them, and those that are no good. */
import { describe, expect, test } from 'vitest';
import { AGENT, startedAgent } from './testing.ts';

describe('what was heard', () => {
  test('replaces what was generated', () => {
    const call = startedAgent();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('We have nine, ten and eleven.');
    call.heard({ 'say-1': 'How can I help?', [requestId]: 'We have nine,' });
    call.says('Nine.');
    expect(call.messages.at(-2)).toMatchObject({ role: 'assistant', text: 'We have nine,' });
  });

  test('of nothing leaves nothing: the caller spoke twice', () => {
    const call = startedAgent();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('We have nine, ten and eleven.');
    call.heard({ [requestId]: '' });
    call.says('Are you there?');
    expect(call.messages.at(-1)).toEqual({ role: 'user', text: 'Hello.\nAre you there?' });
  });

  test('of an answer that was cut short before it was whole is kept', () => {
    const call = startedAgent();
    call.says('Hello.');
    call.heard({ [call.command('ask-model').requestId]: 'We have' });
    call.says('Nine?');
    expect(call.messages.slice(-2)).toEqual([
      { role: 'assistant', text: 'We have', toolCalls: [] },
      { role: 'user', text: 'Nine?' },
    ]);
  });

  test('that the line cut short goes on from the first word not heard', () => {
    const call = startedAgent();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('One two three four five.');
    call.heard({ [requestId]: 'One two three' });
    expect(call.event({ type: 'line-resumed', lostMs: 300 })).toEqual(['say: four five.', 'listen: open']);
    call.says('Go on.');
    expect(call.messages.at(-2)).toMatchObject({ role: 'assistant', text: 'One two three four five.' });
  });

  test('that was heard is not said again when the line is back', () => {
    const call = startedAgent();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    call.model('Which day would you like?');
    call.heard({ [requestId]: 'Which day would you like?' });
    expect(call.event({ type: 'line-resumed', lostMs: 3000 })).toEqual([
      'say: Sorry, the line dropped for a moment.',
      'listen: open',
    ]);
  });

  test('an answer that the line lost is asked for again', () => {
    const call = startedAgent();
    call.says('Hello.');
    expect(call.event({ type: 'line-resumed', lostMs: 300 })).toEqual(['ask-model']);
  });
});

describe('a model that', () => {
  test('says nothing is asked once more, then the caller is', () => {
    const call = startedAgent();
    call.says('Hello.');
    expect(call.model('')).toEqual(['ask-model']);
    expect(call.model(' ')).toEqual(['say: Sorry, could you say that again?', 'listen: open']);
  });

  test('declines is put politely', () => {
    const call = startedAgent();
    call.says('Something bad.');
    const { requestId } = call.command('ask-model');
    expect(
      call.event({ type: 'model-replied', requestId, text: '', toolCalls: [], stopReason: 'refusal' }),
    ).toEqual([expect.stringContaining("I can't help with that"), 'listen: open']);
  });

  test('runs out of tokens is heard as far as it came, and goes on', () => {
    const call = startedAgent();
    call.says('Hello.');
    const { requestId } = call.command('ask-model');
    expect(
      call.event({
        type: 'model-replied',
        requestId,
        text: 'Well, it',
        toolCalls: [],
        stopReason: 'max-tokens',
      }),
    ).toEqual(['ask-model']);
    expect(call.notes).toContainEqual({
      type: 'problem',
      node: 'talk',
      problem: 'the answer was cut short by the token limit',
    });
  });

  test('fails is apologised for, and the third time in a row ends the call', () => {
    const call = startedAgent(AGENT.replace('goal:', 'offline: false\n    goal:'));
    const sorry = [expect.stringMatching(/^say: Sorry, something went wrong/), 'listen: open'];
    call.says('Hello.');
    expect(call.modelFails()).toEqual(sorry);
    call.says('Hello.');
    expect(call.modelFails()).toEqual(sorry);
    call.says('Hello.');
    expect(call.modelFails()).toEqual([expect.stringMatching(/^say: I am sorry/), 'hang-up: error']);
  });

  test('fails twice leads to `failed` where the node has it', () => {
    const call = startedAgent(AGENT.replace('done: {', 'failed: desk\n      done: {'));
    call.says('Hello.');
    call.modelFails('Well');
    call.says('Hello.');
    expect(call.command('ask-model').request.tools.at(-1)).toMatchObject({
      input: { properties: { outcome: { enum: ['done', 'person'] } } },
    });
    expect(call.modelFails()).toEqual(['transfer: +15550199']);
  });

  test('comes back is forgiven', () => {
    const call = startedAgent();
    for (let turn = 0; turn < 4; turn++) {
      call.says('Hello.');
      call.modelFails();
      call.says('Hello.');
      expect(call.model('Hello!')).toEqual(['listen: open']);
    }
  });
});
