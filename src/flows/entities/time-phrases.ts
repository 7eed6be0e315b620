/** Times of day in other languages, in the English words and numerals that the parser of times knows. */
import { inNumerals } from './numerals.ts';

type Rule = readonly [said: RegExp, known: string | ((...groups: string[]) => string)];

const clock = (hour: string, minute: number | string): string =>
  `${Number(hour) % 24}:${String(minute).padStart(2, '0')}`;
/** So many minutes before the hour. */
const before = (hour: string, minutes: number | string): string =>
  clock(hour === '0' ? '23' : hour === '1' ? '12' : String(Number(hour) - 1), 60 - Number(minutes));
const to = (minute: number) => (_: string, hour: string) => clock(hour, minute);
const ofTo = (minutes: number) => (_: string, hour: string) => before(hour, minutes);
/** A rule for whole words, whatever their letters. */
const rule = (said: string, known: Rule[1]): Rule => [
  new RegExp(`(?<![\\p{L}\\d])(?:${said})(?![\\p{L}\\d])`, 'giu'),
  known,
];

const H = '(\\d{1,2})';
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  es: [
    rule(`${H} (?:horas )?y media`, to(30)),
    rule(`${H} (?:horas )?y cuarto`, to(15)),
    rule(`${H} menos cuarto`, ofTo(15)),
    rule(`${H} menos ${H}`, (_, hour = '', minutes = '') => before(hour, minutes)),
    rule(`${H} (?:horas )?y ${H}`, (_, hour = '', minutes = '') => clock(hour, minutes)),
    rule('de la madrugada|(?:de|por) la mañana', 'in the morning'),
    rule('(?:de|por) la tarde', 'in the afternoon'),
    rule('(?:de|por) la noche|esta noche', 'in the evening'),
    rule('(?:al? )?mediod[ií]a', 'noon'),
    rule('(?:a )?medianoche', 'midnight'),
    rule(`${H} (?:en punto|horas?)`, '$1 oclock'),
    rule('a las?', 'at'),
    rule('antes|después|entre|hasta|desde', 'between'),
  ],
  fr: [
    rule(`${H} ?(?:h|heures?) et demie?`, to(30)),
    rule(`${H} ?(?:h|heures?) et quart`, to(15)),
    rule(`${H} ?(?:h|heures?) moins (?:le )?quart`, ofTo(15)),
    rule(`${H} ?(?:h|heures?) moins ${H}`, (_, hour = '', minutes = '') => before(hour, minutes)),
    rule(`${H} ?(?:h|heures?) ?${H}`, (_, hour = '', minutes = '') => clock(hour, minutes)),
    rule("(?:de l['’]|cet |l['’])après-midi", 'in the afternoon'),
    rule('midi et demie?', '12:30'),
    rule('(?:à )?midi', 'noon'),
    rule('(?:à )?minuit', 'midnight'),
    rule('du matin|le matin|ce matin', 'in the morning'),
    rule('du soir|ce soir|le soir', 'in the evening'),
    rule(`${H} ?(?:h|heures?)`, '$1 oclock'),
    rule('à|vers', 'at'),
    rule('avant|après|entre|jusqu|dès', 'between'),
  ],
  de: [
    rule(`halb ${H}`, ofTo(30)),
    rule(`(?:drei ?|3 ?)viertel ${H}`, ofTo(15)),
    rule(`viertel nach ${H}`, to(15)),
    rule(`viertel vor ${H}`, ofTo(15)),
    rule(`viertel ${H}`, ofTo(45)),
    rule(`${H} (?:minuten )?nach ${H}`, (_, minutes = '', hour = '') => clock(hour, minutes)),
    rule(`${H} (?:minuten )?vor ${H}`, (_, minutes = '', hour = '') => before(hour, minutes)),
    rule(`${H} uhr (?:und )?${H}`, (_, hour = '', minutes = '') => clock(hour, minutes)),
    rule('morgens|vormittags|(?:am|heute|morgen) (?:morgen|vormittag|früh)|in der früh', 'in the morning'),
    rule('nachmittags|(?:am |heute |morgen )nachmittag', 'in the afternoon'),
    rule('abends|(?:am |heute |morgen )abend', 'in the evening'),
    rule('nachts', 'at night'),
    rule('(?:um )?mitternacht', 'midnight'),
    rule('(?:am )?mittags?', 'noon'),
    rule(`${H} uhr`, '$1 oclock'),
    rule('um|gegen', 'at'),
    rule('zwischen|bis|vor|ab|nach|oder', 'between'),
  ],
  it: [
    rule(`${H} e mezz[ao]`, to(30)),
    rule(`${H} e (?:un|1) quarto`, to(15)),
    rule(`${H} meno (?:un|1) quarto`, ofTo(15)),
    rule(`${H} meno ${H}`, (_, hour = '', minutes = '') => before(hour, minutes)),
    rule(`${H} e ${H}`, (_, hour = '', minutes = '') => clock(hour, minutes)),
    rule('d(?:i|el) mattin[ao]|stamattina', 'in the morning'),
    rule('del pomeriggio', 'in the afternoon'),
    rule('d(?:i|ella) sera|stasera', 'in the evening'),
    rule('(?:a )?mezzogiorno', 'noon'),
    rule('(?:a )?mezzanotte', 'midnight'),
    rule("alle|all['’]", 'at'),
    rule('prima|dopo|tra|fra|fino', 'between'),
  ],
  pt: [
    rule(`${H} (?:horas )?e meia`, to(30)),
    rule(`${H} (?:horas )?e ${H}`, (_, hour = '', minutes = '') => clock(hour, minutes)),
    rule(`${H} (?:minutos )?para as? ${H}`, (_, minutes = '', hour = '') => before(hour, minutes)),
    rule('da manhã|de manhã', 'in the morning'),
    rule('da tarde|à tarde', 'in the afternoon'),
    rule('da noite|à noite', 'in the evening'),
    rule('(?:ao )?meio[- ]dia', 'noon'),
    rule('(?:à )?meia[- ]noite', 'midnight'),
    rule(`${H} horas?`, '$1 oclock'),
    rule('às|as|à', 'at'),
    rule('antes|depois|entre|até', 'between'),
  ],
  nl: [
    rule(`half ${H}`, ofTo(30)),
    rule(`kwart over ${H}`, to(15)),
    rule(`kwart voor ${H}`, ofTo(15)),
    rule(`${H} (?:minuten )?over ${H}`, (_, minutes = '', hour = '') => clock(hour, minutes)),
    rule(`${H} (?:minuten )?voor ${H}`, (_, minutes = '', hour = '') => before(hour, minutes)),
    rule(`${H} uur ${H}`, (_, hour = '', minutes = '') => clock(hour, minutes)),
    rule("['’]?s (?:ochtends|morgens)|vanochtend|in de ochtend", 'in the morning'),
    rule("['’]?s middags|vanmiddag|in de middag", 'in the afternoon'),
    rule("['’]?s avonds|vanavond|in de avond", 'in the evening'),
    rule("['’]?s nachts", 'at night'),
    rule('middernacht', 'midnight'),
    rule(`${H} uur`, '$1 oclock'),
    rule('om', 'at'),
    rule('voor|na|tussen|tot|of', 'between'),
  ],
};

/** `um halb zehn` → `at 9:30`. English and unknown languages stay as they are. `language`: BCP 47. */
export function timesInEnglish(text: string, language: string): string {
  const rules = RULES[language.slice(0, 2).toLowerCase()];
  if (rules === undefined) return text;
  // Replacers are told apart only for the compiler: both kinds do what replaceAll does with them.
  return rules.reduce(
    (left, [said, known]) =>
      typeof known === 'string' ? left.replaceAll(said, known) : left.replaceAll(said, known),
    inNumerals(text, language).normalize('NFC'),
  );
}
