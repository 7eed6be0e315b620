/** What the parts of one live call share, made of what the call was given. */
import type { StereoRecording } from '../audio/recording.ts';
import { CallVoices } from './call-voices.ts';
import { type CallContext, factsOf } from './context.ts';
import type { LiveCallOptions } from './live-call-options.ts';
import { withTextMessages } from './text-messages.ts';

/** What is played is recorded on its way, and told. */
export function liveContext(
  options: LiveCallOptions,
  call: Pick<CallContext, 'signal' | 'lastExpectation'> & { recording: StereoRecording | undefined },
): CallContext {
  const { flow, session, conversation, journal, logger, line, model, voices, counters, prompts } = options;
  const { recording, signal, lastExpectation } = call;
  return {
    flow,
    conversation,
    journal,
    logger,
    model,
    voices: new CallVoices({ voices, nowMs: () => options.nowMs() }),
    tools: withTextMessages(flow.tools, options.control),
    facts: factsOf(session),
    line: {
      play: (audio, mark) => {
        recording?.agentSent(audio, options.nowMs());
        options.onProgress();
        return line.play(audio, mark);
      },
      clear: () => {
        recording?.agentCleared();
        options.onMoved();
        line.clear();
      },
    },
    signal,
    prompts,
    lastExpectation,
    nowMs: () => options.nowMs(),
    trouble: (stage, code, provider) => {
      counters.inc('callwright_provider_errors_total', { stage, provider, code });
      logger.warn({ stage, code, provider }, 'provider trouble');
      journal.add('trouble', { stage, code, provider });
    },
    switched: (stage, from = 'none', to = 'none', code) => {
      counters.inc('callwright_provider_switches_total', { stage, from, to });
      journal.add('provider-switched', { stage, from, to, ...(code === undefined ? {} : { code }) });
    },
    turnMeasured: (latency) => options.onTurn(latency),
    draftEnded: (outcome, cost) => {
      counters.inc('callwright_drafts_total', { outcome });
      if (cost.usd > 0) counters.inc('callwright_drafts_wasted_microdollars_total', {}, cost.usd * 1e6);
    },
  };
}
