/** What simulated callers say, in pieces with pauses between them. */
import type { ListenExpectation } from '../../src/flows/index.ts';
import type { Random } from './random.ts';
import type { ActType } from './scenario.ts';

type Kind = ListenExpectation['kind'];

/** Pieces of one say. */
type Say = readonly string[];

const ANSWERS: Readonly<Record<Exclude<Kind, 'choice'>, readonly Say[]>> = {
  open: [
    ["I'd like to book an appointment"],
    ["I'd like to", 'book a table for', 'two'],
    ['what are your opening hours?'],
    ['can you tell me whether', 'you have something free on Tuesday?'],
    ['yes please'],
    ["no, that's all, thank you"],
    ['my name is Anna Miller and', "I'm calling about my appointment"],
    ['Tuesday at three would be great.'],
  ],
  'yes-no': [
    ['yes'],
    ['Yes.'],
    ['no'],
    ['no, thank you'],
    ['yes,', 'I think so'],
    ['um', 'yes'],
    ['that is right'],
  ],
  number: [['two'], ['twenty', 'five'], ['4'], ['about', 'six'], ['three hundred']],
  date: [
    ['tomorrow'],
    ['next Tuesday'],
    ['the twenty', 'fourth of November'],
    ['on Monday, no,', 'Wednesday'],
    ['November 24th'],
  ],
  time: [
    ['at three'],
    ['half past four'],
    ['three', 'thirty in the afternoon'],
    ['15:00'],
    ['ten in the morning'],
  ],
  phone: [
    ['415', '555', '0123'],
    ['four one five', 'five five five', 'oh one two three'],
    ['4155550123'],
    ['my number is', '415 555', '0123.'],
    ['415 555 01', 'um', '23'],
  ],
  digits: [['1 2 3', '4 5 6'], ['one two three four'], ['9 8', '7 6'], ['123456']],
  name: [['Anna Miller'], ['my name is', 'Bob'], ['Anna', 'M as in Mike'], ["it's Smith"]],
  text: [['I need a check-up'], ['the sink is', 'leaking and', 'the floor is wet'], ['nothing special']],
};

const CHATS: readonly Say[] = [
  ['so I was wondering whether you could help me with', 'the thing that I bought last week'],
  ['well', 'you know', 'it is a bit complicated because', 'my husband usually does this'],
  ['bananas'],
  ['I have a question about', 'um', 'my bill and', 'also about the delivery.'],
  ['milk, eggs, bread'],
  ['it was on the third of', 'no wait', 'the fourth of May'],
];
const BACK_CHANNELS: readonly Say[] = [
  ['uh-huh'],
  ['okay'],
  ['mm-hmm'],
  ['right'],
  ['yeah'],
  ['I see'],
  ['okay', 'right'],
];
const INTERRUPTIONS: readonly Say[] = [
  ['stop'],
  ['wait a minute'],
  ['no, I want to talk to a person'],
  ['actually', 'can we do that tomorrow'],
  ['sorry, what was that?'],
  ['okay but', 'I need something else'],
];
const HOLD_ONS: readonly Say[] = [
  ['hold on'],
  ['one moment please'],
  ['let me get my card'],
  ['bear with me', 'let me see'],
];
const BYES: readonly Say[] = [['goodbye'], ["that's all, bye"], ['no, thank you, goodbye']];

/** Pieces of what is said in this act. `asked`: what the agent waits for. */
export function sayFor(act: ActType, asked: ListenExpectation, random: Random): Say {
  switch (act) {
    case 'answer':
      return answerTo(asked, random);
    case 'chat':
      return random.pick(CHATS);
    case 'back-channel':
      return random.pick(BACK_CHANNELS);
    case 'interrupt':
    case 'clear-throat':
      return random.pick(INTERRUPTIONS);
    case 'hold-on':
      return random.pick(HOLD_ONS);
    case 'bye':
      return random.pick(BYES);
    case 'cough':
    case 'noise':
    case 'keys':
    case 'silence':
    case 'hang-up':
      return [];
  }
}

function answerTo({ kind, keyterms = [] }: ListenExpectation, random: Random): Say {
  const say = kind === 'choice' ? choose(keyterms, random) : random.pick(ANSWERS[kind]);
  if (random.chance(0.1)) return [random.pick(['um', 'so', 'well', 'let me see']), ...say];
  // A false start: the first word, and then all of it.
  if (random.chance(0.07)) return [say[0]?.split(' ')[0] ?? 'I', ...say];
  return random.chance(0.08) ? random.pick(CHATS) : say;
}

function choose(keyterms: readonly string[], random: Random): Say {
  if (keyterms.length === 0 || random.chance(0.1)) return ['hello'];
  const word = random.pick(keyterms);
  return random.chance(0.2) ? ["I'd like", word] : [word];
}

/** Keys that fit what is waited for, or any. */
export function keysFor({ keys, kind }: ListenExpectation, random: Random): string[] {
  if (random.chance(0.2)) return [random.pick(['1', '5', '9', '*', '#'])];
  if (keys === undefined || keys.max === 1) return [random.pick(['0', '1', '2', '9', '3'])];
  const digits = kind === 'phone' ? '4155550123' : String(random.between(1, 99_999));
  const some = random.chance(0.2) ? digits.slice(0, 3) : digits;
  return [...some, ...(random.chance(0.6) ? ['#'] : [])];
}
