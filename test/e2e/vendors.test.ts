/** Calls on which a vendor fails or takes its time, and then callers who do not wait for an answer. */
import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { effectTests, SLOW } from './effects.ts';
import { hangUpTests } from './hang-up.ts';
import { Programme, perform } from './programme.ts';
import { watchdogTests } from './watchdog.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
});

const environment = () => ({ DATABASE_URL: postgres.url });
// A fault meets whoever is next at its vendor, so calls that need different ones have stages of their own.
// One of these calls loses its recogniser, and the others are not to be moved to the carrier's.
const ears = new Programme(async () => ({ environment: { ...environment(), SPEECH_FALLBACK: 'none' } }));
const voice = new Programme(async () => ({ environment: environment() }));
const slow = new Programme(async () => ({ environment: environment(), delays: SLOW }));
perform(ears, voice, slow);

watchdogTests({ ears, voice });
effectTests(slow);
for (const programme of [ears, voice, slow]) programme.testLog();
// Last, for it looks at everything that runs in this process.
hangUpTests(voice);
