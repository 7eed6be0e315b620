/** Web pages as the same few lines of Markdown that the rest of this room reads: headings, paragraphs, list items. */

/** Nobody reads these aloud. */
const UNREAD = /<(script|style|template|noscript|svg|head|nav)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi;
const BLOCK =
  /^(address|article|aside|blockquote|body|br|caption|dd|details|div|dl|dt|figcaption|figure|footer|form|header|hr|html|main|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul)$/;

/** The names of U+00A0 to U+00FF in order, as HTML has them. */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'.split(
    ' ',
  );

const NAMED = new Map([
  ...LATIN.map((name, index) => [name, String.fromCharCode(0xa0 + index)] as const),
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", euro: '€', ndash: '–', mdash: '—' }),
  ...Object.entries({ hellip: '…', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', bull: '•', trade: '™' }),
]);

/** The text of a page, as Markdown; it never fails, whatever the page looks like. */
export function markdownOfHtml(html: string): string {
  const read = html.replaceAll(/<!--[\s\S]*?(?:-->|$)|<![a-z][^<>]*>/gi, ' ').replaceAll(UNREAD, ' ');
  // Line ends of a page mean nothing; those of its blocks do.
  const flat = read.replaceAll(/\s+/g, ' ');
  const lines = flat.replaceAll(/<\/?([a-z][a-z0-9]*)\b[^<>]*>/gi, (tag, name: string) =>
    lineOf(name.toLowerCase(), tag.startsWith('</')),
  );
  return lines.replaceAll(
    /&(#x?[0-9a-f]{1,6}|[a-z0-9]{2,8});/gi,
    (whole, name: string) => character(name) ?? whole,
  );
}

function lineOf(name: string, isEnd: boolean): string {
  const level = /^h([1-6])$/.exec(name)?.[1];
  if (level !== undefined) return isEnd ? '\n\n' : `\n\n${'#'.repeat(Number(level))} `;
  if (name === 'li') return isEnd ? '' : '\n- ';
  if (name === 'td' || name === 'th') return isEnd ? ' | ' : '';
  if (name === 'tr' || name === 'br') return '\n';
  return BLOCK.test(name) ? '\n\n' : '';
}

function character(name: string): string | undefined {
  if (!name.startsWith('#')) return NAMED.get(name);
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return Number.isInteger(code) && code > 31 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    ? String.fromCodePoint(code)
    : undefined;
}
