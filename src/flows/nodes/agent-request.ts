/** What an agent node tells the model. */
import { VOICE_RULES } from '../../llm/voice-rules.ts';
import { FINISH_TOOL, type Flow, type NodeOf } from '../flow.ts';
import type { ModelRequest } from '../index.ts';
import { localTime } from '../local-time.ts';
import type { Step } from '../step.ts';

type SystemPart = ModelRequest['system'][number];
type ToolSpec = ModelRequest['tools'][number];

/** The outcomes a model may choose. `failed` is the interpreter's own, unless the flow says when to choose it. */
export function modelOutcomes(node: NodeOf<'agent'>): string[] {
  return [...node.targets]
    .filter(([outcome, { when }]) => outcome !== 'failed' || when !== undefined)
    .map(([outcome]) => outcome);
}

/**
 * First what stays the same for the whole call, so that it is cached; then this node and what is known by now.
 * `begun`: words the answer has already begun with; empty where it has not.
 */
export function agentSystem(step: Step, node: NodeOf<'agent'>, begun: string): SystemPart[] {
  const { persona, description } = step.flow.file;
  const whole = [
    VOICE_RULES,
    persona,
    `What this phone line is for: ${description}`,
    `Speak ${step.flow.languageName}.`,
  ];
  const here = [
    `Your goal in this step of the call:\n${step.render(node.goal).trim()}`,
    `Use only the tools given. Once the step is over, call ${FINISH_TOOL} with the outcome that fits. Never say that something is done before its tool has said so.`,
    knownFacts(step),
    ...(begun === ''
      ? []
      : [
          `Your answer has already begun, and the caller hears these words now: "${begun}" Go on after them, without repeating or rephrasing them.`,
        ]),
  ];
  return [
    {
      text: whole
        .filter((part) => part !== undefined)
        .map((part) => part.trim())
        .join('\n\n'),
      stable: true,
    },
    { text: here.join('\n\n'), stable: false },
  ];
}

/** The tools of the node, and the one that ends it. */
export function agentTools(flow: Flow, node: NodeOf<'agent'>): ToolSpec[] {
  const tools = node.tools.flatMap((name) => flow.tools.get(name) ?? []);
  return [
    ...tools.map(({ name, description, schema }) => ({ name, description, input: schema })),
    finishTool(node),
  ];
}

function finishTool(node: NodeOf<'agent'>): ToolSpec {
  const outcomes = modelOutcomes(node);
  const lines = outcomes.map((outcome) => {
    const when = node.targets.get(outcome)?.when;
    return when === undefined ? `- ${outcome}` : `- ${outcome}: ${when}`;
  });
  return {
    name: FINISH_TOOL,
    description: `Ends this step of the call. Choose the outcome that fits:\n${lines.join('\n')}`,
    input: {
      type: 'object',
      properties: {
        outcome: { type: 'string', enum: outcomes },
        reason: { type: 'string', description: 'Why, in a few words.' },
      },
      required: ['outcome'],
      additionalProperties: false,
    },
  };
}

function knownFacts({ flow, state }: Step): string {
  const { call } = state;
  const facts = Object.entries(state.slots).map(
    ([slot, value]) => `${slot.replaceAll('_', ' ')}: ${String(value)}`,
  );
  if (call !== null) {
    facts.unshift(
      `the caller's number: ${call.from || 'not known'}`,
      `the call began: ${localWords(call.startedAt, flow.file.time_zone)} (${flow.file.time_zone})`,
    );
  }
  return `What is known:\n${facts.map((fact) => `- ${fact}`).join('\n')}`;
}

/** `Friday, 2026-11-20 at 15:04` */
function localWords(iso: string, timeZone: string): string {
  const local = localTime(iso, timeZone);
  return local === undefined ? iso : `${local.weekday}, ${local.date} at ${local.time}`;
}
