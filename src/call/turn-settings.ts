/** What a flow's settings mean to the turn-taking core. */
import type { FlowSettings } from '../flows/index.ts';
import type { TurnSettings } from './turn-state.ts';

/** The recogniser's own utterance end comes so much sooner, where it works. */
const UTTERANCE_END_GRACE_MS = 1000;

/** `hearsVoice`: voice activity is told from audio. */
export function turnSettings(settings: FlowSettings, hearsVoice: boolean): TurnSettings {
  const { language, timing, recognition, turnTaking } = settings;
  return {
    language,
    hearsVoice,
    watchdogMs: timing.watchdogMs,
    fillerAfterMs: turnTaking.fillerAfterMs,
    maxCallMs: timing.maxCallMs,
    decideMs: timing.bargeInDecideMs,
    endpointMs: recognition.utteranceEndMs + UTTERANCE_END_GRACE_MS,
    interruptByLengthMs: turnTaking.interruptByLengthMs,
    drafts: turnTaking.drafts,
  };
}
