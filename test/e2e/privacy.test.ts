/** A card number by key: what the caller keys and says meanwhile is nowhere afterwards. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Programme, perform } from './programme.ts';
import { soundsOf } from './recording.ts';

const CARD = '4111111111111111';
const MISTYPED = '4111111111111112';

const embedded = new Programme();
perform(embedded);

describe('a sensitive number by key', () => {
  const ended = embedded.call({
    to: 'card',
    steps: [
      { say: 'My secret word is pineapple.' },
      { press: `${MISTYPED}#`, when: { afterMs: 500 } },
      { press: `${CARD}#` },
      { press: '1' },
      { say: 'Yes.' },
    ],
  });

  it('is taken, and masked in the record', async () => {
    const { record } = await ended();
    expect(record).toMatchObject({
      outcome: 'completed',
      result: 'paid',
      slots: { card: '•••• 1111', receipt: true },
    });
    const caller = record.turns.filter(({ role }) => role === 'caller');
    expect(caller.map(({ text, keys }) => keys ?? text)).toEqual([
      '(sensitive)',
      '(sensitive)',
      '(sensitive)',
      expect.stringMatching(/yes/i),
    ]);
  });

  it('is in no file, and neither in the log', async () => {
    const { stage, record } = await ended();
    const kept = [JSON.stringify(record), stage.log];
    for (const file of await readdir(stage.folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      // A record leaves the outbox once the database has it, perhaps at this moment.
      kept.push(await readFile(join(file.parentPath, file.name), 'latin1').catch(() => ''));
    }
    const found = [CARD, MISTYPED, CARD.slice(0, 12), 'pineapple'].filter((secret) =>
      kept.some((text) => text.includes(secret)),
    );
    expect(found).toEqual([]);
  });

  it('is not in the recording: the caller is heard only with the last answer', async () => {
    const { stage, call } = await ended();
    const { caller, agent, lengthMs } = await stage.recording(call.sid);
    const sounds = soundsOf(caller);
    expect(sounds).toHaveLength(1);
    expect(sounds[0]?.startMs).toBeGreaterThan(lengthMs / 2);
    expect(soundsOf(agent).length).toBeGreaterThan(2);
  });
});
