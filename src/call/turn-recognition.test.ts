import { describe, expect, it } from 'vitest';
import { agentSpeaking, answers, greeted, MENU } from './turn-testing.ts';

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
