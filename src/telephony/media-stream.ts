/**
 * `WS /twilio/media`: the WebSocket on which Twilio streams calls' audio, both ways; and `WS /twilio/relay`: the one on
 * which it recognises and speaks by itself (ConversationRelay), and text goes both ways.
 *
 * The upgrade is accepted only with a valid signature; whose call it is, the token in the first message says.
 */
import type { Server } from 'node:http';
import express from 'express';
import expressWs from 'express-ws';
import type { Logger } from 'pino';
import type { VerifyClientCallbackAsync } from 'ws';
import type { Sessions } from '../sessions/index.ts';
import type { Counters } from './counters.ts';
import type { Acceptance, CallDesk } from './index.ts';
import {
  type Connection,
  type ConnectionContext,
  MediaConnection,
  type StreamLimits,
} from './media-connection.ts';
import { RelayConnection } from './relay-connection.ts';
import { createSignatureCheck } from './signature.ts';
import type { StreamTokens } from './stream-token.ts';
import { MEDIA_PATH, RELAY_PATH } from './twiml.ts';

const DEFAULT_LIMITS = {
  startTimeoutMs: 10_000,
  idleTimeoutMs: 15_000,
  maxBufferedBytes: 1024 * 1024,
  maxKeptBytes: 80_000,
  maxFaults: 50,
  maxMessageBytes: 64 * 1024,
  maxPayloadBytes: 16_000,
} as const satisfies StreamLimits;

/** How often the timeouts are looked at; they are late by as much at most. */
const DEFAULT_CHECK_EVERY_MS = 1_000;
/** How long a closing handshake may take before the socket is cut. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface MediaStreamOptions {
  publicUrl: string;
  authToken: string;
  /** Streams of other accounts are refused. */
  accountSid?: string;
  desk: CallDesk;
  tokens: Pick<StreamTokens, 'redeem' | 'unseal'>;
  sessions: Pick<Sessions, 'load' | 'create'>;
  logger: Logger;
  counters: Counters;
  /** @defaultValue everything is taken */
  acceptance?: Acceptance;
  /** What is not given has its default. */
  limits?: Partial<StreamLimits>;
  /** @defaultValue 1000 */
  checkEveryMs?: number;
}

export interface MediaStreams {
  /** Sockets that are open now. */
  readonly open: number;
  /** Takes no more streams and closes those that are open. Idempotent; leaves the HTTP server alone. */
  close(): void;
}

/**
 * Serves the media stream on an HTTP server. It has an Express application of its own: middleware of the server's
 * application could otherwise come between accept and handler and lose the first frames.
 */
export function attachMediaStream(server: Server, options: MediaStreamOptions): MediaStreams {
  const { logger, counters, checkEveryMs = DEFAULT_CHECK_EVERY_MS } = options;
  const limits: StreamLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const connections = new Set<Connection>();
  // One timer for all streams, running only while there are any.
  let timer: NodeJS.Timeout | undefined;

  const context: ConnectionContext = {
    desk: options.desk,
    tokens: options.tokens,
    sessions: options.sessions,
    accountSid: options.accountSid,
    logger,
    counters,
    limits,
    onEnded(connection) {
      connections.delete(connection);
      if (connections.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };

  function checkTimes(): void {
    const nowMs = performance.now();
    for (const connection of connections) connection.checkTime(nowMs);
  }

  const wsOptions = {
    verifyClient: createUpgradeCheck(options),
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    // Known to ws, not yet to its types.
    closeTimeout: CLOSE_TIMEOUT_MS,
  };
  const { app, getWss } = expressWs(express(), server, { leaveRouterUntouched: true, wsOptions });
  // ws passes the HTTP server's errors on, and an error nobody listens for would end the process. Why a server cannot
  // listen, whoever started it is told.
  getWss().on('error', (err) => {
    if (server.listening) logger.error({ err }, 'HTTP server error');
  });
  const accept = (connection: Connection): void => {
    counters.inc('telephony_streams_opened_total');
    connections.add(connection);
    timer ??= setInterval(checkTimes, checkEveryMs);
  };
  app.ws(MEDIA_PATH, (socket, request) => accept(new MediaConnection(socket, request.socket, context)));
  app.ws(RELAY_PATH, (socket) => accept(new RelayConnection(socket, context)));

  return {
    get open() {
      return connections.size;
    },
    close() {
      getWss().close();
      for (const connection of connections) connection.end('closed-here');
    },
  };
}

const PATHS: ReadonlySet<string> = new Set([MEDIA_PATH, RELAY_PATH]);

/** Answers before the upgrade: 404 for other paths, 403 without a valid signature, 503 where another node should take it. */
function createUpgradeCheck(options: MediaStreamOptions): VerifyClientCallbackAsync {
  const signatures = createSignatureCheck(options);
  return ({ req }, answer) => {
    const [path = ''] = (req.url ?? '').split('?', 1);
    if (!PATHS.has(path.replace(/\/$/, ''))) {
      options.counters.inc('telephony_refused_total', { entrance: 'upgrade', reason: 'unknown-path' });
      answer(false, 404);
    } else if (!signatures.verifyUpgrade(req)) answer(false, 403);
    else if (options.acceptance?.streams === false) answer(false, 503);
    else answer(true);
  };
}
