/** What people say to ask for what most flows offer, by language; and words that ask for nothing by themselves. */
import { tokens } from './entities/words.ts';

const list = (phrases: string): string[] => phrases.split(',').map((phrase) => phrase.trim());

type Wish = 'person' | 'repeat' | 'start_over';

const WORDS: Readonly<Record<string, Readonly<Record<Wish, readonly string[]>>>> = {
  en: {
    person: list(
      'a person, a real person, a live person, a human, a human being, operator, the operator, an agent, a live agent, representative, a representative, receptionist, customer service, speak to someone, talk to someone, speak to somebody, talk to somebody, speak with someone, talk with someone, speak to a person, talk to a person, someone real, anyone real',
    ),
    repeat: list(
      "repeat, repeat that, repeat it, repeat please, say that again, say it again, come again, one more time, once more, pardon, pardon me, i beg your pardon, what did you say, what was that, i didn't hear you, i didn't hear that, i didn't catch that, i didn't get that, could you repeat",
    ),
    start_over: list(
      'start over, start again, start from the beginning, start from the top, begin again, from the beginning, restart',
    ),
  },
  es: {
    person: list(
      'una persona, una persona real, un agente, operador, operadora, hablar con alguien, hablar con una persona, hablar con un agente, atención al cliente, un representante, un ser humano',
    ),
    repeat: list(
      'repetir, repita, repítalo, repítemelo, puede repetir, otra vez, una vez más, dígalo otra vez, cómo dijo, qué dijo, cómo, perdón, no le oí, no he oído, no entendí',
    ),
    start_over: list('empezar de nuevo, volver a empezar, comenzar de nuevo, desde el principio'),
  },
  fr: {
    person: list(
      "une personne, une vraie personne, un conseiller, une conseillère, un opérateur, un agent, parler à quelqu'un, parler à une personne, parler à un conseiller, service client, un humain, un être humain",
    ),
    repeat: list(
      "répéter, répétez, pouvez-vous répéter, encore une fois, redites, pardon, comment, qu'avez-vous dit, je n'ai pas entendu, je n'ai pas compris",
    ),
    start_over: list(
      'recommencer, recommencez, tout recommencer, reprendre depuis le début, depuis le début',
    ),
  },
  de: {
    person: list(
      'ein mensch, einen menschen, mit einem menschen sprechen, mit jemandem sprechen, mit jemand sprechen, jemanden sprechen, mitarbeiter, ein mitarbeiter, einen mitarbeiter, mit einem mitarbeiter sprechen, kundendienst, kundenservice, vermittlung, zentrale',
    ),
    repeat: list(
      'wiederholen, wiederholen sie das, wiederholen sie bitte, noch einmal, nochmal, noch mal, sagen sie das noch einmal, wie bitte, was haben sie gesagt, das habe ich nicht gehört, das habe ich nicht verstanden, nicht verstanden',
    ),
    start_over: list(
      'von vorne, von vorn, von vorne anfangen, neu anfangen, noch einmal von vorne, von neuem',
    ),
  },
  it: {
    person: list(
      'una persona, una persona vera, un operatore, un operatrice, un agente, parlare con qualcuno, parlare con una persona, parlare con un operatore, servizio clienti, un essere umano',
    ),
    repeat: list(
      'ripetere, ripeta, può ripetere, ancora una volta, di nuovo, lo dica di nuovo, come ha detto, cosa ha detto, come, non ho sentito, non ho capito',
    ),
    start_over: list('ricominciare, ricominciamo, da capo, dall inizio, dal principio'),
  },
  nl: {
    person: list(
      'een medewerker, een mens, een echt mens, een persoon, iemand spreken, met iemand spreken, met een medewerker spreken, met een mens spreken, klantenservice, een telefoniste',
    ),
    repeat: list(
      'herhalen, herhaal dat, kunt u dat herhalen, nog een keer, nog eens, zeg dat nog eens, wat zei u, wat zegt u, pardon, niet verstaan, dat heb ik niet verstaan',
    ),
    start_over: list('opnieuw beginnen, begin opnieuw, van voren af aan, vanaf het begin'),
  },
  pt: {
    person: list(
      'uma pessoa, uma pessoa real, um atendente, uma atendente, um operador, um agente, falar com alguém, falar com uma pessoa, falar com um atendente, serviço ao cliente, um ser humano',
    ),
    repeat: list(
      'repetir, repita, pode repetir, de novo, outra vez, mais uma vez, diga outra vez, o que disse, como, não ouvi, não entendi',
    ),
    start_over: list('começar de novo, recomeçar, começar outra vez, do começo, do início, desde o início'),
  },
};

/** What people say for a wish; empty where that is not known, of this wish or in this language. `language`: BCP 47. */
export function wordsFor(wish: string, language: string): readonly string[] {
  const known: Readonly<Record<string, readonly string[]>> = WORDS[language.slice(0, 2).toLowerCase()] ?? {};
  return Object.entries(known).find(([name]) => name === wish)?.[1] ?? [];
}

/** Politeness and wishing: what is left of a turn without them is what is wished for. As `tokens` gives them. */
export const WISHING: ReadonlySet<string> = new Set(
  [
    'i id im ill we want would like need to please can could you me us um uh er oh well so just okay ok hey hi hello yes yeah no sorry actually may let lets get give have a an the do will thanks thank is there possible in',
    'en quiero quisiera me gustaria puedo puede podria por favor un una el la con que hola si no eh pues gracias',
    'je voudrais veux peux puis pouvez vous sil te plait un une le la avec oui non euh bonjour merci est ce que',
    'ich möchte will kann können sie bitte ein eine einen einem einer mit ja nein hallo danke mal ans auf',
    'vorrei voglio posso può per favore un una il la lo con si no ciao grazie mi',
    'ik wil graag kan kunt u alstublieft een de het met ja nee hallo dank op',
    'eu quero queria gostaria posso pode por favor um uma com sim não em olá obrigado obrigada',
  ].flatMap((words) => words.split(' ').flatMap(tokens)),
);
