/** Everything a flow says that is the same on every call: worth rendering ahead of time. */

import { type Flow, type FlowNode, inLanguage, type NodeOf, withSubflows } from './flow.ts';
import type { FlowSettings } from './index.ts';
import { type OfflineSource, offlineMenu } from './offline.ts';

/**
 * As it would be said, each text once, in the order of the flow; then those of its subflows. `language`: BCP 47.
 */
export function fixedPrompts(flow: Flow, language = flow.file.language): string[] {
  return [...new Set(withSubflows(flow).flatMap((each) => ownPrompts(inLanguage(each, language))))];
}

function ownPrompts(flow: Flow): string[] {
  const { file, templates } = flow;
  const texts = [
    ...[...flow.nodes.values()].flatMap((node) => spokenBy(flow, node)),
    ...Object.values(file.tools).map((tool) => tool.say_while),
    ...Object.values(file.handlers).map((handler) => handler.say),
    ...Object.values(file.phrases),
    ...file.silence.prompts,
    ...file.silence.looking_up_prompts,
    file.silence.goodbye,
    ...file.waiting.fillers,
    ...(file.voice?.openings ?? []),
  ];
  const fixed = texts.filter((text) => text !== undefined).filter((text) => templates.isFixed(text));
  return fixed.map(asSaid);
}

/**
 * What is said while no model answers, in the flow and its subflows: worth having before it is needed. As it would be
 * said, each text once; absent where there is none. `language`: BCP 47.
 */
export function withOfflinePrompts(
  flow: Flow,
  language = flow.file.language,
): Pick<FlowSettings, 'offlinePrompts'> {
  const texts = withSubflows(flow).flatMap((each) => {
    const spoken = inLanguage(each, language);
    const said = [...spoken.nodes.values()].flatMap((node) =>
      node.type === 'agent' ? saidOffline(spoken, node) : [],
    );
    return said.filter((text) => spoken.templates.isFixed(text));
  });
  return texts.length === 0 ? {} : { offlinePrompts: [...new Set(texts.map(asSaid))] };
}

function saidOffline(flow: OfflineSource, node: NodeOf<'agent'>): string[] {
  const { say = [], slots = [] } = offlineMenu(flow, node) ?? {};
  return [...say, ...slots.flatMap((slot) => [slot.ask, ...slot.reask])];
}

/** White space as it goes to the voice. */
export function asSaid(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function spokenBy(flow: Flow, node: FlowNode): (string | undefined)[] {
  switch (node.type) {
    case 'say':
    case 'transfer':
    case 'hangup':
    case 'voicemail':
    case 'tool':
      return [node.say];
    case 'message':
      return [node.ask, ...node.reask, node.confirm];
    case 'branch':
    case 'set':
    case 'sms':
    case 'subflow':
    case 'return':
      return [];
    case 'agent':
      return [node.say, ...node.opening, ...saidOffline(flow, node)];
    case 'menu':
      return [node.say, ...node.reask];
    case 'collect':
      return node.slots.flatMap((slot) => [slot.ask, ...slot.reask, slot.confirm]);
  }
}
