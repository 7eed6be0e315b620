/** What the YAML parser found wrong, said so that its writer can mend it: at the cause where that is not where it shows. */
import { type Document, isScalar, Lexer, type Scalar, visit, type YAMLParseError } from 'yaml';

interface Explained {
  offset: number;
  message: string;
}

export const TOO_DEEP = 'the file is nested too deeply';

const MESSAGES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation, which YAML does not allow; use spaces',
  MULTIPLE_DOCS:
    'the file holds more than one YAML document (a line of ---); put each flow in a file of its own',
  RESOURCE_EXHAUSTION: TOO_DEEP,
  BAD_ALIAS: 'a value that begins with * must be in quotes',
};

/** Characters that mean something to YAML at the beginning of a value. */
const SPECIAL = /^(?:\{\{|\{%|[[\]{}@`%*&!|>?#]|-(?=\s))/;

/** @param error the first one; the others mostly follow from it. */
export function explainYamlError(error: YAMLParseError, document: Document.Parsed, text: string): Explained {
  const [offset] = error.pos;
  const message = MESSAGES[error.code];
  if (message !== undefined) return { offset, message };
  return (
    quoteMistake(error, document, text) ??
    valueMistake(offset, text) ??
    bracketMistake(error, text) ??
    lineMistake(error, text) ?? { offset, message: plainly(error) }
  );
}

/** A quote that is not closed, or one that closes a text too early. */
function quoteMistake(error: YAMLParseError, document: Document.Parsed, text: string): Explained | undefined {
  const [offset] = error.pos;
  const before = quotedBefore(document, offset);
  if (before === undefined) return undefined;
  const [start, end] = before.range;
  const sign = text.charAt(start);
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote'))
    return {
      offset: start,
      message: `the text that begins here with ${sign} is never closed; put ${sign} at its end`,
    };
  if (!error.message.includes('node end') || text.slice(end, offset).trim() !== '') return undefined;
  const within =
    sign === "'"
      ? `write '' for an apostrophe, or put the whole text in "`
      : `write \\" for a quote within it, or put the whole text in '`;
  return { offset: end - 1, message: `the text ends at this ${sign}, and more follows; ${within}` };
}

function quotedBefore(
  document: Document.Parsed,
  offset: number,
): { range: readonly [number, number] } | undefined {
  let found: { range: readonly [number, number] } | undefined;
  visit(document, {
    Scalar(_, node: Scalar) {
      const [start, end] = node.range ?? [Number.POSITIVE_INFINITY, 0];
      if (isQuoted(node) && start < offset) found = { range: [start, end] };
    },
  });
  return found;
}

function isQuoted(node: unknown): boolean {
  return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
}

/** A text without quotes that YAML reads as something else. */
function valueMistake(offset: number, text: string): Explained | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const line = lineFrom(text, start);
  const lead = /^\s*(?:- +)*(?:[\w-]+: +)?/.exec(line)?.[0].length ?? 0;
  const value = line.slice(lead);
  const at = start + lead;
  const special = SPECIAL.exec(value)?.[0];
  // Only a value that came before the mistake can be the cause of it.
  if (special !== undefined && at <= offset && !isClosed(value)) {
    const what =
      special.startsWith('{') && special.length > 1 ? 'a template' : `a text that begins with ${special}`;
    return { offset: at, message: `${what} must be in quotes` };
  }
  if (/^[“”‘’„«]/.test(value))
    return { offset: at, message: `${value.charAt(0)} is no quote for YAML; use "` };
  return undefined;
}

/** `{ a: b }` and `[a, b]` are what they seem to be, whatever else is wrong. */
function isClosed(value: string): boolean {
  return (/^\{(?![{%])/.test(value) && /:\s/.test(value)) || /^\[.*\]\s*$/.test(value);
}

function bracketMistake(error: YAMLParseError, text: string): Explained | undefined {
  const [offset] = error.pos;
  const { message } = error;
  const char = text.charAt(offset);
  if (/flow-(?:map|seq)-end/.test(message))
    return { offset, message: `there is no ${char === '}' ? '{' : '['} for this ${char}` };
  if (/flow (?:map|seq)/i.test(message) && /end with|sufficiently indented/.test(message)) {
    const open = openBracket(text);
    if (open !== undefined) {
      const comment = /[\s:]#/.test(lineFrom(text, open))
        ? '; what follows # is a comment, so put a text with # in quotes'
        : '';
      return { offset: open, message: `the ${text.charAt(open)} here is never closed${comment}` };
    }
  }
  return /scalar token|Missing , /.test(message)
    ? { offset, message: 'a comma is missing before this, or quotes around the text' }
    : undefined;
}

/** What the lexer puts between tokens (documents, scalars, the end of a flow), and the text does not hold. */
const LEXER_MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

/** The last bracket that is open where the next line of a block begins, as the parser's own lexer sees them. */
function openBracket(text: string): number | undefined {
  const open: number[] = [];
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '{' || token === '[') open.push(offset);
    else if (token === '}' || token === ']') open.pop();
    if (!LEXER_MARKS.has(token)) offset += token.length;
  }
  return open.at(-1);
}

/** A line that is no `key: value`, or stands in the wrong column. */
function lineMistake(error: YAMLParseError, text: string): Explained | undefined {
  const [offset] = error.pos;
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const line = lineFrom(text, start);
  const indented = start + (/^\s*/.exec(line)?.[0].length ?? 0);
  if (error.code === 'BAD_INDENT')
    return {
      offset: Math.max(offset, indented),
      message: 'this line is indented differently from the lines it belongs with',
    };
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') {
    const message = /:(?:\s|$)/.test(lineFrom(text, offset))
      ? 'a value that holds ": " must be in quotes, and a nested key goes on a line of its own'
      : 'the next line is indented as if it belonged to this value; give it the indentation of this line';
    return { offset, message };
  }
  if (error.code === 'MULTILINE_IMPLICIT_KEY' || error.code === 'MISSING_CHAR') {
    const [, key = '', rest = ''] = /^\s*(?:- +)*([\w-]+):?\s*(.*)$/.exec(line) ?? [];
    const wanted = key === '' ? '' : `; perhaps ${key}: ${rest}`.trimEnd();
    return { offset: indented, message: `this is not "key: value", with a colon and a blank${wanted}` };
  }
  if (error.code === 'BAD_DQ_ESCAPE')
    return {
      offset,
      message: `${text.slice(offset, offset + 2)} means nothing between double quotes; write \\\\ for a backslash`,
    };
  return undefined;
}

function plainly({ message }: YAMLParseError): string {
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function lineFrom(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(offset, end < 0 ? text.length : end);
}
