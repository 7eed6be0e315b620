/** What must hold of handlers: somebody can ask for them, and what they lead to exists. */
import type { Draft } from './draft.ts';
import { wordsFor } from './handler-words.ts';
import { actionOf } from './handlers.ts';
import { asMap } from './plain-data.ts';
import { type FlowProblem, suggestion } from './problems.ts';

export function handlerProblems(draft: Draft): FlowProblem[] {
  const data = asMap(draft.source.data);
  const handlers = Object.entries(asMap(data['handlers']));
  const language = typeof data['language'] === 'string' ? data['language'] : 'en';
  return [
    ...handlers.flatMap(([name, handler]) => oneProblems(draft, name, asMap(handler), language)),
    ...[...draft.nodes].flatMap(([name, node]) =>
      'handlers' in node ? switchProblems(draft, name, node.handlers) : [],
    ),
  ];
}

function oneProblems(
  { source, nodeNames }: Draft,
  name: string,
  handler: Readonly<Record<string, unknown>>,
  language: string,
): FlowProblem[] {
  const { to, words, key, when, action } = handler;
  const problems: FlowProblem[] = [];
  if (typeof to === 'string' && !nodeNames.has(to)) {
    const message = `handler "${name}" goes to "${to}", which does not exist${suggestion(to, nodeNames)}`;
    problems.push(source.problem(['handlers', name, 'to'], 'unknown-node', message));
  }
  const known = wordsFor(typeof action === 'string' ? action : name, language);
  if (words === undefined && key === undefined && when === undefined && known.length === 0) {
    const message = `nobody can ask for handler "${name}": give it words, a key, or a when for the model`;
    problems.push(source.keyProblem(['handlers', name], 'missing-key', message));
  }
  const does = [to, action, handler['say'], handler['language'], actionOf(name, handler)];
  if (does.every((what) => what === undefined)) {
    const message = `handler "${name}" does nothing: give it a node to go to, an action, something to say, or a language`;
    problems.push(source.keyProblem(['handlers', name], 'missing-key', message));
  }
  return problems;
}

function switchProblems(
  { source }: Draft,
  node: string,
  off: false | readonly string[] | Readonly<Record<string, unknown>> | undefined,
): FlowProblem[] {
  if (off === undefined || off === false) return [];
  const isList = Array.isArray(off);
  const names: readonly string[] = isList ? off : Object.keys(off);
  const known = Object.keys(asMap(asMap(source.data)['handlers']));
  return names.flatMap((name, index) => {
    if (known.includes(name)) return [];
    const message = `node "${node}" switches off the handler "${name}", which does not exist${suggestion(name, known)}`;
    const path = ['nodes', node, 'handlers'];
    return [
      isList
        ? source.problem([...path, index], 'unknown-key', message)
        : source.keyProblem([...path, name], 'unknown-key', message),
    ];
  });
}
