/**
 * The whole sandbox: all vendors and the telephone, pointed at one service. Calls are placed at it through
 * `POST /phone/calls`, or by code through `twilio`.
 */
import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { CallerScriptError, callerScriptSchema } from './phone/caller-script.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './server.ts';
import { Door, type Refusal } from './stand-in.ts';
import { createTwilioSandbox, type TwilioSandbox } from './twilio/index.ts';

export interface WholeSandbox extends Sandbox {
  readonly twilio: TwilioSandbox;
  /** Base of the booking API that the shipped flows' tools call. */
  readonly bookingUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
}

export interface WholeSandboxOptions extends SandboxOptions {
  /** Origin of the service whose number is called, such as `http://127.0.0.1:3000`. */
  serviceUrl: string;
  accountSid?: string;
  /** @defaultValue a random one */
  authToken?: string;
  logger: Logger;
}

/** The account that the sandbox's telephone belongs to. */
const ACCOUNT_SID = `AC${'0'.repeat(31)}1`;

const e164 = z.string().regex(/^\+[1-9]\d{1,14}$/, 'must be a number such as +15550100');
const placeCallSchema = z.strictObject({
  from: e164.default('+15550123'),
  to: e164,
  script: callerScriptSchema,
});

/** Rejects where the port is taken. The caller closes it. */
export async function startWholeSandbox(options: WholeSandboxOptions): Promise<WholeSandbox> {
  const {
    serviceUrl,
    accountSid = ACCOUNT_SID,
    authToken = randomBytes(16).toString('hex'),
    logger,
  } = options;
  const sandbox = await startSandbox(options);
  const twilio = createTwilioSandbox({
    accountSid,
    authToken,
    voiceUrl: `${serviceUrl}/twilio/voice`,
    fallbackUrl: `${serviceUrl}/twilio/fallback`,
    statusCallbackUrl: `${serviceUrl}/twilio/status`,
    voice: sandbox.voice,
    knownSpeech: sandbox.knownSpeech,
    vendorFaults: sandbox.faults,
    logger,
  });
  twilio.onCall((call) => sandbox.faults.moments.watch(call));
  const api = new Door('twilio', sandbox, (status) => refusalOf(status));
  sandbox.app.use('/2010-04-01', api.http);
  sandbox.app.use(twilio.restApi);
  sandbox.app.use('/phone', phoneRoutes(twilio));
  return {
    ...sandbox,
    twilio,
    accountSid,
    authToken,
    bookingUrl: `${sandbox.baseUrl}/booking`,
    close: async () => {
      await twilio.close();
      await sandbox.close();
    },
  };
}

/** In the form of Twilio's REST API (docs: "Twilio's response", exceptions). */
function refusalOf(status: number): Refusal {
  const code = TWILIO_CODES[status] ?? 20500;
  const body = { code, message: STATUS_CODES[status] ?? 'Error', more_info: '', status };
  return { status, body: JSON.stringify(body) };
}

const TWILIO_CODES: Record<number, number> = { 401: 20003, 403: 20403, 404: 20404, 429: 20429, 503: 20503 };

/** `POST /phone/calls` places a call and answers when it has ended. */
function phoneRoutes(twilio: TwilioSandbox): express.Router {
  const router = express.Router();
  router.use(express.json());
  router.post('/calls', async (request, response) => {
    const { from, to, script } = placeCallSchema.parse(request.body);
    const call = twilio.placeInboundCall({ from, to, caller: script });
    const end = await call.ended;
    const streamOpened = call.events.some(({ type }) => type === 'stream-opened');
    response.json({ callSid: call.sid, durationSec: call.durationSec, streamOpened, ...end });
  });
  const badInput: ErrorRequestHandler = (error, _request, response, next) => {
    if (error instanceof z.ZodError) response.status(400).json({ error: z.prettifyError(error) });
    else if (error instanceof CallerScriptError) response.status(400).json({ error: error.message });
    else next(error);
  };
  router.use(badInput);
  return router;
}
