import { describe, expect, test } from 'vitest';
import type { AnswerProgress, ListenExpectation } from '../flows/index.ts';
import { type CompletenessReason, completeness, endpointWaitMs } from './endpointing.ts';
import { endingWords } from './endpointing-words.ts';

const WAITS = { completeMs: 0, openMs: 500, unfinishedMs: 1800, numberMs: 2200 };

type Kind = ListenExpectation['kind'];
const judge = (
  text: string,
  { progress = 'unknown' as AnswerProgress, kind = 'open' as Kind, language = 'en-US' } = {},
) => completeness({ text, progress, kind, language });

const UNFINISHED: [string, CompletenessReason][] = [
  ['', 'nothing'],
  [' … ', 'nothing'],
  ["I'd like to book a table and", 'trailing-conjunction'],
  ['I want to cancel because', 'trailing-conjunction'],
  ['I want to cancel because.', 'trailing-conjunction'],
  ['I would come on Monday but', 'trailing-conjunction'],
  ['either Monday or', 'trailing-conjunction'],
  ['I wanted to ask if', 'trailing-conjunction'],
  ['um', 'trailing-filler'],
  ['so I was, um,', 'trailing-filler'],
  ['I need, uh', 'trailing-filler'],
  ['the thing is, you know', 'trailing-filler'],
  ["I'd like to", 'trailing-preposition'],
  ["I'd like to.", 'trailing-preposition'],
  ['I am calling about', 'trailing-preposition'],
  ['an appointment for', 'trailing-preposition'],
  ['on the third of', 'trailing-preposition'],
  ['it is next to', 'trailing-preposition'],
  ['can I speak to the', 'trailing-determiner'],
  ["I've lost my", 'trailing-determiner'],
  ['we need a', 'trailing-determiner'],
  ['my name is', 'trailing-stub'],
  ['hi, my name is', 'trailing-stub'],
  ["I'd like", 'trailing-stub'],
  ['could you', 'trailing-stub'],
  ["hello, I'm calling", 'trailing-stub'],
  ["and it's", 'trailing-stub'],
  ['I want to book for tomorrow,', 'trailing-comma'],
  ['and then I -', 'trailing-dash'],
  ['well, the thing...', 'trailing-dash'],
  ['I was wondering…', 'trailing-dash'],
  ['milk, eggs,', 'list-unfinished'],
  ['milk, eggs, bread', 'list-unfinished'],
  ['I need milk, eggs,', 'list-unfinished'],
  ['J O H', 'spelling-unfinished'],
  ["it's M I L L", 'spelling-unfinished'],
  ['M-I-L-L', 'spelling-unfinished'],
  ['A as in Anna', 'spelling-unfinished'],
  ['that is B as in', 'spelling-unfinished'],
  ['four one five', 'number-unfinished'],
  ['my number is 415', 'number-unfinished'],
  ['the account number is four', 'number-unfinished'],
  ['(415) 555', 'number-unfinished'],
  ['hold on', 'looking-up'],
  ["hold on, I'm getting my card", 'looking-up'],
  ['let me check.', 'looking-up'],
  ['one moment please', 'looking-up'],
  ['give me a second', 'looking-up'],
];

const FINISHED: [string, CompletenessReason][] = [
  ['yes', 'short-and-complete'],
  ['Yes.', 'short-and-complete'],
  ['no thanks', 'short-and-complete'],
  ['goodbye', 'short-and-complete'],
  ["that's all", 'short-and-complete'],
  ["no, thank you, that's all, bye", 'short-and-complete'],
  ["I don't think so", 'short-and-complete'],
  ['What is it for?', 'question-mark'],
  ['Where are you from?', 'question-mark'],
  ['Do you open on Sundays?', 'question-mark'],
  ['I would like to book a table.', 'full-stop'],
  ['There is a leak in my kitchen!', 'full-stop'],
  ['I would like apples, pears and plums.', 'full-stop'],
];

const NEUTRAL: [string, CompletenessReason][] = [
  ['I would like to book a table', 'open'],
  ['what is it for', 'open'],
  ['I wanted', 'open'],
  ['where do you come from', 'open'],
  ['I would like that as well', 'closed-phrase'],
  ['he told me to come in', 'closed-phrase'],
  ['Tuesday, I think so', 'closed-phrase'],
  ['a table for four', 'open'],
  ['my number is 415 555 0122', 'open'],
  ['I live at 12', 'open'],
  ['plan A', 'trailing-determiner'],
  ['I want milk, eggs and bread', 'open'],
  ['well, I came, but nobody was there', 'open'],
];

describe('completeness', () => {
  test.each(UNFINISHED)('"%s" is unfinished', (text, reason) => {
    const judged = judge(text);
    expect(judged.reason).toBe(reason);
    expect(judged.score).toBeLessThan(0.4);
  });

  test.each(FINISHED)('"%s" is finished', (text, reason) => {
    expect(judge(text).reason).toBe(reason);
    expect(judge(text).score).toBeGreaterThanOrEqual(0.8);
  });

  test.each(NEUTRAL)('"%s" may be either', (text, reason) => expect(judge(text).reason).toBe(reason));

  test.each<[string, AnswerProgress, Kind, CompletenessReason]>([
    ['yes', 'whole', 'yes-no', 'answer-whole'],
    ['Yes, it is', 'whole', 'yes-no', 'answer-whole'],
    ['Yes,', 'whole', 'yes-no', 'answer-whole-then-comma'],
    ['yes but', 'whole', 'yes-no', 'trailing-conjunction'],
    ['Tuesday or', 'extendable', 'date', 'trailing-conjunction'],
    ['Sales and', 'whole', 'choice', 'trailing-conjunction'],
    ['yes um', 'whole', 'yes-no', 'trailing-filler'],
    ['log in', 'whole', 'choice', 'answer-whole'],
    ['twenty', 'extendable', 'number', 'answer-extendable'],
    ['Tuesday.', 'extendable', 'date', 'answer-extendable'],
    ['Tuesday,', 'extendable', 'date', 'trailing-comma'],
    ['Anna', 'extendable', 'name', 'answer-extendable'],
    ['0151 1234567', 'extendable', 'phone', 'number-extendable'],
    ['the twenty', 'partial', 'date', 'answer-partial'],
    ['415 555.', 'partial', 'phone', 'answer-partial'],
    ['okay', 'unknown', 'phone', 'acknowledgement'],
    ['yes', 'unknown', 'phone', 'acknowledgement'],
    ["I don't know", 'unknown', 'phone', 'short-and-complete'],
    ["I don't have one", 'unknown', 'phone', 'open'],
    ['okay', 'unknown', 'open', 'short-and-complete'],
    ['hold on, four one', 'partial', 'phone', 'answer-partial'],
  ])('"%s", an answer that is %s to a %s, is %s', (text, progress, kind, reason) => {
    expect(judge(text, { progress, kind }).reason).toBe(reason);
  });

  test.each<[string, string, CompletenessReason]>([
    ['es', 'quiero cambiar mi cita porque', 'trailing-conjunction'],
    ['es', 'me llamo', 'trailing-stub'],
    ['es', 'una mesa para', 'trailing-preposition'],
    ['es', 'eh', 'trailing-filler'],
    ['es', 'sí', 'short-and-complete'],
    ['es', 'no, gracias', 'short-and-complete'],
    ['es', 'creo que sí', 'short-and-complete'],
    ['es', 'un momento', 'looking-up'],
    ['es', 'quiero reservar una mesa', 'open'],
    ['fr', 'je voudrais', 'trailing-stub'],
    ['fr', 'je voudrais annuler parce que', 'trailing-conjunction'],
    ['fr', "c'est pour le", 'trailing-determiner'],
    ['fr', 'euh', 'trailing-filler'],
    ['fr', 'oui, merci', 'short-and-complete'],
    ['fr', 'attendez, je cherche', 'looking-up'],
    ['fr', 'je voudrais réserver une table', 'open'],
    ['de', 'ich möchte einen Termin und', 'trailing-conjunction'],
    ['de', 'mein Name ist', 'trailing-stub'],
    ['de', 'ich rufe wegen', 'trailing-preposition'],
    ['de', 'ähm', 'trailing-filler'],
    ['de', 'ich hätte gerne einen', 'trailing-determiner'],
    ['de', 'nein danke', 'short-and-complete'],
    ['de', 'rufen Sie mich bitte an', 'open'],
    ['de', 'einen Moment bitte', 'looking-up'],
    ['it', 'vorrei prenotare un tavolo per', 'trailing-preposition'],
    ['it', 'mi chiamo', 'trailing-stub'],
    ['it', 'sì, grazie', 'short-and-complete'],
    ['it', 'un attimo', 'looking-up'],
    ['pt', 'eu gostaria de', 'trailing-stub'],
    ['pt', 'porque', 'trailing-conjunction'],
    ['pt', 'não, obrigado', 'short-and-complete'],
    ['pt', 'só um segundo', 'looking-up'],
    ['nl', 'ik wil graag een afspraak maken en', 'trailing-conjunction'],
    ['nl', 'mijn naam is', 'trailing-stub'],
    ['nl', 'nee, dank u', 'short-and-complete'],
    ['nl', 'wacht even', 'looking-up'],
    ['tlh', 'yes', 'short-and-complete'],
  ])('in %s: "%s"', (language, text, reason) => expect(judge(text, { language }).reason).toBe(reason));

  test('a bare yes waits for nothing, a number in progress longest', () => {
    const wait = (text: string, progress: AnswerProgress, kind: Kind): number =>
      endpointWaitMs(judge(text, { progress, kind }), WAITS);
    expect(wait('yes', 'whole', 'yes-no')).toBe(0);
    expect(wait('I would like a table', 'unknown', 'open')).toBe(500);
    expect(wait('I would like a', 'unknown', 'open')).toBe(1800);
    expect(wait('four one five', 'partial', 'phone')).toBe(2200);
  });

  test('no phrase of the tables is too long to be found', () => {
    const lengths = ['en', 'es', 'fr', 'de', 'it', 'pt', 'nl'].flatMap((language) => {
      const { trailing, complete } = endingWords(language);
      return [...trailing.keys(), ...complete.keys()].map((phrase) => phrase.split(' ').length);
    });
    expect(Math.max(...lengths)).toBeLessThanOrEqual(5);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
  });

  test('a long text costs no more than its end, whatever it is made of', () => {
    const texts = ['a ', ', ', '1 ', 'and so on, ', '…', '.', 'ä', ' '].map((part) => part.repeat(200_000));
    const begun = performance.now();
    for (const text of texts) expect(judge(text).score).toBeLessThanOrEqual(1);
    // Milliseconds each at the very worst: a blow-up would take minutes.
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
