/** Counts what happens on the telephone side. Names and labels: {@link TELEPHONY_COUNTERS}. Never throws. */
export interface Counters {
  inc(name: string, labels?: Record<string, string>): void;
}

/** Every counter of this room, for whoever registers metrics. Label values are from small, fixed sets. */
export const TELEPHONY_COUNTERS = {
  telephony_refused_total: {
    help: 'Requests refused because they did not prove to come from our Twilio account.',
    labels: ['entrance', 'reason'],
  },
  telephony_webhooks_total: {
    help: 'Verified Twilio webhooks, by route and how they were answered.',
    labels: ['route', 'outcome'],
  },
  telephony_stream_faults_total: {
    help: 'Media stream messages or streams that were not as they should be, by fault.',
    labels: ['fault'],
  },
  telephony_streams_opened_total: { help: 'Media stream sockets accepted.', labels: [] },
  telephony_streams_closed_total: { help: 'Media stream sockets ended, by reason.', labels: ['reason'] },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;
