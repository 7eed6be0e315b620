/** The answer to a request, by the first rule that holds. */
import type { MessagesRequest } from './request.ts';
import { type Reply, RULES } from './rules.ts';
import { situationOf } from './situation.ts';

export type { Reply };

/** The rule's name comes along, for tests and for people who wonder. */
export function answer(request: MessagesRequest): Reply & { rule: string } {
  const situation = situationOf(request);
  for (const rule of RULES) {
    const reply = rule.reply(situation);
    if (reply !== undefined) return { ...reply, rule: rule.name };
  }
  throw new Error('the last rule always holds');
}
