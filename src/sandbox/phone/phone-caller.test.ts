import { beforeEach, describe, expect, it } from 'vitest';
import { rms } from '../../audio/mulaw.ts';
import type { Speech } from '../../tts/flite/index.ts';
import type { CallerEvent, Handset, SpokenFrame } from './caller.ts';
import type { CallerScriptInput } from './caller-script.ts';
import { PhoneCaller } from './phone-caller.ts';

const FRAME = 160;
const SILENCE = new Uint8Array(FRAME).fill(0xff);
/** A square wave at about -12 dBFS. */
const LOUD = Uint8Array.from({ length: FRAME }, (_, i) => (i % 16 < 8 ? 0xa0 : 0x20));

/** 40 ms of silence, then 20 ms of sound a letter, then 100 ms of silence. */
function speechOf(text: string): Speech {
  const frames = [
    SILENCE,
    SILENCE,
    ...Array.from(text, () => LOUD),
    ...Array.from({ length: 5 }, () => SILENCE),
  ];
  return { audio: Uint8Array.from(frames.flatMap((frame) => [...frame])), words: [] };
}

/** A caller in virtual time: nothing waits, so half an hour of call takes no time. */
class Conversation {
  readonly events: CallerEvent[] = [];
  readonly said: SpokenFrame[] = [];
  readonly registered: Speech[] = [];
  readonly pressed: string[] = [];
  readonly caller: PhoneCaller;
  hungUpAtMs: number | undefined;
  atMs = 1000;

  private constructor(script: CallerScriptInput) {
    this.caller = new PhoneCaller(script, {
      voice: { speak: async (text) => speechOf(text) },
      knownSpeech: { register: (speech) => this.registered.push(speech) },
    });
  }

  static async with(
    steps: CallerScriptInput['steps'],
    options: Partial<CallerScriptInput> = {},
  ): Promise<Conversation> {
    const conversation = new Conversation({ steps, ...options });
    await conversation.caller.prepare();
    const handset: Handset = {
      press: (digit) => conversation.pressed.push(digit),
      hangUp: () => {
        conversation.hungUpAtMs ??= conversation.atMs;
        conversation.caller.ended();
      },
      report: (event) => conversation.events.push(event),
    };
    conversation.caller.answered(handset, conversation.atMs);
    return conversation;
  }

  agentSpeaks(durationMs: number): this {
    return this.#pass(durationMs, LOUD);
  }

  quiet(durationMs: number): this {
    return this.#pass(durationMs, SILENCE);
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  #pass(durationMs: number, audio: Uint8Array): this {
    for (let i = 0; i < durationMs / 20; i++) {
      this.said.push(
        this.caller.tick({ audio, playing: audio !== SILENCE, receivedAtMs: this.atMs - 7 }, this.atMs),
      );
      this.atMs += 20;
    }
    return this;
  }
}

describe('a caller who waits for the agent', () => {
  it('says nothing before the agent has spoken, then speaks after 700 ms of silence', async () => {
    const talk = await Conversation.with([{ say: 'hello' }]);
    talk.quiet(3000);
    expect(talk.types()).toEqual([]);
    talk.agentSpeaks(1000).quiet(680);
    expect(talk.types()).toEqual(['heard-agent-start']);
    talk.quiet(400);
    expect(talk.types()).toEqual(['heard-agent-start', 'heard-agent-end', 'saying', 'said']);

    const [start, end, saying, said] = talk.events;
    expect(start).toEqual({ type: 'heard-agent-start', atMs: 4000, receivedAtMs: 3993 });
    expect(end).toEqual({ type: 'heard-agent-end', atMs: 5700, startedAtMs: 4000, lastAudibleAtMs: 5000 });
    // The first audible frame follows 40 ms of silence in the speech; "hello" has five.
    expect(saying).toEqual({ type: 'saying', atMs: 5740, text: 'hello' });
    expect(said).toEqual({ type: 'said', atMs: 5820, startedAtMs: 5740, text: 'hello' });
    expect(talk.registered).toHaveLength(1);
  });

  it('is not misled by a pause between words', async () => {
    const talk = await Conversation.with([{ say: 'hello' }]);
    talk.agentSpeaks(500).quiet(600).agentSpeaks(500).quiet(600);
    expect(talk.types()).toEqual(['heard-agent-start']);
  });

  it('waits for an answer to what was said, not for the rest of what the agent was saying', async () => {
    const talk = await Conversation.with([{ say: 'one', when: { afterMs: 0 } }, { say: 'two' }]);
    talk.agentSpeaks(160).quiet(2000);
    expect(talk.types().filter((type) => type === 'said')).toHaveLength(1);
    talk.agentSpeaks(400).quiet(1000);
    expect(talk.types().filter((type) => type === 'said')).toHaveLength(2);
  });

  it('takes as much silence as the script says', async () => {
    const talk = await Conversation.with([{ say: 'hello' }], { quietMs: 2000 });
    talk.agentSpeaks(500).quiet(1900);
    expect(talk.types()).not.toContain('saying');
    talk.quiet(300);
    expect(talk.types()).toContain('saying');
  });

  it('can let its turn pass', async () => {
    const talk = await Conversation.with([{ silence: true }, { wait: 500 }, { say: 'here I am' }]);
    talk.agentSpeaks(500).quiet(3000);
    expect(talk.types()).not.toContain('saying');
    talk.agentSpeaks(500).quiet(1000);
    expect(talk.types()).toContain('said');
  });
});

describe('a caller who interrupts', () => {
  it('speaks over the agent, and hears its answer as another say even after a short gap', async () => {
    const talk = await Conversation.with([{ say: 'stop', when: { agentSpokeMs: 1200 } }, { hangUp: true }]);
    talk.agentSpeaks(1180);
    expect(talk.types()).toEqual(['heard-agent-start']);
    talk.agentSpeaks(140).quiet(200);
    expect(talk.types()).toEqual(['heard-agent-start', 'saying', 'said', 'heard-agent-end']);
    talk.agentSpeaks(800).quiet(680);
    expect(talk.hungUpAtMs).toBeUndefined();
    talk.quiet(40);
    expect(talk.types().slice(4)).toEqual(['heard-agent-start', 'heard-agent-end']);
    expect(talk.hungUpAtMs).toBeDefined();
  });
});

describe('a caller who plays audio', () => {
  const audio = Uint8Array.from([...SILENCE, ...LOUD, ...LOUD, ...SILENCE, ...SILENCE.subarray(0, 40)]);

  it('sends it as it is, to the end of its last frame, and tells when it could be heard', async () => {
    const talk = await Conversation.with([{ play: { name: 'a cough', audio }, when: { afterMs: 0 } }]);
    talk.quiet(100);
    const sent = talk.said.slice(0, 5).flatMap((frame) => [...frame.audio]);
    expect(sent).toEqual([...audio, ...SILENCE.subarray(40)]);
    expect(talk.events).toEqual([
      { type: 'saying', atMs: 1020, text: 'a cough' },
      { type: 'said', atMs: 1040, startedAtMs: 1020, text: 'a cough' },
    ]);
  });

  it('has it known to recognisers with its words, as no speech, or not at all', async () => {
    const words = [{ text: 'hello', startMs: 20, endMs: 60 }];
    const cases = [
      { sound: { words }, known: [words] },
      { sound: { words: [] }, known: [[]] },
      { sound: {}, known: [] },
    ];
    for (const { sound, known } of cases) {
      const play = { name: 'a sound', audio, ...sound };
      const talk = await Conversation.with([{ play, when: { afterMs: 0 } }]);
      talk.quiet(100);
      expect(talk.registered.map((speech) => speech.words)).toEqual(known);
    }
  });

  it('is done also with what is too soft to be heard', async () => {
    const play = { name: 'a breath', audio: SILENCE };
    const talk = await Conversation.with([
      { play, when: { afterMs: 0 } },
      { hangUp: true, when: { afterMs: 0 } },
    ]);
    talk.quiet(100);
    expect(talk.types()).toEqual(['saying', 'said']);
    expect(talk.hungUpAtMs).toBeDefined();
  });

  it('must have a caller script that gives it audio', async () => {
    await expect(
      Conversation.with([{ play: { name: 'nothing', audio: new Uint8Array(0) } }]),
    ).rejects.toThrow('steps[0].play.audio');
  });
});

describe('keys', () => {
  it('are pressed one after the other', async () => {
    const talk = await Conversation.with([{ press: '12#', when: { agentSpokeMs: 300 } }]);
    talk.agentSpeaks(340);
    expect(talk.pressed).toEqual(['1']);
    talk.agentSpeaks(600);
    expect(talk.pressed).toEqual(['1', '2', '#']);
    expect(talk.types().filter((type) => type === 'pressed')).toHaveLength(3);
  });
});

describe('a caller who waits in vain', () => {
  it('hangs up and names the step', async () => {
    const talk = await Conversation.with([{ wait: 100_000 }, { press: '1' }], { stepTimeoutMs: 5000 });
    talk.quiet(100_000 + 4900);
    expect(talk.hungUpAtMs).toBeUndefined();
    talk.quiet(200);
    expect(talk.events).toEqual([{ type: 'stuck', atMs: expect.any(Number), step: 'step 2 (press 1)' }]);
    expect(talk.hungUpAtMs).toBeDefined();
  });

  it('does so too when the agent never hangs up after the last step', async () => {
    const talk = await Conversation.with([], { stepTimeoutMs: 5000 });
    talk.agentSpeaks(6000);
    expect(talk.events.at(-1)).toMatchObject({ type: 'stuck', step: 'the agent was to hang up' });
  });
});

describe('what a silent caller sends', () => {
  let frames: SpokenFrame[];

  beforeEach(async () => {
    frames = (await Conversation.with([])).quiet(4000).said;
  });

  it('is the room: never digital silence, far below speech, and its base64 fits', () => {
    for (const { audio, payload } of frames) {
      expect(audio).toHaveLength(FRAME);
      expect(rms(audio)).toBeGreaterThan(5);
      expect(rms(audio)).toBeLessThan(40);
      expect(Buffer.from(payload, 'base64').equals(audio)).toBe(true);
    }
  });

  it('is another room where the script brings one, over and over', async () => {
    const room = Uint8Array.from([...LOUD, ...SILENCE, ...SILENCE]);
    const { said } = (await Conversation.with([], { room })).quiet(120);
    expect(said.map(({ audio }) => rms(audio) > 1000)).toEqual([true, false, false, true, false, false]);
  });

  it('is the same in every run, and another for another seed', async () => {
    const again = (await Conversation.with([])).quiet(4000).said;
    const other = (await Conversation.with([], { seed: 2 })).quiet(4000).said;
    expect(again.map(({ payload }) => payload)).toEqual(frames.map(({ payload }) => payload));
    expect(other.map(({ payload }) => payload)).not.toEqual(frames.map(({ payload }) => payload));
  });
});

it('a voice without a sound is an error before the call, not a caller who never finishes', async () => {
  const voice = { speak: async () => ({ audio: SILENCE, words: [] }) };
  const caller = new PhoneCaller(
    { steps: [{ say: '...' }] },
    { voice, knownSpeech: { register: () => undefined } },
  );
  await expect(caller.prepare()).rejects.toThrow('no sound');
});
