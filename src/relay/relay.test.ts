/** A reply's playout over a relay, as a call uses it: the real line, voice and playout, and a carrier that is made up. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Playout } from '../audio/playout.ts';
import type { SttEvent } from '../stt/index.ts';
import type { LineEvent, RelayEvent, RelayLine } from '../telephony/index.ts';
import { openRelay } from './index.ts';

class Carrier implements RelayLine {
  readonly streamId = 'VX1';
  readonly callSid = 'CA1';
  readonly parameters = { language: 'en-US' };
  readonly told: { text: string; isLast: boolean }[] = [];
  readonly understood: string[] = [];
  hasEnded = false;
  tell: (event: RelayEvent) => void = () => undefined;

  listen(listener: (event: RelayEvent) => void): void {
    this.tell = listener;
  }
  say(text: string, { isLast }: { isLast: boolean }): void {
    this.told.push({ text, isLast });
  }
  understand(language: string): void {
    this.understood.push(language);
  }
  end(): void {
    this.hasEnded = true;
    this.tell({ type: 'closed', reason: 'closed-here' });
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

async function open() {
  const carrier = new Carrier();
  const { line, recogniser, voice } = openRelay(carrier);
  const over = new AbortController();
  const heard: SttEvent[] = [];
  const events: string[] = [];
  const playout = new Playout(line, {
    audible: () => events.push('audible'),
    sounds: () => undefined,
    idle: () => events.push('idle'),
  });
  const lineEvents: LineEvent[] = [];
  line.listen((event) => {
    lineEvents.push(event);
    if (event.type === 'played') playout.played(event.mark);
    if (event.type === 'stopped') playout.stopped(event.mark, event.unheardBytes);
  });
  const ear = recogniser.open({ language: 'en-US', signal: over.signal });
  void (async () => {
    for await (const event of ear) heard.push(event);
  })();
  const words: { text: string; endMs: number }[] = [];

  return {
    carrier,
    line,
    playout,
    heard,
    events,
    lineEvents,
    recogniser,
    signal: over.signal,
    /** Says these texts in one stream; `isOpen`: more may follow. */
    async say(texts: string[], { isOpen = false } = {}) {
      const stream = voice.open({ language: 'en-US', signal: over.signal });
      for (const text of texts) stream.say(text);
      if (!isOpen) stream.end();
      const reading = (async () => {
        for await (const event of stream) {
          if (event.type === 'word') words.push(event);
          if (event.type === 'audio') playout.append(event.audio);
        }
      })();
      if (!isOpen) await reading;
      await vi.advanceTimersByTimeAsync(0);
      return stream;
    },
    /** The words heard by now. */
    get wordsHeard() {
      const heardMs = playout.heardMs();
      return words.filter(({ endMs }) => endMs <= heardMs).map(({ text }) => text);
    },
  };
}

const SENTENCES = ['We open at nine in the morning.', ' We close at five.'];

describe('what the agent says', () => {
  it('goes to the carrier a passage at a time, each before its time, and the last one says so', async () => {
    const call = await open();
    await call.say(SENTENCES);
    expect(call.carrier.told).toEqual([{ text: SENTENCES[0], isLast: false }]);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(call.carrier.told).toEqual([
      { text: SENTENCES[0], isLast: false },
      { text: SENTENCES[1], isLast: true },
    ]);
    expect(call.events).toEqual(['audible', 'idle']);
  });

  it('is finished later where only then it is known to have been all', async () => {
    const call = await open();
    const stream = await call.say(['One moment.'], { isOpen: true });
    expect(call.carrier.told).toEqual([{ text: 'One moment.', isLast: false }]);
    stream.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(call.carrier.told.at(-1)).toEqual({ text: '', isLast: true });
  });

  it('was heard to the word that the carrier says, whatever the clock said', async () => {
    const call = await open();
    await call.say(SENTENCES);
    await vi.advanceTimersByTimeAsync(300);
    // A voice that is much faster than was thought.
    call.carrier.tell({ type: 'interrupted', heard: 'We open at nine in the' });
    call.playout.pause();
    expect(call.wordsHeard).toEqual(['We', 'open', 'at', 'nine', 'in', 'the']);

    const slow = await open();
    await slow.say(SENTENCES);
    await vi.advanceTimersByTimeAsync(2500);
    slow.carrier.tell({ type: 'interrupted', heard: 'We op' });
    slow.playout.pause();
    expect(slow.wordsHeard).toEqual(['We']);
  });

  it('goes on from the first word not heard when the interruption was nothing', async () => {
    const call = await open();
    await call.say(SENTENCES);
    await vi.advanceTimersByTimeAsync(1000);
    call.carrier.tell({ type: 'interrupted', heard: 'We open at' });
    call.playout.pause();
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.carrier.told).toHaveLength(1);
    call.playout.resume();
    await vi.advanceTimersByTimeAsync(200);
    expect(call.carrier.told[1]).toEqual({ text: ' nine in the morning.', isLast: false });
  });

  it('goes on by itself where nobody yields to the interruption, as over a legal notice', async () => {
    const call = await open();
    await call.say(['This call is recorded.']);
    await vi.advanceTimersByTimeAsync(800);
    call.carrier.tell({ type: 'interrupted', heard: 'This call' });
    expect(call.carrier.told).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(call.carrier.told[1]).toEqual({ text: ' is recorded.', isLast: true });
  });

  it('is over at once when the carrier has said all of it, or the caller answers without interrupting', async () => {
    const call = await open();
    await call.say(['How can I help you today?']);
    call.carrier.tell({ type: 'speaking', who: 'agent', isSpeaking: true });
    call.carrier.tell({ type: 'speaking', who: 'agent', isSpeaking: false });
    await vi.advanceTimersByTimeAsync(100);
    expect(call.events).toEqual(['audible', 'idle']);

    const other = await open();
    await other.say(['How can I help you today?']);
    other.carrier.tell({ type: 'said', text: 'Hello.', isLast: true });
    expect(other.events).toEqual(['audible', 'idle']);
  });

  it('was interrupted where it fell silent, even if that is told first', async () => {
    const call = await open();
    await call.say(SENTENCES);
    call.carrier.tell({ type: 'speaking', who: 'agent', isSpeaking: false });
    call.carrier.tell({ type: 'interrupted', heard: 'We open' });
    call.carrier.tell({ type: 'key', digit: '1' });
    call.playout.pause();
    await vi.advanceTimersByTimeAsync(300);
    expect(call.wordsHeard).toEqual(['We', 'open']);
    // A key silenced it, and nobody is held to be speaking.
    expect(call.heard).toMatchObject([{ type: 'speech-started' }]);
  });

  it('is not cut by an interruption of something long gone', async () => {
    const call = await open();
    await call.say(['Welcome to the practice.']);
    await vi.advanceTimersByTimeAsync(500);
    call.playout.cancel();
    await vi.advanceTimersByTimeAsync(10);
    call.carrier.tell({ type: 'interrupted', heard: 'Welcome to' });
    expect(call.lineEvents.filter(({ type }) => type === 'stopped')).toEqual([]);
  });
});

describe('what the caller says', () => {
  it('is words and the end of a turn', async () => {
    const call = await open();
    call.carrier.tell({ type: 'said', text: ' Two tickets. ', isLast: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(call.heard).toMatchObject([
      { type: 'final', text: 'Two tickets.', confidence: 1 },
      { type: 'turn-ended' },
    ]);
  });

  it('keeps the agent waiting from its beginning on, and for a while after it fell silent', async () => {
    const call = await open();
    call.carrier.tell({ type: 'said', text: 'Two', isLast: false });
    await vi.advanceTimersByTimeAsync(1000);
    const before = call.heard.length;
    expect(before).toBeGreaterThan(3);
    expect(call.heard.every(({ type }) => type === 'speech-started')).toBe(true);
    call.carrier.tell({ type: 'speaking', who: 'caller', isSpeaking: false });
    await vi.advanceTimersByTimeAsync(5000);
    const after = call.heard.length;
    await vi.advanceTimersByTimeAsync(5000);
    expect(call.heard).toHaveLength(after);
  });

  it('is understood in another language from when the flow speaks it', async () => {
    const call = await open();
    call.recogniser.open({ language: 'es-ES', signal: call.signal });
    expect(call.carrier.understood).toEqual(['es-ES']);
  });

  it('leaves no timer when the line is closed', async () => {
    const call = await open();
    await call.say(SENTENCES);
    call.carrier.tell({ type: 'said', text: 'Two', isLast: false });
    call.playout.cancel();
    call.line.close();
    expect(call.carrier.hasEnded).toBe(true);
    expect(call.lineEvents.at(-1)).toEqual({ type: 'closed', reason: 'closed-here' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
