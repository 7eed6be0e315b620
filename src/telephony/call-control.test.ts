import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CallControlError, createCallControl } from './call-control.ts';
import type { CallControl } from './index.ts';
import { sid } from './test-bench.ts';

/** What Twilio answers, one for each request; the last one for all further ones. */
let answers: ((res: ServerResponse) => void)[];
let requests: {
  line: string;
  authorization: string | undefined;
  form: Record<string, string>;
  events: string[];
}[];
let control: CallControl;

const server = createServer((req, res) => {
  void text(req).then((body) => {
    const fields = new URLSearchParams(body);
    requests.push({
      line: `${req.method} ${req.url}`,
      authorization: req.headers.authorization,
      form: Object.fromEntries(fields),
      events: fields.getAll('StatusCallbackEvent'),
    });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(res);
  });
});

const reply = (status: number, body: unknown) => (res: ServerResponse) => {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const ok = reply(200, { sid: sid('CA'), status: 'completed' });

beforeEach(async () => {
  requests = [];
  answers = [ok];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // A listening TCP server has no other kind of address.
  control = createCallControl({
    accountSid: sid('AC'),
    authToken: 'secret',
    publicUrl: 'https://voice.example.com/agent',
    baseUrl: `http://127.0.0.1:${port}`,
    timeoutMs: 200,
    logger: pino({ level: 'silent' }),
  });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const line = `POST /2010-04-01/Accounts/${sid('AC')}/Calls/${sid('CA')}.json`;

it('ends a call', async () => {
  await control.hangUp(sid('CA'));
  const authorization = `Basic ${Buffer.from(`${sid('AC')}:secret`).toString('base64')}`;
  expect(requests).toMatchObject([{ line, authorization, form: { Status: 'completed' } }]);
});

it('sends a call to resume', async () => {
  await control.redirectToResume(sid('CA'));
  const form = { Url: 'https://voice.example.com/agent/twilio/resume', Method: 'POST' };
  expect(requests).toMatchObject([{ line, form }]);
});

it('rings somebody into a conference, and says which call that is', async () => {
  answers = [reply(201, { call_sid: sid('CA', 2), status: 'queued' })];
  const leg = {
    callSid: sid('CA'),
    conference: 'room-1',
    to: '+15550009999',
    from: '+15552223333',
    timeoutSec: 25,
    isBriefed: false,
  };
  expect(await control.dialIntoConference(leg)).toBe(sid('CA', 2));
  expect(requests).toMatchObject([
    {
      line: `POST /2010-04-01/Accounts/${sid('AC')}/Conferences/room-1/Participants.json`,
      form: {
        To: '+15550009999',
        From: '+15552223333',
        Timeout: '25',
        StartConferenceOnEnter: 'true',
        EndConferenceOnExit: 'true',
        EarlyMedia: 'false',
        Beep: 'false',
        StatusCallback: `https://voice.example.com/agent/twilio/transfer?call=${sid('CA')}&conference=room-1`,
        StatusCallbackMethod: 'POST',
      },
    },
  ]);
  expect(requests[0]?.events).toEqual(['initiated', 'ringing', 'answered', 'completed']);
});

it('rings somebody who first hears what it is about', async () => {
  answers = [reply(201, { sid: sid('CA', 2), status: 'queued' })];
  const leg = { callSid: sid('CA'), conference: 'room-1', to: '+15550009999', from: '+15552223333' };
  expect(await control.dialIntoConference({ ...leg, timeoutSec: 25, isBriefed: true })).toBe(sid('CA', 2));
  const query = `call=${sid('CA')}&conference=room-1`;
  expect(requests).toMatchObject([
    {
      line: `POST /2010-04-01/Accounts/${sid('AC')}/Calls.json`,
      form: {
        To: '+15550009999',
        From: '+15552223333',
        Timeout: '25',
        Url: `https://voice.example.com/agent/twilio/briefing?${query}`,
        StatusCallback: `https://voice.example.com/agent/twilio/transfer?${query}`,
      },
    },
  ]);
  expect(requests[0]?.events).toEqual(['initiated', 'ringing', 'answered', 'completed']);
});

it('sends a text message, and never twice', async () => {
  answers = [reply(201, { sid: sid('SM'), status: 'queued' })];
  const message = { to: '+15550009999', from: '+15552223333', text: 'See you on Friday.' };
  expect(await control.sendSms(message)).toBe(sid('SM'));
  expect(requests).toMatchObject([
    {
      line: `POST /2010-04-01/Accounts/${sid('AC')}/Messages.json`,
      form: { To: '+15550009999', From: '+15552223333', Body: 'See you on Friday.' },
    },
  ]);
  answers = [() => {}];
  await expect(control.sendSms(message)).rejects.toMatchObject({ code: 'unreachable' });
  expect(requests).toHaveLength(2);
});

it('does not ring twice where the answer is lost', async () => {
  answers = [() => {}];
  const leg = {
    callSid: sid('CA'),
    conference: 'room-1',
    to: '+1',
    from: '+2',
    timeoutSec: 5,
    isBriefed: false,
  };
  await expect(control.dialIntoConference(leg)).rejects.toMatchObject({ code: 'unreachable' });
  expect(requests).toHaveLength(1);
});

it.each([
  [404, { code: 20404, message: 'not found', status: 404 }],
  [400, { code: 21220, message: 'not in progress', status: 400 }],
])('holds a call that is over (%d) for ended, but not for redirected', async (status, body) => {
  answers = [reply(status, body)];
  await control.hangUp(sid('CA'));
  await expect(control.redirectToResume(sid('CA'))).rejects.toMatchObject({
    code: 'call-over',
    retryable: false,
  });
});

it('asks again when it came too fast', async () => {
  answers = [reply(429, { code: 20429, message: 'too many requests', status: 429 }), ok];
  await control.hangUp(sid('CA'));
  expect(requests).toHaveLength(2);
});

it.each([
  [401, false],
  [503, true],
])('says that Twilio refused with %d and whether to try again: %o', async (status, retryable) => {
  answers = [reply(status, { code: 20003, message: 'no', status })];
  await expect(control.hangUp(sid('CA'))).rejects.toMatchObject({ code: 'refused', retryable });
});

it('gives up on an answer that does not come', async () => {
  answers = [() => {}];
  const error = await control.hangUp(sid('CA')).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallControlError);
  expect(error).toMatchObject({ code: 'unreachable', retryable: true });
});

it('copes with an answer that is no JSON', async () => {
  answers = [(res) => res.writeHead(502).end('<html>Bad gateway</html>')];
  await expect(control.hangUp(sid('CA'))).rejects.toMatchObject({ code: 'refused', retryable: true });
});
