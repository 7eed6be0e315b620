import { describe, expect, it } from 'vitest';
import type { AnswerProgress } from '../flows/index.ts';
import {
  agentSpeaking,
  answers,
  greeted,
  HANGOVER_MS,
  names,
  OPEN,
  PHONE,
  type ScriptedCall,
  type ScriptedCallOptions,
  YES_NO,
} from './turn-testing.ts';

const yesNo = (text: string): AnswerProgress => (/^(yes|no)\W*$/i.test(text) ? 'whole' : 'unknown');
/** Ten digits are a whole phone number, fewer the beginning of one. */
const phone = (text: string): AnswerProgress => {
  const digits = text.replaceAll(/\D/g, '').length;
  if (digits === 0) return 'unknown';
  return digits < 10 ? 'partial' : 'whole';
};

const hearing: ScriptedCallOptions = {};
const deaf: ScriptedCallOptions = { settings: { hearsVoice: false } };

const speech = (text: string) => ({ type: 'speech', text });
const listening = (call: ScriptedCall): boolean => call.state.reply === undefined;

describe('the end of a turn', () => {
  it('is at once after a bare yes to a yes or no question, before the recogniser says so', () => {
    const call = greeted(YES_NO, { progress: yesNo });
    call.voiceStarts();
    call.waits(200);
    call.interim('yes');
    expect(listening(call)).toBe(true);
    call.waits(100);
    expect(answers(call.voiceStops())).toEqual([speech('yes')]);
  });

  it('is at once after a bare yes whose words come later than its silence', () => {
    const call = greeted(YES_NO, { progress: yesNo });
    call.sound(350);
    call.waits(60);
    expect(answers(call.interim('Yes.'))).toEqual([speech('Yes.')]);
  });

  it('is where the caller fell silent, not where it was noticed', () => {
    const call = greeted(YES_NO, { progress: yesNo });
    call.sound(350);
    const [command] = call.interim('yes').slice(-1);
    const input = command !== undefined && 'input' in command ? command.input : undefined;
    expect(input).toEqual({ type: 'speech', text: 'yes', speechEndMs: call.nowMs - 200 });
  });

  it('comes with the word of the recogniser where the answer is finished', () => {
    const call = greeted(YES_NO, { ...deaf, progress: yesNo });
    call.recogniserHearsOnset();
    call.waits(300);
    expect(answers(call.final('yes'))).toEqual([]);
    expect(answers(call.turnEnds())).toEqual([speech('yes')]);
  });

  it.each([
    ['hearing', hearing],
    ['deaf', deaf],
  ])('waits longer after an unfinished sentence (%s)', (_, options) => {
    const waited = (text: string): number => {
      const call = greeted(OPEN, options);
      if (call.state.settings.hearsVoice) call.sound(800);
      call.final(text);
      call.turnEnds();
      const fromMs = call.nowMs;
      call.untilAnswered();
      return call.nowMs - fromMs;
    };
    const finished = waited('Do you open on Sundays?');
    const neither = waited('I would like to book a table');
    const unfinished = waited('I would like to book a table and');
    expect(finished).toBe(0);
    expect(neither).toBeGreaterThan(200);
    expect(neither).toBeLessThanOrEqual(520);
    expect(unfinished).toBeGreaterThan(1200);
    expect(unfinished).toBeLessThanOrEqual(1820);
  });

  it('lets a sentence be gone on with, and answers all of it once', () => {
    const call = greeted();
    call.sound(900);
    call.final('I would like a table and');
    call.turnEnds();
    call.waits(1000);
    expect(listening(call)).toBe(true);
    call.sound(700);
    call.final('a high chair.');
    expect(answers(call.turnEnds())).toEqual([speech('I would like a table and a high chair.')]);
  });

  it('does not cut a phone number off that is read out with pauses', () => {
    for (const options of [hearing, deaf]) {
      const call = greeted(PHONE, { ...options, progress: phone });
      for (const part of ['four one five 415', '555', '01']) {
        if (call.state.settings.hearsVoice) call.sound(900);
        call.interim(part);
        call.waits(300);
        call.final(part);
        call.turnEnds();
        call.waits(1300);
        expect(listening(call)).toBe(true);
      }
      if (call.state.settings.hearsVoice) call.sound(300);
      call.final('22');
      call.turnEnds();
      expect(call.untilAnswered()).toEqual(speech('four one five 415 555 01 22'));
    }
  });

  it('takes part of a phone number for what it is when no more comes', () => {
    const call = greeted(PHONE, { progress: phone });
    call.sound(900);
    call.final('415 555');
    call.turnEnds();
    const fromMs = call.nowMs;
    call.untilAnswered();
    expect(call.nowMs - fromMs).toBeLessThanOrEqual(2200);
  });

  it('waits as the node says', () => {
    const patient = { ...OPEN, endpointing: { ...OPEN.endpointing, openMs: 3000 } };
    const call = greeted(patient);
    call.sound(600);
    call.final('my name is Anna Smith');
    call.turnEnds();
    call.waits(2600);
    expect(listening(call)).toBe(true);
    call.waits(400);
    expect(listening(call)).toBe(false);
  });

  it('is not where the recogniser says so and the caller is heard going on', () => {
    const call = greeted();
    call.voiceStarts();
    call.waits(700);
    call.final('Do you open on Sundays?');
    expect(answers(call.turnEnds())).toEqual([]);
    expect(answers(call.waits(900))).toEqual([]);
    call.final('or on Mondays?');
    call.waits(200);
    call.voiceStops();
    expect(answers(call.turnEnds())).toEqual([speech('Do you open on Sundays? or on Mondays?')]);
  });

  it('counts from the last silence, not from a pause that was over before voice activity had let go', () => {
    const call = greeted();
    const recogniserEnds = () =>
      call.happens({ type: 'turn-ended', speechEndMs: call.nowMs - 250, protected: false });
    call.voiceStarts();
    call.waits(600);
    call.final('I would like');
    recogniserEnds();
    // The caller goes on within the hangover, so no new onset is told.
    call.waits(1000);
    call.interim('to book');
    call.waits(1000);
    call.final('to book a');
    expect(answers(recogniserEnds())).toEqual([]);
    call.voiceStops();
    expect(answers(call.waits(1200))).toEqual([]);
    expect(answers(call.waits(600))).toHaveLength(1);
  });

  it('is not told by an end that the caller has spoken after: it is the end of an earlier phrase, told late', () => {
    const call = greeted();
    call.sound(700);
    const speechEndMs = call.nowMs - HANGOVER_MS;
    call.waits(300);
    call.voiceStarts();
    call.interim('Do you open on Sundays?');
    call.waits(50);
    expect(answers(call.happens({ type: 'turn-ended', speechEndMs, protected: false }))).toEqual([]);
    expect(answers(call.waits(1000))).toEqual([]);
    call.final('Do you open on Sundays? or on Mondays?');
    expect(answers(call.fallsSilent())).toEqual([]);
    expect(answers(call.turnEnds())).toEqual([speech('Do you open on Sundays? or on Mondays?')]);
  });

  it('does not come at the end of a pause that the caller has just broken, though no onset of it was told', () => {
    const call = greeted();
    call.voiceStarts();
    call.waits(600);
    call.final('I would like to');
    call.voiceStops();
    const brokenMs = call.nowMs + 1550;
    expect(answers(call.turnEnds())).toEqual([]);
    call.waits(1550);
    call.happens({ type: 'speech-continues', lengthMs: 100, probability: 0.9, protected: false });
    expect(call.untilAnswered()).toEqual(speech('I would like to'));
    expect(call.nowMs - brokenMs).toBeGreaterThan(1000);
  });

  it('does not wait for a sound that goes on without a word: that is not the caller', () => {
    const call = greeted();
    call.voiceStarts();
    call.waits(700);
    call.final('Do you open on Sundays?');
    call.turnEnds();
    expect(answers(call.waits(1500))).toHaveLength(1);
  });

  it('is put off where only the recogniser can tell that the caller goes on', () => {
    const call = greeted(OPEN, deaf);
    call.final('I would like a table');
    call.turnEnds();
    call.waits(400);
    call.recogniserHearsOnset();
    expect(answers(call.waits(800))).toEqual([]);
    call.final('for four.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('I would like a table for four.'));
  });

  it('comes when a sound that followed the words turns out to be nothing', () => {
    const call = greeted();
    call.sound(700);
    call.final('I would like a table');
    call.turnEnds();
    call.waits(100);
    call.sound(300);
    expect(listening(call)).toBe(true);
    expect(call.untilAnswered()).toEqual(speech('I would like a table'));
    expect(call.nowMs).toBeLessThan(5000);
  });

  it.each([
    ['hearing', hearing],
    ['deaf', deaf],
  ])('comes by itself where the recogniser never says so (%s)', (_, options) => {
    const call = greeted(OPEN, options);
    if (call.state.settings.hearsVoice) call.sound(600);
    call.interim('tomorrow');
    const fromMs = call.nowMs;
    expect(call.untilAnswered()).toEqual(speech('tomorrow'));
    expect(call.nowMs - fromMs).toBeLessThanOrEqual(2020);
  });

  it('comes although a noise in the background never stops', () => {
    const call = greeted();
    call.voiceStarts();
    call.waits(600);
    call.final('Do you open on Sundays?');
    call.turnEnds();
    const fromMs = call.nowMs;
    expect(call.untilAnswered()).toEqual(speech('Do you open on Sundays?'));
    expect(call.nowMs - fromMs).toBeLessThan(7000);
  });

  it('is nothing where there were no words', () => {
    for (const options of [hearing, deaf]) {
      const call = greeted(OPEN, options);
      expect(call.turnEnds()).toEqual([]);
      expect(listening(call)).toBe(true);
      expect(call.armed.has('silence')).toBe(true);
    }
  });

  it('adds up finals and the interim words that were never made final', () => {
    const call = greeted(OPEN, deaf);
    call.final('I would like');
    call.interim('an appoint');
    call.interim('an appointment');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('I would like an appointment'));
  });

  it('is written down with its reason', () => {
    const call = greeted(YES_NO, { progress: yesNo });
    call.sound(350);
    call.interim('yes');
    expect(call.done('note-endpoint')).toEqual([
      { type: 'note-endpoint', reason: 'answer-whole', score: 1, waitMs: 0, progress: 'whole' },
    ]);
  });

  it('of a caller who looks something up gives them time', () => {
    const call = greeted();
    call.sound(800);
    call.final('one moment please');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual({ type: 'looking-up', text: 'one moment please' });
  });
});

describe('voice activity', () => {
  it('that is lost in the middle of a turn leaves the end to the recogniser', () => {
    const call = greeted();
    call.voiceStarts();
    call.waits(300);
    call.interim('I would like a table');
    call.happens({ type: 'hearing-changed', hearsVoice: false });
    call.waits(200);
    call.final('I would like a table.');
    expect(answers(call.turnEnds())).toEqual([speech('I would like a table.')]);
  });

  it('that is lost while the caller makes a sound does not leave the call in silence', () => {
    for (const lostAfterMs of [300, 2000, 9000]) {
      const call = greeted();
      call.voiceStarts();
      call.waits(lostAfterMs);
      call.happens({ type: 'hearing-changed', hearsVoice: false });
      expect(call.untilAnswered()).toBeDefined();
    }
  });

  it('that is lost while the agent has yielded lets it go on', () => {
    const call = agentSpeaking();
    expect(names(call.voiceStarts())).toEqual(['pause-line']);
    call.waits(100);
    call.happens({ type: 'hearing-changed', hearsVoice: false });
    expect(names(call.waits(2000))).toEqual(['resume-line']);
  });

  it('that comes back in the middle of a turn is not waited for', () => {
    const call = greeted(OPEN, deaf);
    call.recogniserHearsOnset();
    call.interim('Do you open');
    call.happens({ type: 'hearing-changed', hearsVoice: true });
    call.waits(300);
    call.final('Do you open on Sundays?');
    expect(answers(call.turnEnds())).toEqual([speech('Do you open on Sundays?')]);
  });

  it('that comes back is believed again', () => {
    const call = greeted(YES_NO, { ...deaf, progress: yesNo });
    call.happens({ type: 'hearing-changed', hearsVoice: true });
    call.sound(350);
    expect(answers(call.interim('yes'))).toEqual([speech('yes')]);
  });
});
