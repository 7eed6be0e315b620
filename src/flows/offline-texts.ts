/** The words that a menu is made of which stands in for the model. `{…}` is filled in. Pure. */

export interface OfflineTexts {
  /** What an option is for, by what it leads to. */
  person: string;
  message: string;
  named: string;
  /** How it is chosen. */
  keyAndWord: string;
  key: string;
  word: string;
  /** What to say for a person; more is understood. */
  personWord: string;
}

const ENGLISH: OfflineTexts = {
  person: 'To speak to a person',
  message: 'To leave a message',
  named: 'For {name}',
  keyAndWord: '{what}, press {key} or say {word}.',
  key: '{what}, press {key}.',
  word: '{what}, say {word}.',
  personWord: 'person',
};

const TEXTS: ReadonlyMap<string, OfflineTexts> = new Map([
  ['en', ENGLISH],
  [
    'de',
    {
      person: 'Um mit einem Menschen zu sprechen',
      message: 'Um eine Nachricht zu hinterlassen',
      named: 'Für {name}',
      keyAndWord: '{what}, drücken Sie die {key} oder sagen Sie {word}.',
      key: '{what}, drücken Sie die {key}.',
      word: '{what}, sagen Sie {word}.',
      personWord: 'Mitarbeiter',
    },
  ],
  [
    'fr',
    {
      person: 'Pour parler à une personne',
      message: 'Pour laisser un message',
      named: 'Pour {name}',
      keyAndWord: '{what}, appuyez sur le {key} ou dites {word}.',
      key: '{what}, appuyez sur le {key}.',
      word: '{what}, dites {word}.',
      personWord: 'conseiller',
    },
  ],
  [
    'es',
    {
      person: 'Para hablar con una persona',
      message: 'Para dejar un mensaje',
      named: 'Para {name}',
      keyAndWord: '{what}, pulse {key} o diga {word}.',
      key: '{what}, pulse {key}.',
      word: '{what}, diga {word}.',
      personWord: 'operador',
    },
  ],
  [
    'it',
    {
      person: 'Per parlare con una persona',
      message: 'Per lasciare un messaggio',
      named: 'Per {name}',
      keyAndWord: '{what}, prema {key} o dica {word}.',
      key: '{what}, prema {key}.',
      word: '{what}, dica {word}.',
      personWord: 'operatore',
    },
  ],
  [
    'pt',
    {
      person: 'Para falar com uma pessoa',
      message: 'Para deixar uma mensagem',
      named: 'Para {name}',
      keyAndWord: '{what}, prima {key} ou diga {word}.',
      key: '{what}, prima {key}.',
      word: '{what}, diga {word}.',
      personWord: 'assistente',
    },
  ],
  [
    'nl',
    {
      person: 'Om iemand te spreken',
      message: 'Om een bericht achter te laten',
      named: 'Voor {name}',
      keyAndWord: '{what}, druk op {key} of zeg {word}.',
      key: '{what}, druk op {key}.',
      word: '{what}, zeg {word}.',
      personWord: 'medewerker',
    },
  ],
]);

/** English for a language that has none here. `language`: BCP 47. */
export function offlineTexts(language: string): OfflineTexts {
  return TEXTS.get(language.toLowerCase().split('-')[0] ?? '') ?? ENGLISH;
}
