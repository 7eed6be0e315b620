import { describe, expect, test } from 'vitest';
import {
  asksForTime,
  isBackchannel,
  isInterruptingWord,
  isLookingUp,
  mayBecomeBackchannel,
} from './endpointing-phrases.ts';

type Case = [language: string, text: string];
const cases = (language: string, ...texts: string[]): Case[] => texts.map((text) => [language, text]);

const BACKCHANNELS = [
  ...cases('en', 'uh-huh', 'Uh huh.', 'uhhuh', 'mm-hmm', 'mm hmm', 'mhm', 'Mm.', 'okay', 'ok', 'OK, right'),
  ...cases('en', 'yeah', 'yeah, yeah', 'I see', 'oh, I see', 'got it', 'sure', 'oh', 'ah', 'ah okay', 'hmm'),
  ...cases('en', 'right, right, right', 'oh okay, got it', 'no problem', 'alright', 'makes sense', 'oh wow'),
  ...cases('es', 'ajá', 'vale', 'sí, vale'.slice(4), 'claro, claro', 'ya veo', 'mm-hmm', 'de acuerdo'),
  ...cases('fr', "d'accord", 'ah, d’accord', 'je vois', 'oui oui', 'mm', 'ok, très bien'),
  ...cases('de', 'ja', 'ja ja', 'genau', 'ach so', 'mhm', 'alles klar', 'okay, verstehe'),
  ...cases('it', 'sì sì', 'va bene', 'capisco', 'ah, ho capito'),
  ...cases('pt', 'tá', 'tá bom', 'entendi', 'pois é', 'sim, sim'),
  ...cases('nl', 'oké', 'ja ja', 'precies', 'snap ik', 'mm-hm'),
];
const NO_BACKCHANNELS = [
  ...cases(
    'en',
    '',
    '...',
    'yes please',
    'okay, but',
    'no',
    'stop',
    'what',
    'right, so Tuesday',
    'okay wait',
  ),
  ...cases('en', 'uh, hello', 'I see a problem', 'sure, Monday', 'goodbye', 'my name is Right', 'one'),
  ...cases('es', 'no', 'espere', 'quiero una mesa'),
  ...cases('fr', 'non', 'attendez', 'je vois un problème'),
  ...cases('de', 'nein', 'ja, aber', 'Moment'),
  ...cases('it', 'no', 'aspetti'),
  ...cases('pt', 'não', 'espere'),
  ...cases('nl', 'nee', 'wacht even'),
];
test.each(BACKCHANNELS)('%s: "%s" is a back-channel', (language, text) => {
  expect(isBackchannel(text, language)).toBe(true);
});
test.each(NO_BACKCHANNELS)('%s: "%s" is no back-channel', (language, text) => {
  expect(isBackchannel(text, language)).toBe(false);
});

const INTERRUPTING = [
  ...cases(
    'en',
    'stop',
    'Wait.',
    'no',
    'no no no',
    'hold on',
    'sorry?',
    'excuse me',
    'okay stop',
    'uh, wait',
  ),
  ...cases('en', 'no, wait', 'wait a minute', 'um hello', 'actually', 'hey', "that's not right", 'yeah no'),
  ...cases('es', 'espere', 'no', 'perdón', 'un momento'),
  ...cases('fr', 'attendez', 'non', 'pardon', 'stop'),
  ...cases('de', 'nein', 'Moment mal', 'Entschuldigung', 'halt'),
  ...cases('it', 'aspetti', 'scusi'),
  ...cases('pt', 'não', 'espera'),
  ...cases('nl', 'wacht', 'nee', 'sorry'),
];
const NOT_INTERRUPTING = [
  ...cases('en', '', 'okay', 'no problem', 'no worries', 'uh-huh', 'right', 'yeah', 'I see', 'oh really'),
  ...cases('es', 'vale', 'claro'),
  ...cases('fr', "d'accord"),
  ...cases('de', 'alles klar'),
];
test.each(INTERRUPTING)('%s: "%s" interrupts', (language, text) => {
  expect(isInterruptingWord(text, language)).toBe(true);
});
test.each(NOT_INTERRUPTING)('%s: "%s" does not interrupt by itself', (language, text) => {
  expect(isInterruptingWord(text, language)).toBe(false);
});

const LOOKING_UP = [
  ...cases('en', 'one moment', 'One moment, please.', 'let me check', 'hold on', 'give me a second'),
  ...cases('en', "hold on, I'm getting my card", 'just a sec', "I'll have to look that up", 'bear with me'),
  ...cases(
    'en',
    'um, let me see',
    'hang on a minute',
    'wait a second',
    "yes, I'm just looking for my glasses",
  ),
  ...cases('es', 'un momento', 'déjeme ver', 'espere, por favor', 'lo estoy buscando'),
  ...cases('fr', 'un instant', 'attendez', 'je vais chercher ma carte', 'ne quittez pas'),
  ...cases('de', 'einen Moment', 'Moment, bitte', 'ich schaue nach', 'warten Sie kurz'),
  ...cases('it', 'un attimo', 'aspetti', 'devo controllare'),
  ...cases('pt', 'só um momento', 'deixe-me ver', 'vou verificar'),
  ...cases('nl', 'een momentje', 'wacht even', 'even kijken'),
];
const NOT_LOOKING_UP = [
  ...cases('en', '', 'yes', 'I would like to book a table', 'what is your name', 'the second one', 'Monday'),
  ...cases('en', 'momentum', 'I was told to bring my card'),
  ...cases('es', 'sí, claro'),
  ...cases('fr', 'oui'),
  ...cases('de', 'ja, gerne'),
];
test.each(LOOKING_UP)('%s: "%s" asks for time', (language, text) => {
  expect(isLookingUp(text, language)).toBe(true);
});
test.each(NOT_LOOKING_UP)('%s: "%s" does not ask for time', (language, text) => {
  expect(isLookingUp(text, language)).toBe(false);
});

describe('what may yet become a back-channel', () => {
  test.each(['I', 'got', 'Okay, I', 'all', 'sounds'])('"%s" may', (text) => {
    expect(mayBecomeBackchannel(text, 'en-US')).toBe(true);
  });

  test.each(['I need', 'no', 'stop', 'my', '', 'I see what'])('"%s" may not', (text) => {
    expect(mayBecomeBackchannel(text, 'en-US')).toBe(false);
  });
});

describe('asking for time, and for nothing else', () => {
  test.each([
    'Hang on, let me get my card.',
    'One moment.',
    'Hold on.',
    'Okay, just a second please.',
    'Give me a minute, I am looking for it.',
    'Let me check my calendar.',
    'Um, let me see.',
    "Bear with me, I'm just getting my diary.",
  ])('is "%s"', (text) => {
    expect(asksForTime(text, 'en-US')).toBe(true);
  });

  test.each([
    'Hold on, is that in the morning?',
    'Hang on, I said Thursday, not Tuesday.',
    'I need to find a dentist.',
    'I have to check my balance.',
    'Let me see the prices.',
    'Let me find a table for Friday.',
    'Wait a minute, you said ten dollars.',
    'Hold on, I have another question.',
    'I would like to book a table.',
    'yes',
  ])('is not "%s"', (text) => {
    expect(asksForTime(text, 'en-US')).toBe(false);
  });

  test.each([
    ['de-DE', 'Einen Moment bitte.', true],
    ['fr-FR', 'Attendez une seconde.', true],
    ['es-ES', 'Un momento, ¿es por la mañana?', false],
  ])('%s: "%s" is %s', (language, text, asks) => {
    expect(asksForTime(text, language)).toBe(asks);
  });
});
