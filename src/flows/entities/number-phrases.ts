/** Phrases whose numbers are days or times, so that they are not taken for numbers of anything else. */

const UNITS = 'one|two|three|four|five|six|seven|eight|nine';
const NUMBER = `(?:\\d{1,4}|(?:twenty|thirty|forty|fifty)(?:[ -](?:${UNITS}))?|oh (?:${UNITS})|${UNITS}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)`;
const MONTH = '(?:january|february|march|april|may|june|july|august|september|october|november|december)';
const HALF_OF_DAY =
  "o['’]?clock|[ap]\\.? ?m\\b\\.?|in the (?:morning|afternoon|evening)|at night|tonight|this (?:morning|afternoon|evening)";

const TIMES = new RegExp(
  [
    `\\b\\d{1,2}[:.]\\d{2}\\b(?: ?(?:${HALF_OF_DAY}))?`,
    `\\b(?:half|(?:a )?quarter|${NUMBER}(?: minutes)?) (?:past|to|after) ${NUMBER}\\b(?: (?:${HALF_OF_DAY}))?`,
    `\\bat (?:about |around )?(?:\\d{1,2}[:.]\\d{2}|${NUMBER}(?: ${NUMBER})?)\\b(?: (?:${HALF_OF_DAY}))?`,
    `\\b${NUMBER}(?: ${NUMBER})? ?(?:${HALF_OF_DAY})`,
  ].join('|'),
  'gi',
);
const DAYS = new RegExp(
  [
    '\\b(?:twenty|thirty)[ -](?:first|second|third|(?:four|fif|six|seven|eigh|nin)th)\\b',
    '\\b\\d{4}-\\d{2}-\\d{2}\\b|\\b\\d{1,2}/\\d{1,2}(?:/\\d{2,4})?\\b',
    `\\b${MONTH} (?:the )?${NUMBER}\\b(?:,? (?:20\\d\\d|twenty ${NUMBER}))?`,
    `\\b${NUMBER} (?:of )?${MONTH}\\b(?:,? (?:20\\d\\d|twenty ${NUMBER}))?`,
    `\\bin ${NUMBER} (?:minute|hour|day|week|month)s?\\b|\\b${NUMBER} (?:minute|hour|day|week|month)s? (?:from|ago)\\b`,
  ].join('|'),
  'gi',
);

/** "One moment", "one of my friends": no number of anything. */
const NO_NUMBERS =
  /\bone (?:moment|sec|second)\b|\b(?:just|wait|give me) one minute\b|\bone (?:of (?:my|your|our|his|her|the|those|these|them)|thing|question|more thing)\b/gi;

export function withoutMoments(text: string): string {
  return text.replaceAll(NO_NUMBERS, ' ');
}

export function withoutDays(text: string): string {
  return text.replaceAll(DAYS, '');
}

export function withoutDaysAndTimes(text: string): string {
  return withoutDays(text).replaceAll(TIMES, '');
}
