/**
 * The part of XML 1.0 that TwiML is written in: elements, attributes, text, CDATA, comments, the XML declaration and
 * character references. Strict: whatever is not well-formed is an error, as it is for Twilio. No DTDs, no namespaces.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own text, without that of its children. */
  readonly text: string;
}

/** Text that is not well-formed; the message says where. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
  readonly code = 'xml-malformed';
}

const NAME = /[A-Za-z_][\w.:-]*/y;
const SPACE = /\s*/y;
const TEXT = /[^<]+/y;
const QUOTED = /"([^"<]*)"|'([^'<]*)'/y;
const DECLARATION = /\uFEFF?<\?xml\s[^?]*\?>/y;
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/y;
const CDATA = /<!\[CDATA\[([\s\S]*?)\]\]>/y;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
/** Far deeper than any TwiML; keeps a hostile document from exhausting the stack. */
const DEEPEST = 20;

/** Parses a document and returns its root element. Throws {@link XmlError}. */
export function parseXml(source: string): XmlElement {
  const parser = new Parser(source);
  return parser.document();
}

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  document(): XmlElement {
    this.#match(DECLARATION);
    this.#skipBetweenElements();
    const root = this.#element(0);
    this.#skipBetweenElements();
    if (this.#at < this.#source.length) this.#fail('there is something after the root element');
    return root;
  }

  #element(depth: number): XmlElement {
    if (depth > DEEPEST) this.#fail(`elements are nested more than ${DEEPEST} deep`);
    this.#expect('<');
    const name = this.#name();
    const attributes = this.#attributes();
    if (this.#take('/>')) return { name, attributes, children: [], text: '' };
    this.#expect('>');
    const children: XmlElement[] = [];
    let text = '';
    while (!this.#source.startsWith('</', this.#at)) {
      if (this.#at >= this.#source.length) this.#fail(`<${name}> is never closed`);
      const piece = this.#text();
      if (piece === undefined) children.push(this.#element(depth + 1));
      else text += piece;
    }
    this.#expect('</');
    const closing = this.#name();
    if (closing !== name) this.#fail(`<${name}> is closed by </${closing}>`);
    this.#match(SPACE);
    this.#expect('>');
    return { name, attributes, children, text };
  }

  /** Text, CDATA or a comment (empty text); undefined where an element begins. */
  #text(): string | undefined {
    const text = this.#match(TEXT);
    if (text !== undefined) return this.#unescape(text[0]);
    if (this.#match(COMMENT) !== undefined) return '';
    return this.#match(CDATA)?.[1];
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const spaces = this.#match(SPACE)?.[0] ?? '';
      if (
        this.#at >= this.#source.length ||
        this.#source[this.#at] === '>' ||
        this.#source[this.#at] === '/'
      ) {
        return attributes;
      }
      if (spaces === '') this.#fail('a space is missing before an attribute');
      const name = this.#name();
      this.#match(SPACE);
      this.#expect('=');
      this.#match(SPACE);
      const quoted = this.#match(QUOTED);
      if (quoted === undefined) this.#fail(`the value of ${name} is not in quotes, or holds a bare <`);
      if (attributes.has(name)) this.#fail(`the attribute ${name} is given twice`);
      attributes.set(name, this.#unescape(quoted[1] ?? quoted[2] ?? ''));
    }
  }

  #unescape(text: string): string {
    if (!text.includes('&')) return text;
    return text.replaceAll(/&([^;&]{0,10})(;?)/g, (whole, reference: string, end: string) => {
      const character = end === ';' ? characterOf(reference) : undefined;
      return character ?? this.#fail(`${whole} is no character reference (write a bare & as &amp;)`);
    });
  }

  #name(): string {
    return this.#match(NAME)?.[0] ?? this.#fail('a name was expected');
  }

  #skipBetweenElements(): void {
    do this.#match(SPACE);
    while (this.#match(COMMENT) !== undefined);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`${text} was expected`);
  }

  #fail(problem: string): never {
    const before = this.#source.slice(0, this.#at).split('\n');
    throw new XmlError(`line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${problem}`);
  }
}

function characterOf(reference: string): string | undefined {
  const numeric = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(reference);
  if (numeric === null) return ENTITIES.get(reference);
  const codePoint = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
  return codePoint > 0 && codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : undefined;
}
