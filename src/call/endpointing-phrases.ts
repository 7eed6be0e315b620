/** Short things that people say on the phone beside the matter itself: asking for time, back-channels, interruptions. */
import { ofLanguage, phraseAt, phrasesOf, tailOf, wordsOf } from './endpointing-tail.ts';

interface Lists {
  /** The caller asks for time. Found anywhere near the end. */
  lookingUp: string;
  /** Said while listening; they ask for nothing. */
  backchannel: string;
  /** Always meant to stop the other side, even alone. */
  interrupting: string;
}

const SOUNDS =
  'uh huh, uhhuh, uhuh, mm, mmm, mm hmm, mmhmm, mhm, mhmm, mm hm, m hm, hm, hmm, hmm hmm, aha, ah, oh, ooh, ah ha, huh, eh, ha, um, uh';

const LISTS = {
  en: {
    lookingUp:
      "one moment, one sec, one second, one minute, just a moment, just a second, just a sec, just a minute, a moment please, give me a moment, give me a second, give me a sec, give me a minute, wait a moment, wait a minute, wait a second, wait a sec, hold on, hang on, bear with me, hold the line, let me see, let me check, let me look, let me find, let me get, let me grab, let me think, let me just, I'm looking for it, I'm getting my, I'm just getting, I'm just looking, I'm looking it up, I have to look, I need to look, I'll have to look, I'll check, I'll just check, I need to check, I have to check, I'll go and get, I'll get my, I'm checking, where did I put, need to find, trying to find it",
    backchannel:
      'okay, ok, okey, kay, right, yeah, yep, yup, yah, I see, got it, sure, alright, all right, oh okay, oh I see, of course, good, great, nice, cool, wow, really, fine, exactly, indeed, gotcha, no problem, no worries, sounds good, makes sense, perfect, I understand, understood, I know, fair enough, go on',
    interrupting:
      "stop, wait, no, nope, hold on, hang on, sorry, excuse me, pardon, pardon me, hello, actually, one moment, one second, just a second, just a moment, wait a minute, wait a second, hey, cancel, help, operator, not that, that's wrong, that's not right, wrong, be quiet, shut up, enough, repeat that, what",
  },
  es: {
    lookingUp:
      'un momento, un momentito, un segundo, un minuto, espere, espera, espérame, espéreme, aguarde, déjeme ver, déjame ver, déjeme buscar, déjeme mirar, déjeme comprobar, deme un momento, deme un segundo, dame un segundo, a ver, voy a buscar, voy a mirar, lo estoy buscando, estoy buscando, no cuelgue, tengo que buscar',
    backchannel:
      'ajá, aja, ya, claro, vale, de acuerdo, entiendo, ya veo, bien, muy bien, bueno, correcto, exacto, ok, okay, perfecto, entendido, comprendo, está bien, por supuesto, ya ya, genial',
    interrupting:
      'para, pare, espere, espera, no, perdón, perdone, disculpe, disculpa, oiga, oye, un momento, un segundo, alto, basta, cancelar, ayuda, hola, cómo, qué',
  },
  fr: {
    lookingUp:
      'un instant, un moment, une seconde, une minute, deux secondes, deux minutes, attendez, attends, patientez, ne quittez pas, laissez-moi voir, laissez-moi regarder, laissez-moi vérifier, laissez-moi chercher, je regarde, je vérifie, je cherche, je vais chercher, je vais regarder, je vais vérifier, donnez-moi une minute, donnez-moi une seconde, donnez-moi un instant, voyons voir, il faut que je cherche, il faut que je regarde',
    backchannel:
      "d'accord, ok, okay, oui, ouais, je vois, je comprends, bien, très bien, bien sûr, parfait, entendu, ah bon, ah d'accord, ça marche, exactement, tout à fait, compris, super",
    interrupting:
      'stop, arrêtez, arrête, attendez, attends, non, pardon, excusez-moi, excuse-moi, désolé, désolée, un instant, une seconde, une minute, allô, aide, annuler, comment, quoi',
  },
  de: {
    lookingUp:
      'einen Moment, ein Moment, Moment, einen Augenblick, Augenblick, eine Sekunde, eine Minute, Sekunde, warten Sie, warte, warte mal, warten Sie mal, ich schaue nach, ich schau mal, ich schaue mal, ich sehe nach, lassen Sie mich, lass mich, ich muss nachsehen, ich muss nachschauen, ich muss kurz, ich hole, ich suche, mal sehen, mal schauen, bleiben Sie dran, ich prüfe, ich gucke mal, ich guck mal, geben Sie mir',
    backchannel:
      'ja, okay, ok, gut, alles klar, verstehe, ich verstehe, verstanden, genau, klar, in Ordnung, aha, ach so, achso, sehr gut, richtig, stimmt, natürlich, jaja, ja ja, prima, super, schön, ich weiß',
    interrupting:
      'stopp, stop, halt, warte, warten Sie, nein, nee, Moment, Entschuldigung, entschuldigen Sie, sorry, hallo, falsch, abbrechen, Hilfe, wie bitte, Verzeihung, einen Moment, was',
  },
  it: {
    lookingUp:
      'un momento, un attimo, un secondo, un minuto, aspetti, aspetta, mi faccia vedere, fammi vedere, mi faccia controllare, mi lasci controllare, mi dia un momento, mi dia un secondo, mi dia un attimo, vediamo, controllo, sto cercando, lo cerco, devo cercare, devo controllare, resti in linea, vado a prendere',
    backchannel:
      'sì, ok, okay, va bene, certo, capisco, ho capito, bene, molto bene, giusto, esatto, d’accordo, perfetto, chiaro, già, ah ecco, sì sì',
    interrupting:
      'basta, stop, fermo, aspetti, aspetta, no, scusi, scusa, mi scusi, un momento, un attimo, pronto, aiuto, annulla, come, cosa',
  },
  pt: {
    lookingUp:
      'um momento, um momentinho, um segundo, um minuto, só um momento, só um segundo, só um minuto, um instante, espere, espera, aguarde, espera aí, deixe-me ver, deixa eu ver, me deixe ver, deixa eu verificar, deixe-me verificar, vou verificar, vou procurar, vou buscar, vou ver, estou procurando, estou à procura, me dê um minuto, me dá um minuto, tenho que procurar, não desligue',
    backchannel:
      'sim, ok, okay, tá, tá bom, certo, claro, entendi, entendo, bem, muito bem, isso, exato, está bem, tudo bem, perfeito, pois, pois é, com certeza, ótimo, sei',
    interrupting:
      'pare, para, espere, espera, não, desculpe, desculpa, com licença, um momento, um segundo, alô, basta, ajuda, cancelar, como, o quê',
  },
  nl: {
    lookingUp:
      'een moment, een momentje, momentje, moment, een ogenblik, ogenblik, ogenblikje, een seconde, een minuut, wacht even, wacht, wachten, even kijken, even zoeken, even wachten, ik kijk even, ik zoek even, ik pak even, laat me kijken, laat me even, geef me even, blijf aan de lijn, ik ga even, ik moet even',
    backchannel:
      'ja, oké, oke, ok, goed, prima, ja ja, jaja, precies, snap ik, ik snap het, begrijp ik, ik begrijp het, begrepen, juist, natuurlijk, zeker, klopt, is goed, mooi, inderdaad, duidelijk, helder',
    interrupting:
      'stop, wacht, wacht even, nee, sorry, pardon, excuseer, moment, een moment, hallo, help, fout, annuleren, wat, wat zegt u',
  },
} as const satisfies Record<string, Lists>;

type Kind = 'backchannel' | 'interrupting';

const TABLES = {
  en: tablesOf(LISTS.en),
  es: tablesOf(LISTS.es),
  fr: tablesOf(LISTS.fr),
  de: tablesOf(LISTS.de),
  it: tablesOf(LISTS.it),
  pt: tablesOf(LISTS.pt),
  nl: tablesOf(LISTS.nl),
};

/** More words than these around a word of interruption are a sentence, which decides by itself. */
const MOST_INTERRUPTING_WORDS = 6;

/** True where the caller asks for time: "one moment", "hold on, I'm getting my card". `language`: BCP 47. */
export function isLookingUp(text: string, language: string): boolean {
  const said = ` ${wordsOf(tailOf(text)).join(' ')} `;
  return ofLanguage(TABLES, language).lookingUp.some((phrase) => said.includes(phrase));
}

/** "Hang on", and what people say they are about to do; with nothing else beside them but what they are looking for. */
const WAITING_EN = new RegExp(
  `^(?:${[
    '(?:one|just a|just one|a|give me a|give me one|wait a) (?:moment|second|sec|minute)',
    'hold on|hang on|bear with me|hold the line',
  ].join('|')})\\b`,
);
const LOOKING_EN =
  /^(?:let me|ill|i will|im|i am|i just|im just|ill just|let me just|i have to|i need to) (?:just )?(?:get|grab|find|check|look|see|think|fetch|go and get|getting|grabbing|finding|checking|looking|fetching)(?: (?:for|up|at))?(?: (?:it|that|this|them))?(?: up)?(?: my(?: [a-z]+){1,3})?$/;
const BESIDE_EN =
  /^(?:okay|ok|oh|um|uh|sure|yes|yeah|well|so|sorry|please|and|then|thanks|thank you|for me|right)\b/;
/** A request for time in another language is short and has nothing beside it. */
const MOST_WAITING_WORDS = 6;

/**
 * True where the caller asks for time and for nothing else: "hang on, let me get my card", not "hang on, is that in the
 * morning?". Whoever answers may then simply wait. `language`: BCP 47.
 */
export function asksForTime(text: string, language: string): boolean {
  if (/[?？]\s*$/.test(text) || !isLookingUp(text, language)) return false;
  const words = wordsOf(text);
  if (!/^en\b/i.test(language)) return words.length <= MOST_WAITING_WORDS;
  let rest = words.join(' ');
  let asked = false;
  for (let before = ''; rest !== before; ) {
    before = rest;
    rest = rest.replace(BESIDE_EN, '').trim();
    if (WAITING_EN.test(rest)) {
      asked = true;
      rest = rest.replace(WAITING_EN, '').trim();
    }
  }
  if (rest === '') return asked;
  // Without "hang on" before it, only one's own things are looked for: "let me see the prices" is a wish.
  return LOOKING_EN.test(rest) && (asked || !/^i (?:have|need) to/.test(rest));
}

/** True where nothing was said but that one is listening: "uh-huh", "okay, right". `language`: BCP 47. */
export function isBackchannel(text: string, language: string): boolean {
  const said = shortThings(text, language);
  return said.length > 0 && said.every((thing) => thing === 'backchannel');
}

/**
 * True where the words so far may yet become nothing but a back-channel: "I" on the way to "I see". `language`: BCP 47.
 */
export function mayBecomeBackchannel(text: string, language: string): boolean {
  const { short, beginnings } = ofLanguage(TABLES, language);
  const words = wordsOf(tailOf(text));
  for (let at = 0; at < words.length; ) {
    const phrase = phraseAt(short, words, at);
    if (phrase === undefined) return beginnings.has(words.slice(at).join(' '));
    if (phrase.value !== 'backchannel') return false;
    at += phrase.length;
  }
  return words.length > 0;
}

/**
 * True for words that always mean to interrupt, even alone: "stop", "no, wait", "excuse me". Longer sentences interrupt
 * by being sentences; of them this says nothing. `language`: BCP 47.
 */
export function isInterruptingWord(text: string, language: string): boolean {
  const said = shortThings(text, language);
  return said.length <= MOST_INTERRUPTING_WORDS && said.includes('interrupting');
}

/** What each phrase of a text is, from its beginning; undefined for a word that is neither. */
function shortThings(text: string, language: string): (Kind | undefined)[] {
  const { short } = ofLanguage(TABLES, language);
  const words = wordsOf(tailOf(text));
  const things: (Kind | undefined)[] = [];
  for (let at = 0; at < words.length; ) {
    const phrase = phraseAt(short, words, at);
    things.push(phrase?.value);
    at += phrase?.length ?? 1;
  }
  return things;
}

function tablesOf({ lookingUp, backchannel, interrupting }: Lists): {
  lookingUp: readonly string[];
  short: ReadonlyMap<string, Kind>;
  /** Of back-channels of several words. */
  beginnings: ReadonlySet<string>;
} {
  const kinds = (list: string, kind: Kind) => phrasesOf(list).map((phrase) => [phrase, kind] as const);
  return {
    lookingUp: phrasesOf(lookingUp).map((phrase) => ` ${phrase} `),
    short: new Map([
      ...kinds(`${SOUNDS}, ${backchannel}`, 'backchannel'),
      ...kinds(interrupting, 'interrupting'),
    ]),
    beginnings: new Set(phrasesOf(backchannel).flatMap(beginningsOf)),
  };
}

/** "I see what" → "I", "I see". */
function beginningsOf(phrase: string): string[] {
  const words = phrase.split(' ');
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join(' '));
}
