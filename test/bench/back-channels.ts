/**
 * Callers who say "uh-huh", cough, breathe or type while the agent speaks: how soon it is audible again, and whether
 * anything of what it says is lost, said twice or made in vain.
 */

import { isAudible } from '../../src/sandbox/audible.ts';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { FRAME_BYTES, FRAME_MS } from '../../src/telephony/index.ts';
import { type Figure, type PartReport, plainFigure, timesFigure } from './figures.ts';
import { heardWords, type Said } from './heard-audio.ts';
import { isLecture, LECTURES, type Lecture, rehearse } from './lectures.ts';
import { breathSound, coughSound, keyboardSound } from './sounds.ts';
import { type FinishedCall, type FlowName, Stage, together } from './stage.ts';
import type { VendorTap } from './vendor-tap.ts';

const WORDS = ['uh-huh', 'okay', 'yeah', 'mm-hmm', 'right', 'I see'];
const NOISES = [
  { name: 'a cough', audio: coughSound(1) },
  { name: 'a breath', audio: breathSound(2) },
  { name: 'a keyboard', audio: keyboardSound(3) },
  { name: 'another cough', audio: coughSound(4) },
];
/** How long the agent has been speaking when a sound comes: far enough from the one before. */
const BETWEEN_MS = 1700;
const ANSWERS_A_CALL = 2;
const SOUNDS_AN_ANSWER = 3;
/** A sound makes the agent yield within this time of its end, or not at all. */
const YIELD_WITHIN_MS = 600;
const AUDIBLE_GOAL_MS = 500;
/** Where the agent is not audible for so long after a sound, it is not audible again. */
const LATEST_MS = 10_000;
/** Slow enough for model and voice to be at work for most of an answer. */
const SLOW = { anthropic: { tokensPerSecond: 12 }, cartesia: { realTimeFactor: 1.5 } };

interface Sound {
  text: string;
  yielded: boolean;
  /** From its end to the agent being audible again; 0 where the agent never stopped. */
  againMs: number;
}

interface Found {
  sounds: Sound[];
  lost: string[];
  doubled: string[];
  answers: number;
  broken: number;
  stuck: string | undefined;
}

export async function measureBackChannels(signal: AbortSignal): Promise<PartReport> {
  const flows = ['lectureFlux', 'lectureNova'] as const;
  const found = (await together(flows.map((flow) => listenTo(flow, signal)))).flat();
  const sounds = found.flatMap((one) => one.sounds);
  const figures: Figure[] = [
    ...[
      { name: 'after words', isOne: (text: string) => WORDS.includes(text) },
      { name: 'after noises', isOne: (text: string) => !WORDS.includes(text) },
    ].map(({ name, isOne }) => {
      const times = sounds
        .filter(({ text, yielded }) => yielded && isOne(text))
        .map(({ againMs }) => againMs);
      return timesFigure(`audible again ${name}`, times, { of: 'most', atMost: AUDIBLE_GOAL_MS });
    }),
    plainFigure('sounds that made the agent yield', sounds.filter(({ yielded }) => yielded).length, {
      count: sounds.length,
    }),
    count(
      'words lost',
      found.flatMap(({ lost }) => lost),
    ),
    count(
      'words said twice',
      found.flatMap(({ doubled }) => doubled),
    ),
    plainFigure('answers not heard to their end', missing(found), {
      count: found.length * ANSWERS_A_CALL,
      atMost: 0,
    }),
    plainFigure(
      'requests broken off',
      found.reduce((sum, { broken }) => sum + broken, 0),
      { atMost: 0 },
    ),
  ];
  return {
    part: 'back-channels and coughs',
    figures,
    notes: [
      `Said: ${WORDS.join(', ')}. Made: ${NOISES.map(({ name }) => name).join(', ')}. Half of the calls with Flux, half with Nova.`,
      'Words lost and said twice are found by the sound of the recording at the caller’s ear.',
      ...found.flatMap(({ stuck }) => (stuck === undefined ? [] : [`A caller waited in vain: ${stuck}`])),
      ...sounds
        .filter(({ againMs }) => againMs > AUDIBLE_GOAL_MS)
        .map(
          ({ text, againMs }) =>
            `Late: ${againMs >= LATEST_MS ? 'never' : `${againMs.toFixed(0)} ms`} after "${text}".`,
        ),
      ...list(
        'Lost',
        found.flatMap(({ lost }) => lost),
      ),
      ...list(
        'Said twice',
        found.flatMap(({ doubled }) => doubled),
      ),
    ],
  };
}

async function listenTo(flow: FlowName, signal: AbortSignal): Promise<Found[]> {
  await using stage = await Stage.start({ delays: SLOW, tapped: true, signal });
  await rehearse(stage, flow);
  // Awaited here, while the stage stands.
  return await together(
    LECTURES.map(async (lecture, index) => {
      const finished = await stage.call(flow, { steps: steps(lecture, index) });
      return found(finished, lecture, stage.tap);
    }),
  );
}

function steps({ question }: Lecture, index: number): CallerScriptInput['steps'] {
  let next = index * 4;
  const sound = (): CallerScriptInput['steps'][number] => {
    const when = { agentSpokeMs: BETWEEN_MS };
    const at = next++ % (WORDS.length + NOISES.length);
    const noise = NOISES[at - WORDS.length];
    return noise === undefined ? { say: WORDS[at] ?? '', when } : { play: noise, when };
  };
  const answers = Array.from({ length: ANSWERS_A_CALL }, () => [
    { say: question },
    ...Array.from({ length: SOUNDS_AN_ANSWER }, sound),
  ]);
  return [...answers.flat(), { hangUp: true }];
}

function found({ call, record, stuck }: FinishedCall, lecture: Lecture, tap: VendorTap | undefined): Found {
  const exchanges = tap?.voice.filter((one) => isLecture(one, lecture)) ?? [];
  const said = exchanges.find(({ doneMs, cancelledMs }) => doneMs !== undefined && cancelledMs === undefined);
  const whole: Said | undefined =
    said === undefined ? undefined : { audio: Buffer.concat(said.audio), words: said.words };
  const turns = record.turns.filter((turn) => turn.role === 'agent' && turn.text.includes(lecture.begins));
  const broken =
    exchanges.filter(({ cancelledMs }) => cancelledMs !== undefined).length +
    (tap?.model.filter((one) => one.said.includes(lecture.question) && one.abortedMs !== undefined).length ??
      0);
  const wholeTurns = turns.filter(({ generated, interrupted }) => generated === undefined && !interrupted);
  const heard =
    whole === undefined
      ? { lost: ['everything'], doubled: [] }
      : merge(answersIn(call, lecture).map((audio) => heardWords(audio, whole)));
  return {
    sounds: soundsIn(call, lecture),
    ...heard,
    answers: wholeTurns.length,
    broken,
    stuck,
  };
}

function merge(all: ReturnType<typeof heardWords>[]): ReturnType<typeof heardWords> {
  return { lost: all.flatMap(({ lost }) => lost), doubled: all.flatMap(({ doubled }) => doubled) };
}

/** What the caller's ear got after each of the questions. */
function answersIn(call: SandboxCall, { question }: Lecture): Uint8Array[] {
  const asked = call.timeline.ofType('said').filter(({ text }) => text === question);
  const { agent } = call.recording;
  return asked.map(({ atMs }, i) => {
    const to = asked[i + 1]?.startedAtMs;
    return agent.subarray(
      frameAt(call, atMs) * FRAME_BYTES,
      to === undefined ? undefined : frameAt(call, to) * FRAME_BYTES,
    );
  });
}

function soundsIn(call: SandboxCall, { question }: Lecture): Sound[] {
  const clears = call.timeline.ofType('clear-received');
  return call.timeline
    .ofType('said')
    .filter(({ text }) => text !== question)
    .map(({ text, startedAtMs, atMs }) => {
      const clear = clears.find((one) => one.atMs > startedAtMs && one.atMs < atMs + YIELD_WITHIN_MS);
      if (clear === undefined) return { text, yielded: false, againMs: 0 };
      return { text, yielded: true, againMs: audibleAfter(call, clear.atMs) - atMs };
    });
}

/** When the agent can be heard again after it was silenced. */
function audibleAfter(call: SandboxCall, atMs: number): number {
  const { agent, startedAtMs = 0 } = call.recording;
  // What was playing at the time is played to the end of its frame.
  for (let frame = frameAt(call, atMs) + 1; frame * FRAME_BYTES < agent.length; frame++) {
    const frameMs = startedAtMs + frame * FRAME_MS;
    if (frameMs - atMs > LATEST_MS) break;
    if (isAudible(agent.subarray(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES))) return frameMs;
  }
  return atMs + LATEST_MS;
}

function frameAt({ recording: { startedAtMs = 0 } }: SandboxCall, atMs: number): number {
  return Math.max(0, Math.ceil((atMs - startedAtMs) / FRAME_MS));
}

function missing(found: readonly Found[]): number {
  return found.reduce((sum, { answers }) => sum + Math.max(0, ANSWERS_A_CALL - answers), 0);
}

function count(name: string, words: readonly string[]): Figure {
  return plainFigure(name, words.length, { atMost: 0 });
}

function list(title: string, words: readonly string[]): string[] {
  return words.length === 0 ? [] : [`${title}: ${words.slice(0, 20).join(', ')}.`];
}
