import { describe, expect, it } from 'vitest';
import { askedNow, phaseOf, unfinishedText } from './turn-state.ts';
import {
  agentSpeaking,
  answers,
  greeted,
  HANGOVER_MS,
  names,
  ONSET_MS,
  OPEN,
  type ScriptedCallOptions,
} from './turn-testing.ts';

const deaf: ScriptedCallOptions = { settings: { hearsVoice: false } };
const speech = (text: string) => ({ type: 'speech', text });

/** From an onset to the interruption being decided. */
const DECIDED_WITHIN_MS = 700;

describe('the onset of speech over the agent', () => {
  it.each([
    ['by voice activity', {}],
    ['by the recogniser alone', deaf],
  ])('told %s makes the agent yield and cancels nothing', (_, options) => {
    const call = agentSpeaking(options);
    const did = call.state.settings.hearsVoice ? call.voiceStarts() : call.recogniserHearsOnset();
    expect(did).toEqual([{ type: 'pause-line' }]);
    expect(phaseOf(call.state)).toBe('speaking');
    expect(call.done('cancel-reply')).toEqual([]);
  });

  it('told twice makes it yield once', () => {
    const call = agentSpeaking();
    expect(names([...call.recogniserHearsOnset(), ...call.voiceStarts()])).toEqual(['pause-line']);
    const other = agentSpeaking();
    expect(names([...other.voiceStarts(), ...other.recogniserHearsOnset()])).toEqual(['pause-line']);
  });

  it('is not doubted because the recogniser hears it as well', () => {
    const call = agentSpeaking();
    call.voiceStarts(0.55);
    call.waits(100);
    call.recogniserHearsOnset();
    expect(call.waits(1000)).toEqual([]);
    expect(call.state.reply?.paused).toBe(true);
  });

  it('is not over for the recogniser having heard no words while it still sounds', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(150);
    expect(call.turnEnds()).toEqual([]);
    call.waits(100);
    expect(call.state.reply?.paused).toBe(true);
  });

  it('that only the recogniser heard is a knock, and holds nobody up; its words would', () => {
    const call = agentSpeaking();
    expect(call.recogniserHearsOnset()).toEqual([]);
    expect(names(call.waits(800))).toEqual([]);
    expect(names(call.interim('I meant'))).toContain('cancel-reply');
  });
});

describe('an interruption', () => {
  it('is decided by words', () => {
    const call = agentSpeaking();
    const replyId = call.replyId;
    call.voiceStarts();
    call.waits(200);
    expect(call.interim('I meant')).toEqual([
      { type: 'cancel-reply', replyId, rollback: false, by: 'words' },
    ]);
    expect(phaseOf(call.state)).toBe('listening');
    call.waits(600);
    call.final('I meant on Saturdays.');
    call.voiceStops();
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('I meant on Saturdays.'));
  });

  it.each(['stop', 'Wait.', 'no', 'hold on', 'sorry?', 'okay stop', 'excuse me'])(
    'is decided by "%s" alone',
    (text) => {
      for (const options of [{}, deaf]) {
        const call = agentSpeaking(options);
        expect(names(call.interim(text))).toEqual(['cancel-reply']);
      }
    },
  );

  it('that begins like listening is one once more is said', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(200);
    expect(call.interim('okay')).toEqual([]);
    call.waits(150);
    expect(names(call.interim('okay and on Mondays'))).toEqual(['cancel-reply']);
    expect(unfinishedText(call.state)).toBe('okay and on Mondays');
  });

  it('is decided by length, in time, where no words come', () => {
    const call = agentSpeaking();
    const onsetMs = call.nowMs;
    const replyId = call.replyId;
    call.waits(ONSET_MS);
    call.voiceStarts();
    call.waits(1000);
    expect(call.done('cancel-reply')).toEqual([
      { type: 'cancel-reply', replyId, rollback: false, by: 'length' },
    ]);
    expect(call.timeOf('cancel-reply') - onsetMs).toBeLessThanOrEqual(DECIDED_WITHIN_MS);
  });

  it('is not decided by length where the sound is hardly like speech, or the flow does not want it', () => {
    const noise = agentSpeaking();
    noise.voiceStarts(0.55);
    noise.waits(1200);
    expect(noise.done('cancel-reply')).toEqual([]);
    const unwanted = agentSpeaking({ settings: { interruptByLengthMs: 0 } });
    unwanted.voiceStarts();
    unwanted.waits(1200);
    expect(unwanted.done('cancel-reply')).toEqual([]);
  });

  it('of which nothing meaningful came lets the agent go on', () => {
    const call = agentSpeaking();
    call.sound(1000);
    const endMs = call.nowMs - HANGOVER_MS;
    expect(call.done('cancel-reply')).toHaveLength(1);
    expect(call.untilAnswered()).toEqual({ type: 'go-on' });
    expect(call.nowMs - endMs).toBeLessThanOrEqual(1200);
  });

  it('that was a drawn-out back-channel lets the agent go on, and is written down as one', () => {
    const call = agentSpeaking();
    call.sound(900);
    call.final('okay');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual({ type: 'go-on' });
    expect(call.done('note-words')).toEqual([{ type: 'note-words', text: 'okay', overheard: false }]);
    expect(unfinishedText(call.state)).toBe('');
  });

  it('of which nothing came yet is waited for while the caller still sounds', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(800);
    expect(call.done('cancel-reply')).toHaveLength(1);
    // The recogniser closes an utterance of its own, without a word.
    expect(answers(call.turnEnds())).toEqual([]);
    call.waits(300);
    call.interim('when are you open');
    expect(phaseOf(call.state)).toBe('listening');
  });

  it('of which nothing came is waited for as long as the caller sounds, but not for ever', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(700);
    expect(names(call.log.map(({ command }) => command))).toContain('cancel-reply');
    const cutAtMs = call.timeOf('cancel-reply');
    expect(answers(call.waits(2500))).toEqual([]);
    expect(answers(call.waits(1000))).toEqual([{ type: 'go-on' }]);
    expect(call.timeOf('start-reply', cutAtMs) - cutAtMs).toBe(3000);
  });

  it('of an answer that has not asked anything yet leaves the language, and what is private, as they were', () => {
    const call = greeted({ ...OPEN, as: { language: 'es-MX' }, private: true });
    call.callerSays('Quiero una cita');
    call.waits(400);
    call.audible();
    call.waits(500);
    call.interim('espera un momento');
    expect(call.state.reply).toBeUndefined();
    expect(askedNow(call.state)).toMatchObject({ as: { language: 'es-MX' }, private: true });
  });

  it('of a reply that goes on after one that was cut goes on again', () => {
    const call = agentSpeaking();
    call.sound(1000);
    call.untilAnswered();
    call.waits(300);
    call.sound(1000);
    expect(call.done('cancel-reply')).toHaveLength(2);
    expect(call.untilAnswered()).toEqual({ type: 'go-on' });
  });

  it('is decided by words that come without any onset', () => {
    const call = agentSpeaking(deaf);
    expect(names(call.interim('on Saturdays please'))).toEqual(['cancel-reply']);
  });
});

describe('words over a reply that nobody has heard yet', () => {
  it('roll it back and add up', () => {
    const call = greeted();
    call.callerSays('I need to move my appointment');
    const replyId = call.replyId;
    call.waits(100);
    call.voiceStarts();
    call.waits(200);
    expect(call.interim('to Thursday')).toEqual([
      { type: 'cancel-reply', replyId, rollback: true, by: 'words' },
    ]);
    call.voiceStops();
    call.final('to Thursday.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('I need to move my appointment to Thursday.'));
  });

  it('add up whatever they are: the agent has said nothing that one could listen to', () => {
    const call = greeted();
    call.callerSays('The blue one, I think.');
    expect(call.interim('yeah')).toMatchObject([{ type: 'cancel-reply', rollback: true }]);
    call.final('Yeah.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('The blue one, I think. Yeah.'));
  });

  it('that turn out to be a long noise cost the caller their answer for a moment only', () => {
    const call = greeted();
    call.callerSays('Do you open on Sundays?');
    call.sound(900);
    const endMs = call.nowMs - HANGOVER_MS;
    expect(call.done('cancel-reply')).toMatchObject([{ rollback: true, by: 'length' }]);
    expect(call.untilAnswered()).toEqual(speech('Do you open on Sundays?'));
    expect(call.nowMs - endMs).toBeLessThan(2500);
  });
});

describe('what must not be interrupted', () => {
  it('is not: neither sounds nor words nor stop words nor length', () => {
    for (const options of [{}, deaf]) {
      const call = agentSpeaking(options);
      call.playing = { protected: true, remainingMs: 5000 };
      const did = [...call.sound(1500), ...call.interim('stop'), ...call.final('stop it')];
      expect(names([...did, ...call.turnEnds()])).not.toContain('cancel-reply');
      expect(call.done('pause-line')).toEqual([]);
      expect(phaseOf(call.state)).toBe('speaking');
    }
  });

  it('keeps what was said over it and ended from being an answer', () => {
    const call = agentSpeaking();
    call.playing = { protected: true, remainingMs: 5000 };
    call.sound(400);
    call.final('yes yes');
    call.turnEnds();
    call.completes(OPEN);
    call.played();
    expect(answers(call.waits(3000))).toEqual([]);
  });

  it('ends: what comes after it can be interrupted', () => {
    const call = agentSpeaking();
    call.playing = { protected: true, remainingMs: 5000 };
    call.voiceStarts();
    call.waits(300);
    call.playing = { protected: false, remainingMs: 3000 };
    expect(names(call.interim('wait a minute'))).toEqual(['cancel-reply']);
  });

  it('is a goodbye: what is said over it changes nothing', () => {
    const call = agentSpeaking();
    call.leaving();
    const did = [...call.sound(900), ...call.final('oh and one more thing'), ...call.turnEnds()];
    expect(names(did).filter((name) => name !== 'note-words')).toEqual([]);
    expect(call.played()).toEqual([{ type: 'leave' }]);
  });

  it('is a goodbye that becomes one while the agent has yielded', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    expect(names(call.leaving())).toEqual(['resume-line']);
  });
});
