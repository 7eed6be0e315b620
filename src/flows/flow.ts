/** A loaded flow as the interpreter reads it: the file's content, with names resolved and templates parsed. */
import type {
  CallTiming,
  EndpointSettings,
  FlowSettings,
  JsonSchema,
  ToolEffect,
  TurnTakingSettings,
} from './index.ts';
import type { FlowFile, ToolFile } from './schema.ts';
import type { NodeSpec, SlotSpec } from './schema-nodes.ts';
import { Templates } from './templates.ts';
import { type InputCheck, inputCheck, inputSchema } from './tools/input.ts';

/** The tool by which a model ends an agent node; no tool of a flow may take its name. */
export const FINISH_TOOL = 'finish_step';

/** Where an outcome leads; `when` and `key` say how an agent comes to it. */
export interface Target {
  to: string;
  when?: string;
  key?: string;
}

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
  readonly schema: JsonSchema;
  readonly check: InputCheck;
  readonly with: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly sayWhile?: string;
}

export interface Flow {
  readonly settings: FlowSettings;
  readonly file: FlowFile;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  readonly tools: ReadonlyMap<string, FlowTool>;
  readonly templates: Templates;
  /** ISO 3166: where phone numbers without a country code belong. */
  readonly country: string;
  /** In English, for the model: `American English`. */
  readonly languageName: string;
  /** Absent in a flow that must work without a model. */
  readonly model?: { readonly name?: string; readonly maxTokens: number };
}

/** Makes a flow of a file that has passed every check. `version`: the file's content hash. */
export function compileFlow(file: FlowFile, version: string): Flow {
  const nodes = new Map<string, FlowNode>();
  for (const [name, spec] of Object.entries(file.nodes))
    nodes.set(name, { ...spec, name, targets: targetsOf(spec) });
  const { model } = file;
  return {
    settings: settingsOf(file, version),
    file,
    nodes,
    tools: new Map(Object.entries(file.tools).map(([name, tool]) => [name, compileTool(name, tool)])),
    templates: new Templates({ language: file.language, timeZone: file.time_zone }),
    country: countryOf(file),
    languageName: new Intl.DisplayNames('en', { type: 'language' }).of(file.language) ?? file.language,
    ...(model === 'none'
      ? {}
      : {
          model: { maxTokens: model.max_tokens, ...(model.name === undefined ? {} : { name: model.name }) },
        }),
  };
}

/** Outcome → target, whichever way `next` was written. */
export function targetsOf(spec: NodeSpec): Map<string, Target> {
  switch (spec.type) {
    case 'hangup':
      return new Map();
    case 'say':
      return toTargets(spec.next, 'done');
    case 'transfer':
      return toTargets(spec.next, 'failed');
    case 'agent':
    case 'collect':
    case 'menu':
      return toTargets(spec.next);
  }
}

type NextValue = string | { to: string; when?: string | undefined; key?: string | number | undefined };

function toTargets(next: string | Readonly<Record<string, NextValue>>, single = 'done'): Map<string, Target> {
  if (typeof next === 'string') return new Map([[single, { to: next }]]);
  return new Map(Object.entries(next).map(([outcome, value]) => [outcome, toTarget(value)]));
}

function toTarget(value: NextValue): Target {
  if (typeof value === 'string') return { to: value };
  const { to, when, key } = value;
  return { to, ...(when === undefined ? {} : { when }), ...(key === undefined ? {} : { key: String(key) }) };
}

function compileTool(name: string, tool: ToolFile): FlowTool {
  const schema = inputSchema(tool.input);
  return {
    name,
    description: tool.description,
    effect: tool.effect,
    schema,
    check: inputCheck(schema),
    with: tool.with ?? {},
    timeoutMs: tool.http.timeout_ms,
    ...(tool.say_while === undefined ? {} : { sayWhile: tool.say_while }),
  };
}

function settingsOf(file: FlowFile, version: string): FlowSettings {
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
    usesModel: file.model !== 'none' && (kinds.has('agent') || kinds.has('collect')),
    timing: timingOf(file),
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
