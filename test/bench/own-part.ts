/**
 * The service's own part of what a caller waits: all of it, less what the stand-ins really took, by the sandbox's own
 * account of its wires. So a stand-in's late timer is the stand-in's, and whatever lies between two stand-ins is the
 * service's: also the way of a frame to the recogniser and of a piece of audio to the caller.
 */
import { comparable } from '../../src/call/comparable.ts';
import type { WireEvent } from '../../src/sandbox/wire.ts';

/** An answer as its caller had it. All times are `performance.now()` of the sandbox's process. */
export interface HeardAnswer {
  question: string;
  /** The last audible frame of the question went out. */
  saidAtMs: number;
  /** The first message with audio of the answer came in. */
  heardAtMs: number;
}

/** Where the time of one answer went. */
export interface AnswerTimes {
  /** What the recogniser, the model and the voice took together. */
  standInsMs: number;
  /** The rest. */
  ownMs: number;
  /** What the rest is made of, in order. */
  hopsMs: {
    callerToRecogniser: number;
    recogniserToModel: number;
    modelToVoice: number;
    voiceToCaller: number;
  };
}

/** One turn of work of a stand-in. */
interface Exchange {
  /** The caller's words, made comparable; for the voice, what it was first given, as it is. */
  text: string;
  fromMs: number;
  toMs: number;
}

interface ModelExchange extends Omit<Exchange, 'toMs'> {
  /** The answer's text so far, at each of its first pieces. */
  sent: { text: string; atMs: number }[];
}

/**
 * The exchanges of the stand-ins, told event by event, and what of them an answer waited for.
 *
 * Nothing on the wires says whose an exchange is, and calls have the same words: the one nearest in time is taken that
 * fits the words and the order. Where that is a neighbour's, its length differs only by the lateness of the stand-in's
 * timers, and lengths are all that {@link AnswerTimes.ownMs} is made of; a single hop may be wrong by as much as the two
 * are apart.
 */
export class Exchanges {
  readonly #recognised: Exchange[] = [];
  readonly #modelled = new Map<string, ModelExchange>();
  readonly #voiced: Exchange[] = [];
  /** Begun and not yet ended, by stand-in and exchange. */
  readonly #begun = new Map<string, { text: string; fromMs: number }>();

  /** The next event of the wire; fits `Wire.follow`. */
  take({ type, exchange, text, atMs, sentText = '' }: WireEvent): void {
    switch (type) {
      case 'stt-speech-end':
        this.#begun.set(exchange, { text: comparable(text), fromMs: atMs });
        return;
      case 'tts-first-text-received':
        this.#begun.set(exchange, { text: text.trimStart(), fromMs: atMs });
        return;
      case 'stt-final-sent':
        return this.#end(exchange, this.#recognised, atMs);
      case 'tts-first-byte-sent':
        return this.#end(exchange, this.#voiced, atMs);
      case 'llm-request-received':
        this.#modelled.set(exchange, { text: comparable(text), fromMs: atMs, sent: [] });
        return;
      case 'llm-text-sent':
        this.#modelled.get(exchange)?.sent.push({ text: sentText.trimStart(), atMs });
        return;
      case 'llm-first-token-sent':
      case 'stt-opened':
    }
  }

  /** Undefined where the three that an answer takes cannot be found. */
  timesOf({ question, saidAtMs, heardAtMs }: HeardAnswer): AnswerTimes | undefined {
    const words = comparable(question);
    const recognised = nearest(
      this.#recognised.filter(({ text, toMs }) => toMs < heardAtMs && text === words),
      ({ fromMs }) => Math.abs(fromMs - saidAtMs),
    );
    if (recognised === undefined) return undefined;
    const spoken = this.#spoken(words, recognised.toMs, heardAtMs);
    if (spoken === undefined) return undefined;
    const { model, voice } = spoken;
    const hopsMs = {
      callerToRecogniser: recognised.fromMs - saidAtMs,
      recogniserToModel: model.fromMs - recognised.toMs,
      modelToVoice: voice.fromMs - model.toMs,
      voiceToCaller: heardAtMs - voice.toMs,
    };
    const standInsMs = lengthOf(recognised) + lengthOf(model) + lengthOf(voice);
    return { standInsMs, ownMs: heardAtMs - saidAtMs - standInsMs, hopsMs };
  }

  /** The model's first words for this question, and the voice's first sound of them: the latest that could be heard then. */
  #spoken(
    words: string,
    fromMs: number,
    heardAtMs: number,
  ): { model: Exchange; voice: Exchange } | undefined {
    const asked = [...this.#modelled.values()].filter(
      (model) => model.fromMs >= fromMs && model.fromMs < heardAtMs && model.text === words,
    );
    const voices = this.#voiced
      .filter((voice) => voice.fromMs >= fromMs && voice.toMs <= heardAtMs)
      .sort((a, b) => b.toMs - a.toMs);
    for (const voice of voices) {
      const models = asked.flatMap((model) => completing(model, voice) ?? []);
      const model = nearest(models, ({ toMs }) => voice.fromMs - toMs);
      if (model !== undefined) return { model, voice };
    }
    return undefined;
  }

  #end(exchange: string, ended: Exchange[], toMs: number): void {
    const begun = this.#begun.get(exchange);
    this.#begun.delete(exchange);
    if (begun !== undefined) ended.push({ ...begun, toMs });
  }
}

/**
 * The model's exchange up to the piece that completed what the voice was first given; undefined where none did. A word is
 * complete when something follows it.
 */
function completing({ text, fromMs, sent }: ModelExchange, voice: Exchange): Exchange | undefined {
  const given = voice.text;
  const leastLength = given.length + (/[\p{L}\p{N}]$/u.test(given) ? 1 : 0);
  const piece = sent.find((so) => so.text.startsWith(given) && so.text.length >= leastLength);
  if (piece === undefined || piece.atMs > voice.fromMs) return undefined;
  return { text, fromMs, toMs: piece.atMs };
}

function lengthOf({ fromMs, toMs }: Exchange): number {
  return toMs - fromMs;
}

function nearest<T>(all: readonly T[], distance: (one: T) => number): T | undefined {
  let best: { one: T; distance: number } | undefined;
  for (const one of all) {
    const far = distance(one);
    if (best === undefined || far < best.distance) best = { one, distance: far };
  }
  return best?.one;
}
