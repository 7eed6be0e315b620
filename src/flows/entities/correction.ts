/** What is left of an answer once the caller has corrected himself or said what it is not. */

/** "four, no, five", "four, sorry, five", "four, I mean five": what follows counts. */
const CORRECTION =
  /[,.;:…–—]\s*(?:oh\s+|ah\s+)?(?:no|non|nein|nee|não)\b(?!-)|\b(?:no|non|nein|nee|não)(?=\s*[,.;…–—])|\bno\s+(?=wait|sorry|actually)|\b(?:sorry|i (?:mean|meant)|(?:or )?rather(?! not)|actually|wait|scratch that|correction|make (?:it|that)|quiero decir|mejor dicho|perd[oó]n|perdone|pardon|je veux dire|plutôt|ich meine|entschuldigung|verzeihung|besser gesagt|voglio dire|scusi|quer dizer|desculpe|ik bedoel)\b/gi;
/** The same words at the end change nothing: "five, actually". */
const AFTERTHOUGHT = /[\s,.;…–—]*\b(?:sorry|i (?:mean|meant)|rather|actually|wait)[\s,.!?…]*$/i;
/** "not four but five", "not Monday, Tuesday" */
const INSTEAD = /\bnot\s+[^,.;]*?(?:[,.;…–—]+\s*(?:but\s+)?|\s+but\s+)(?=.*[\p{L}\d])/iu;
/** "Tuesday, not Monday" */
const RULED_OUT = /[,;…–—]\s*(?:and\s+)?not\s+[^,.;]+[\s.!]*$/i;
/** "anything but the morning", "I can't do mornings": says what is not meant, and nothing else. */
const NEGATION =
  /\b(?:no|not|never|cannot|without|except|other than|neither|nor)\b|n['’]t\b|\b(?:nicht|kein\w*|pas|jamais|nunca|niemals|niet|geen|não)\b|\b(?:any|every|all|no)\w*\s+(?:\w+\s+)?but\b/i;
/** Doubts before an answer do not negate it: "I'm not sure, four". */
const DOUBT =
  /\b(?:i['’]?m |i am )?not (?:really )?sure\b[\s,.;…–—]*|\bi (?:don['’]?t|do not) know\b[\s,.;…–—]*|\b(?:no s[eé]|no estoy segur[oa]|je ne sais pas|je sais pas|ich wei(?:ß|ss) nicht|non lo so|não sei|ik weet het niet)[\s,.;…–—]+/gi;
const LEADING = /^[\s,.;:!?…–—]+/;

export interface Settled {
  /** What counts. */
  text: string;
  /** What a correction replaced; empty without one. */
  replaced: string;
}

/** Resolves corrections; undefined where an answer only says what is not meant. */
export function settle(said: string): Settled | undefined {
  let text = said.trim().replace(DOUBT, '').replace(AFTERTHOUGHT, '').replace(RULED_OUT, '');
  let end = 0;
  for (const match of text.matchAll(CORRECTION)) end = match.index + match[0].length;
  let replaced = text.slice(0, end);
  text = text.slice(end);
  const instead = INSTEAD.exec(text);
  if (instead !== null) {
    replaced += text.slice(0, instead.index + instead[0].length);
    text = text.slice(instead.index + instead[0].length);
  }
  return NEGATION.test(text) ? undefined : { text: text.replace(LEADING, ''), replaced };
}

/** True where words say what is not meant. */
export function isNegative(said: string): boolean {
  return NEGATION.test(said);
}
