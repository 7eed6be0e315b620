/** How an input is asked for, and which input was asked for. */
import { kindOf, type Property } from './inputs.ts';
import type { Tool } from './tools.ts';
import { contentWords, nameWords, shared } from './words.ts';

/** Which property an agent's words ask for: the one whose own question it is, else the likest. */
export function askedFor(agentText: string, tool: Tool): string | undefined {
  const question = agentText.split(/(?<=[.!?])\s+/).at(-1) ?? '';
  const exact = tool.properties.find((property) => question.includes(questionFor(property)));
  if (exact !== undefined) return exact.name;
  const words = contentWords(question);
  const scored = tool.properties.map((property) => ({
    name: property.name,
    score:
      2 * shared(contentWords(nameWords(property.name).join(' ')), words) +
      shared(contentWords(property.description), words),
  }));
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  if (best !== undefined && best.score >= 2) return best.name;
  return tool.properties.length === 1 ? tool.properties[0]?.name : undefined;
}

/** A short question for a property, from its description. */
export function questionFor(property: Property): string {
  const description = property.description.trim();
  if (description.endsWith('?')) return description;
  const kind = kindOf(property);
  if (kind === 'date') return 'Which day would suit you?';
  if (kind === 'time') return 'What time would suit you?';
  const plain = description.split(/[.,;:(]| e\.g\.| such as | in the form/)[0]?.trim() ?? '';
  const what = plain === '' ? `the ${nameWords(property.name).join(' ')}` : plain;
  const lowered = /^[A-Z][a-z]/.test(what) ? what.charAt(0).toLowerCase() + what.slice(1) : what;
  const yours = lowered.replace(/\b(the )?(caller|customer|patient|guest|user|client)(['’]s)\b/i, 'your');
  const started = /^(the|your|a|an|how|what|which|when|whether)\b/i.test(yours) ? yours : `the ${yours}`;
  return `Could you tell me ${started}?`;
}
