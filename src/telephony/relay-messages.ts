/**
 * The messages of Twilio's ConversationRelay, both ways. `setup`, `prompt`, `dtmf`, `interrupt` and `error` come in,
 * `text`, `language` and `end` go out: Twilio docs, "ConversationRelay: WebSocket messages". What the attribute
 * `events` subscribes to is in no table there; its form, `{ type: 'info', name, value }` with `agentSpeaking` and
 * `clientSpeaking` (`on`, `off`) and `tokensPlayed` (the words), is that of Twilio's own demonstrations
 * (twilio-demos/twilio-aws-blueprint, pBread/twilio-signal-2025-keynote-demo), so nothing here depends on it.
 *
 * Everything that comes is checked; what is not as it should be becomes a {@link Fault} and is never thrown.
 */
import { z } from 'zod';
import type { RelayEvent } from './index.ts';
import type { Fault } from './media-messages.ts';
import { describeIssue, sidSchema } from './sid.ts';

export interface RelaySetup {
  type: 'setup';
  sessionId: string;
  accountSid: string;
  callSid: string;
  parameters: Readonly<Record<string, string>>;
}

export type RelayMessage =
  | RelaySetup
  | Exclude<RelayEvent, { type: 'closed' }>
  /** Something that needs no answer. */
  | { type: 'nothing' }
  /** `detail` names what was wrong, never what was said. */
  | { type: 'fault'; fault: Fault; detail?: string };

/** A minute of fast speech; one message is not longer. */
const MOST_TEXT = 4000;
const words = z.string().max(MOST_TEXT);

const schemas = {
  setup: z.object({
    sessionId: sidSchema('VX'),
    accountSid: z.string(),
    callSid: sidSchema('CA'),
    customParameters: z.record(z.string(), z.string()).default({}),
  }),
  prompt: z.object({ voicePrompt: words, last: z.boolean().default(true) }),
  dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }),
  interrupt: z.object({ utteranceUntilInterrupt: words.default('') }),
  info: z.object({ name: z.string().max(100), value: words.optional() }),
  error: z.object({ description: z.string().max(MOST_TEXT) }),
} as const;

const envelope = z.looseObject({ type: z.string() });

/** Reads a message of the carrier's. */
export function readRelayMessage(data: string): RelayMessage {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return { type: 'fault', fault: 'malformed-json' };
  }
  const message = envelope.safeParse(json);
  if (!message.success) return faulty(message.error);
  switch (message.data.type) {
    case 'setup':
      return read(schemas.setup, json, ({ customParameters, ...setup }) => ({
        type: 'setup',
        ...setup,
        parameters: customParameters,
      }));
    case 'prompt':
      return read(schemas.prompt, json, ({ voicePrompt, last }) => ({
        type: 'said',
        text: voicePrompt,
        isLast: last,
      }));
    case 'dtmf':
      return read(schemas.dtmf, json, ({ digit }) => ({ type: 'key', digit }));
    case 'interrupt':
      return read(schemas.interrupt, json, ({ utteranceUntilInterrupt }) => ({
        type: 'interrupted',
        heard: utteranceUntilInterrupt,
      }));
    case 'info':
      return read(schemas.info, json, ({ name, value = '' }) => infoOf(name, value));
    case 'error':
      return read(schemas.error, json, ({ description }) => ({
        type: 'fault',
        fault: 'carrier-complained',
        // It says what was wrong with a message, and may quote it.
        detail: /\b\d{5}\b/.exec(description)?.[0] ?? 'without a code',
      }));
    default:
      return { type: 'fault', fault: 'unknown-event' };
  }
}

function read<T>(schema: z.ZodType<T>, json: unknown, build: (fields: T) => RelayMessage): RelayMessage {
  const fields = schema.safeParse(json);
  return fields.success ? build(fields.data) : faulty(fields.error);
}

function faulty(error: z.ZodError): RelayMessage {
  return { type: 'fault', fault: 'invalid-message', detail: describeIssue(error) };
}

function infoOf(name: string, value: string): RelayMessage {
  const who = name === 'agentSpeaking' ? 'agent' : name === 'clientSpeaking' ? 'caller' : undefined;
  if (who !== undefined && (value === 'on' || value === 'off'))
    return { type: 'speaking', who, isSpeaking: value === 'on' };
  return name === 'tokensPlayed' ? { type: 'spoken', text: value } : { type: 'nothing' };
}

/** What the carrier is told. */
export const relayMessages = {
  text: (token: string, { isLast, language }: { isLast: boolean; language: string }) =>
    JSON.stringify({ type: 'text', token, last: isLast, lang: language }),
  language: (language: string) =>
    JSON.stringify({ type: 'language', ttsLanguage: language, transcriptionLanguage: language }),
  /** `handoffData` comes back as `HandoffData` of the action that Twilio then requests. */
  end: (handoffData: string) => JSON.stringify({ type: 'end', handoffData }),
} as const;
