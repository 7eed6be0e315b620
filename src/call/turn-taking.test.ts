import { describe, expect, it } from 'vitest';
import { phaseOf, unfinishedText } from './turn-state.ts';
import {
  agentSpeaking,
  answers,
  greeted,
  names,
  OPEN,
  ScriptedCall,
  type ScriptedCallOptions,
  SETTINGS,
} from './turn-testing.ts';

const deaf: ScriptedCallOptions = { settings: { hearsVoice: false } };
const speech = (text: string) => ({ type: 'speech', text });
const EARS: [string, ScriptedCallOptions][] = [
  ['hearing', {}],
  ['deaf', deaf],
];

/** The caller has asked, and nothing of the answer was heard yet. */
function thinking(options?: ScriptedCallOptions): ScriptedCall {
  const call = greeted(OPEN, options);
  call.callerSays('Do you open on Sundays?');
  return call;
}

describe.each(EARS)('whose turn it is (%s)', (_, options) => {
  it('greets, listens, thinks, speaks and listens again', () => {
    const call = new ScriptedCall(options);
    const opened = call.happens({ type: 'line-opened', input: { type: 'call-started' } });
    expect(answers(opened)).toEqual([{ type: 'call-started' }]);
    expect(phaseOf(call.state)).toBe('greeting');
    call.agentSpeaks();
    expect(phaseOf(call.state)).toBe('listening');
    expect(answers(call.callerSays('hello there'))).toEqual([speech('hello there')]);
    expect(phaseOf(call.state)).toBe('thinking');
    call.audible();
    expect(phaseOf(call.state)).toBe('speaking');
    call.completes();
    expect(names(call.played())).toEqual(['finish-reply']);
    expect(phaseOf(call.state)).toBe('listening');
  });

  it('begins as it is told after the line was away or a transfer failed', () => {
    for (const input of [
      { type: 'line-resumed', lostMs: 800 } as const,
      { type: 'transfer-failed', status: 'busy' } as const,
    ]) {
      const call = new ScriptedCall(options);
      expect(answers(call.happens({ type: 'line-opened', input }))).toEqual([input]);
    }
  });

  it('answers each of several turns once', () => {
    const call = greeted(OPEN, options);
    for (const text of ['Are you open?', 'And on Sundays?', 'Thank you, goodbye.']) {
      expect(answers(call.callerSays(text))).toEqual([speech(text)]);
      call.waits(300);
      call.agentSpeaks();
      expect(unfinishedText(call.state)).toBe('');
      call.waits(500);
    }
    expect(call.done('cancel-reply')).toEqual([]);
  });
});

describe('the silence of the caller', () => {
  it.each(EARS)('is asked about, counting until they answer (%s)', (_, options) => {
    const call = greeted(OPEN, options);
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
    call.agentSpeaks();
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 2 });
    call.agentSpeaks();
    call.callerSays('I am here.');
    call.agentSpeaks();
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
  });

  it('is as long as the flow says: longer for a person who is looking something up', () => {
    const call = greeted();
    call.callerSays('hold on, I am getting my card');
    expect(call.state.reply?.input.type).toBe('looking-up');
    call.agentSpeaks({ ...OPEN, silenceMs: 25_000 });
    expect(answers(call.waits(24_900))).toEqual([]);
    expect(answers(call.waits(200))).toEqual([{ type: 'silence', count: 1 }]);
  });

  it('is not asked about while they speak', () => {
    for (const options of [{}, deaf]) {
      const call = greeted(OPEN, options);
      call.waits(5000);
      if (call.state.settings.hearsVoice) call.voiceStarts();
      for (let i = 0; i < 8; i++) {
        call.interim(`and then ${'and then '.repeat(i)}`);
        expect(answers(call.waits(700))).toEqual([]);
      }
    }
  });

  it('is counted no further by a question about it that they speak into', () => {
    const call = greeted();
    call.untilAnswered();
    expect(names(call.interim('Yes I am'))).toEqual(['cancel-reply']);
    call.final('Yes I am here.');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('Yes I am here.'));
  });

  it('is counted no further by a question about it that nobody heard for a noise', () => {
    const call = greeted();
    call.untilAnswered();
    call.sound(900);
    expect(call.done('cancel-reply')).toMatchObject([{ rollback: true, by: 'length' }]);
    expect(call.untilAnswered()).toEqual({ type: 'unheard' });
    call.agentSpeaks();
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
  });
});

describe('the silence of the agent', () => {
  it('is broken by a filler in time, counted from where the caller stopped, again and again', () => {
    const call = greeted();
    call.sound(800);
    const endMs = call.nowMs - 200;
    call.final('Do you open on Sundays?');
    call.turnEnds();
    const fillers = call.waits(12_000);
    expect(names(fillers)).toEqual(['say-filler', 'say-filler', 'say-filler']);
    expect(call.timeOf('say-filler') - endMs).toBeLessThanOrEqual(SETTINGS.fillerAfterMs);
    expect(call.timeOf('say-filler') - endMs).toBeGreaterThan(1000);
    call.audible();
    expect(call.armed.has('watchdog')).toBe(false);
  });

  it('is broken as soon where the first words are on their way, but for what a voice takes', () => {
    for (const isDraft of [false, true]) {
      const call = greeted();
      call.sound(800);
      const endMs = call.nowMs - 200;
      if (isDraft) call.interim('Do you open on Sundays?');
      if (isDraft) call.happens({ type: 'turn-likely' });
      if (isDraft) call.worded();
      call.final('Do you open on Sundays?');
      call.turnEnds();
      const untilDueMs = endMs + SETTINGS.fillerAfterMs - call.nowMs;
      call.waits(untilDueMs - 100);
      if (!isDraft) call.worded();
      call.waits(12_000);
      const waitedMs = call.timeOf('say-filler') - endMs;
      expect(waitedMs).toBe(SETTINGS.fillerAfterMs + (isDraft ? 0 : 200));
    }
  });

  it('is broken where whoever was to speak is silent, and only where nothing is heard yet', () => {
    const call = greeted();
    call.sound(800);
    call.final('Do you open on Sundays?');
    call.turnEnds();
    call.worded();
    call.waits(600);
    expect(names(call.delayed())).toEqual(['say-filler']);
    call.audible();
    expect(names(call.delayed())).toEqual([]);
  });

  it('is never broken at once, however long the caller has waited', () => {
    const call = greeted(OPEN, { settings: { fillerAfterMs: 600 } });
    call.sound(800);
    call.final('I would like to book a table and');
    call.turnEnds();
    call.untilAnswered();
    call.waits(400);
    expect(call.done('say-filler')).toEqual([]);
  });

  it('in the middle of a reply is watched as well', () => {
    const call = agentSpeaking();
    call.played({ more: true });
    expect(names(call.waits(4500))).toEqual(['say-filler']);
    call.played();
    expect(call.armed.has('watchdog')).toBe(true);
  });

  it('is no reason to speak while it has yielded', () => {
    const call = thinking();
    call.waits(2000);
    call.voiceStarts(0.55);
    expect(names(call.waits(1000))).not.toContain('say-filler');
    call.waits(1000);
    expect(call.armed.has('watchdog')).toBe(true);
  });
});

describe('speech of which the recogniser made nothing', () => {
  it.each(EARS)('is asked for again, twice, then left to silence (%s)', (_, options) => {
    const call = greeted(OPEN, options);
    const mumbles = (): void => {
      if (call.state.settings.hearsVoice) call.sound(1200);
      else {
        call.happens({ type: 'voice-started' });
        call.waits(1200);
        call.happens({ type: 'voice-stopped' });
      }
    };
    for (let i = 0; i < 2; i++) {
      mumbles();
      const fromMs = call.nowMs;
      expect(call.untilAnswered()).toEqual({ type: 'unheard' });
      expect(call.nowMs - fromMs).toBeLessThanOrEqual(SETTINGS.watchdogMs);
      call.agentSpeaks();
    }
    mumbles();
    expect(call.untilAnswered()).toEqual({ type: 'silence', count: 1 });
  });

  it('is not asked for where its words do come', () => {
    const call = greeted();
    call.sound(1200);
    call.waits(800);
    call.final('Do you open on Sundays?');
    call.turnEnds();
    expect(call.untilAnswered()).toEqual(speech('Do you open on Sundays?'));
  });

  it('is not asked for after a cough', () => {
    const call = greeted();
    call.sound(250);
    expect(call.untilAnswered()).toMatchObject({ type: 'silence' });
  });
});

describe('tools', () => {
  it.each(['reads', 'writes'] as const)('that %s run when the turn is decided', (effect) => {
    const call = thinking();
    const replyId = call.replyId;
    expect(call.tool('t1', effect)).toEqual([{ type: 'run-tool', replyId, callId: 't1' }]);
  });

  it('wait for an onset to be decided: after a noise they run once, after words never', () => {
    const noise = thinking();
    noise.voiceStarts();
    expect(noise.tool('t1', 'writes')).toEqual([]);
    noise.waits(150);
    noise.fallsSilent();
    noise.waits(3000);
    expect(noise.done('run-tool')).toHaveLength(1);

    const words = thinking();
    words.voiceStarts();
    words.tool('t1', 'writes');
    const replyId = words.replyId;
    expect(words.interim('no wait')).toContainEqual({ type: 'drop-tool', replyId, callId: 't1' });
    words.waits(5000);
    expect(words.done('run-tool')).toEqual([]);
  });

  it('that changed something keep their reply from being rolled back', () => {
    const call = thinking();
    const replyId = call.replyId;
    call.tool('t1', 'writes');
    expect(call.interim('and on Mondays')).toEqual([
      { type: 'cancel-reply', replyId, rollback: false, by: 'words' },
    ]);
  });

  it('that only read do not', () => {
    const call = thinking();
    call.tool('t1', 'reads');
    expect(call.interim('and on Mondays')).toMatchObject([{ rollback: true }]);
  });

  it('of a reply that is gone are dropped', () => {
    const call = greeted();
    const late = { type: 'tool-requested', replyId: 99, callId: 't1', effect: 'writes' } as const;
    expect(call.happens(late)).toEqual([{ type: 'drop-tool', replyId: 99, callId: 't1' }]);
  });
});

describe('the end', () => {
  it('leaves once, however often the end of the goodbye is told', () => {
    const call = agentSpeaking();
    call.leaving();
    call.played();
    call.played();
    expect(call.done('leave')).toHaveLength(1);
  });

  it('comes after the longest call, goodbye or not', () => {
    const call = thinking();
    const replyId = call.replyId;
    expect(call.fires('max-call')).toEqual([
      { type: 'cancel-reply', replyId, rollback: false, by: 'end' },
      { type: 'start-reply', replyId: replyId + 1, input: { type: 'time-up' } },
    ]);
    expect(names(call.waits(25_000))).toContain('leave');
  });

  it('comes after the longest call though the goodbye being said is never played', () => {
    const call = agentSpeaking();
    call.leaving();
    call.fires('max-call');
    expect(names(call.waits(60_000))).toContain('leave');
  });

  it('is not hurried by the longest call where the goodbye is being said', () => {
    const call = agentSpeaking();
    call.leaving();
    expect(call.fires('max-call')).toEqual([]);
    call.waits(3000);
    expect(call.played()).toEqual([{ type: 'leave' }]);
  });

  it('releases everything, whatever was going on', () => {
    for (const call of [greeted(), thinking(), agentSpeaking(), agentSpeaking(deaf)]) {
      const hadReply = call.state.reply !== undefined;
      const did = names(call.happens({ type: 'line-closed' }));
      expect(did).toEqual(hadReply ? ['cancel-reply', 'close'] : ['close']);
      expect(call.armed.size).toBe(0);
      expect(phaseOf(call.state)).toBe('ended');
      expect([...call.sound(900), ...call.final('anyone?'), ...call.turnEnds()]).toEqual([]);
      expect(call.happens({ type: 'line-closed' })).toEqual([]);
    }
  });

  it('answers the tools that were waiting', () => {
    const call = thinking();
    call.voiceStarts();
    call.tool('t1', 'writes');
    expect(names(call.happens({ type: 'line-closed' }))).toEqual(['cancel-reply', 'drop-tool', 'close']);
  });
});
