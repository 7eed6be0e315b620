import { expect, test } from 'vitest';
import { MULAW_SILENCE } from '../../src/audio/mulaw.ts';
import { compare } from './ear.ts';

const LENGTH_MS = 6000;
/** Sound from here to there in silence. */
function channel(...sounds: [fromMs: number, toMs: number][]): Uint8Array {
  const audio = new Uint8Array(LENGTH_MS * 8).fill(MULAW_SILENCE);
  for (const [fromMs, toMs] of sounds) {
    for (let at = fromMs * 8; at < toMs * 8; at++) audio[at] = at % 16 < 8 ? 0xa0 : 0x20;
  }
  return audio;
}

function turnsOf(...answers: { firstFrameMs: number; voiceToVoiceMs: number }[]) {
  const turn = { role: 'agent' as const, text: '', startMs: 0, endMs: 0, interrupted: false, node: 'talk' };
  return { turns: answers.map((latency) => ({ ...turn, latency })) };
}

test('an answer is measured from the end of the question to its own beginning, pauses left out', () => {
  const caller = channel([500, 900], [1000, 1500], [4000, 4400]);
  const agent = channel([100, 300], [2105, 2400], [2500, 3000], [4905, 5500]);
  const record = turnsOf(
    { firstFrameMs: 2100, voiceToVoiceMs: 600 },
    { firstFrameMs: 4910, voiceToVoiceMs: 510 },
  );
  expect(compare({ caller, agent, lengthMs: LENGTH_MS }, record)).toEqual({
    compared: [
      { ear: 605, service: 600 },
      { ear: 505, service: 510 },
    ],
    unmatched: 0,
  });
});

test('an answer that nobody can hear is missed, not made up', () => {
  const record = turnsOf({ firstFrameMs: 2100, voiceToVoiceMs: 600 });
  const recording = { caller: channel([500, 1500]), agent: channel([5000, 5500]), lengthMs: LENGTH_MS };
  expect(compare(recording, record)).toEqual({ compared: [], unmatched: 1 });
});
