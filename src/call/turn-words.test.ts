import { describe, expect, it } from 'vitest';
import type { AnswerProgress } from '../flows/index.ts';
import { unfinishedText } from './turn-state.ts';
import {
  agentSpeaking,
  answers,
  greeted,
  names,
  OPEN,
  type ScriptedCall,
  type ScriptedCallOptions,
  YES_NO,
} from './turn-testing.ts';

const yesNo = (text: string): AnswerProgress => (/^(yes|no|friday)\W*$/i.test(text) ? 'whole' : 'unknown');
const hearing: ScriptedCallOptions = {};
const deaf: ScriptedCallOptions = { settings: { hearsVoice: false } };
const speech = (text: string) => ({ type: 'speech', text });
const listening = (call: ScriptedCall): boolean => call.state.reply === undefined;

describe('words that were answered before the recogniser had finished with them', () => {
  /** Answered on the interim, as soon as the audio fell silent. */
  function answeredEarly(): ScriptedCall {
    const call = greeted(YES_NO, { progress: yesNo });
    call.sound(350);
    expect(answers(call.interim('yes'))).toEqual([speech('yes')]);
    return call;
  }

  it('are not said twice when their final comes', () => {
    const call = answeredEarly();
    call.waits(200);
    expect(call.interim('Yes')).toEqual([]);
    expect(call.final('Yes.')).toEqual([]);
    expect(call.turnEnds()).toEqual([]);
    expect(listening(call)).toBe(false);
  });

  it('may turn out to be more in the final alone, also once the answer is heard', () => {
    const call = greeted(YES_NO, { progress: yesNo });
    call.sound(350);
    call.interim('yes');
    call.waits(50);
    call.audible();
    call.sound(500);
    call.final('Yes, but on Monday.');
    call.turnEnds();
    call.waits(500);
    expect(call.untilAnswered()).toEqual({ type: 'speech', text: 'Yes, but on Monday.' });
  });

  it('may read otherwise in the end', () => {
    const call = greeted(YES_NO, { progress: yesNo });
    call.sound(350);
    call.interim('Friday');
    call.waits(150);
    call.final('Five days.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(expect.objectContaining({ type: 'speech', text: 'Five days.' }));
  });

  it('do not interrupt the agent who is answering them', () => {
    const call = answeredEarly();
    call.waits(100);
    call.audible();
    call.waits(100);
    expect([...call.final('Yes.'), ...call.turnEnds()]).toEqual([]);
    call.completes();
    call.played();
    expect(unfinishedText(call.state)).toBe('');
  });

  it('may turn out to be more, which is answered instead, each word once', () => {
    const call = answeredEarly();
    call.waits(150);
    call.voiceStarts();
    call.waits(100);
    call.interim('yes but on Monday');
    call.waits(300);
    call.voiceStops();
    call.final('Yes, but on Monday.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('Yes, but on Monday.'));
  });

  it('are not those that only begin with the same letters: these are new', () => {
    const call = greeted();
    call.sound(900);
    call.interim('Sorry, what was that?');
    call.turnEnds();
    call.untilAnswered();
    call.audible();
    call.waits(300);
    call.voiceStarts();
    call.waits(300);
    expect(names(call.interim('so'))).toContain('cancel-reply');
    expect(unfinishedText(call.state)).toBe('so');
  });

  it('interrupt like any others when they are said again', () => {
    const call = answeredEarly();
    call.final('Yes.');
    call.turnEnds();
    call.waits(300);
    call.audible();
    call.waits(900);
    expect(names(call.interim('yes'))).toEqual(['cancel-reply']);
  });

  it('may be said again later, and are then another answer', () => {
    const call = answeredEarly();
    call.final('Yes.');
    call.turnEnds();
    call.waits(300);
    call.agentSpeaks(YES_NO);
    call.waits(500);
    call.sound(350);
    expect(answers(call.interim('yes'))).toEqual([speech('yes')]);
  });

  it('of a turn that ended by itself are not answered again either', () => {
    const call = greeted(OPEN, deaf);
    call.interim('tomorrow');
    call.untilAnswered();
    call.waits(300);
    call.audible();
    expect([...call.final('Tomorrow.'), ...call.turnEnds()]).toEqual([]);
  });
});

describe('words that the recogniser takes back', () => {
  it('are no turn', () => {
    for (const options of [hearing, deaf]) {
      const call = greeted(OPEN, options);
      if (call.state.settings.hearsVoice) call.sound(200);
      call.interim('the');
      call.waits(200);
      call.interim('');
      expect(unfinishedText(call.state)).toBe('');
      expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
    }
  });

  it('leave the words before them', () => {
    const call = greeted();
    call.sound(900);
    call.final('I would like a table.');
    call.interim('the');
    call.interim('');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('I would like a table.'));
  });

  it('and had cut the agent short let it go on', () => {
    const call = agentSpeaking();
    call.sound(300);
    expect(names(call.interim('the'))).toEqual(['cancel-reply']);
    call.waits(200);
    call.interim('');
    expect(call.untilAnswered()).toEqual({ type: 'go-on' });
  });

  it('take their draft with them', () => {
    const call = greeted();
    call.interim('Do you open on Sundays?');
    call.happens({ type: 'turn-likely' });
    expect(names(call.interim(''))).toEqual(['drop-draft']);
  });
});
