/**
 * What an agent node can do without a model: its outcomes as a menu of keys and words, and what it collects, asked for
 * one by one. Compiled from the node; the same for every call, so that it can be spoken ahead of time. Pure.
 */
import { targetsOf } from './flow.ts';
import { wordsFor } from './handler-words.ts';
import { type CallerHandler, handlersIn } from './handlers.ts';
import { type OfflineTexts, offlineTexts } from './offline-texts.ts';
import type { FlowFile } from './schema.ts';
import type { NodeSpec } from './schema-nodes.ts';
import type { SlotSpec } from './schema-slots.ts';

type AgentSpec = Extract<NodeSpec, { type: 'agent' }>;

export interface OfflineMenu {
  /** What is said before the caller is listened to, part by part; templates where the flow has written them. */
  readonly say: readonly string[];
  /** By the name of the outcome or handler. */
  readonly options: Readonly<Record<string, OfflineOption>>;
  /** Those of the options that are handlers. */
  readonly handlers: ReadonlySet<string>;
  /** Asked for one by one; empty where the node collects nothing. Then keys are part of the answers. */
  readonly slots: readonly SlotSpec[];
  /** The outcome once all of them are filled. */
  readonly filled: string | undefined;
}

interface OfflineOption {
  key?: string;
  words: string[];
}

/** As much of a flow as the menu is made of. */
export interface OfflineSource {
  file: Pick<FlowFile, 'language' | 'nodes'> & { phrases: { offline: string; offline_slots: string } };
  handlers: ReadonlyMap<string, CallerHandler>;
}

interface Entry {
  name: string;
  isHandler: boolean;
  to: string | undefined;
  what: string;
  key: string | undefined;
  words: readonly string[];
}

const KEYS = '123456789';

/** Undefined where the flow wants none, or nothing can be done without a model. */
export function offlineMenu({ file, handlers }: OfflineSource, node: AgentSpec): OfflineMenu | undefined {
  if (node.offline === false) return undefined;
  const { say, options: chosen } = node.offline ?? {};
  const filled = filledOutcome(file, node);
  const slots = filled === undefined ? [] : node.collects;
  const texts = offlineTexts(file.language);
  const known = [...outcomes(file, node, texts), ...wishes(file, handlersIn(node, handlers), texts)];
  const entries = chosen === undefined ? offered(file, known, filled) : declared(known, chosen);
  if (entries.length === 0 && slots.length === 0) return undefined;
  const keyed = slots.length > 0 ? entries.map((entry) => ({ ...entry, key: undefined })) : withKeys(entries);
  const read = keyed.map((entry) => sentence(entry, texts));
  const intro = [file.phrases.offline, ...read].join(' ');
  return {
    say: [say ?? intro, ...(slots.length > 0 ? [file.phrases.offline_slots] : [])],
    options: Object.fromEntries(
      keyed.map(({ name, key, words }) => [
        name,
        { words: [...words], ...(key === undefined ? {} : { key }) },
      ]),
    ),
    handlers: new Set(keyed.flatMap(({ name, isHandler }) => (isHandler ? [name] : []))),
    slots,
    filled,
  };
}

/** All the node may be left by, and a caller could ask for: what has a guard is not theirs to choose. */
function outcomes(file: OfflineSource['file'], node: AgentSpec, texts: OfflineTexts): Entry[] {
  return [...targetsOf(node)].flatMap(([name, { to, key, guard }]) =>
    guard !== undefined || name === 'failed'
      ? []
      : [{ name, isHandler: false, to, key, ...wordsOf(file, { name, to, texts }) }],
  );
}

function wishes(
  file: OfflineSource['file'],
  handlers: readonly CallerHandler[],
  texts: OfflineTexts,
): Entry[] {
  return handlers.flatMap(({ name, to, key, words }) => {
    if (to === undefined || (key === undefined && words.length === 0)) return [];
    const usual = wordsOf(file, { name, to, texts });
    return [
      { name, isHandler: true, to, key, what: usual.what, words: words.length > 0 ? words : usual.words },
    ];
  });
}

function wordsOf(
  { nodes, language }: OfflineSource['file'],
  { name, to, texts }: { name: string; to: string; texts: OfflineTexts },
): { what: string; words: string[] } {
  const plain = name.replaceAll(/[-_]/g, ' ');
  switch (nodes[to]?.type) {
    case 'transfer':
      return { what: texts.person, words: [texts.personWord, plain, ...wordsFor('person', language)] };
    case 'message':
      return { what: texts.message, words: [plain] };
    default:
      return { what: texts.named.replace('{name}', plain), words: [plain] };
  }
}

/** Nobody needs a menu to end a call; of two that lead to the same, one is enough. */
function offered(
  { nodes }: OfflineSource['file'],
  known: readonly Entry[],
  filled: string | undefined,
): Entry[] {
  const seen = new Set<string | undefined>();
  return known.filter(({ name, to = '', isHandler }) => {
    const isWanted = nodes[to]?.type !== 'hangup' && (isHandler || name !== filled) && !seen.has(to);
    seen.add(to);
    return isWanted;
  });
}

function declared(
  known: readonly Entry[],
  chosen: NonNullable<Exclude<AgentSpec['offline'], false | undefined>['options']>,
): Entry[] {
  return Object.entries(chosen).flatMap(([name, { say, key, words }]) => {
    const entry = known.find((one) => one.name === name);
    if (entry === undefined) return [];
    const what = say?.replace(/[.,;:]+$/, '');
    const own = key === undefined ? entry.key : String(key);
    return [{ ...entry, what: what ?? entry.what, key: own, words: words ?? entry.words }];
  });
}

function withKeys(entries: readonly Entry[]): Entry[] {
  const free = [...KEYS].filter((key) => !entries.some((entry) => entry.key === key));
  return entries.map((entry) => ({ ...entry, key: entry.key ?? free.shift() }));
}

function sentence({ what, key, words: [word] }: Entry, texts: OfflineTexts): string {
  const form = key === undefined ? texts.word : word === undefined ? texts.key : texts.keyAndWord;
  return form
    .replace('{what}', () => what)
    .replace('{key}', () => key ?? '')
    .replace('{word}', () => word ?? '');
}

/** Where the call goes with all that the node is there to find out: `done`, or the first that is no way out. */
function filledOutcome({ nodes }: OfflineSource['file'], node: AgentSpec): string | undefined {
  if (node.collects.length === 0) return undefined;
  const targets = targetsOf(node);
  if (targets.has('done')) return 'done';
  return [...targets].find(([name, { to }]) => name !== 'failed' && nodes[to]?.type !== 'transfer')?.[0];
}
