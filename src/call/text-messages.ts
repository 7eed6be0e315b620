/** The tool `sms`, which every flow has: sends through the carrier, and never twice for one wish of a flow's. */
import { z } from 'zod';
import { SMS_TOOL, type ToolRunner } from '../flows/index.ts';
import type { CallControl } from '../telephony/index.ts';

const inputSchema = z.object({ to: z.string(), from: z.string(), text: z.string() });
type Sent = Awaited<ReturnType<ToolRunner['run']>>;

/** Runs `sms` through the carrier and everything else as before. One for each stream of a call. */
export function withTextMessages(tools: ToolRunner, control: Pick<CallControl, 'sendSms'>): ToolRunner {
  const sent = new Map<string, Promise<Sent>>();
  return {
    run(run, signal) {
      if (run.tool !== SMS_TOOL) return tools.run(run, signal);
      const known = sent.get(run.idempotencyKey);
      if (known !== undefined) return known;
      const sending = send(run.input, control);
      sent.set(run.idempotencyKey, sending);
      return sending;
    },
  };
}

async function send(input: unknown, control: Pick<CallControl, 'sendSms'>): Promise<Sent> {
  const message = inputSchema.safeParse(input);
  if (!message.success) return { result: 'The text message is not whole.', isError: true };
  try {
    return { result: { id: await control.sendSms(message.data) }, isError: false };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    return { result: `The text message could not be sent (${code}).`, isError: true };
  }
}
