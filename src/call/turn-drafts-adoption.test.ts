import { describe, expect, it } from 'vitest';
import { unfinishedText } from './turn-state.ts';
import { likelyOver, names, type ScriptedCall, YES_NO } from './turn-testing.ts';

const speech = (text: string) => ({ type: 'speech', text });
const QUESTION = 'Do you open on Sundays?';

/** A draft is at work. */
function drafting(): ScriptedCall {
  const call = likelyOver(QUESTION);
  expect(call.state.draft).toBeDefined();
  return call;
}

describe('before it is adopted, a draft', () => {
  it('runs tools that read, at once, and holds those that write', () => {
    const call = drafting();
    const replyId = call.replyId;
    expect(call.tool('look', 'reads')).toEqual([{ type: 'run-tool', replyId, callId: 'look' }]);
    expect(call.tool('book', 'writes')).toEqual([]);
    expect(call.tool('pay', 'writes')).toEqual([]);
  });

  it('has nothing played, nothing finished and no call left, whatever it does', () => {
    const call = drafting();
    const did = [
      ...call.audible(),
      ...call.leaving(),
      ...call.played(),
      ...call.completes(),
      ...call.played(),
    ];
    expect(did).toEqual([]);
    expect(call.state.reply).toBeUndefined();
    expect(unfinishedText(call.state)).toBe(QUESTION);
  });
});

describe('a draft is adopted', () => {
  it.each(['Do you open on Sundays?', 'do you open on sundays', 'Do you open, on Sundays.'])(
    'when the final words are its own but for how they are written: "%s"',
    (text) => {
      const call = drafting();
      const replyId = call.replyId;
      call.ends(text);
      expect(call.done('adopt-draft')).toMatchObject([{ replyId, input: speech(text) }]);
      expect(call.done('drop-draft')).toEqual([]);
      expect(call.done('start-reply')).toHaveLength(1);
      expect(call.state.reply?.id).toBe(replyId);
      expect(call.state.draft).toBeUndefined();
      expect(unfinishedText(call.state)).toBe('');
    },
  );

  it('and waits as the flow waits while it has not said what for', () => {
    const call = drafting();
    const { endpointing } = call.state.expect;
    const changed = { ...endpointing, numberMs: 4000 };
    call.state = { ...call.state, expect: { ...call.state.expect, endpointing: changed } };
    call.ends(QUESTION);
    expect(call.done('adopt-draft')).toHaveLength(1);
    expect(call.state.expect.endpointing).toEqual(changed);
  });

  it('and only then runs what writes, each once, in order', () => {
    const call = drafting();
    const replyId = call.replyId;
    call.tool('book', 'writes');
    call.tool('look', 'reads');
    call.tool('pay', 'writes');
    call.voiceStops();
    call.final(QUESTION);
    expect(names(call.turnEnds())).toEqual(['adopt-draft', 'run-tool', 'run-tool']);
    call.waits(3000);
    expect(call.done('run-tool').map(({ callId }) => callId)).toEqual(['look', 'book', 'pay']);
    expect(call.done('run-tool').every((command) => command.replyId === replyId)).toBe(true);
  });

  it('and is then a reply like any other: heard, finished, interrupted', () => {
    const heard = drafting();
    heard.ends(QUESTION);
    const replyId = heard.replyId;
    heard.audible();
    heard.completes(YES_NO);
    expect(names(heard.played())).toEqual(['finish-reply']);
    expect(heard.state.expect).toEqual(YES_NO);

    const cut = drafting();
    cut.ends(QUESTION);
    cut.audible();
    expect(cut.interim('no wait')).toEqual([{ type: 'cancel-reply', replyId, rollback: false, by: 'words' }]);
  });

  it('complete as it was, so that its end is known when it is played', () => {
    const call = drafting();
    call.completes(YES_NO);
    call.ends(QUESTION);
    call.audible();
    expect(names(call.played())).toEqual(['finish-reply']);
    expect(call.state.expect).toEqual(YES_NO);
    const leaving = drafting();
    leaving.leaving();
    leaving.ends(QUESTION);
    leaving.audible();
    expect(names(leaving.played())).toEqual(['leave']);
  });

  it('and rolled back like any other where the caller goes on before it is heard', () => {
    const call = drafting();
    call.ends(QUESTION);
    const replyId = call.replyId;
    expect(call.interim('and on Mondays')).toEqual([
      { type: 'cancel-reply', replyId, rollback: true, by: 'words' },
    ]);
    const changed = drafting();
    changed.tool('book', 'writes');
    changed.ends(QUESTION);
    expect(changed.interim('and on Mondays')).toMatchObject([{ type: 'cancel-reply', rollback: false }]);
  });

  it('and the silence until it is heard is watched', () => {
    const call = drafting();
    call.ends(QUESTION);
    expect(names(call.waits(3000))).toEqual(['say-filler']);
  });
});

describe('a draft is dropped', () => {
  it('when the caller goes on, and all of what they said is answered', () => {
    const call = drafting();
    const replyId = call.replyId;
    expect(call.interim('Do you open on Sundays or on')).toEqual([
      { type: 'drop-draft', replyId, reason: 'went-on' },
    ]);
    call.ends('Do you open on Sundays or on Mondays?');
    expect(call.state.reply?.input).toMatchObject(speech('Do you open on Sundays or on Mondays?'));
  });

  it('when the final words are others', () => {
    const call = drafting();
    call.ends('Do you open on Mondays?');
    expect(call.done('drop-draft')).toMatchObject([{ reason: 'went-on' }]);
    expect(call.done('adopt-draft').map(({ input }) => input)).not.toContainEqual(speech(QUESTION));
    expect(call.state.reply?.input).toMatchObject(speech('Do you open on Mondays?'));
  });

  it('when the recogniser says that the turn goes on', () => {
    const call = drafting();
    const replyId = call.replyId;
    expect(call.happens({ type: 'turn-resumed' })).toEqual([
      { type: 'drop-draft', replyId, reason: 'resumed' },
    ]);
  });

  it('when a key is pressed', () => {
    const call = drafting();
    const replyId = call.replyId;
    expect(call.happens({ type: 'key', digit: '1', protected: false })).toEqual([
      { type: 'drop-draft', replyId, reason: 'keys' },
    ]);
    expect(call.untilAnswered()).toEqual({ type: 'keys', digits: '1' });
  });

  it('when the line closes, before everything is released', () => {
    const call = drafting();
    expect(names(call.happens({ type: 'line-closed' }))).toEqual(['drop-draft', 'close']);
  });

  it('when the time is up', () => {
    const call = drafting();
    expect(names(call.fires('max-call'))).toEqual(['drop-draft', 'start-reply']);
  });

  it('without a trace: what writes never runs, and what it still does is ignored', () => {
    const call = drafting();
    const replyId = call.replyId;
    call.tool('book', 'writes');
    call.interim('Do you open on Sundays or on');
    const late = call.happens(
      { type: 'reply-audible', replyId },
      { type: 'reply-complete', replyId, expect: YES_NO },
      { type: 'reply-leaving', replyId },
      { type: 'playout-idle', replyId, more: false },
      { type: 'tool-requested', replyId, callId: 'pay', effect: 'writes' },
      { type: 'tool-requested', replyId, callId: 'look', effect: 'reads' },
      { type: 'draft-declined', replyId },
    );
    expect(late).toEqual([
      { type: 'drop-tool', replyId, callId: 'pay' },
      { type: 'drop-tool', replyId, callId: 'look' },
    ]);
    call.ends('Do you open on Sundays or on Mondays?');
    call.waits(2000);
    expect(call.done('run-tool')).toEqual([]);
    expect(call.state.expect).not.toEqual(YES_NO);
  });

  it('and its id is never used again', () => {
    const call = drafting();
    const dropped = call.replyId;
    call.interim('Do you open on Sundays or on');
    call.ends('Do you open on Sundays or on Mondays?');
    expect(call.replyId).toBeGreaterThan(dropped);
    const ids = [...call.done('start-reply'), ...call.done('start-draft')].map(({ replyId }) => replyId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
