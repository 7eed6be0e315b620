/** What the caller did, as the record of the call has it. */
import { SENSITIVE_TURN } from '../flows/index.ts';
import type { Turn } from '../records/index.ts';
import type { ReplyInput } from './turn-events.ts';

type Said = Extract<ReplyInput, { type: 'speech' | 'looking-up' | 'keys' }>;

/**
 * The turn that a reply answers; undefined where the caller did nothing. `isPrivate`: what they did is kept nowhere; `keepable`:
 * what of their words may be.
 */
export function callerTurn(
  input: ReplyInput,
  at: {
    startMs: number;
    replyStartMs: number;
    node: string;
    isPrivate: boolean;
    keepable(text: string): string;
  },
): Turn | undefined {
  if (input.type !== 'speech' && input.type !== 'looking-up' && input.type !== 'keys') return undefined;
  const endMs = (input.type === 'keys' ? undefined : input.speechEndMs) ?? at.replyStartMs;
  return {
    role: 'caller',
    ...(at.isPrivate ? { text: SENSITIVE_TURN } : wordsOf(input, at)),
    startMs: Math.round(Math.min(at.startMs, endMs)),
    endMs: Math.round(endMs),
    interrupted: false,
    node: at.node,
  };
}

function wordsOf(
  input: Said,
  { keepable }: { keepable(text: string): string },
): { text: string; keys?: string } {
  return input.type === 'keys' ? { text: '', keys: input.digits } : { text: keepable(input.text) };
}
