import { describe, expect, it } from 'vitest';
import { unfinishedText } from './turn-state.ts';
import { agentSpeaking, answers, DIGITS, greeted, MENU, ScriptedCall } from './turn-testing.ts';

const speech = (text: string) => ({ type: 'speech', text });

describe('keys', () => {
  const press = (call: ScriptedCall, digits: string) =>
    call.happens(...[...digits].map((digit) => ({ type: 'key', digit, protected: false }) as const));

  it('interrupt and answer a menu at once', () => {
    const call = new ScriptedCall();
    call.happens({ type: 'line-opened', input: { type: 'call-started' } });
    const replyId = call.replyId;
    call.audible();
    call.completes(MENU);
    expect(press(call, '2')).toEqual([
      { type: 'cancel-reply', replyId, rollback: false, by: 'keys' },
      { type: 'start-reply', replyId: replyId + 1, input: { type: 'keys', digits: '2' } },
    ]);
  });

  it('make a number until the terminator, the length or a pause', () => {
    expect(answers(press(greeted(DIGITS), '123#'))).toEqual([{ type: 'keys', digits: '123' }]);
    expect(answers(press(greeted(DIGITS), '1234567890'))).toEqual([{ type: 'keys', digits: '1234567890' }]);
    const call = greeted(DIGITS);
    expect(press(call, '12')).toEqual([]);
    call.waits(1400);
    expect(press(call, '3')).toEqual([]);
    expect(answers(call.waits(1500))).toEqual([{ type: 'keys', digits: '123' }]);
  });

  it('make a number that is complete before its terminator, which is then no answer to anything', () => {
    const call = greeted(DIGITS);
    expect(answers(press(call, '1234567890#'))).toEqual([{ type: 'keys', digits: '1234567890' }]);
    call.audible();
    call.completes(MENU);
    expect(press(call, '#')).toEqual([]);
    expect(answers(press(call, '2'))).toEqual([{ type: 'keys', digits: '2' }]);
  });

  it('are answers again once the number is over for longer than any pause in it', () => {
    const call = greeted(DIGITS);
    const replyId = call.replyId;
    press(call, '1234567890');
    call.audible();
    call.completes({ ...MENU, endKey: '#' });
    call.waits(1400);
    expect(press(call, '#')).toEqual([]);
    call.waits(200);
    expect(call.replyId).toBe(replyId + 1);
    expect(answers(press(call, '#'))).toEqual([{ type: 'keys', digits: '#' }]);
  });

  it('mean something where nobody asked for them', () => {
    const call = greeted();
    press(call, '5');
    expect(call.untilAnswered()).toEqual({ type: 'keys', digits: '5' });
  });

  it('wait for the end of what is protected', () => {
    const call = agentSpeaking();
    call.playing = { protected: true, remainingMs: 3000 };
    expect(call.happens({ type: 'key', digit: '1', protected: true })).toEqual([]);
    call.completes(MENU);
    expect(answers(call.played())).toEqual([{ type: 'keys', digits: '1' }]);
  });

  it('win over words half said', () => {
    const call = greeted(MENU);
    call.voiceStarts();
    call.waits(300);
    call.interim('I would like to');
    expect(answers(press(call, '3'))).toEqual([{ type: 'keys', digits: '3' }]);
    call.waits(300);
    expect(unfinishedText(call.state)).toBe('');
  });

  it('end a turn where one is said to, and what was said stands', () => {
    const message = { ...MENU, kind: 'open', endKey: '#' } as const;
    const call = greeted(message);
    call.voiceStarts();
    call.waits(300);
    call.interim('Please call me back');
    expect(answers(press(call, '#'))).toMatchObject([speech('Please call me back')]);
    expect(answers(press(greeted(message), '#'))).toEqual([{ type: 'keys', digits: '#' }]);
  });

  it('end a turn that is all "okay" as well, after the agent was cut short', () => {
    const call = agentSpeaking();
    call.completes({ ...MENU, kind: 'open', endKey: '#' });
    call.sound(900);
    call.interim('wait');
    call.interim('okay');
    expect(call.state).toMatchObject({ wasCut: true });
    expect(answers(press(call, '#'))).toEqual([speech('okay')]);
  });

  it('are not all that ends a turn: one that may take only so long has taken it', () => {
    const call = greeted({ ...MENU, kind: 'open', maxTurnMs: 5000 });
    call.voiceStarts();
    for (let count = 0; count < 11 && call.state.reply === undefined; count++) {
      call.waits(500);
      call.interim(`and ${'so on and '.repeat(count)}`);
    }
    expect(call.state.reply?.input.type).toBe('speech');
    expect(call.nowMs).toBeGreaterThanOrEqual(5000);
  });

  it('win over words half said whose end comes later', () => {
    const call = greeted(MENU);
    call.voiceStarts();
    call.waits(300);
    call.interim('I would like to');
    press(call, '3');
    call.waits(200);
    expect([...call.fallsSilent(), ...call.final('I would like to'), ...call.turnEnds()]).toEqual([]);
  });

  it('are not forgotten for words that end between them', () => {
    const call = greeted(DIGITS);
    call.voiceStarts();
    call.waits(300);
    call.interim('Are you there?');
    press(call, '12');
    call.fallsSilent();
    call.final('Are you there?');
    expect(answers(call.turnEnds())).toEqual([]);
    call.waits(300);
    press(call, '3');
    expect(call.untilAnswered()).toEqual({ type: 'keys', digits: '123' });
    expect(unfinishedText(call.state)).toBe('');
  });

  it('pressed over what is protected give way to what the caller says after it', () => {
    const call = agentSpeaking();
    call.happens({ type: 'key', digit: '1', protected: true });
    call.interim('wait, go back');
    call.final('Wait, go back.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('Wait, go back.'));
  });

  it('change nothing over a goodbye', () => {
    const call = agentSpeaking();
    call.leaving();
    expect(press(call, '1')).toEqual([]);
    expect(call.played()).toEqual([{ type: 'leave' }]);
  });
});
