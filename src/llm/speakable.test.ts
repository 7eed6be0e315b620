import { describe, expect, it } from 'vitest';
import { SpeechSegmenter, stripForSpeech } from './speakable.ts';
import { random } from './testing.ts';

/** The pieces of a text that comes in deltas of these lengths, in turn; without any, at once. */
function segment(text: string, ...lengths: number[]): string[] {
  const segmenter = new SpeechSegmenter();
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length] ?? text.length;
    pieces.push(...segmenter.push(text.slice(at, at + length)));
    at += length;
  }
  return [...pieces, ...segmenter.end()];
}

const STRIPPED: readonly [string, string, string][] = [
  // Markdown.
  [
    'bold and italics',
    'That is **very** *good* and __quite__ _nice_, ***really***.',
    'That is very good and quite nice, really.',
  ],
  ['bold within a word', '**Tues**day', 'Tuesday'],
  ['unclosed emphasis', '**Sure, *I can', 'Sure, I can'],
  ['headings', '# Opening hours\nNine to five.\n### Address ###', 'Opening hours Nine to five. Address ###'],
  ['bullets', 'We have:\n- Monday\n* Tuesday\n  + Friday\n• Sunday', 'We have: Monday Tuesday Friday Sunday'],
  ['numbered lists', 'Options:\n1. Monday\n2) Tuesday\n10. Friday', 'Options: Monday Tuesday Friday'],
  ['a reply that is a list', '1. Monday\n2. Tuesday', 'Monday Tuesday'],
  ['a reply that begins with a number', '5. Is that right?', '5. Is that right?'],
  ['quotes', '> Nine\n>> to five', 'Nine to five'],
  ['rules', 'Yes.\n\n---\n* * *\nNo.\n====', 'Yes. No.'],
  [
    'links',
    'See [our *own* page](https://a.b/c_d "title") or ![a map](map.png).',
    'See our own page or a map.',
  ],
  ['reference links', 'See [our page][1].', 'See our page.'],
  ['footnotes and boxes', 'Yes[1]. [ ] No [x]', 'Yes. No'],
  ['code', 'Say `yes`.\n```json\nplain\n```\nDone', 'Say yes. plain Done'],
  ['strike-through', 'At ~~nine~~ ten, ~5 minutes', 'At nine ten, ~5 minutes'],
  ['tables', '| Day | Time |\n|:----|-----:|\n| Mon | 9 am |', 'Day, Time Mon, 9 am'],
  ['escapes', '\\*Now\\* \\#1 \\$5', 'Now #1 $5'],
  ['tags', '<b>Now</b><break time="1s"/> 3 < 4 and a<b', 'Now 3 < 4 and a<b'],
  // Emoji.
  ['emoji', 'Great 😀! Yes 👍🏽, 👨‍👩‍👧 🇬🇧 ☎️ 1️⃣ ok ❤️', 'Great! Yes, 1 ok'],
  ['signs that are no emoji', 'A© B™ C®', 'A© B™ C®'],
  // Stage directions.
  ['asterisks', '*smiles* Hello! *laughs softly* Yes *nods*.', 'Hello! Yes.'],
  ['bold ones', '**clears throat** Right, _sighs_ so.', 'Right, so.'],
  ['round brackets', '(laughs) Hello (pauses briefly), yes (chuckles).', 'Hello, yes.'],
  ['square brackets', '[pause] Hello [speaks to the caller], [END CALL] bye', 'Hello, bye'],
  [
    'other actions at the start of a sentence',
    '*checks the calendar* One moment. *typing away happily* Yes.',
    'One moment. Yes.',
  ],
  ['nothing else', '*pause*', ''],
  // What survives.
  [
    'content in brackets',
    'Call (555) 010-0000 for the blue one (size 4), daily (early).',
    'Call (555) 010-0000 for the blue one (size 4), daily (early).',
  ],
  ['brackets that never close', 'Well (laughs and then', 'Well (laughs and then'],
  ['numbers in square brackets', 'Call [555-0100]', 'Call 555-0100'],
  [
    'emphasis that looks like an action',
    'It is *always open* and *this one* too. *Tuesdays* then. *his name* please',
    'It is always open and this one too. Tuesdays then. his name please',
  ],
  ['products and names', '5*3 is 15, file_name_here', '5*3 is 15, file_name_here'],
  [
    'addresses',
    'See **https://a.b/c_d*e~f**, www.a.b/_x_ or <https://c.d> and john_smith@mail.com.',
    'See https://a.b/c_d*e~f, www.a.b/_x or https://c.d and john_smith@mail.com.',
  ],
  ['white space', '  One\t two\r\n\r\n three  ', 'One two three'],
  ['nothing', ' \n ', ''],
];

describe('stripForSpeech', () => {
  it.each(STRIPPED)('leaves out or keeps: %s', (_, text, spoken) => {
    expect(stripForSpeech(text)).toBe(spoken);
  });

  it('is done after one time', () => {
    for (const [, , spoken] of STRIPPED)
      expect(stripForSpeech(spoken).replaceAll(/[*_]/g, '')).toBe(spoken.replaceAll(/[*_]/g, ''));
  });
});

describe('SpeechSegmenter', () => {
  it('hands out the first clause early, then sentences', () => {
    expect(
      segment('Of course I can, just a moment. You asked for Tuesday, right? I have ten, or eleven.'),
    ).toEqual([
      'Of course I can,',
      ' just a moment. ',
      'You asked for Tuesday, right?',
      ' I have ten, or eleven.',
    ]);
  });

  it.each([
    ['Yes, I do; and more', ['Yes, I do;', ' and more']],
    ['Sure, no trouble at all: ten', ['Sure, no trouble at all: ', 'ten']],
    ['That one – or the other', ['That one – ', 'or the other']],
    ['Certainly not— why', ['Certainly not— ', 'why']],
    ['Opening hours\nNine to five', ['Opening hours ', 'Nine to five']],
    ['Well… let me see... Tuesday works.', ['Well… let me see... ', 'Tuesday works.']],
    ['He said "of course." Then', ['He said "of course." ', 'Then']],
  ])('cuts %j into its first clause and the rest', (text, pieces) => {
    expect(segment(text)).toEqual(pieces);
  });

  it('hands a piece out as soon as it is certain that it ends there', () => {
    const segmenter = new SpeechSegmenter();
    expect(segmenter.push('Of course I can')).toEqual([]);
    expect(segmenter.push(',')).toEqual(['Of course I can,']);
    expect(segmenter.push(' just a moment.')).toEqual([]);
    expect(segmenter.push(' S')).toEqual([' just a moment. ']);
    expect(segmenter.end()).toEqual(['S']);
    expect(segmenter.end()).toEqual([]);
  });

  it('cuts long sentences at clauses, and at any space where there is no punctuation', () => {
    const clauses = `First then, ${'all of these words belong to one very long sentence, '.repeat(5)}end.`;
    expect(Math.max(...segment(clauses).map(({ length }) => length))).toBeLessThan(130);
    const spaced = `${'word '.repeat(44)}on +44 20 7946 0958 or so`;
    expect(segment(spaced)[0]).toBe(`${'word '.repeat(44)}`);
    const none = 'word '.repeat(200);
    expect(Math.max(...segment(none).map(({ length }) => length))).toBeLessThanOrEqual(241);
  });

  it.each([
    ['It costs about 3.50 or 1,200 at 10:30 on the day', []],
    ['You will see Dr. Smith and Mrs. J. R. Jones of St. Mary Ltd. in the U.S. today', []],
    ['Bring something, e.g. a card, i.e. proof, at 10 a.m. or 5 p.m. please', ['Bring something,']],
    ['Write to j.smith@mail.example.com or see www.example.com/a,b;c:d.e for it', []],
    ['That is room No. 5, open 9 – 5 and on Sat. too', ['That is room No. 5, ']],
    ['The answer to that is no. No. 5 is free.', ['The answer to that is no. ']],
    ['We are open from 9 a.m. – 5 p.m. or Mon – Fri as you like', []],
    ['Ring us on (555) 010-0123 or 555-0100 on Nov. 21 at St. Ives', []],
    ['Der Termin ist am 5. Mai um 9 Uhr, z. B. bei Dr. Klein', ['Der Termin ist am 5. Mai um 9 Uhr,']],
    ['La cita es a las 3:15 p. m. con la Dra. López', []],
    ['Il y a 1 000 pièces à 12,50 € la pièce', []],
    ['Sie nehmen bitte die 3. Tür.', []],
    ['Das Büro ist im 2. Stock und zur 3. Stunde offen', []],
    ['Das Jahr war 1.000.000 Euro wert', []],
    ['Der Termin wäre Dienstag, der 5. Mai oder der 6. Juni', ['Der Termin wäre Dienstag,']],
    ['Wir sehen uns dann 5. Mai oder 6. November bei Hr. Groß', []],
    ["C'est ouvert sans rendez-vous lun. 24 nov. par tél. 0800 123 456", []],
    ['Nous sommes là du lun. au ven. ou sam. 29', []],
  ])('never cuts inside numbers, abbreviations, initials or addresses: %s', (text, before) => {
    expect(segment(text).slice(0, -1)).toEqual(before);
  });

  it.each([
    ['That is room 5. Then turn left', ['That is room 5. ', 'Then turn left']],
    ['That is room 5. May I help you', ['That is room 5. ', 'May I help you']],
    ['Das ist Zimmer 5. Man sieht es', ['Das ist Zimmer 5. ', 'Man sieht es']],
    ['Das ist Zimmer 5. Maier hilft', ['Das ist Zimmer 5. ', 'Maier hilft']],
    ['That is room 5. M', ['That is room 5. ', 'M']],
    ['On est au bord de la mer. Il fait beau', ['On est au bord de la mer. ', 'Il fait beau']],
    ['Bitte nehmen Sie die 3. Tür. Danach links', ['Bitte nehmen Sie die 3. Tür. ', 'Danach links']],
    ['On vous voit bien lun. 24 nov. par tél. 0800 1', ['On vous voit bien lun. 24 nov. par tél. 0800 1']],
    ['We shall meet you in room 5.', ['We shall meet you in room 5.']],
  ])('cuts where what follows shows that the sentence has ended: %j', (text, pieces) => {
    expect(segment(text)).toEqual(pieces);
    for (const lengths of [[1], [2], [3, 1]]) expect(segment(text, ...lengths)).toEqual(pieces);
  });

  it('takes a full stop at the end of a delta for the end of the first sentence', () => {
    const segmenter = new SpeechSegmenter();
    expect(segmenter.push('We are open now.')).toEqual(['We are open now.']);
    expect(segmenter.push(' Come along.')).toEqual([]);
    expect(new SpeechSegmenter().push('Please ask for Dr.')).toEqual([]);
    expect(new SpeechSegmenter().push('It costs about 3.')).toEqual([]);
  });

  it('makes the same pieces of a text however it is cut into deltas, but for the end of the first', () => {
    const texts = [
      ...STRIPPED.map(([, text]) => text),
      STRIPPED.map(([, text]) => text).join('\n'),
      STRIPPED.map(([, text]) => text).join(' '),
    ];
    for (const text of texts) {
      const whole = segment(text);
      expect(whole.join('')).toBe(stripForSpeech(text));
      for (const lengths of [[1], [2], [3], [7], [1, 5, 2], [30, 1]])
        expect(segment(text, ...lengths).join('')).toEqual(whole.join(''));
    }
  });

  it('does so for any nonsense', () => {
    const bits = [
      '*',
      '**',
      '_',
      '(',
      ')',
      '[',
      ']',
      '](',
      '|',
      '`',
      '```',
      '\n',
      ' ',
      '#',
      '- ',
      '1. ',
      '<',
      '>',
      '\\',
      '~',
      '!',
      '😀',
      '\u200D',
      '\uFE0F',
      'laughs',
      'pause',
      'checks',
      'h',
      'https://',
      'www.',
      'Dr.',
      '3.5',
      ', ',
      '. ',
      '… ',
      ' – ',
      'word',
      '---',
      '===',
      '|--|',
    ];
    for (let seed = 0; seed < 600; seed++) {
      const next = random(seed);
      const text = Array.from(
        { length: 1 + Math.floor(next() * 60) },
        () => bits[Math.floor(next() * bits.length)] ?? '',
      ).join('');
      const whole = segment(text);
      expect(segment(text, 1).join(''), text).toEqual(whole.join(''));
      const cut = segment(text, 1 + Math.floor(next() * 9), 1 + Math.floor(next() * 4));
      expect(cut.join(''), text).toEqual(whole.join(''));
      for (const piece of whole.slice(0, -1)) expect(piece, text).toMatch(/\S ?$/);
      expect(whole.join(''), text).not.toMatch(/\s\s|[😀`]|^\s|\s$/u);
    }
  });

  it('does so where constructs grow beyond their limits', () => {
    for (const long of [
      '-',
      '*',
      '_',
      '|',
      '`',
      '(laughs',
      '[pause',
      '[a](',
      '<b',
      '*smiles ',
      'https://a',
      '|-',
      '# ',
      '~',
      '!',
    ]) {
      for (const count of [1, 10, 19, 20, 21, 60, 61, 120, 199, 200, 201, 500, 600]) {
        const text = `${long.repeat(count)} end`;
        expect(segment(text, 1), `${count} × ${long}`).toEqual(segment(text));
      }
    }
  });

  it.each([
    [
      ['On', ' Sundays', ' we', ' open', ', as ever.'],
      ['On Sundays we ', 'open, as ever.'],
    ],
    [
      ['It', ' costs', ' about', ' $5', ' million.'],
      ['It costs ', 'about $5 million.'],
    ],
    [
      ['Of', ' course', ',', ' we', ' do.'],
      ['Of course,', ' we do.'],
    ],
    [
      ['We', ' open', ' at 9', ' a.m.', ' sharp.'],
      ['We open ', 'at 9 a.m. sharp.'],
    ],
    [
      ['Dr', ' Grant', ' is', ' in.'],
      ['Dr Grant is ', 'in.'],
    ],
    [
      ['We open at 9', ' a.m.', ' sharp.'],
      ['We open ', 'at 9 a.m. sharp.'],
    ],
    [['Yes, of course.'], ['Yes, of ', 'course.']],
    [['We ', 'are '], ['We are ']],
    [['Room ', 'two '], ['Room two ']],
    [['At ', '9 '], ['At 9']],
  ])('gives the first words of %j as soon as there are some, where that is wanted', (deltas, pieces) => {
    const segmenter = new SpeechSegmenter({ isEager: true });
    const given = [...deltas.flatMap((delta) => segmenter.push(delta)), ...segmenter.end()];
    expect(given.slice(0, pieces.length)).toEqual(pieces);
  });
});
