import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

/** A logger, and what it has written. */
function recorded(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  return { logger: createLogger({ level, format: 'json', destination: { write } }), lines };
}

it('writes one JSON object a line, with the time and the level in words', () => {
  const { logger, lines } = recorded();
  logger.child({ callId: 'c1' }).info({ bytes: 160 }, 'frame');
  logger.debug('below the level');
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      callId: 'c1',
      bytes: 160,
      msg: 'frame',
    },
  ]);
});

describe('secrets', () => {
  it.each([
    { apiKey: 'hunter2' },
    { config: { authToken: 'hunter2' } },
    { config: { twilio: { authToken: 'hunter2' } } },
    { response: { config: { headers: { Authorization: 'hunter2' } } } },
    { headers: { 'x-twilio-signature': 'hunter2' } },
  ])('are blotted out: %j', (object) => {
    const { logger, lines } = recorded();
    logger.info(object, 'about to connect');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(JSON.stringify(lines)).toContain('[secret]');
  });

  it('and words of the call do not come out of an error', () => {
    const { logger, lines } = recorded();
    const cause = Object.assign(new Error('terminated'), { request: { body: 'my name is Ann' } });
    const error = Object.assign(new Error('the vendor has failed', { cause }), {
      code: 'llm-overloaded',
      status: 529,
      headers: { 'set-cookie': 'hunter2' },
    });
    logger.error({ err: error }, 'no reply');
    expect(lines).toMatchObject([
      {
        err: {
          name: 'Error',
          message: 'the vendor has failed',
          code: 'llm-overloaded',
          status: 529,
          stack: expect.stringContaining('logger.test.ts'),
          cause: { message: 'terminated' },
        },
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|Ann/);
  });
});

it('survives an error that is its own cause', () => {
  const { logger, lines } = recorded();
  const error = new Error('round and round');
  error.cause = error;
  logger.error({ err: error }, 'failed');
  expect(lines).toHaveLength(1);
});
