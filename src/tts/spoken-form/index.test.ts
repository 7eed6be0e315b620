import { expect, test } from 'vitest';
import { SpeechSegmenter } from '../../llm/speakable.ts';
import { createSpokenForm, type SpokenForm } from './index.ts';

const LANGUAGES = ['en-US', 'en-GB', 'es-ES', 'fr-FR', 'de-DE', 'it-IT', 'pt-BR', 'nl-NL', 'sv-SE', 'ja'];

function written(form: SpokenForm, text: string, before?: string): string {
  return form
    .render(text, before)
    .map((token) => token.written)
    .join('');
}

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const BITS = [
  ..."0123456789 .,:;-–/+#$€£%&@*_`'()=<>~°½aAzZIVX\n\u00A0\u202F😀é ",
  ...[
    '12',
    '2026',
    '00',
    ' 5 ',
    '.5',
    '3rd',
    'May',
    'Nov.',
    ' p.m.',
    ' Uhr',
    'h30',
    'USD',
    'kg',
    'a@b.co',
    'www.',
    'https://',
  ],
  ...[
    'Dr. ',
    'St. ',
    'No. ',
    'e.g.',
    'NHS',
    'AB12',
    '+44 ',
    '(555)',
    ' million',
    'won',
    "l'",
    'Nguyen',
    'code is ',
    '\uE000',
    '\uD800',
  ],
] as const;

function nonsense(seed: number): string {
  const next = random(seed);
  return Array.from({ length: 1 + next(14) }, () => BITS[next(BITS.length)] ?? '').join('');
}

test('keeps what was written, one token a word, and an expression in one token', () => {
  const { render } = createSpokenForm({ language: 'en-US' });
  expect(render(' Meet on 5 May 2026, for $1,234.50 won. ')).toEqual([
    { written: ' Meet', spoken: ' Meet' },
    { written: ' on', spoken: ' on' },
    { written: ' 5 May 2026,', spoken: ' May fifth, twenty twenty-six,' },
    { written: ' for', spoken: ' for' },
    { written: ' $1,234.50', spoken: ' one thousand two hundred thirty-four dollars and fifty cents' },
    { written: ' won. ', spoken: ' won. ' },
  ]);
  expect(render('+44 20 7946 0958')).toHaveLength(1);
  expect(render('')).toEqual([]);
  expect(render(' \n')).toEqual([{ written: ' \n', spoken: ' \n' }]);
  expect(render('Hi 😀')).toEqual([
    { written: 'Hi', spoken: 'Hi' },
    { written: ' 😀', spoken: ' ' },
  ]);
});

test('changes no word of plain speech', () => {
  const { render } = createSpokenForm({ language: 'en-US' });
  const text =
    "Of course I can, Mary; that won't take a second. You'll hear from us: soon, I'd say! \"Fine?\"";
  for (const token of render(text)) expect(token.spoken).toBe(token.written);
});

test('a clause is told what came before it', () => {
  const { render } = createSpokenForm({ language: 'en-US' });
  const spoken = (text: string, before?: string) => render(text, before).map((token) => token.spoken);
  expect(spoken('4821.', 'Your code is: ')).toEqual(['four eight two one.']);
  expect(spoken('4821.')).toEqual(['four thousand eight hundred twenty-one.']);
  expect(spoken(' 4821 and win', 'Your code is:')).toEqual([' four eight two one', ' and', ' win']);
});

test('says the same clause by clause, as the segmenter cuts a reply', () => {
  const { render, spokenText } = createSpokenForm({ language: 'en-US' });
  const replies = [
    'Your appointment is on Nov. 21, 2026 at 9 a.m. with Dr. Smith. It costs $1,200, or $3.50 a day, right? Fine.',
    'Of course, the code is: 4821. Please call 555-0100 or (555) 010-0123, or write to anna.b@example.com. Bye!',
    'We are open, as always, 9 a.m. – 5 p.m. and Mon – Fri. Please ask for room No. 5, in St. Ives, e.g. at 9:30.',
  ];
  for (const reply of replies) {
    for (const length of [1, 4, 9]) {
      const segmenter = new SpeechSegmenter();
      const deltas = reply.match(new RegExp(`.{1,${length}}`, 'gs')) ?? [];
      const pieces = [...deltas.flatMap((delta) => segmenter.push(delta)), ...segmenter.end()];
      let said = '';
      const spoken = pieces.flatMap((piece) => {
        const tokens = render(piece, said);
        said += piece;
        return tokens.map((token) => token.spoken);
      });
      expect(pieces.length).toBeGreaterThan(1);
      // The comma of a date that was cut before its year is written, and said, either way.
      expect(spoken.join('').replaceAll(',', '')).toBe(spokenText(reply).replaceAll(',', ''));
    }
  }
});

test('puts the same text together again, says something for every word, and leaves no digit in English', () => {
  const forms = LANGUAGES.map((language) => ({
    language,
    form: createSpokenForm({ language, pronunciations: { Nguyen: 'win', 'St. Ives': 'Saint Ives' } }),
  }));
  const wrong: string[] = [];
  for (let seed = 0; seed < 8000; seed++) {
    const text = nonsense(seed);
    const { language, form } = forms[seed % forms.length] ?? {
      language: '',
      form: createSpokenForm({ language: 'en' }),
    };
    const tokens = form.render(text);
    if (written(form, text) !== text || written(form, text, nonsense(-seed)) !== text)
      wrong.push(`not the same text: ${language} ${JSON.stringify(text)}`);
    for (const token of tokens) {
      if (/[\p{L}\p{Nd}]/u.test(token.written) && !/[\p{L}\p{Nd}]/u.test(token.spoken))
        wrong.push(`nothing said: ${language} ${JSON.stringify(text)}`);
      if (token.spoken.trim() !== '' && /^\s*/.exec(token.written)?.[0] !== /^\s*/.exec(token.spoken)?.[0])
        wrong.push(`other white space: ${language} ${JSON.stringify(text)}`);
      if (/^(?:en|es|fr|de|it|pt|nl)/.test(language) && /\d/.test(token.spoken))
        wrong.push(`a digit: ${language} ${JSON.stringify(text)} → ${JSON.stringify(token.spoken)}`);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

test('pronunciations: whole words, the longest first, before every rule and never changed again', () => {
  const { render, spokenText } = createSpokenForm({
    language: 'en-US',
    pronunciations: {
      Nguyen: 'win',
      SQL: 'sequel',
      'St. Ives': 'Saint Ives',
      Ives: 'eves',
      '24/7': '24 7',
      'C++': 'see plus',
      '': 'no',
    },
  });
  expect(spokenText('nguyen, NGUYEN and Nguyens')).toBe('win, win and Nguyens');
  expect(spokenText("Nguyen's SQL and sql")).toBe("win's sequel and sql");
  expect(spokenText('St. Ives, Ives, open 24/7 with C++.')).toBe(
    'Saint Ives, eves, open 24 7 with see plus.',
  );
  expect(spokenText('Dr. Nguyen')).toBe('Doctor win');
  expect(render('St.  Ives\nnow')).toEqual([
    { written: 'St.  Ives', spoken: 'Saint Ives' },
    { written: '\nnow', spoken: '\nnow' },
  ]);
});

test('pronunciations are plain text, and there are only so many', () => {
  const { spokenText } = createSpokenForm({
    language: 'en',
    pronunciations: { '(a+)+$': 'x', 'a.c': 'y', '[z': '$&' },
  });
  expect(spokenText('(a+)+$ a.c abc [z')).toBe('x y abc $&');
  const many = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`word${index}`, 'x']));
  expect(() => createSpokenForm({ language: 'en', pronunciations: many })).toThrow(RangeError);
  expect(() => createSpokenForm({ language: 'not a tag' })).toThrow(RangeError);
});

test('no text is slow', () => {
  const size = 100_000;
  const parts = [
    '7',
    '1 ',
    '1,',
    '1.',
    'a.',
    '1-',
    '1/',
    'a@',
    '+',
    '(',
    ' ',
    'A',
    'AB ',
    'a1',
    '$',
    '1:',
    '0 ',
    'a-',
    "a'",
    '*',
    'St. ',
    'May ',
    '111 ',
    'b.c@d.e-',
    'www.a/',
    '$1',
  ];
  const texts = parts.map((part) => part.repeat(size / part.length));
  const slow: string[] = [];
  const form = createSpokenForm({ language: 'en-US', pronunciations: { 'a a': 'x', '1': 'y y' } });
  for (const [index, text] of texts.entries()) {
    const startMs = performance.now();
    form.render(text);
    const ms = performance.now() - startMs;
    // A quarter of a second on a free machine; what backtracks takes minutes.
    if (ms > 10_000) slow.push(`${parts[index]}: ${ms} ms`);
  }
  expect(slow).toEqual([]);
}, 120_000);
