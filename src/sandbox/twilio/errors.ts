/** Twilio's own error codes, as far as the stand-in reports them (twilio.com/docs/api/errors). */
export const TWILIO_ERRORS = {
  11200: 'HTTP retrieval failure',
  11205: 'HTTP connection failure',
  11210: 'HTTP bad host name',
  11750: 'TwiML response body too large',
  12100: 'Document parse failure',
  12200: 'Schema validation warning',
  12300: 'Invalid Content-Type',
  31901: 'Stream - WebSocket - Connection Timeout',
  31903: 'Stream - WebSocket - Connection Broken Pipe',
  31920: 'Stream - WebSocket - Handshake Error',
  31921: 'Stream - WebSocket - Close Error',
  31924: 'Stream - WebSocket - Protocol Error',
  31930: 'Stream - Buffer Overflow',
  31941: 'Stream - Invalid Track configuration',
  31951: 'Stream - Protocol - Invalid Message',
  64102: 'ConversationRelay: Unable to Connect to Websocket URL',
  64105: 'ConversationRelay: Websocket ended',
  64107: 'ConversationRelay: Invalid Message Received',
} as const;

export type TwilioErrorCode = keyof typeof TWILIO_ERRORS;

/** Something the service did that Twilio would report in its debugger. */
export class TwilioFault extends Error {
  override readonly name = 'TwilioFault';
  readonly code: TwilioErrorCode;
  constructor(code: TwilioErrorCode, detail: string, options?: { cause: unknown }) {
    super(`${TWILIO_ERRORS[code]} (${code}): ${detail}`, options);
    this.code = code;
  }
}
