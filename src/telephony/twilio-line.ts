/** The {@link Line} over one Twilio media stream: what the call hears of it and what it may ask of it. */
import type { WebSocket } from 'ws';
import type { Line, LineCloseReason, LineEvent } from './index.ts';
import { createMessageWriter, type Fault, type StartMessage } from './media-messages.ts';

/** What the line needs of the connection that carries it. */
export interface LineCarrier {
  readonly socket: Pick<WebSocket, 'send' | 'bufferedAmount'>;
  readonly maxBufferedBytes: number;
  readonly maxKeptBytes: number;
  /** Writes all that `send` sends in one go: a write for each message would be most of its cost. */
  together(send: () => void): void;
  /** Ends the connection, which tells the line through {@link TwilioLine.ended}. Idempotent. */
  end(reason: LineCloseReason): void;
  /** Counts and logs. */
  note(fault: Fault, cause?: unknown): void;
}

/** What an event other than audio counts for in the bound of what is kept. */
const EVENT_BYTES = 160;

export class TwilioLine implements Line {
  readonly streamId: string;
  readonly callSid: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly #carrier: LineCarrier;
  readonly #write: ReturnType<typeof createMessageWriter>;
  #listener: ((event: LineEvent) => void) | undefined;
  #delivering = false;
  #closed = false;
  /** Waiting for the listener to be set, or to return; oldest first. */
  readonly #kept: LineEvent[] = [];
  #keptBytes = 0;

  constructor(carrier: LineCarrier, start: StartMessage, parameters: Readonly<Record<string, string>>) {
    this.streamId = start.streamSid;
    this.callSid = start.callSid;
    this.parameters = parameters;
    this.#carrier = carrier;
    this.#write = createMessageWriter(start.streamSid);
  }

  /** Bytes as they go over the wire: base64 and the message around it, a good third more than the audio itself. */
  get bufferedBytes(): number {
    return this.#carrier.socket.bufferedAmount;
  }

  listen(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
    this.#deliver();
  }

  play(audio: Uint8Array, mark?: string): boolean {
    if (this.#closed) return false;
    this.#carrier.together(() => {
      if (audio.byteLength > 0) this.#carrier.socket.send(this.#write.media(audio));
      if (mark !== undefined) this.#carrier.socket.send(this.#write.mark(mark));
    });
    return this.#keepsUp();
  }

  clear(): void {
    if (this.#closed) return;
    this.#carrier.socket.send(this.#write.clear());
    this.#keepsUp();
  }

  close(): void {
    this.#carrier.end('closed-here');
  }

  /** Takes an event from the carrier. Without a listener it is kept; beyond the bound the oldest are let go. */
  push(event: LineEvent): void {
    if (this.#closed) return;
    this.#keep(event);
    this.#deliver();
  }

  /** The connection is over: `closed` is the last event. Idempotent. */
  ended(reason: LineCloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keep({ type: 'closed', reason });
    this.#deliver();
  }

  #keep(event: LineEvent): void {
    this.#kept.push(event);
    this.#keptBytes += sizeOf(event);
    while (this.#keptBytes > this.#carrier.maxKeptBytes && this.#kept.length > 1) {
      this.#take();
      this.#carrier.note('kept-too-much');
    }
  }

  /** A carrier that does not read is cut off before it costs more memory than a call is worth. */
  #keepsUp(): boolean {
    if (this.#carrier.socket.bufferedAmount <= this.#carrier.maxBufferedBytes) return true;
    this.#carrier.note('too-slow-to-read');
    this.#carrier.end('overflow');
    return false;
  }

  #take(): LineEvent | undefined {
    const event = this.#kept.shift();
    if (event !== undefined) this.#keptBytes -= sizeOf(event);
    return event;
  }

  /** One event at a time: what a listener causes (a close, say) waits until it has returned. */
  #deliver(): void {
    if (this.#delivering || this.#listener === undefined) return;
    this.#delivering = true;
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      try {
        this.#listener(event);
      } catch (error) {
        this.#carrier.note('listener-failed', error);
      }
    }
    this.#delivering = false;
  }
}

function sizeOf(event: LineEvent): number {
  return event.type === 'frame' ? event.audio.byteLength : EVENT_BYTES;
}
