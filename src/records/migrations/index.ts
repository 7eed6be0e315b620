import type { Migration } from 'kysely';
import * as calls from './0001-calls.ts';
import * as events from './0002-events.ts';
import * as experiments from './0003-experiments.ts';
import * as knowledge from './0004-knowledge.ts';
import * as turnProviders from './0005-turn-providers.ts';
import * as turnVoices from './0006-turn-voices.ts';
import * as campaigns from './0007-campaigns.ts';

/**
 * All migrations, run in the order of their names. A new one is added at the end; one that was released is never
 * changed.
 */
export const migrations: Record<string, Migration> = {
  '0001-calls': calls,
  '0002-events': events,
  '0003-experiments': experiments,
  '0004-knowledge': knowledge,
  '0005-turn-providers': turnProviders,
  '0006-turn-voices': turnVoices,
  '0007-campaigns': campaigns,
};
