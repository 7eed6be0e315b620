/** What is said and what is listened for: prompts nobody listens to, and words that are understood as something else. */
import type { Draft } from './draft.ts';
import { chooseOption, type Options } from './entities/choice.ts';
import { targetsOf } from './flow.ts';
import { asMap, textsIn, valueAt } from './plain-data.ts';
import type { FlowProblem } from './problems.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** Longer than this in one go and callers have forgotten how it began. */
const MOST_SPOKEN_SEC = 30;
/** An unhurried voice: 150 words a minute. */
const WORDS_A_SEC = 2.5;
/** The same for scripts that are written without blanks, in characters. */
const CHARACTERS_A_SEC = 5;
/** What a template prints is seldom longer, such as a date. */
const WORDS_A_VALUE = 3;

export function wordProblems(draft: Draft): FlowProblem[] {
  const data = asMap(draft.source.data);
  const language = typeof data['language'] === 'string' ? data['language'] : 'en-US';
  return [
    ...longPrompts(draft.source, data),
    ...optionSets(draft).flatMap(({ path, options }) => collisions(draft.source, path, options, language)),
    ...handlerProblems(draft, asMap(data['handlers']), language),
  ];
}

const SPOKEN_KEYS: ReadonlySet<PropertyKey> = new Set(
  'say ask reask confirm opening say_while prompts looking_up_prompts goodbye fillers openings'.split(' '),
);
const NAMED_PARTS: ReadonlySet<unknown> = new Set(['nodes', 'tools', 'handlers', 'languages']);
const SPOKEN_PARTS = ['nodes', 'tools', 'handlers', 'phrases', 'languages', 'silence', 'waiting', 'voice'];

function longPrompts(source: YamlSource, data: Record<string, unknown>): FlowProblem[] {
  const speed = valueAt(data, ['voice', 'speed']);
  const pace = typeof speed === 'number' ? speed : 1;
  return SPOKEN_PARTS.flatMap((part) => textsIn(data[part], [part])).flatMap(({ path, text }) => {
    // Behind the name of a node or a tool, which may be any word.
    const keys = NAMED_PARTS.has(path[0]) ? path.slice(2) : path;
    if (!keys.some((key) => SPOKEN_KEYS.has(key) || key === 'phrases')) return [];
    const sec = Math.round(spokenSec(text) / pace);
    if (sec <= MOST_SPOKEN_SEC) return [];
    const message = `this takes about ${sec} seconds to say, and few listen for more than ${MOST_SPOKEN_SEC}; make it shorter, or let the caller speak in between`;
    return [source.problem(path, 'too-long', message, 'warning')];
  });
}

function spokenSec(template: string): number {
  const text = longestBranches(template)
    .replaceAll(/\{\{.*?\}\}/gs, ' x'.repeat(WORDS_A_VALUE))
    .replaceAll(/\{%.*?%\}/gs, ' ');
  const unspaced =
    text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0;
  const words = text.match(/[\p{L}\p{N}]+(?:['’.:-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  return unspaced > words ? unspaced / CHARACTERS_A_SEC : words / WORDS_A_SEC;
}

/** Of what an `if` chooses between, only the longest is heard. */
function longestBranches(template: string): string {
  return template.replaceAll(
    /\{%-?\s*(if|unless|case)\b[^%]*%\}((?:(?!\{%-?\s*(?:if|unless|case)\b).)*?)\{%-?\s*end\1\s*-?%\}/gs,
    (_, _tag, body: string) =>
      body
        .split(/\{%-?\s*(?:else|elsif|when)\b[^%]*%\}/)
        .reduce((longest, branch) => (branch.length > longest.length ? branch : longest), ''),
  );
}

interface OptionSet {
  path: Path;
  options: Options;
}

/** The options of menus and the choices of slots. */
function optionSets({ nodes }: Draft): OptionSet[] {
  return [...nodes].flatMap(([name, node]): OptionSet[] => {
    if (node.type === 'menu') return [{ path: ['nodes', name, 'options'], options: node.options }];
    if (node.type !== 'collect') return [];
    return node.slots.flatMap((slot, index) =>
      slot.type === 'choice'
        ? [{ path: ['nodes', name, 'slots', index, 'choices'], options: slot.choices }]
        : [],
    );
  });
}

/** Asks the very code that listens: whoever says the words of an option must get it. */
function collisions(source: YamlSource, path: Path, options: Options, language: string): FlowProblem[] {
  return Object.entries(options).flatMap(([name, { words = [] }]) =>
    words.flatMap((word, index) => {
      const chosen = chooseOption(options, word, language);
      if (chosen === name) return [];
      const got = chosen === undefined ? 'none of the options' : `"${chosen}"`;
      const message = `"${word}" is one of the words of "${name}", but whoever says it gets ${got}; choose other words`;
      return [source.problem([...path, name, 'words', index], 'ambiguous-words', message, 'warning')];
    }),
  );
}

/** A node's own options and keys win over a handler's; two handlers cannot share one. */
function handlerProblems(
  { source, nodes }: Draft,
  handlers: Record<string, unknown>,
  language: string,
): FlowProblem[] {
  const problems: FlowProblem[] = [];
  const owners = new Map<string, string>();
  for (const [name, handler] of Object.entries(handlers)) {
    const { words, key, to } = asMap(handler);
    const heard = Array.isArray(words) ? words.map(String) : [];
    const tell = (path: Path, message: string): void => {
      problems.push(source.problem(['handlers', name, ...path], 'shadowed', message, 'warning'));
    };
    const claims: [mark: string, said: string, path: Path][] = [
      ...heard.map((word, index): [string, string, Path] => [
        word.toLowerCase(),
        `"${word}"`,
        ['words', index],
      ]),
      ...(key === undefined
        ? []
        : [[`key ${String(key)}`, `key "${String(key)}"`, ['key']] as [string, string, Path]]),
    ];
    for (const [mark, said, path] of claims) {
      const owner = owners.get(mark);
      if (owner !== undefined) tell(path, `${said} already means the handler "${owner}"`);
      else owners.set(mark, name);
    }
    for (const [node, spec] of nodes) {
      if (spec.type !== 'menu') continue;
      const targets = targetsOf(spec);
      heard.forEach((word, index) => {
        const chosen = chooseOption(spec.options, word, language);
        if (chosen === undefined || targets.get(chosen)?.to === to) return;
        tell(
          ['words', index],
          `in node "${node}" "${word}" chooses "${chosen}", so the handler "${name}" does not get it`,
        );
      });
      const option = Object.entries(spec.options).find(
        ([, each]) => key !== undefined && each.key !== undefined && String(each.key) === String(key),
      )?.[0];
      if (option !== undefined && targets.get(option)?.to !== to)
        tell(
          ['key'],
          `in node "${node}" key "${String(key)}" chooses "${option}", so the handler "${name}" does not get it`,
        );
    }
  }
  return problems;
}
