import { describe, expect, test } from 'vitest';
import type { ReceptionSettings } from '../flows/index.ts';
import { AdmissionDesk, type AdmissionOptions, type Applicant, decide, type Load } from './admission.ts';

const whenBusy: ReceptionSettings['whenBusy'] = {
  do: 'wait',
  say: 'Please wait.',
  goodbye: 'Goodbye.',
  mostWaitMs: 60_000,
};
const transfer = { to: '+15550123', timeoutSec: 30 };
const idle: Load = { liveCalls: 0, expectedCalls: 0, waitingCalls: 0, isLate: false };
const first: Applicant = { whenBusy, isWaiting: false, waitedMs: 0, round: 0 };

describe('a new call', () => {
  test.each<[string, Partial<Load>, number | undefined, Partial<Applicant>, string]>([
    ['without a limit is answered', { liveCalls: 10_000 }, undefined, {}, 'answer'],
    ['below the limit is answered', { liveCalls: 2 }, 3, {}, 'answer'],
    ['at the limit waits', { liveCalls: 3 }, 3, {}, 'wait'],
    [
      'waits for those that are answered and not there yet',
      { liveCalls: 1, expectedCalls: 2 },
      3,
      {},
      'wait',
    ],
    ['waits behind those that wait', { liveCalls: 2, waitingCalls: 1 }, 3, {}, 'wait'],
    ['that waits is before new ones', { liveCalls: 2, waitingCalls: 9 }, 3, { isWaiting: true }, 'answer'],
    ['waits while the process is late, limit or not', { isLate: true }, undefined, {}, 'wait'],
    [
      'is not put into a line that is too long',
      { isLate: true, waitingCalls: 1_000 },
      undefined,
      {},
      'refuse',
    ],
    ['that has waited too long is told so', { liveCalls: 3 }, 3, { waitedMs: 60_000 }, 'refuse'],
    [
      'that has waited too long is transferred where the flow says to whom',
      { liveCalls: 3 },
      3,
      { waitedMs: 60_000, whenBusy: { ...whenBusy, transfer } },
      'transfer',
    ],
    [
      'is transferred at once where the flow says so',
      { liveCalls: 3 },
      3,
      { whenBusy: { ...whenBusy, do: 'transfer', transfer } },
      'transfer',
    ],
    [
      'is refused at once where the flow says so',
      { liveCalls: 3 },
      3,
      { whenBusy: { ...whenBusy, do: 'apologise' } },
      'refuse',
    ],
    [
      'goes to another node where the flow says so',
      { liveCalls: 3 },
      3,
      { round: 4, whenBusy: { ...whenBusy, do: 'elsewhere' } },
      'elsewhere',
    ],
    [
      'waits in line once no other node had room',
      { liveCalls: 3 },
      3,
      { round: 5, whenBusy: { ...whenBusy, do: 'elsewhere' } },
      'wait',
    ],
  ])('%s', (_, load, most, applicant, decision) => {
    expect(decide({ ...idle, ...load }, most, { ...first, ...applicant })).toBe(decision);
  });
});

describe('the desk of admissions', () => {
  const reception = { fallback: { say: 'Sorry.', goodbye: 'Bye.', transfer }, whenBusy };
  const flows: AdmissionOptions['flows'] = {
    forNumber: (number) => (number === '+1' ? { settings: { language: 'de-DE', reception } } : undefined),
  };
  function open(options: Partial<AdmissionOptions> = {}) {
    const counted: string[] = [];
    const clock = { nowMs: 1_000_000, liveCalls: 0 };
    const desk = new AdmissionDesk({
      flows,
      mostLiveCalls: 1,
      liveCalls: () => clock.liveCalls,
      isLate: () => false,
      isAlone: () => false,
      storesAway: () => false,
      counters: { inc: (_, labels) => void counted.push(labels['decision'] ?? '') },
      now: () => clock.nowMs,
      ...options,
    });
    const ask = (callSid: string, more: { direction?: 'outbound'; to?: string; round?: number } = {}) =>
      desk.admit({ callSid, to: '+1', direction: 'inbound', waitingSinceMs: undefined, round: 0, ...more })
        .type;
    return { desk, ask, counted, clock };
  }

  test('counts a call from its answer on, and once', () => {
    const { desk, ask, counted, clock } = open();
    expect(ask('CA1')).toBe('answer');
    // The carrier repeats its request.
    expect(ask('CA1')).toBe('answer');
    expect(ask('CA2')).toBe('wait');
    desk.carried('CA1');
    clock.liveCalls = 1;
    expect(ask('CA2')).toBe('wait');
    clock.liveCalls = 0;
    // Who waits comes before who is new.
    expect(ask('CA3')).toBe('wait');
    expect(ask('CA2')).toBe('answer');
    expect(ask('CA3')).toBe('wait');
    expect(counted).toEqual(['answer', 'answer', 'wait', 'wait', 'wait', 'answer', 'wait']);
  });

  test('gives the place of a call back whose media never comes, and of one that waits no more', () => {
    const { desk, ask, clock } = open();
    ask('CA1');
    ask('CA2');
    expect(desk.waitingCalls).toBe(1);
    clock.nowMs += 20_000;
    expect(desk.waitingCalls).toBe(0);
    expect(ask('CA3')).toBe('answer');
  });

  test('never keeps those waiting whom we rang', () => {
    const { ask } = open({ mostLiveCalls: 0 });
    expect(ask('CA1')).toBe('wait');
    expect(ask('CA2', { direction: 'outbound' })).toBe('answer');
  });

  test('says the words now and then', () => {
    const { desk } = open({ mostLiveCalls: 0 });
    const said = [0, 1, 2, 3, 4, 5, 6].map((round) => {
      const admission = desk.admit({
        callSid: 'CA1',
        to: '+1',
        direction: 'inbound',
        waitingSinceMs: undefined,
        round,
      });
      return admission.type === 'wait' && admission.isSaid;
    });
    expect(said).toEqual([true, false, false, false, false, true, false]);
  });

  test('without any store it sends callers to what needs none, with the words of their flow', () => {
    const { desk, ask } = open({ storesAway: () => true });
    expect(ask('CA1')).toBe('fallback');
    expect(desk.wordsFor('+1')).toEqual({ say: 'Sorry.', goodbye: 'Bye.', transfer, language: 'de-DE' });
    expect(desk.wordsFor('+2')).toBeUndefined();
  });
});
