/** What a reply answers, as the flow is told it. */
import type { CallFacts } from '../flows/index.ts';
import type { ConversationEvent } from './conversation.ts';
import type { ReplyInput } from './turn-events.ts';

/** Undefined for what is no event of the flow's: it asks again by itself. */
export function toConversationEvent(input: ReplyInput, facts: CallFacts): ConversationEvent | undefined {
  switch (input.type) {
    case 'call-started':
      return { type: 'call-started', call: facts };
    case 'speech':
      return { type: 'caller-said', text: input.text };
    case 'keys':
      return { type: 'caller-pressed', digits: input.digits };
    case 'silence':
      return { type: 'caller-silent', count: input.count };
    case 'looking-up':
      return { type: 'caller-looking-up', text: input.text };
    case 'go-on':
      return { type: 'go-on' };
    case 'time-up':
      return { type: 'time-up' };
    case 'line-resumed':
      return input;
    case 'transfer-failed':
      return { type: 'transfer-failed', status: input.status };
    case 'machine-answered':
      return { type: 'machine-answered' };
    case 'recognition-lost':
      return { type: 'recognition-lost' };
    case 'unheard':
      return undefined;
  }
}
