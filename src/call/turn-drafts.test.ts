import { describe, expect, it } from 'vitest';
import type { AnswerProgress } from '../flows/index.ts';
import {
  agentSpeaking,
  answers,
  greeted,
  likelyOver,
  MENU,
  names,
  OPEN,
  type ScriptedCallOptions,
} from './turn-testing.ts';

const deaf: ScriptedCallOptions = { settings: { hearsVoice: false } };
const speech = (text: string) => ({ type: 'speech', text });
const QUESTION = 'Do you open on Sundays?';

describe('a draft is begun', () => {
  it('when the recogniser holds the turn for likely over', () => {
    const call = likelyOver('I would like to book a table');
    expect(call.done('start-draft')).toEqual([
      { type: 'start-draft', replyId: 2, input: speech('I would like to book a table') },
    ]);
    expect(call.state.reply).toBeUndefined();
  });

  it.each([
    ['hearing', {}],
    ['deaf', deaf],
  ])('when a finished thought has stayed as it is for a moment (%s)', (_, options) => {
    const call = greeted(OPEN, options);
    if (call.state.settings.hearsVoice) call.sound(700);
    else call.recogniserHearsOnset();
    call.interim(QUESTION);
    expect(names(call.waits(400))).toEqual(['start-draft']);
  });

  it('to an interruption as well', () => {
    const call = agentSpeaking();
    const before = call.done('start-draft').length;
    call.voiceStarts();
    call.waits(300);
    call.interim('no I mean the museum');
    call.happens({ type: 'turn-likely' });
    expect(call.done('start-draft')).toHaveLength(before + 1);
    call.ends('No, I mean the museum.');
    expect(call.done('adopt-draft').at(-1)?.input).toMatchObject(speech('No, I mean the museum.'));
  });

  it('not to what only cut the agent short', () => {
    const call = agentSpeaking();
    const before = call.done('start-draft').length;
    call.sound(900);
    call.interim('okay');
    call.happens({ type: 'turn-likely' });
    call.final('okay');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual({ type: 'go-on' });
    expect(call.done('start-draft')).toHaveLength(before);
  });

  it('not to words that stay as they are and may well go on', () => {
    const call = greeted(OPEN, deaf);
    call.interim('I would like to book a table');
    expect(call.waits(400)).toEqual([]);
  });

  it('not while the words keep changing', () => {
    const call = greeted(OPEN, deaf);
    for (const text of ['Do you open?', 'Do you open on?', 'Do you open on Sundays?']) {
      call.interim(text);
      call.waits(100);
    }
    expect(call.done('start-draft')).toEqual([]);
  });

  it.each(['I would like to book a table and', 'my name is', 'um', 'one moment please'])(
    'not to words that break off: "%s"',
    (text) => {
      const call = likelyOver(text);
      call.waits(300);
      call.voiceStops();
      expect(call.done('start-draft')).toEqual([]);
    },
  );

  it('not to part of a number', () => {
    const call = likelyOver('415 555', { progress: (): AnswerProgress => 'partial' });
    call.voiceStops();
    call.turnEnds();
    call.waits(500);
    expect(call.done('start-draft')).toEqual([]);
  });

  it('not without words', () => {
    const call = greeted();
    expect(call.happens({ type: 'turn-likely' })).toEqual([]);
  });

  it('not while the agent speaks, not while keys are pressed, not twice at once', () => {
    const speaking = agentSpeaking();
    const before = speaking.done('start-draft').length;
    speaking.interim('okay');
    speaking.happens({ type: 'turn-likely' });
    expect(speaking.done('start-draft')).toHaveLength(before);

    const pressing = greeted({ ...MENU, keys: { max: 4, betweenMs: 1500 } });
    pressing.happens({ type: 'key', digit: '1', protected: false });
    pressing.interim(QUESTION);
    pressing.happens({ type: 'turn-likely' });
    expect(pressing.done('start-draft')).toEqual([]);

    const twice = likelyOver(QUESTION);
    twice.happens({ type: 'turn-likely' });
    expect(twice.done('start-draft')).toHaveLength(1);
  });

  it('not where the flow wants none', () => {
    const call = likelyOver(QUESTION, {
      settings: { drafts: { enabled: false, perTurn: 2, wastedPerCall: 20 } },
    });
    call.ends(QUESTION);
    expect(call.done('start-draft')).toEqual([]);
    expect(call.done('start-reply')).toHaveLength(2);
  });

  it('no more often in a turn than the flow allows, and again in the next', () => {
    const call = greeted();
    const rambles = (): void => {
      for (const text of [
        'Are you open?',
        'Are you open on Sundays?',
        'Are you open on Sundays too?',
        'So?',
      ]) {
        call.interim(text);
        call.happens({ type: 'turn-likely' });
      }
      call.turnEnds();
      call.untilAnswered();
    };
    rambles();
    expect(call.done('start-draft')).toHaveLength(2);
    call.agentSpeaks();
    rambles();
    expect(call.done('start-draft')).toHaveLength(4);
  });

  it('no more in the call once as many as the flow allows came to nothing', () => {
    const call = greeted(OPEN, { settings: { drafts: { enabled: true, perTurn: 1, wastedPerCall: 3 } } });
    for (let turn = 0; turn < 6; turn++) {
      call.interim(QUESTION);
      call.happens({ type: 'turn-likely' });
      call.final('Do you open on Mondays?');
      call.turnEnds();
      call.untilAnswered();
      call.agentSpeaks();
    }
    expect(call.done('start-draft')).toHaveLength(3);
    expect(call.done('drop-draft')).toHaveLength(3);
  });

  it('as often as you like where they are adopted', () => {
    const call = greeted(OPEN, { settings: { drafts: { enabled: true, perTurn: 1, wastedPerCall: 1 } } });
    for (let turn = 0; turn < 5; turn++) {
      call.interim(QUESTION);
      call.happens({ type: 'turn-likely' });
      call.final(QUESTION);
      call.turnEnds();
      call.agentSpeaks();
    }
    expect(call.done('adopt-draft')).toHaveLength(5);
  });
});

describe('a draft that cannot be made', () => {
  it('is forgotten: the reply begins when the turn is over', () => {
    const call = likelyOver(QUESTION, { declinesDrafts: true });
    expect(call.done('start-draft')).toHaveLength(1);
    call.fallsSilent();
    call.final(QUESTION);
    expect(answers(call.turnEnds())).toEqual([speech(QUESTION)]);
    expect(call.done('adopt-draft')).toEqual([]);
    expect(call.done('drop-draft')).toEqual([]);
  });

  it('is not adopted before it is known that there is none', () => {
    // The recogniser's end comes first, the end of the sound last, and with it the turn is over.
    const call = greeted(OPEN, { declinesDrafts: true });
    call.voiceStarts();
    call.waits(600);
    call.final(QUESTION);
    call.turnEnds();
    call.fallsSilent();
    call.waits(100);
    expect(call.done('adopt-draft')).toEqual([]);
    expect(call.state.reply?.input).toMatchObject(speech(QUESTION));
  });

  it('counts neither as made nor as wasted', () => {
    const call = greeted(OPEN, { settings: { drafts: { enabled: true, perTurn: 1, wastedPerCall: 1 } } });
    call.interim(QUESTION);
    call.happens({ type: 'turn-likely' });
    call.happens({ type: 'draft-declined', replyId: call.replyId });
    call.happens({ type: 'turn-likely' });
    expect(call.state.draft).toBeDefined();
  });
});
