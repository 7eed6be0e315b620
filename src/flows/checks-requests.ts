/** What must hold of the requests a flow sends: an address that can be read, headers that can be sent. */
import type { Draft } from './draft.ts';
import type { FlowProblem } from './problems.ts';
import type { ToolFile } from './schema-tools.ts';
import type { Path } from './yaml-source.ts';

type Http = NonNullable<ToolFile['http']>;

const TEMPLATE = /\{\{.*?\}\}|\{%.*?%\}/gs;
/** RFC 9110, section 5.6.2: a token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What the request and the connection decide; whoever sets them breaks one or the other. */
const OWN_HEADERS: ReadonlySet<string> = new Set(
  'connection content-length expect host keep-alive te trailer transfer-encoding upgrade'.split(' '),
);

export function requestProblems(source: Draft['source'], tool: string, http: Http): FlowProblem[] {
  const path = ['tools', tool, 'http'];
  const problems = addressProblems(source, [...path, 'url'], http.url, `tool "${tool}"`);
  if (http.method === 'GET' && http.body !== undefined) {
    const message = 'a GET request carries no body; write method: POST, or put the values under query';
    problems.push(source.keyProblem([...path, 'body'], 'not-allowed', message));
  }
  return [...problems, ...headerProblems(source, [...path, 'headers'], http.headers)];
}

/** Names that no request can carry, or that it sets itself. */
export function headerProblems(
  source: Draft['source'],
  path: Path,
  headers: Readonly<Record<string, string>> = {},
): FlowProblem[] {
  return Object.keys(headers).flatMap((name) => {
    const message = headerProblem(name);
    return message === undefined ? [] : [source.keyProblem([...path, name], 'wrong-value', message)];
  });
}

function headerProblem(name: string): string | undefined {
  if (OWN_HEADERS.has(name.toLowerCase()))
    return `the header "${name}" is set by the request itself; take it out`;
  if (HEADER_NAME.test(name)) return undefined;
  const meant = name.replace(/[:\s]+$/, '').replaceAll(/\s+/g, '-');
  const near = HEADER_NAME.test(meant) ? `; did you mean "${meant}"?` : '';
  return `"${name}" cannot be the name of a header: it holds letters, digits and -${near}`;
}

/**
 * What stands before the first template, or the whole address, tells where a request goes.
 *
 * @param whose whose address it is, as problems say it
 */
export function addressProblems(
  source: Draft['source'],
  path: Path,
  url: string,
  whose: string,
): FlowProblem[] {
  if (/^(?:\{\{|\{%)/.test(url)) return [];
  if (/^https?:\/\//i.test(url)) {
    // A template may stand for anything: for a digit, where a port is, or a letter.
    if (['1', 'a'].some((any) => URL.canParse(url.replaceAll(TEMPLATE, any)))) return [];
    const message = `${whose} has an address that cannot be read: "${url.replaceAll(TEMPLATE, '…')}"`;
    return [source.problem(path, 'wrong-value', message)];
  }
  const isOtherKind = /^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  const meant =
    isOtherKind || !/^[\w.-]+(?::\d+)?(?:\/|$)/.test(url) ? '' : `; did you mean "https://${url}"?`;
  const message = `an address begins with https:// (or http://), not "${url}"${meant}`;
  return [source.problem(path, 'wrong-value', message)];
}
