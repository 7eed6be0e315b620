import { describe, expect, it } from 'vitest';
import { unfinishedText } from './turn-state.ts';
import {
  agentSpeaking,
  answers,
  greeted,
  HANGOVER_MS,
  names,
  ONSET_MS,
  type ScriptedCallOptions,
  YES_NO,
} from './turn-testing.ts';

const deaf: ScriptedCallOptions = { settings: { hearsVoice: false } };
const speech = (text: string) => ({ type: 'speech', text });

/** From the end of a sound to the agent being heard again. */
const GOES_ON_WITHIN_MS = 500;

describe('a sound that means nothing', () => {
  it.each([200, 350, 500])('of %d ms lets the agent go on as soon as it is over', (lengthMs) => {
    const call = agentSpeaking();
    call.sound(lengthMs);
    const endMs = call.nowMs - HANGOVER_MS;
    call.waits(1000);
    expect(call.timeOf('resume-line') - endMs).toBeLessThanOrEqual(GOES_ON_WITHIN_MS);
    expect(call.done('cancel-reply')).toEqual([]);
  });

  it.each(['uh-huh', 'Okay.', 'mm-hmm', 'right', 'I see', 'yeah yeah'])(
    'such as "%s" lets the agent go on, whenever its words come',
    (text) => {
      for (const wordsAfterMs of [-300, 0, 50, 400]) {
        const call = agentSpeaking();
        call.waits(ONSET_MS);
        call.voiceStarts();
        call.waits(300);
        const endMs = call.nowMs;
        if (wordsAfterMs < 0) call.interim(text);
        call.fallsSilent();
        call.waits(Math.max(0, wordsAfterMs));
        call.final(text);
        call.waits(300);
        call.turnEnds();
        call.waits(1000);
        expect(call.timeOf('resume-line') - endMs).toBeLessThanOrEqual(GOES_ON_WITHIN_MS);
        expect(call.done('resume-line')).toHaveLength(1);
        expect(call.done('cancel-reply')).toEqual([]);
        expect(call.done('note-words')).toEqual([{ type: 'note-words', text, overheard: false }]);
        expect(unfinishedText(call.state)).toBe('');
      }
    },
  );

  it('of several words may come word by word', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(250);
    expect(names(call.interim('I'))).not.toContain('cancel-reply');
    call.waits(250);
    expect(names(call.interim('I see'))).not.toContain('cancel-reply');
    expect(names(call.voiceStops())).toContain('resume-line');
  });

  it('that it only began like is an interruption as soon as it goes on otherwise', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(250);
    call.interim('I');
    call.waits(150);
    expect(names(call.interim('I need help'))).toContain('cancel-reply');
  });

  it('such as "uh-huh", told by the recogniser alone, lets the agent go on', () => {
    const call = agentSpeaking(deaf);
    call.recogniserHearsOnset();
    call.waits(400);
    call.interim('uh-huh');
    expect(names(call.waits(500))).toEqual(['resume-line']);
    call.final('Uh-huh.');
    call.turnEnds();
    expect(call.done('cancel-reply')).toEqual([]);
    expect(unfinishedText(call.state)).toBe('');
  });

  it('may be told again and again, and each time the agent goes on', () => {
    const call = agentSpeaking();
    for (let i = 0; i < 4; i++) {
      call.sound(300);
      call.waits(700);
      call.final('uh-huh');
      call.turnEnds();
    }
    expect(call.done('pause-line')).toHaveLength(4);
    expect(call.done('resume-line')).toHaveLength(4);
    expect(call.done('cancel-reply')).toEqual([]);
  });

  it('and never ends does not stop the agent for good', () => {
    for (const probability of [0.55, 0.95]) {
      const call = agentSpeaking();
      call.voiceStarts(probability);
      call.waits(4000);
      expect(call.state.reply?.paused).toBe(false);
    }
  });

  it('and never ends does not keep the agent from asking whether the caller is there', () => {
    const call = agentSpeaking();
    call.voiceStarts(0.55);
    call.waits(4000);
    call.completes();
    call.played();
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
  });

  it('that only the recogniser can tell, and does not explain, lets the agent go on', () => {
    const call = agentSpeaking(deaf);
    call.recogniserHearsOnset();
    expect(names(call.waits(1600))).toEqual(['resume-line']);
  });

  it('is talked over by nobody: the agent goes on when it is over, not when its words are', () => {
    const call = agentSpeaking();
    call.voiceStarts();
    call.waits(250);
    expect([...call.final('okay'), ...call.turnEnds()].filter(({ type }) => type === 'resume-line')).toEqual(
      [],
    );
    expect(names(call.fallsSilent())).toEqual([]);
    expect(names(call.waits(200))).toEqual(['resume-line']);
  });

  it('that is long costs nothing where the reply is whole: the agent goes on from where it was, within half a second', () => {
    const call = agentSpeaking();
    call.completes();
    call.sound(1100);
    const endMs = call.nowMs - HANGOVER_MS;
    expect(call.done('cancel-reply')).toEqual([]);
    call.waits(400);
    expect(call.done('resume-line')).toHaveLength(1);
    expect(call.timeOf('resume-line') - endMs).toBeLessThanOrEqual(500);
    call.final('Mm-hmm.');
    call.turnEnds();
    expect(answers(call.waits(3000))).toEqual([]);
  });

  it('that is long is waited out: its words are on their way, and cut the agent short when they come', () => {
    const call = agentSpeaking();
    call.completes();
    call.voiceStarts();
    expect(call.waits(5000).filter(({ type }) => type === 'resume-line')).toEqual([]);
    call.voiceStops();
    call.waits(100);
    expect(names(call.final('I would rather come on a Monday.'))).toContain('cancel-reply');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('I would rather come on a Monday.'));
  });

  it.each([0, 300, 900])(
    'of %d ms whose end is never told is waited out no longer than it is heard',
    (lengthMs) => {
      const call = agentSpeaking();
      call.completes();
      call.happens({ type: 'speech-started', by: 'voice', protected: false });
      for (let heardMs = 100; heardMs <= lengthMs; heardMs += 100) {
        call.waits(100);
        call.happens({ type: 'speech-continues', lengthMs: heardMs, probability: 0.9, protected: false });
      }
      expect(call.done('resume-line')).toEqual([]);
      expect(names(call.waits(1600))).toEqual(['resume-line']);
    },
  );

  it('while nobody speaks does not make the agent wait for ever', () => {
    const call = greeted();
    call.sound(200);
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
  });

  it('said early in a reply is no answer to its question, though its end was never told', () => {
    const call = agentSpeaking();
    call.sound(300);
    call.final('uh-huh');
    call.waits(3000);
    call.completes(YES_NO);
    call.waits(1500);
    call.played();
    expect(answers(call.waits(3000))).toEqual([]);
  });
});

describe('an answer over the last second of a question', () => {
  it('is taken when the question is over', () => {
    const call = agentSpeaking();
    call.completes(YES_NO);
    call.playing = { protected: false, remainingMs: 700 };
    call.sound(300);
    call.final('yeah');
    call.turnEnds();
    expect(names(call.waits(700))).not.toContain('cancel-reply');
    expect(call.done('note-words')).toEqual([]);
    const replyId = call.replyId;
    const did = [...call.played(), ...call.waits(500)];
    expect(did[0]).toEqual({ type: 'finish-reply', replyId });
    expect(answers(did)).toEqual([speech('yeah')]);
  });

  it('is taken too where it ends after the question', () => {
    const call = agentSpeaking();
    call.completes(YES_NO);
    call.playing = { protected: false, remainingMs: 300 };
    call.voiceStarts();
    call.waits(250);
    call.interim('sure');
    call.waits(100);
    call.voiceStops();
    call.waits(300);
    call.played();
    call.final('Sure.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('Sure.'));
  });
});
