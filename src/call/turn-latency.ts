/** What the stages of an agent's turn took, as it is written down. */
import type { TurnLatency } from '../records/index.ts';

/** With the wait of the caller, to a tenth of a millisecond. `byKeys`: keys have no end of speech to count from. */
export function measured(latency: TurnLatency, byKeys: boolean): TurnLatency {
  const { speechEndMs, turnEndMs, firstFrameMs, firstSoundMs } = latency;
  const startMs = firstSoundMs ?? firstFrameMs;
  const fromMs = speechEndMs ?? (byKeys ? turnEndMs : undefined);
  const voiceToVoiceMs = fromMs === undefined || startMs === undefined ? undefined : startMs - fromMs;
  const stages = { ...latency, ...(voiceToVoiceMs === undefined ? {} : { voiceToVoiceMs }) };
  return Object.fromEntries(
    Object.entries(stages).map(([stage, ms]) => [stage, ms === undefined ? ms : Math.round(ms * 10) / 10]),
  );
}
