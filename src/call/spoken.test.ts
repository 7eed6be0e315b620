import { describe, expect, it } from 'vitest';
import { SpokenText } from './spoken.ts';

describe('what was heard', () => {
  it('is the words played to their end', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'Hello there, caller.');
    run.audio(0, 1200);
    run.word('Hello', 0, 400);
    run.word('there', 400, 800);
    run.word('caller', 800, 1200);
    run.end();
    expect(spoken.parts(399)).toEqual([
      { partId: 'a', said: 'Hello there, caller.', heard: '', complete: false },
    ]);
    expect(spoken.parts(900)[0]).toMatchObject({ heard: 'Hello there,', complete: false });
    expect(spoken.parts(1200)[0]).toMatchObject({ heard: 'Hello there, caller.', complete: true });
  });

  it('is told by part, pieces of one part being joined as they were', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'One two,');
    run.say('a', ' three.');
    run.say('b', 'Four.');
    run.audio(0, 400);
    run.end();
    expect(spoken.parts(400)).toEqual([
      { partId: 'a', said: 'One two, three.', heard: 'One two, three.', complete: true },
      { partId: 'b', said: 'Four.', heard: 'Four.', complete: true },
    ]);
  });

  it('follows audio that another stream interrupted', () => {
    const spoken = new SpokenText();
    const slow = spoken.beginRun(false);
    slow.say('a', 'One two');
    slow.word('One', 0, 100);
    slow.word('two', 100, 200);
    slow.audio(0, 100);
    const filler = spoken.beginRun(false);
    filler.say('filler', 'Moment');
    filler.audio(100, 500);
    filler.end();
    slow.audio(600, 100);
    slow.end();
    expect(spoken.parts(650).map((part) => part.heard)).toEqual(['One', 'Moment']);
    expect(spoken.parts(700).map((part) => part.heard)).toEqual(['One two', 'Moment']);
  });

  it('is estimated by letters where the voice tells no times', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'aaaa bbbb cccc');
    run.audio(0, 1400);
    run.end();
    expect(spoken.parts(950)[0]?.heard).toBe('aaaa bbbb');
  });

  it('survives a voice that splits, joins and spells words its own way', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'It costs $5.50 at 3 p.m. today');
    run.audio(0, 3000);
    for (const [i, word] of ['it', 'costs', 'five', 'fifty', 'pm', 'today'].entries()) {
      run.word(word, i * 500, i * 500 + 500);
    }
    run.end();
    expect(spoken.parts(3000)[0]?.complete).toBe(true);
    expect(spoken.parts(1000)[0]?.heard).toBe('It costs');
  });

  it('does not count words whose audio never came', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'One two three four');
    run.word('One', 0, 300);
    run.word('two', 300, 600);
    run.word('three', 600, 900);
    run.audio(0, 600);
    expect(run.takeUnspoken(600)).toEqual({
      rest: [
        { partId: 'a', text: ' three' },
        { partId: 'a', text: ' four' },
      ],
      endMs: 600,
    });
    const next = spoken.beginRun(false, { after: run });
    next.say('a', ' three');
    next.say('a', ' four');
    next.audio(600, 400);
    next.end();
    expect(spoken.parts(1000)).toEqual([
      { partId: 'a', said: 'One two three four', heard: 'One two three four', complete: true },
    ]);
  });

  it('tells where the last whole word ends, so that the piece of the next is taken back', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'One two three');
    run.audio(100, 800);
    run.word('One', 0, 300);
    run.word('two', 300, 600);
    run.word('three', 600, 900);
    expect(run.takeUnspoken(900)).toEqual({ rest: [{ partId: 'a', text: ' three' }], endMs: 700 });
    run.cutAt(700);
    const next = spoken.beginRun(false, { after: run });
    next.say('a', ' three');
    next.audio(700, 300);
    next.end();
    expect(spoken.parts(1000)).toMatchObject([{ heard: 'One two three', complete: true }]);
    expect(spoken.parts(720)).toMatchObject([{ heard: 'One two', complete: false }]);
  });

  it.each([
    ['some', 600],
    ['all', 900],
  ])('keeps the blank before what follows, where %s of it was said', (_, audioMs) => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'One two three. ');
    run.audio(0, audioMs);
    run.word('One', 0, 300);
    run.word('two', 300, 600);
    run.word('three', 600, 900);
    const { rest } = run.takeUnspoken(audioMs);
    const next = spoken.beginRun(false, { after: run });
    for (const { partId, text } of rest) next.say(partId, text);
    next.say('a', 'Four?');
    expect(spoken.parts(0)).toMatchObject([{ said: 'One two three. Four?' }]);
  });

  it('takes nothing back where something else was said after it', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'One two');
    run.audio(0, 400);
    run.word('One', 0, 300);
    expect(run.takeUnspoken(900)).toEqual({ rest: [{ partId: 'a', text: ' two' }], endMs: undefined });
  });

  it('goes on from the beginning of the word that was cut', () => {
    const spoken = new SpokenText();
    const run = spoken.beginRun(false);
    run.say('a', 'Hello there');
    run.audio(0, 800);
    run.word('Hello', 0, 400);
    run.word('there', 400, 800);
    expect(spoken.resumeMs(600)).toBe(400);
    expect(spoken.resumeMs(100)).toBe(0);
    expect(spoken.resumeMs(800)).toBe(800);
  });

  it('protects a notice until its last sample was played', () => {
    const spoken = new SpokenText();
    const notice = spoken.beginRun(true);
    notice.say('a', 'This call is recorded.');
    expect(spoken.isProtectedAt(0)).toBe(true);
    notice.audio(0, 1000);
    notice.end();
    expect(spoken.isProtectedAt(999)).toBe(true);
    expect(spoken.isProtectedAt(1000)).toBe(false);
  });
});

it('what is heard before the rest stands before it', () => {
  const spoken = new SpokenText();
  const begun = spoken.beginRun(false);
  begun.say('a', 'One.');
  begun.audio(0, 300);
  const late = spoken.beginRun(false);
  late.say('b', 'Two.');
  const filler = spoken.beginInterjection();
  filler.say('filler', 'One moment.');
  filler.audio(300, 500);
  filler.end();
  late.audio(800, 300);
  late.end();
  begun.end();
  expect(spoken.parts(1100).map(({ heard }) => heard)).toEqual(['One.', 'One moment.', 'Two.']);
});
