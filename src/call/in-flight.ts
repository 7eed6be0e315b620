/**
 * What a live call was in the middle of, written down as it happens, so that another process can take it up where this
 * one died: the reply that was being said, as far as it was heard, and the turn that the caller had begun.
 */
import { z } from 'zod';
import type { FlowEvent } from '../flows/index.ts';
import { turnSchema } from '../records/index.ts';

/** Words of one part of a reply, white space included, each with its end in the reply's audio where that is known. */
const partSchema = z.object({
  partId: z.string(),
  words: z.array(z.tuple([z.string(), z.number().nullable()])),
});

const replySchema = z.object({
  parts: z.array(partSchema),
  /** How much of its audio was heard at `at`, and how much had been handed to the carrier. */
  heardMs: z.number(),
  sentMs: z.number(),
  /** It was being heard: more of it was, until the line was lost. */
  sounding: z.boolean(),
  /** Since the call's media started. */
  startMs: z.number(),
  node: z.string(),
  /** The turn it answers, where that is not in the journal yet. */
  answers: turnSchema.optional(),
});

const callerSchema = z.object({
  /** What was understood of a turn that is not over; may be empty. */
  text: z.string(),
  /** Since the call's media started. */
  startMs: z.number(),
  /** They were audible just then. */
  sounding: z.boolean(),
  /** Said over the reply, which went on: no turn. */
  isAside: z.boolean().optional(),
});

export const inFlightSchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  reply: replySchema.optional(),
  caller: callerSchema.optional(),
});

export type InFlight = z.infer<typeof inFlightSchema>;
export type ReplyInFlight = z.infer<typeof replySchema>;

/**
 * `caller`: what they have said that no reply answers, what of their words may be written down, and whether they are
 * audible just now.
 */
export function inFlightOf(
  current: { readonly inFlight: ReplyInFlight | undefined; readonly inputText: string } | undefined,
  caller: {
    text: string;
    startMs: number;
    sounding: boolean;
    isAside: boolean;
    isPrivate: boolean;
    keepable(text: string): string;
  },
): InFlight {
  const reply = current?.inFlight;
  const unanswered = reply === undefined ? (current?.inputText ?? '') : '';
  const said = [unanswered, caller.text].filter((text) => text !== '').join(' ');
  // What is sensitive is kept nowhere: the caller will be asked for it again.
  const text = caller.isPrivate ? '' : caller.keepable(said);
  const { startMs, sounding } = caller;
  const isAside = caller.isAside && reply !== undefined;
  return {
    at: Date.now(),
    ...(reply === undefined ? {} : { reply }),
    ...(caller.sounding || said !== ''
      ? { caller: { text, startMs: Math.round(startMs), sounding, ...(isAside ? { isAside } : {}) } }
      : {}),
  };
}

/** For how long this says what is heard, should nothing happen but that it is said: the carrier plays what it has. */
export function holdsMs({ reply }: InFlight): number {
  return reply?.sounding === true ? reply.sentMs - reply.heardMs : Number.POSITIVE_INFINITY;
}

type HeardParts = Extract<FlowEvent, { type: 'reply-heard' }>['parts'];

/** What was heard of a reply by the moment the line was lost (milliseconds since 1970). */
export function heardParts({ at }: InFlight, reply: ReplyInFlight, lostAt: number): HeardParts {
  // The carrier plays what it has until the stream ends, and not a word more.
  const played = reply.sounding ? reply.heardMs + Math.max(0, lostAt - at) : reply.heardMs;
  const heardMs = Math.min(played, Math.max(reply.sentMs, reply.heardMs));
  return reply.parts.map(({ partId, words }) => {
    const firstUnheard = words.findIndex(([, endMs]) => endMs === null || endMs > heardMs);
    const heard = firstUnheard === -1 ? words : words.slice(0, firstUnheard);
    return { partId, heard: textOf(heard), said: textOf(words), complete: firstUnheard === -1 };
  });
}

function textOf(words: readonly (readonly [string, number | null])[]): string {
  return words
    .map(([text]) => text)
    .join('')
    .trim();
}
