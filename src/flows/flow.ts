/** A loaded flow as the interpreter reads it: the file's content, with names resolved and templates parsed. */
import { Conditions } from './conditions.ts';
import { currencyOf } from './entities/currencies.ts';
import { type CallerHandler, handlersOf } from './handlers.ts';
import { BusinessHours } from './hours.ts';
import type {
  CallTiming,
  EndpointSettings,
  FlowSettings,
  JsonSchema,
  ReceptionSettings,
  ToolEffect,
  TurnTakingSettings,
} from './index.ts';
import type { KnowledgeBase } from './knowledge/index.ts';
import type { FlowFile } from './schema.ts';
import type { NodeSpec, SlotSpec } from './schema-nodes.ts';
import type { ToolFile } from './schema-tools.ts';
import { Templates } from './templates.ts';
import { type InputCheck, inputCheck, inputSchema } from './tools/input.ts';

/** The tool by which a model ends an agent node; no tool of a flow may take its name. */
export const FINISH_TOOL = 'finish_step';
/** The tool by which a model sets slots in an agent node; no tool of a flow may take its name either. */
export const SET_SLOTS_TOOL = 'set_slots';

/** Where an outcome leads; `when` and `key` say how an agent comes to it. */
export interface Target {
  to: string;
  when?: string;
  key?: string;
  /** What must hold before an agent may come to it, and what it is told else. */
  guard?: Guard;
}

/** Longer than services take that are well, and shorter than a caller waits without a word. */
const DEFAULT_TOOL_TIMEOUT_MS = 5000;
/** What a tool takes of which only its MCP server knows, until that has been reached. */
const ANY_INPUT: JsonSchema = { type: 'object' };

interface Named {
  readonly name: string;
  readonly targets: ReadonlyMap<string, Target>;
}

export type FlowNode = NodeSpec & Named;
export type NodeOf<T extends FlowNode['type']> = Extract<FlowNode, { type: T }>;
export type { SlotSpec };

export interface FlowTool {
  readonly name: string;
  readonly description: string;
  readonly effect: ToolEffect;
  /** The same call sent twice does no more than once. */
  readonly isRepeatable: boolean;
  readonly schema: JsonSchema;
  readonly check: InputCheck;
  readonly with: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What must hold before it runs. */
  readonly guards: readonly Guard[];
  readonly sayWhile?: string;
}

/** A condition on the conversation, and what is told where it does not hold. */
export interface Guard {
  readonly when: string;
  readonly otherwise: string;
}

export interface Flow {
  readonly settings: FlowSettings;
  readonly file: FlowFile;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  readonly tools: ReadonlyMap<string, FlowTool>;
  readonly templates: Templates;
  readonly conditions: Conditions;
  /** What callers may ask for from any node, by name. */
  readonly handlers: ReadonlyMap<string, CallerHandler>;
  /** Names of slots whose values are kept nowhere. */
  readonly sensitive: ReadonlySet<string>;
  /** It, or a flow it goes into, asks for the number of a card, so callers may say one at any time. */
  readonly takesCards: boolean;
  /** Absent in a flow that declares none. */
  readonly hours?: BusinessHours;
  /** ISO 3166: where phone numbers without a country code belong. */
  readonly country: string;
  /** In English, for the model: `American English`. */
  readonly languageName: string;
  /** Absent in a flow that must work without a model. */
  readonly model?: { readonly name?: string; readonly maxTokens: number };
  /** What it knows; absent where it knows nothing, or was loaded without its folder. */
  readonly knowledge?: KnowledgeBase;
  /** The flows its subflow nodes go into, by id. */
  readonly subflows: ReadonlyMap<string, Flow>;
  /** The same flow in each other language of its, by BCP 47 tag; those know of no others. */
  readonly languages: ReadonlyMap<string, Flow>;
}

/** The flow the call is in, in the language it goes on in. */
export function flowAt(
  outermost: Flow,
  state: { frames: readonly { flow: string }[]; language: string },
): Flow {
  return inLanguage(flowWithin(outermost, state.frames), state.language);
}

/** The flow in a language; as it is where it does not speak that one. `language`: BCP 47, empty for the flow's own. */
export function inLanguage(flow: Flow, language: string): Flow {
  if (language === '' || flow.languages.size === 0 || flow.file.language === language) return flow;
  const base = (tag: string): string => tag.split('-')[0] ?? tag;
  const isAlike = (tag: string): boolean => base(tag) === base(language);
  const own = flow.languages.get(language);
  if (own !== undefined || isAlike(flow.file.language)) return own ?? flow;
  return [...flow.languages].find(([tag]) => isAlike(tag))?.[1] ?? flow;
}

/** The flow a call is in: the flow itself, or the innermost subflow. Throws where the state is not one of this flow's. */
export function flowWithin(flow: Flow, frames: readonly { flow: string }[]): Flow {
  let within = flow;
  for (const { flow: id } of frames) {
    const inner = within.subflows.get(id);
    if (inner === undefined) throw new Error(`the flow ${within.settings.id} goes into no flow "${id}"`);
    within = inner;
  }
  return within;
}

/**
 * Makes a flow of a file that has passed every check. `version`: the hash of its content and of its subflows'.
 * `subflows`: those its nodes go into, compiled, by id. `knowledge`: what is in the files it names.
 * `others`: the same file in each of its other languages.
 */
export function compileFlow(
  file: FlowFile,
  version: string,
  subflows: ReadonlyMap<string, Flow> = new Map(),
  knowledge?: KnowledgeBase,
  others: readonly FlowFile[] = [],
): Flow {
  const tags = [file, ...others].map(({ language }) => language);
  const compile = (each: FlowFile): Flow =>
    compileOne(each, version, { subflows, knowledge, tags, country: countryOf(file) });
  return { ...compile(file), languages: new Map(others.map((other) => [other.language, compile(other)])) };
}

function compileOne(
  file: FlowFile,
  version: string,
  rest: {
    subflows: Flow['subflows'];
    knowledge: KnowledgeBase | undefined;
    tags: readonly string[];
    country: string;
  },
): Flow {
  const { subflows, knowledge, tags, country } = rest;
  const nodes = new Map<string, FlowNode>();
  for (const [name, spec] of Object.entries(file.nodes))
    nodes.set(name, { ...spec, name, targets: targetsOf(spec) });
  const { model } = file;
  const locale = { language: file.language, timeZone: file.time_zone, currency: currencyOf(country) };
  return {
    settings: settingsOf(file, version, [...subflows.values()]),
    file,
    nodes,
    subflows,
    languages: new Map(),
    tools: new Map(Object.entries(file.tools).map(([name, tool]) => [name, compileTool(name, tool)])),
    templates: new Templates(locale),
    conditions: new Conditions(locale),
    handlers: handlersOf(file, tags),
    sensitive: sensitiveSlots(Object.values(file.nodes)),
    takesCards: asksForCards(file) || [...subflows.values()].some(({ takesCards }) => takesCards),
    ...(knowledge === undefined ? {} : { knowledge }),
    ...(file.hours === undefined ? {} : { hours: new BusinessHours(file.hours, file.time_zone) }),
    country,
    languageName: new Intl.DisplayNames('en', { type: 'language' }).of(file.language) ?? file.language,
    ...(model === 'none'
      ? {}
      : {
          model: { maxTokens: model.max_tokens, ...(model.name === undefined ? {} : { name: model.name }) },
        }),
  };
}

function asksForCards({ nodes }: FlowFile): boolean {
  const slots = Object.values(nodes).flatMap((node) => (node.type === 'collect' ? node.slots : []));
  return slots.some((slot) => slot.type === 'digits' && slot.sensitive === true && slot.checksum === 'luhn');
}

/** Names of the slots that are sensitive; one that is so in one node is so in all. */
export function sensitiveSlots(nodes: Iterable<NodeSpec>): Set<string> {
  const slots = [...nodes].flatMap((node) => (node.type === 'collect' ? node.slots : []));
  return new Set(slots.flatMap(({ name, sensitive }) => (sensitive === true ? [name] : [])));
}

/** The flow and all it goes into, each once. */
export function withSubflows(flow: Flow): Flow[] {
  const all = new Set([flow]);
  // A set that is walked gives what is added meanwhile too.
  for (const one of all) for (const inner of one.subflows.values()) all.add(inner);
  return [...all];
}

/** Outcome → target, whichever way `next` was written. */
export function targetsOf(spec: NodeSpec): Map<string, Target> {
  switch (spec.type) {
    case 'hangup':
    case 'return':
    case 'voicemail':
      return new Map();
    case 'say':
    case 'set':
      return toTargets(spec.next, 'done');
    case 'transfer':
      return toTargets(spec.next, 'failed');
    case 'agent':
    case 'collect':
    case 'menu':
    case 'branch':
    case 'tool':
    case 'message':
    case 'sms':
    case 'subflow':
      return toTargets(spec.next);
  }
}

type NextValue =
  | string
  | {
      to: string;
      when?: string | undefined;
      key?: string | number | undefined;
      guard?: string | undefined;
      otherwise?: string | undefined;
    };

function toTargets(next: string | Readonly<Record<string, NextValue>>, single = 'done'): Map<string, Target> {
  if (typeof next === 'string') return new Map([[single, { to: next }]]);
  return new Map(Object.entries(next).map(([outcome, value]) => [outcome, toTarget(value)]));
}

function toTarget(value: NextValue): Target {
  if (typeof value === 'string') return { to: value };
  const { to, when, key, guard, otherwise = `this must hold first: ${guard}` } = value;
  return {
    to,
    ...(when === undefined ? {} : { when }),
    ...(key === undefined ? {} : { key: String(key) }),
    ...(guard === undefined ? {} : { guard: { when: guard, otherwise } }),
  };
}

function compileTool(name: string, tool: ToolFile): FlowTool {
  const schema = tool.input === undefined && tool.mcp !== undefined ? ANY_INPUT : inputSchema(tool.input);
  return {
    name,
    description: tool.description,
    effect: tool.effect,
    isRepeatable: isRepeatable(tool),
    schema,
    check: inputCheck(schema),
    with: tool.with ?? {},
    timeoutMs: tool.http?.timeout_ms ?? tool.timeout_ms ?? DEFAULT_TOOL_TIMEOUT_MS,
    guards: tool.guards,
    ...(tool.say_while === undefined ? {} : { sayWhile: tool.say_while }),
  };
}

/** A service that heeds the key of a retry heeds it after a crash, too. */
function isRepeatable({ effect, idempotent, http }: ToolFile): boolean {
  return idempotent ?? (effect === 'reads' || (http?.retries?.attempts ?? 1) > 1);
}

function settingsOf(file: FlowFile, version: string, subflows: readonly Flow[]): FlowSettings {
  const { voice, recognition } = file;
  const kinds = new Set(Object.values(file.nodes).map((node) => node.type));
  return {
    id: file.flow,
    version,
    language: file.language,
    ...(voice === undefined
      ? {}
      : {
          voice: {
            ...(voice.id === undefined ? {} : { id: voice.id }),
            ...(voice.model === undefined ? {} : { model: voice.model }),
            ...(voice.speed === undefined ? {} : { speed: voice.speed }),
          },
        }),
    pronunciation: file.pronunciation,
    openings: voice?.openings ?? [],
    turnTaking: turnTakingOf(file),
    recognition: {
      keyterms: recognition.keyterms,
      endpointingMs: recognition.endpointing_ms,
      utteranceEndMs: recognition.utterance_end_ms,
      ...(recognition.model === undefined ? {} : { model: recognition.model }),
    },
    providers: file.providers,
    usesModel:
      (file.model !== 'none' && (kinds.has('agent') || kinds.has('collect'))) ||
      subflows.some(({ settings }) => settings.usesModel),
    timing: timingOf(file),
    reception: receptionOf(file),
  };
}

function receptionOf({ fallback, when_busy: busy }: FlowFile): ReceptionSettings {
  return {
    fallback: {
      say: fallback.say,
      goodbye: fallback.goodbye,
      ...(fallback.transfer === undefined
        ? {}
        : { transfer: { to: fallback.transfer, timeoutSec: fallback.timeout_sec } }),
    },
    whenBusy: {
      do: busy.do,
      say: busy.say,
      goodbye: busy.goodbye,
      mostWaitMs: busy.most_wait_sec * 1000,
      ...(busy.to === undefined ? {} : { transfer: { to: busy.to, timeoutSec: busy.timeout_sec } }),
    },
  };
}

function timingOf({ timing, phrases }: FlowFile): CallTiming {
  return {
    watchdogMs: timing.watchdog_ms,
    watchdogText: phrases.still_working,
    unheardText: phrases.unheard,
    maxCallMs: timing.max_call_ms,
    bargeInDecideMs: timing.barge_in_decide_ms,
  };
}

function turnTakingOf({ turn_taking: turns, waiting, phrases, timing }: FlowFile): TurnTakingSettings {
  const { threshold, min_speech_ms: minSpeechMs, hangover_ms: hangoverMs } = turns.voice_activity;
  const { enabled, per_turn: perTurn, wasted_per_call: wastedPerCall } = turns.drafts;
  return {
    voiceActivity: { threshold, minSpeechMs, hangoverMs },
    interruptByLengthMs: turns.interrupt_by_length_ms,
    drafts: { enabled, perTurn, wastedPerCall },
    fillerAfterMs: Math.min(waiting.filler_after_ms, timing.watchdog_ms),
    fillers: waiting.fillers.length > 0 ? waiting.fillers : [phrases.still_working],
  };
}

/** How long a node waits after the caller has stopped: its own settings, else the flow's. */
export function endpointingOf(file: FlowFile, node: FlowNode): EndpointSettings {
  const here = 'endpointing' in node ? node.endpointing : undefined;
  const { endpointing } = file.turn_taking;
  return {
    completeMs: here?.complete_ms ?? endpointing.complete_ms,
    openMs: here?.open_ms ?? endpointing.open_ms,
    unfinishedMs: here?.unfinished_ms ?? endpointing.unfinished_ms,
    numberMs: here?.number_ms ?? endpointing.number_ms,
  };
}

function countryOf(file: FlowFile): string {
  return file.country ?? new Intl.Locale(file.language).maximize().region ?? 'US';
}
