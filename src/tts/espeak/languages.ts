/** Which of eSpeak NG's voices speaks a language. */

/** The living languages it has (`docs/languages.md` of eSpeak NG 1.52), without Japanese, whose kanji it cannot read. */
const LANGUAGES = new Set(
  `af am an ar as az ba be bg bn bs ca cmn cs cv cy da de el en es et eu fa fi fo fr ga gd gn gu hak haw he hi hr ht hu hy
  ia id is it ka kk kl kn ko kok ku ky lb lt ltg lv mi mk ml mr ms mt my nb ne nl nog om or pa pl pt ro ru sd shn si sk sl
  smj sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi yue`.split(/\s+/),
);
/** By other names. */
const NAMES: Readonly<Record<string, string>> = { zh: 'cmn', no: 'nb', iw: 'he' };
const REGIONS: Readonly<Record<string, string>> = { 'zh-hk': 'yue', 'zh-mo': 'yue' };
const SPAIN = /^es(-es)?$/;

/** Names of voices to try, the best first, for a BCP 47 language; none where it is not spoken. */
export function voicesFor(language: string): readonly string[] {
  const exact = language.toLowerCase();
  const [base = ''] = exact.split('-');
  const spoken = NAMES[base] ?? base;
  if (!LANGUAGES.has(spoken)) return [];
  const regional = REGIONS[exact] ?? (base === 'es' && !SPAIN.test(exact) ? 'es-419' : exact);
  return [...new Set([regional, spoken])];
}
