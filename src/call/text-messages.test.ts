import { expect, test } from 'vitest';
import type { ToolRunner } from '../flows/index.ts';
import type { TextMessage } from '../telephony/index.ts';
import { withTextMessages } from './text-messages.ts';

const MESSAGE = { to: '+15550123', from: '+15550100', text: 'Hello.' };
const own: ToolRunner = { run: async ({ tool }) => ({ result: `own ${tool}`, isError: false }) };
const { signal } = new AbortController();
const run = (idempotencyKey: string, tool = 'sms', input: Record<string, unknown> = MESSAGE) => ({
  tool,
  input,
  idempotencyKey,
  timeoutMs: 1000,
});

class Carrier {
  readonly sent: TextMessage[] = [];
  error: Error | undefined;
  async sendSms(message: TextMessage): Promise<string> {
    this.sent.push(message);
    if (this.error !== undefined) throw this.error;
    return `SM${this.sent.length}`;
  }
}

test('a text message goes to the carrier, once for each key; other tools go where they went', async () => {
  const carrier = new Carrier();
  const tools = withTextMessages(own, carrier);
  expect(await tools.run(run('a'), signal)).toEqual({ result: { id: 'SM1' }, isError: false });
  expect(await tools.run(run('a'), signal)).toEqual({ result: { id: 'SM1' }, isError: false });
  expect(await tools.run(run('b'), signal)).toEqual({ result: { id: 'SM2' }, isError: false });
  expect(carrier.sent).toEqual([MESSAGE, MESSAGE]);
  expect(await tools.run(run('c', 'find'), signal)).toEqual({ result: 'own find', isError: false });
});

test('a refusal is a result', async () => {
  const carrier = new Carrier();
  carrier.error = Object.assign(new Error('no'), { code: 'refused' });
  const tools = withTextMessages(own, carrier);
  expect(await tools.run(run('a'), signal)).toEqual({
    result: 'The text message could not be sent (refused).',
    isError: true,
  });
  expect(await tools.run(run('b', 'sms', { to: 1 }), signal)).toMatchObject({ isError: true });
  expect(carrier.sent).toHaveLength(1);
});
