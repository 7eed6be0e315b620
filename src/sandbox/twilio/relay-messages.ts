/** A relay's messages from the service. Source: Twilio docs, "ConversationRelay: WebSocket messages". */
import { z } from 'zod';

const serviceSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    token: z.string(),
    last: z.boolean().default(false),
    lang: z.string().optional(),
    interruptible: z.boolean().optional(),
    preemptible: z.boolean().optional(),
  }),
  z.looseObject({ type: z.literal('play'), source: z.string() }),
  z.strictObject({ type: z.literal('sendDigits'), digits: z.string() }),
  z.strictObject({
    type: z.literal('language'),
    ttsLanguage: z.string().optional(),
    transcriptionLanguage: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('end'), handoffData: z.string().optional() }),
]);

export type RelayServiceMessage = z.output<typeof serviceSchema>;

/** Undefined for what Twilio would not take (error 64107). */
export function readRelayServiceMessage(data: string): RelayServiceMessage | undefined {
  try {
    const parsed = serviceSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
