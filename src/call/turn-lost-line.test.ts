/** The line goes while somebody is speaking; the next one begins where it left off. */
import { describe, expect, it } from 'vitest';
import { unfinishedText } from './turn-state.ts';
import { agentSpeaking, answers, DIGITS, greeted, MENU, names, ScriptedCall } from './turn-testing.ts';

const NOTICE = { protected: true, remainingMs: 4000 };

describe('when the line goes', () => {
  it('what was said over a notice is known, and no turn: the notice goes on', () => {
    const call = agentSpeaking();
    call.happens({ type: 'words', text: 'I want something else', final: true, ...NOTICE });
    call.happens({ type: 'line-closed' });
    expect(call.log.map(({ command }) => command)).toContainEqual({
      type: 'note-words',
      text: 'I want something else',
      overheard: true,
    });
    expect(call.log.at(-1)?.command).toEqual({ type: 'close', overReply: true });
    expect(unfinishedText(call.state)).toBe('');
  });

  it('a back-channel over the agent is one', () => {
    const call = agentSpeaking();
    call.happens({ type: 'words', text: 'mm-hmm', final: true, protected: false, remainingMs: 4000 });
    call.happens({ type: 'line-closed' });
    expect(call.log.map(({ command }) => command)).toContainEqual({
      type: 'note-words',
      text: 'mm-hmm',
      overheard: false,
    });
  });

  it('an answer that was given a moment before the end of the question stands', () => {
    const call = agentSpeaking();
    const { replyId } = call;
    call.happens({ type: 'reply-complete', replyId, expect: MENU });
    call.happens({ type: 'words', text: 'yes', final: true, protected: false, remainingMs: 300 });
    call.happens({ type: 'line-closed' });
    expect(unfinishedText(call.state)).toBe('yes');
    expect(call.log.at(-1)?.command).toEqual({ type: 'close', overReply: false });
  });

  it('a turn that nobody has answered is left as it is', () => {
    const call = greeted();
    call.happens({ type: 'words', text: 'I want to', final: false, protected: false, remainingMs: 0 });
    call.happens({ type: 'line-closed' });
    expect(unfinishedText(call.state)).toBe('I want to');
    expect(call.log.at(-1)?.command).toEqual({ type: 'close', overReply: false });
  });
});

describe('when it is back', () => {
  it('what was asked is still asked', () => {
    const call = new ScriptedCall();
    const asked = { ...DIGITS, private: true };
    call.happens({ type: 'line-opened', input: { type: 'unheard' }, asked });
    call.waits(500);
    // Nobody records what is private while the agent asks again.
    expect(call.state.reply?.expectBefore).toEqual(asked);
    call.audible();
    call.completes(asked);
    call.happens({ type: 'playout-idle', replyId: 1, more: false });
    for (const digit of ['1', '2', '#']) call.happens({ type: 'key', digit, protected: false });
    expect(answers(call.log.map(({ command }) => command)).at(-1)).toEqual({ type: 'keys', digits: '12' });
  });

  it('the rest of what was lost is no turn, and not talked over', () => {
    const call = new ScriptedCall();
    call.happens({ type: 'line-opened', input: { type: 'unheard' } });
    call.voiceStarts();
    call.waits(800);
    call.happens({ type: 'words', text: 'next', final: false, protected: false, remainingMs: 0 });
    call.happens({ type: 'words', text: 'next Tuesday.', final: true, protected: false, remainingMs: 0 });
    expect(call.state.reply).toBeUndefined();
    call.voiceStops();
    call.happens({ type: 'turn-ended', protected: false });
    const done = call.waits(500);
    expect(answers(done)).toEqual([{ type: 'unheard' }]);
    expect(call.state.heard.finals).toEqual([]);
    expect(names(call.log.map(({ command }) => command))).toContain('note-words');
  });

  it('whoever talks on and on is asked all the same, and keys are taken', () => {
    const talking = new ScriptedCall();
    talking.happens({ type: 'line-opened', input: { type: 'unheard' } });
    talking.voiceStarts();
    expect(answers(talking.waits(3100))).toEqual([{ type: 'unheard' }]);
    const pressing = new ScriptedCall();
    pressing.happens({ type: 'line-opened', input: { type: 'unheard' }, asked: DIGITS });
    for (const digit of ['1', '#']) pressing.happens({ type: 'key', digit, protected: false });
    expect(answers(pressing.log.map(({ command }) => command))).toEqual([{ type: 'keys', digits: '1' }]);
  });
});
