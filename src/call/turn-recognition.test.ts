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

  it('asks again for what was understood only in part', () => {
    const call = greeted(MENU);
    call.happens({ type: 'recognition-behind', untold: true });
    call.happens({ type: 'words', text: 'book the', final: false, protected: false, remainingMs: 0 });
    expect(answers(call.happens(LOST))).toEqual([LOST]);
    expect(call.state.heard.interim).toBe('');
  });

  it('says nothing of it where it goes on with ears elsewhere, and keeps what was understood', () => {
    const call = greeted(MENU);
    call.happens({ type: 'words', text: 'book the', final: false, protected: false, remainingMs: 0 });
    expect(answers(call.happens({ ...LOST, movesOn: true }))).toEqual([]);
    expect(call.state.heard.interim).toBe('book the');
  });

  it('asks again as soon as ever for what nobody will tell', () => {
    const call = greeted(MENU);
    call.happens({ type: 'recognition-behind', untold: true });
    call.happens(LOST);
    call.audible();
    call.completes(MENU);
    call.happens({ type: 'playout-idle', replyId: call.replyId, more: false });
    call.happens({ type: 'recognition-behind', untold: true });
    call.sound(900);
    expect(call.state.reply).toBeUndefined();
    const sinceMs = call.nowMs;
    expect(call.untilAnswered()).toEqual(LOST);
    expect(call.nowMs - sinceMs).toBeLessThan(4000);
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

describe('a recogniser that tells late what another has left', () => {
  const BEHIND = { type: 'recognition-behind', untold: true } as const;
  const CAUGHT_UP = { type: 'recognition-caught-up' } as const;

  it('is waited for: half of what was said is not answered', () => {
    const call = greeted();
    call.voiceStarts();
    call.happens(BEHIND);
    call.happens({ type: 'words', text: 'Please.', final: false, protected: false, remainingMs: 0 });
    call.voiceStops();
    call.happens({ type: 'turn-ended', protected: false });
    expect(answers(call.waits(3000))).toEqual([]);
    call.happens({ type: 'words', text: 'Please book it.', final: true, protected: false, remainingMs: 0 });
    expect(answers(call.happens({ type: 'turn-ended', protected: false }))).toEqual([]);
    expect(answers(call.happens(CAUGHT_UP))).toMatchObject([{ type: 'speech', text: 'Please book it.' }]);
  });

  it('is not waited for without end', () => {
    const call = greeted();
    call.happens(BEHIND);
    call.happens({ type: 'words', text: 'Hello there.', final: true, protected: false, remainingMs: 0 });
    expect(answers(call.waits(9000))).toMatchObject([{ type: 'speech', text: 'Hello there.' }]);
  });

  it('drafts nothing meanwhile', () => {
    const call = greeted();
    call.happens(BEHIND);
    call.happens({ type: 'words', text: 'Hello there.', final: false, protected: false, remainingMs: 0 });
    const done = call.happens({ type: 'turn-likely' });
    expect(names(done)).not.toContain('start-draft');
  });
});

it('words whose end no recogniser tells are answered soon after the ear has heard it', () => {
  const call = greeted();
  call.voiceStarts();
  call.waits(600);
  call.happens({ type: 'words', text: 'I need a table.', final: false, protected: false, remainingMs: 0 });
  call.waits(400);
  call.voiceStops();
  expect(answers(call.waits(1200))).toMatchObject([{ type: 'speech', text: 'I need a table.' }]);
});
