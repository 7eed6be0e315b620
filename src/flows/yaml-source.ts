/**
 * A YAML file as data that knows where it came from. Only plain YAML is let in: one document, no anchors, aliases, tags
 * or directives, so that what is written is what there is, and a small file stays small.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLMap,
} from 'yaml';
import type { FlowProblem, FlowProblemCode } from './problems.ts';

/** A flow file is written by people; anything larger is a mistake or an attack. */
export const MOST_BYTES = 1_048_576;

export type Path = readonly PropertyKey[];

const TOO_DEEP = 'the file is nested too deeply';
const MOST_DEPTH = 100;
const MOST_LINE_CHARACTERS = 25_000;

const MESSAGES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation, which YAML does not allow; use spaces',
  MULTIPLE_DOCS:
    'the file holds more than one YAML document (a line of ---); put each flow in a file of its own',
  RESOURCE_EXHAUSTION: TOO_DEEP,
  BAD_ALIAS: 'a value that begins with * must be in quotes',
};

export class YamlSource {
  readonly file: string;
  readonly data: unknown;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #pairs = new WeakMap<YAMLMap, Map<string, Pair>>();

  private constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
    this.data = document.toJS();
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
    if (error !== undefined)
      return [problem(error.pos[0], 'not-yaml', MESSAGES[error.code] ?? yamlMessage(error))];
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
    return new YamlSource(file, document, lines);
  }

  /** A problem with the value at a path; where that is missing, with the nearest thing that holds it. */
  problem(
    path: Path,
    code: FlowProblemCode,
    message: string,
    severity: FlowProblem['severity'] = 'error',
  ): FlowProblem {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offset(path.slice(0, length), length < path.length);
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
    return this.#at(this.#offset(path, true) ?? 0, code, message, severity);
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

/** Why a text is not even parsed: what would take a parser too long to find wrong. */
function tooMuch(text: string): { offset: number; message: string } | undefined {
  const control = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (control !== null) {
    return {
      offset: control.index,
      message: 'the file holds a control character, which YAML does not allow',
    };
  }
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
  let found: { offset: number; message: string } | undefined;
  visit(document, {
    Node(_, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) found = { offset, message: noAnchors('*') };
      else if (node.anchor !== undefined) found = { offset, message: noAnchors('&') };
      else if (node.tag !== undefined && !isStandard(node.tag)) {
        found = { offset, message: `the tag "${node.tag}" is not allowed in a flow` };
      } else if (isMap(node)) found = duplicateIn(node);
      return found === undefined ? undefined : visit.BREAK;
    },
    Pair(_, pair) {
      const offset = startOf(pair.key) ?? 0;
      if (!isScalar(pair.key)) found = { offset, message: 'a key must be a plain word' };
      else if (pair.key.value === '__proto__')
        found = { offset, message: 'the key "__proto__" is not allowed' };
      else return undefined;
      return visit.BREAK;
    },
  });
  return found;
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

function yamlMessage(error: { code: string; message: string }): string {
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY')
    return 'a value that holds ": " must be in quotes, and a nested key goes on a line of its own';
  return `not valid YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
}
