import { expect, it } from 'vitest';
import { readCoreJournal, replayCoreJournal, writeCoreJournal } from './replay.ts';
import type { TurnEvent } from './turn-events.ts';
import { initialTurnState, OPEN_EXPECTATION, type TurnSettings, type TurnState } from './turn-state.ts';
import { reduce } from './turn-taking.ts';

const SETTINGS: TurnSettings = {
  language: 'en-US',
  hearsVoice: true,
  watchdogMs: 4000,
  fillerAfterMs: 2500,
  decideMs: 1500,
  endpointMs: 2000,
  interruptByLengthMs: 600,
  drafts: { enabled: true, perTurn: 2, wastedPerCall: 20 },
  maxCallMs: 60_000,
};

/** One of each, so that an event that the core learns must be learnt here too. */
const ONE_OF_EACH: { [T in TurnEvent['type']]: Extract<TurnEvent, { type: T }> } = {
  'line-opened': { type: 'line-opened', atMs: 0, input: { type: 'call-started' } },
  'reply-worded': { type: 'reply-worded', atMs: 1, replyId: 1 },
  'reply-delayed': { type: 'reply-delayed', atMs: 1, replyId: 1 },
  'reply-complete': {
    type: 'reply-complete',
    atMs: 5,
    replyId: 1,
    expect: {
      ...OPEN_EXPECTATION,
      keys: { max: 1, terminator: '#', betweenMs: 3000 },
      keyterms: ['table'],
      as: { language: 'es-MX', voice: { speed: 0.9 } },
      private: true,
      keysOnly: true,
      maxTurnMs: 60_000,
      endKey: '#',
    },
  },
  'reply-audible': { type: 'reply-audible', atMs: 200, replyId: 1 },
  'speech-started': { type: 'speech-started', atMs: 900, by: 'voice', protected: false },
  'speech-continues': {
    type: 'speech-continues',
    atMs: 1000,
    lengthMs: 100,
    probability: 0.9,
    protected: false,
  },
  words: { type: 'words', atMs: 1100, text: 'a table', final: true, protected: false, remainingMs: 700 },
  'words-assessed': { type: 'words-assessed', atMs: 1100, text: 'a table', progress: 'unknown' },
  'speech-paused': { type: 'speech-paused', atMs: 1150 },
  'turn-likely': { type: 'turn-likely', atMs: 1200 },
  'draft-declined': { type: 'draft-declined', atMs: 1200, replyId: 2 },
  'turn-resumed': { type: 'turn-resumed', atMs: 1250 },
  'speech-stopped': { type: 'speech-stopped', atMs: 1300, endMs: 1100, lengthMs: 400 },
  'turn-ended': { type: 'turn-ended', atMs: 1500, speechEndMs: 1100, protected: false },
  timer: { type: 'timer', atMs: 2000, name: 'endpoint' },
  'tool-requested': { type: 'tool-requested', atMs: 2100, replyId: 3, callId: 'c', effect: 'writes' },
  'playout-idle': { type: 'playout-idle', atMs: 2200, replyId: 3, more: true },
  'recognition-lost': { type: 'recognition-lost', atMs: 2250 },
  'recognition-back': { type: 'recognition-back', atMs: 2260 },
  'recognition-behind': { type: 'recognition-behind', atMs: 2270, untold: true },
  'recognition-caught-up': { type: 'recognition-caught-up', atMs: 2280 },
  'hearing-changed': { type: 'hearing-changed', atMs: 2300, hearsVoice: false },
  'voice-started': { type: 'voice-started', atMs: 2400 },
  'voice-stopped': { type: 'voice-stopped', atMs: 2500 },
  'machine-answered': { type: 'machine-answered', atMs: 2550 },
  key: { type: 'key', atMs: 2600, digit: '1', protected: false },
  'reply-leaving': { type: 'reply-leaving', atMs: 2700, replyId: 4 },
  'line-closed': { type: 'line-closed', atMs: 3000 },
};
const EVENTS = Object.values(ONE_OF_EACH);

it('holds every event as it was', () => {
  const journal = { settings: SETTINGS, about: { seed: 1 }, events: EVENTS };
  expect(readCoreJournal(writeCoreJournal(journal))).toEqual(journal);
});

it('gives each step as the core made it', () => {
  let state: TurnState = initialTurnState(SETTINGS);
  const steps = [...replayCoreJournal({ settings: SETTINGS, about: {}, events: EVENTS })];
  for (const [index, event] of EVENTS.entries()) {
    const [after, commands] = reduce(state, event);
    expect(steps[index]).toEqual({ event, before: state, after, commands });
    state = after;
  }
  expect(state.ended).toBe(true);
});
