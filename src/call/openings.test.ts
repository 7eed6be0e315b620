import { describe, expect, it } from 'vitest';
import { OpeningMatch } from './openings.ts';

/** What an answer that comes in these pieces is told apart into. */
function told(openings: string[], ...pieces: string[]): { opening: string | undefined; rest: string } {
  const match = new OpeningMatch(openings);
  let opening: string | undefined;
  let rest = '';
  for (const step of [...pieces.map((piece) => () => match.push(piece)), () => match.end()]) {
    const now = step();
    opening ??= now.opening;
    rest += now.rest;
  }
  return { opening, rest: rest.trim() };
}

describe('an opening', () => {
  it.each([
    [['Of', ' course', '.', ' It is', ' done.']],
    [['Of course. It is done.']],
    [['O', 'f c', 'ourse', '. ', 'It is done.']],
    [['Of course, ', 'It is done.']],
  ])('is found in %j', (pieces) => {
    const { opening, rest } = told(['Of course.', 'Sure.'], ...pieces);
    expect(opening).toMatch(/^Of course[.,]$/);
    expect(rest).toBe('It is done.');
  });

  it('is told as soon as it is complete', () => {
    const match = new OpeningMatch(['Of course.']);
    expect(match.push('Of course')).toEqual({ rest: '' });
    expect(match.push('.').opening).toBe('Of course.');
    expect(match.push(' It')).toEqual({ rest: ' It' });
  });

  it('may be the whole answer', () => {
    expect(told(['Of course.'], 'Of course')).toEqual({ opening: 'Of course', rest: '' });
  });

  it('is not one that only begins like it, and nothing is held then', () => {
    const match = new OpeningMatch(['Of course.']);
    expect(match.push('Of')).toEqual({ rest: '' });
    expect(match.push(' all')).toEqual({ rest: 'Of all' });
    expect(told(['Sure.'], 'Surely not.')).toEqual({ opening: undefined, rest: 'Surely not.' });
  });

  it('holds nothing where a flow has none', () => {
    expect(new OpeningMatch([]).push('Of')).toEqual({ rest: 'Of' });
  });
});
