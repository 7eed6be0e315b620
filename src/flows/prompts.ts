/** Everything a flow says that is the same on every call: worth rendering ahead of time. */
import { type Flow, type FlowNode, inLanguage, withSubflows } from './flow.ts';

/**
 * As it would be said, each text once, in the order of the flow; then those of its subflows. `language`: BCP 47.
 */
export function fixedPrompts(flow: Flow, language = flow.file.language): string[] {
  return [...new Set(withSubflows(flow).flatMap((each) => ownPrompts(inLanguage(each, language))))];
}

function ownPrompts(flow: Flow): string[] {
  const { file, templates } = flow;
  const texts = [
    ...[...flow.nodes.values()].flatMap(spokenBy),
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

/** White space as it goes to the voice. */
export function asSaid(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function spokenBy(node: FlowNode): (string | undefined)[] {
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
      return [node.say, ...node.opening];
    case 'menu':
      return [node.say, ...node.reask];
    case 'collect':
      return node.slots.flatMap((slot) => [slot.ask, ...slot.reask, slot.confirm]);
  }
}
