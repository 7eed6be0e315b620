/**
 * A YAML file as data that knows where it came from. Only plain YAML is let in: one document, no anchors, aliases, tags
 * or directives, so that what is written is what there is, and a small file stays small.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type ScalarTag,
  type Tags,
  type YAMLMap,
} from 'yaml';
import type { FlowProblem, FlowProblemCode } from './problems.ts';
import { explainYamlError, TOO_DEEP } from './yaml-errors.ts';

/** A flow file is written by people; anything larger is a mistake or an attack. */
export const MOST_BYTES = 1_048_576;

export type Path = readonly PropertyKey[];

const MOST_DEPTH = 100;
const MOST_LINE_CHARACTERS = 25_000;

export class YamlSource {
  readonly file: string;
  readonly data: unknown;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #text: string;
  readonly #pairs = new WeakMap<YAMLMap, Map<string, Pair>>();

  /** Some comment begins without a blank after its sign, as whoever means one leaves it. */
  readonly #hasTightComments: boolean;
  /** Where a value of the data stands in the text. */
  readonly #place: (path: Path) => Path;

  private constructor(
    file: string,
    text: string,
    document: Document.Parsed,
    lines: LineCounter,
    view: { data: unknown; place(path: Path): Path } = { data: document.toJS(), place: (path) => path },
  ) {
    this.file = file;
    this.#text = text;
    this.#hasTightComments = /[ \t]#[\p{L}\p{N}{]/u.test(text);
    this.#document = document;
    this.#lines = lines;
    this.data = view.data;
    this.#place = view.place;
  }

  /** Reads the text; problems instead of a source where it is not plain YAML. Never throws. */
  static parse(file: string, text: string): YamlSource | FlowProblem[] {
    const lines = new LineCounter();
    const problem = (offset: number, code: FlowProblemCode, message: string): FlowProblem => {
      const { line, col } = lines.linePos(offset);
      return { code, severity: 'error', file, line: Math.max(line, 1), column: Math.max(col, 1), message };
    };
    const refusedUnread = tooMuch(text);
    if (refusedUnread !== undefined) {
      const { offset, message } = refusedUnread;
      return [{ code: 'not-yaml', severity: 'error', file, ...positionAt(text, offset), message }];
    }
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      customTags: literalIntegers,
      // The parser compares each key with every other one; `refuse` does it in one go.
      uniqueKeys: false,
      logLevel: 'error',
    });
    const [error] = document.errors;
    if (error !== undefined) {
      const { offset, message } = explainYamlError(error, document, text);
      return [problem(offset, 'not-yaml', message)];
    }
    const refused = refuse(document);
    if (refused !== undefined) return [problem(refused.offset, 'not-allowed', refused.message)];
    if (!isMap(document.contents)) {
      return [
        problem(
          0,
          'wrong-value',
          'the file must hold a flow: keys such as flow, description, start and nodes',
        ),
      ];
    }
    return new YamlSource(file, text, document, lines);
  }

  /** The same text read in another way: `data` in place of what it holds, and where each value of it stands there. */
  as(view: { data: unknown; place(path: Path): Path }): YamlSource {
    return new YamlSource(this.file, this.#text, this.#document, this.#lines, view);
  }

  /** A problem with the value at a path; where that is missing, with the nearest thing that holds it. */
  problem(
    path: Path,
    code: FlowProblemCode,
    message: string,
    severity: FlowProblem['severity'] = 'error',
  ): FlowProblem {
    const place = this.#place(path);
    for (let length = place.length; length > 0; length--) {
      const offset = this.#offset(place.slice(0, length), length < place.length);
      if (offset !== undefined) return this.#at(offset, code, message, severity);
    }
    return this.#at(0, code, message, severity);
  }

  /** A problem with a key itself, such as one that nobody knows. */
  keyProblem(
    path: Path,
    code: FlowProblemCode,
    message: string,
    severity: FlowProblem['severity'] = 'error',
  ): FlowProblem {
    return this.#at(this.#offset(this.#place(path), true) ?? 0, code, message, severity);
  }

  /** The text without a key of the file and all that is under it. */
  textWithout(key: string): string {
    const { contents } = this.#document;
    const pair = isMap(contents) ? this.#pairOf(contents, key) : undefined;
    const from = startOf(pair?.key);
    const to = isNode(pair?.value) ? pair.value.range?.[2] : undefined;
    return from === undefined || to === undefined
      ? this.#text
      : `${this.#text.slice(0, from)}${this.#text.slice(to)}`;
  }

  /** `{ say: Hello, there }`: a key without a value within braces, as a comma in a text makes it. */
  isBareWord(path: Path): boolean {
    const place = this.#place(path);
    const map = this.#document.getIn(place.slice(0, -1), true);
    if (!isMap(map) || map.flow !== true) return false;
    const pair = this.#pairOf(map, String(place.at(-1)));
    return pair !== undefined && (pair.value === null || isEmpty(pair.value));
  }

  /** `say: # 1 in town`: what was meant as a value is a comment. */
  isCommentedOut(path: Path): boolean {
    const offset = this.#offset(this.#place(path), true);
    return offset !== undefined && /^[^\n#]*:[ \t]+#/.test(this.#text.slice(offset, offset + 200));
  }

  /** `say: Press #1`: a text without quotes that ends where a blank and a # begin a comment, and was not meant to. */
  isCutByComment(path: Path): boolean {
    if (!this.#hasTightComments) return false;
    const node = this.#document.getIn(this.#place(path), true);
    if (!isScalar(node) || node.type !== 'PLAIN') return false;
    const end = node.range?.[1] ?? this.#text.length;
    return /^[ \t]+#[\p{L}\p{N}{]/u.test(this.#text.slice(end, end + 100));
  }

  /** `[Sorry, which day?]`: an entry without quotes of a list in brackets. */
  isPlainInBrackets(path: Path): boolean {
    const place = this.#place(path);
    const list = this.#document.getIn(place.slice(0, -1), true);
    const entry = this.#document.getIn(place, true);
    return isSeq(list) && list.flow === true && isScalar(entry) && entry.type === 'PLAIN';
  }

  #at(
    offset: number,
    code: FlowProblemCode,
    message: string,
    severity: FlowProblem['severity'],
  ): FlowProblem {
    const { line, col } = this.#lines.linePos(offset);
    return { code, severity, file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  }

  #pairOf(map: YAMLMap, key: string): Pair | undefined {
    let pairs = this.#pairs.get(map);
    if (pairs === undefined) {
      pairs = new Map(
        map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])),
      );
      this.#pairs.set(map, pairs);
    }
    return pairs.get(key);
  }

  #offset(path: Path, ofKey: boolean): number | undefined {
    const parent = this.#document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    if (isMap(parent)) {
      const pair = this.#pairOf(parent, String(last));
      if (pair === undefined) return undefined;
      const found = ofKey || isEmpty(pair.value) ? pair.key : pair.value;
      return startOf(found);
    }
    return startOf(this.#document.getIn(path, true));
  }
}

/** What looks like YAML to a person and not to a parser. */
const ODD_TEXT = [
  {
    pattern: /\r(?!\n)/,
    message: 'the lines end in CR alone; save the file with LF (or CR LF) as line ends',
  },
  {
    pattern: /(?<=^ *)[\u00a0\u2000-\u200b\u202f\u3000]/m,
    message: 'the indentation holds a special blank (such as a no-break space); use plain spaces',
  },
] as const;

/** Why a text is not even parsed: what would take a parser too long to find wrong. */
function tooMuch(text: string): { offset: number; message: string } | undefined {
  const control = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (control !== null) {
    const message =
      control[0] === '\0'
        ? 'the file holds a NUL character: it is no text, or not UTF-8; save it as UTF-8'
        : 'the file holds a control character, which YAML does not allow';
    return { offset: control.index, message };
  }
  const odd = ODD_TEXT.find(({ pattern }) => pattern.test(text));
  if (odd !== undefined) return { offset: text.search(odd.pattern), message: odd.message };
  const deep = deepAt(text) ?? /(?:[-?][ \t]+){64}/.exec(text)?.index;
  if (deep !== undefined) return { offset: deep, message: TOO_DEEP };
  const long = longLineAt(text);
  if (long === undefined) return undefined;
  return {
    offset: long,
    message: `the line is longer than ${MOST_LINE_CHARACTERS} characters, which no flow needs`,
  };
}

/** Where brackets are open deeper than any flow nests. */
function deepAt(text: string): number | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === '[' || bracket === '{' ? 1 : -1));
    if (depth > MOST_DEPTH) return index;
  }
  return undefined;
}

function longLineAt(text: string): number | undefined {
  for (let start = 0, end = 0; end >= 0; start = end + 1) {
    end = text.indexOf('\n', start);
    if ((end < 0 ? text.length : end) - start > MOST_LINE_CHARACTERS) return start;
  }
  return undefined;
}

function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** `+15550100` and `0123` are phone numbers and codes here, never integers that lose their first character. */
function literalIntegers(tags: Tags): Tags {
  return tags.map((tag) =>
    typeof tag !== 'string' && tag.tag === 'tag:yaml.org,2002:int' && tag.format === undefined
      ? ({ ...tag, test: /^-?(?:0|[1-9][0-9]*)$/ } as ScalarTag) // the same tag, with another test
      : tag,
  );
}

function refuse(document: Document.Parsed): { offset: number; message: string } | undefined {
  if (document.directives?.yaml.explicit === true) {
    return { offset: 0, message: 'directives such as %YAML are not allowed in a flow' };
  }
  return refusedIn(document.contents, 0);
}

/** The first thing within a node that is not plain YAML, in the order of the file. */
function refusedIn(node: unknown, depth: number): { offset: number; message: string } | undefined {
  if (!isNode(node)) return undefined;
  const offset = node.range?.[0] ?? 0;
  if (isAlias(node)) return { offset, message: noAnchors('*') };
  if (node.anchor !== undefined) return { offset, message: noAnchors('&') };
  if (node.tag !== undefined && !isStandard(node.tag)) {
    return {
      offset,
      message: `the tag "${node.tag}" is not allowed in a flow; put a text that begins with ! in quotes`,
    };
  }
  if (depth > MOST_DEPTH) return { offset, message: TOO_DEEP };
  if (isSeq(node)) return firstOf(node.items, (item) => refusedIn(item, depth + 1));
  if (!isMap(node)) return undefined;
  return (
    firstOf(node.items, ({ key, value }) => refusedKey(key) ?? refusedIn(value, depth + 1)) ??
    duplicateIn(node)
  );
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refusedKey(key: unknown): { offset: number; message: string } | undefined {
  const offset = startOf(key) ?? 0;
  if (isMap(key)) return { offset: offset - 1, message: 'a template must be in quotes' };
  if (!isScalar(key)) return refusedIn(key, 0) ?? { offset, message: 'a key must be a plain word' };
  if (key.value === null)
    return { offset, message: 'a key must be a plain word; put it in quotes if it is meant as one' };
  if (key.value === '__proto__') return { offset, message: 'the key "__proto__" is not allowed' };
  if (key.value === '<<' && key.type === 'PLAIN')
    return { offset, message: 'the merge key << is not allowed in a flow; write the values out' };
  return refusedIn(key, 0);
}

function duplicateIn(map: YAMLMap): { offset: number; message: string } | undefined {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const word = isScalar(key) ? String(key.value) : undefined;
    if (word === undefined) continue;
    if (seen.has(word)) {
      const message = `the key "${word}" is there twice; rename one or take it out`;
      return { offset: startOf(key) ?? 0, message };
    }
    seen.add(word);
  }
  return undefined;
}

function noAnchors(sign: string): string {
  return `YAML anchors and aliases (here: ${sign}) are not allowed in a flow; write the value out, or put it in quotes if it is text`;
}

function isStandard(tag: string): boolean {
  return /^tag:yaml\.org,2002:(map|seq|str|int|float|bool|null)$/.test(tag);
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
}
