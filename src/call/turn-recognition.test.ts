import { describe, expect, it } from 'vitest';
import { agentSpeaking, answers, greeted, MENU, names } from './turn-testing.ts';

const LOST = { type: 'recognition-lost' } as const;

describe('a call that no recogniser listens to any more', () => {
  it('tells its caller at once, where it waits for them', () => {
    expect(answers(greeted(MENU).happens(LOST))).toEqual([LOST]);
  });

  it('says first what it is saying', () => {
    const call = agentSpeaking();
    const { replyId } = call;
    expect(answers(call.happens(LOST))).toEqual([]);
    call.happens({ type: 'reply-complete', replyId, expect: MENU });
    expect(answers(call.happens({ type: 'playout-idle', replyId, more: false }))).toEqual([LOST]);
  });

  it('answers first what was understood by then', () => {
    const call = greeted();
    call.happens({ type: 'words', text: 'hello there', final: true, protected: false, remainingMs: 0 });
    expect(answers(call.happens(LOST))).toEqual([]);
    expect(call.untilAnswered()).toMatchObject({ type: 'speech', text: 'hello there' });
  });

  it('says nothing of it where one listens again before it could', () => {
    const call = agentSpeaking();
    const { replyId } = call;
    call.happens(LOST, { type: 'recognition-back' });
    call.happens({ type: 'reply-complete', replyId, expect: MENU });
    expect(answers(call.happens({ type: 'playout-idle', replyId, more: false }))).toEqual([]);
  });

  it('is not stopped by sounds, which no word can follow', () => {
    const call = agentSpeaking();
    call.happens(LOST);
    const heard = call.happens({ type: 'speech-started', by: 'voice', protected: false });
    const goesOn = call.happens({
      type: 'speech-continues',
      lengthMs: 2000,
      probability: 1,
      protected: false,
    });
    expect(names([...heard, ...goesOn])).not.toContain('pause-line');
    expect(names([...heard, ...goesOn])).not.toContain('cancel-reply');
  });

  it('still takes keys', () => {
    const call = greeted(MENU);
    call.happens(LOST);
    call.audible();
    call.completes(MENU);
    expect(answers(call.happens({ type: 'key', digit: '2', protected: false }))).toEqual([
      { type: 'keys', digits: '2' },
    ]);
  });
});
