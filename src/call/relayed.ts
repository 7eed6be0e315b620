/** What is different for a call whose carrier recognises and speaks by itself (a relay). */
import type { Line, RelayLine } from '../telephony/index.ts';
import type { JournalWriter } from './journal.ts';
import type { CallServices } from './live-call-options.ts';

/** Makes of a relay what a call needs: text goes where audio would, so that everything else stays as it is. */
export type RelayAdapter = (
  relay: RelayLine,
) => { line: Line } & Pick<CallServices, 'recogniser' | 'voices' | 'prompts' | 'voiceActivity'>;

/** No vendor of speech is paid for what a relay says, so none of it is written down as spoken by one. */
export function withoutVendors(journal: JournalWriter): JournalWriter {
  return {
    add: (type, data) => {
      if (type !== 'spoken') journal.add(type, data);
    },
    flush: () => journal.flush(),
  };
}
