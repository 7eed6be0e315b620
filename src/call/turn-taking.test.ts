import { describe, expect, it } from 'vitest';
import type { ListenExpectation } from '../flows/index.ts';
import type { ReplyInput, TurnCommand, TurnEvent } from './turn-events.ts';
import { initialTurnState, phaseOf, type TurnState } from './turn-state.ts';
import { reduce } from './turn-taking.ts';

const settings = { watchdogMs: 4000, decideMs: 1000, endpointMs: 2000, maxCallMs: 600_000 };
const open: ListenExpectation = { silenceMs: 8000, kind: 'open' };
const menu: ListenExpectation = { ...open, keys: { max: 1, betweenMs: 1500 } };
const number: ListenExpectation = { ...open, keys: { max: 10, terminator: '#', betweenMs: 1500 } };

/** An event without its time, which these tests do not need. */
type Untimed<T> = T extends { atMs: number } ? Omit<T, 'atMs'> : never;

class Call {
  state: TurnState = initialTurnState(settings);
  readonly armed = new Set<string>();

  happens(...events: Untimed<TurnEvent>[]): TurnCommand[] {
    const all: TurnCommand[] = [];
    for (const event of events) {
      if (event.type === 'timer') this.armed.delete(event.name);
      const [state, commands] = reduce(this.state, { ...event, atMs: 0 } as TurnEvent);
      this.state = state;
      for (const command of commands) {
        if (command.type === 'arm-timer') this.armed.add(command.name);
        if (command.type === 'disarm-timer') this.armed.delete(command.name);
      }
      all.push(...commands);
    }
    return all.filter((command) => command.type !== 'arm-timer' && command.type !== 'disarm-timer');
  }

  get replyId(): number {
    return this.state.lastReplyId;
  }

  /** The agent says something whole and is heard. */
  agentSpeaks(expect: ListenExpectation = open): void {
    const replyId = this.replyId;
    this.happens(
      { type: 'reply-audible', replyId },
      { type: 'reply-complete', replyId, expect },
      { type: 'playout-idle', replyId, more: false },
    );
  }

  callerSays(text: string): TurnCommand[] {
    return this.happens(
      { type: 'speech-started', protected: false },
      { type: 'words', text, final: true, protected: false },
      { type: 'turn-ended', protected: false },
    );
  }
}

function greeted(expect: ListenExpectation = open): Call {
  const call = new Call();
  call.happens({ type: 'line-opened', input: { type: 'call-started' } });
  call.agentSpeaks(expect);
  return call;
}

function started(commands: readonly TurnCommand[]): ReplyInput[] {
  return commands.filter((command) => command.type === 'start-reply').map((command) => command.input);
}

describe('whose turn it is', () => {
  it('greets, listens, thinks, speaks and listens again', () => {
    const call = new Call();
    expect(started(call.happens({ type: 'line-opened', input: { type: 'call-started' } }))).toEqual([
      { type: 'call-started' },
    ]);
    expect(phaseOf(call.state)).toBe('greeting');
    call.agentSpeaks();
    expect(phaseOf(call.state)).toBe('listening');
    expect(started(call.callerSays('hello there'))).toEqual([{ type: 'speech', text: 'hello there' }]);
    expect(phaseOf(call.state)).toBe('thinking');
    call.happens({ type: 'reply-audible', replyId: call.replyId });
    expect(phaseOf(call.state)).toBe('speaking');
  });

  it('adds up final segments and the interim words that were never made final', () => {
    const call = greeted();
    const commands = call.happens(
      { type: 'words', text: 'I would like', final: true, protected: false },
      { type: 'words', text: 'an appoint', final: false, protected: false },
      { type: 'words', text: 'an appointment', final: false, protected: false },
      { type: 'turn-ended', protected: false },
    );
    expect(started(commands)).toEqual([{ type: 'speech', text: 'I would like an appointment' }]);
  });

  it('ends the turn by itself when the recogniser falls silent after words', () => {
    const call = greeted();
    call.happens({ type: 'words', text: 'tomorrow', final: false, protected: false });
    expect(call.armed).toContain('endpoint');
    expect(started(call.happens({ type: 'timer', name: 'endpoint' }))).toEqual([
      { type: 'speech', text: 'tomorrow' },
    ]);
  });

  it('takes an end of turn without words for nothing', () => {
    const call = greeted();
    expect(call.happens({ type: 'turn-ended', protected: false })).toEqual([]);
    expect(phaseOf(call.state)).toBe('listening');
  });
});

describe('interruptions', () => {
  it('pauses at the onset, cancels at the first word, and answers what was said', () => {
    const call = greeted();
    call.callerSays('hello');
    const replyId = call.replyId;
    call.happens({ type: 'reply-audible', replyId });
    expect(call.happens({ type: 'speech-started', protected: false })).toEqual([{ type: 'pause-line' }]);
    expect(call.happens({ type: 'words', text: 'wait', final: false, protected: false })).toEqual([
      { type: 'cancel-reply', replyId, rollback: false },
    ]);
    expect(phaseOf(call.state)).toBe('listening');
    const commands = call.happens(
      { type: 'words', text: 'wait, on Friday', final: true, protected: false },
      { type: 'turn-ended', protected: false },
    );
    expect(started(commands)).toEqual([{ type: 'speech', text: 'wait, on Friday' }]);
  });

  it('cancels at the first word even where no onset was told', () => {
    const call = greeted();
    call.callerSays('hello');
    call.happens({ type: 'reply-audible', replyId: call.replyId });
    const commands = call.happens({ type: 'words', text: 'stop', final: false, protected: false });
    expect(commands).toEqual([{ type: 'cancel-reply', replyId: call.replyId, rollback: false }]);
  });

  it('goes on after a noise, and a second noise is no different', () => {
    const call = greeted();
    call.callerSays('hello');
    call.happens({ type: 'reply-audible', replyId: call.replyId });
    for (let i = 0; i < 2; i++) {
      expect(call.happens({ type: 'speech-started', protected: false })).toEqual([{ type: 'pause-line' }]);
      expect(call.happens({ type: 'timer', name: 'decide' })).toEqual([{ type: 'resume-line' }]);
      expect(phaseOf(call.state)).toBe('speaking');
    }
  });

  it('does not wait for ever after a false onset while listening', () => {
    const call = greeted();
    call.happens({ type: 'speech-started', protected: false });
    expect(call.armed).not.toContain('silence');
    call.happens({ type: 'timer', name: 'decide' });
    expect(call.armed).toContain('silence');
  });

  it('rolls an unheard reply back and joins what the caller adds', () => {
    const call = greeted();
    call.callerSays('I need to move my appointment');
    const first = call.replyId;
    expect(call.happens({ type: 'words', text: 'to Thursday', final: true, protected: false })).toEqual([
      { type: 'cancel-reply', replyId: first, rollback: true },
    ]);
    expect(started(call.happens({ type: 'turn-ended', protected: false }))).toEqual([
      { type: 'speech', text: 'I need to move my appointment to Thursday' },
    ]);
  });

  it('lets nothing interrupt what is protected, and forgets what was said over it', () => {
    const call = greeted();
    call.callerSays('hello');
    const replyId = call.replyId;
    call.happens({ type: 'reply-audible', replyId });
    const over = call.happens(
      { type: 'speech-started', protected: true },
      { type: 'words', text: 'yes yes', final: true, protected: true },
      { type: 'turn-ended', protected: true },
    );
    expect(over).toEqual([]);
    call.happens(
      { type: 'reply-complete', replyId, expect: open },
      { type: 'playout-idle', replyId, more: false },
    );
    expect(started(call.callerSays('now'))).toEqual([{ type: 'speech', text: 'now' }]);
  });

  it('ignores what the caller says over a goodbye', () => {
    const call = greeted();
    call.callerSays('bye');
    const replyId = call.replyId;
    call.happens({ type: 'reply-audible', replyId }, { type: 'reply-leaving', replyId });
    expect(call.callerSays('oh and one more thing')).toEqual([]);
    expect(call.happens({ type: 'playout-idle', replyId, more: false })).toEqual([{ type: 'leave' }]);
  });
});

describe('keys', () => {
  it('interrupt and answer a menu at once', () => {
    const call = new Call();
    call.happens({ type: 'line-opened', input: { type: 'call-started' } });
    const replyId = call.replyId;
    call.happens({ type: 'reply-audible', replyId }, { type: 'reply-complete', replyId, expect: menu });
    expect(call.happens({ type: 'key', digit: '2', protected: false })).toEqual([
      { type: 'cancel-reply', replyId, rollback: false },
      { type: 'start-reply', replyId: replyId + 1, input: { type: 'keys', digits: '2' } },
    ]);
  });

  it('make a number until the terminator, the length or a pause', () => {
    const press = (call: Call, digits: string): TurnCommand[] =>
      call.happens(...[...digits].map((digit) => ({ type: 'key', digit, protected: false }) as const));
    expect(started(press(greeted(number), '123#'))).toEqual([{ type: 'keys', digits: '123' }]);
    expect(started(press(greeted(number), '1234567890'))).toEqual([{ type: 'keys', digits: '1234567890' }]);
    const call = greeted(number);
    expect(started(press(call, '12'))).toEqual([]);
    expect(started(call.happens({ type: 'timer', name: 'keys' }))).toEqual([{ type: 'keys', digits: '12' }]);
  });

  it('mean something where nobody asked for them', () => {
    const call = greeted(open);
    call.happens({ type: 'key', digit: '5', protected: false });
    expect(started(call.happens({ type: 'timer', name: 'keys' }))).toEqual([{ type: 'keys', digits: '5' }]);
  });

  it('wait for the end of what is protected', () => {
    const call = greeted(menu);
    call.callerSays('hello');
    const replyId = call.replyId;
    call.happens({ type: 'reply-audible', replyId });
    expect(call.happens({ type: 'key', digit: '1', protected: true })).toEqual([]);
    const commands = call.happens(
      { type: 'reply-complete', replyId, expect: menu },
      { type: 'playout-idle', replyId, more: false },
    );
    expect(started(commands)).toEqual([{ type: 'keys', digits: '1' }]);
  });
});

describe('silence', () => {
  it('prompts the caller, counting until the caller answers', () => {
    const call = greeted();
    expect(started(call.happens({ type: 'timer', name: 'silence' }))).toEqual([
      { type: 'silence', count: 1 },
    ]);
    call.agentSpeaks();
    expect(started(call.happens({ type: 'timer', name: 'silence' }))).toEqual([
      { type: 'silence', count: 2 },
    ]);
    call.agentSpeaks();
    call.callerSays('here');
    call.agentSpeaks();
    expect(started(call.happens({ type: 'timer', name: 'silence' }))).toEqual([
      { type: 'silence', count: 1 },
    ]);
  });

  it('of the agent is broken by the watchdog, again and again', () => {
    const call = greeted();
    call.callerSays('hello');
    for (let i = 0; i < 3; i++) {
      expect(call.armed).toContain('watchdog');
      expect(call.happens({ type: 'timer', name: 'watchdog' })).toEqual([{ type: 'say-filler' }]);
    }
    call.happens({ type: 'reply-audible', replyId: call.replyId });
    expect(call.armed).not.toContain('watchdog');
  });

  it('of the agent in the middle of a reply is watched as well', () => {
    const call = greeted();
    call.callerSays('hello');
    const replyId = call.replyId;
    call.happens({ type: 'reply-audible', replyId }, { type: 'playout-idle', replyId, more: false });
    expect(call.armed).toContain('watchdog');
  });

  it('of the recogniser while the caller is audible is answered, twice', () => {
    const call = greeted();
    for (let i = 0; i < 2; i++) {
      call.happens({ type: 'voice-started' }, { type: 'voice-stopped' });
      expect(started(call.happens({ type: 'timer', name: 'unheard' }))).toEqual([{ type: 'unheard' }]);
      call.agentSpeaks();
    }
    call.happens({ type: 'voice-started' }, { type: 'voice-stopped' });
    expect(call.armed).not.toContain('unheard');
  });
});

describe('tools', () => {
  it('run when the turn is decided', () => {
    const call = greeted();
    call.callerSays('book it');
    const tool = { type: 'tool-requested', replyId: call.replyId, callId: 't1', effect: 'writes' } as const;
    expect(call.happens(tool)).toEqual([{ type: 'run-tool', callId: 't1' }]);
  });

  it('wait for an onset to be decided: a noise lets them run, words drop them', () => {
    for (const noise of [true, false]) {
      const call = greeted();
      call.callerSays('book it');
      call.happens({ type: 'speech-started', protected: false });
      const tool = { type: 'tool-requested', replyId: call.replyId, callId: 't1', effect: 'writes' } as const;
      expect(call.happens(tool)).toEqual([]);
      const decided = noise
        ? call.happens({ type: 'timer', name: 'decide' })
        : call.happens({ type: 'words', text: 'no wait', final: false, protected: false });
      expect(decided).toContainEqual({ type: noise ? 'run-tool' : 'drop-tool', callId: 't1' });
    }
  });

  it('that changed something keep their reply from being rolled back', () => {
    const call = greeted();
    call.callerSays('book it');
    const replyId = call.replyId;
    call.happens({ type: 'tool-requested', replyId, callId: 't1', effect: 'writes' });
    expect(call.happens({ type: 'words', text: 'and', final: false, protected: false })).toEqual([
      { type: 'cancel-reply', replyId, rollback: false },
    ]);
  });

  it('of a reply that is gone are dropped', () => {
    const call = greeted();
    expect(call.happens({ type: 'tool-requested', replyId: 99, callId: 't1', effect: 'writes' })).toEqual([
      { type: 'drop-tool', callId: 't1' },
    ]);
  });
});

describe('the end', () => {
  it('comes after the longest call time, goodbye or not', () => {
    const call = greeted();
    call.callerSays('hello');
    const replyId = call.replyId;
    expect(call.happens({ type: 'timer', name: 'max-call' })).toEqual([
      { type: 'cancel-reply', replyId, rollback: false },
      { type: 'start-reply', replyId: replyId + 1, input: { type: 'time-up' } },
    ]);
    expect(call.happens({ type: 'timer', name: 'max-call' })).toEqual([{ type: 'leave' }]);
  });

  it('releases everything, whatever was going on', () => {
    const call = greeted();
    call.callerSays('hello');
    const commands = call.happens({ type: 'line-closed' });
    expect(commands.map((command) => command.type)).toEqual(['cancel-reply', 'close']);
    expect(call.armed.size).toBe(0);
    expect(phaseOf(call.state)).toBe('ended');
    expect(call.callerSays('anyone?')).toEqual([]);
  });
});

describe('any order of events', () => {
  it('never starts a reply over another, never leaves a tool unanswered, and always ends clean', () => {
    for (let seed = 1; seed <= 3000; seed++) randomCall(seed);
  });
});

/** One call of random events in random order, with what must always hold checked after each. */
function randomCall(seed: number): void {
  const random = generator(seed);
  const call = new Call();
  const seen: TurnCommand[] = [];
  let current: number | undefined;
  const tools = new Set<string>();
  const check = (commands: readonly TurnCommand[]): void => {
    for (const command of commands) {
      if (command.type === 'start-reply') {
        must(current === undefined, `seed ${seed}: a reply starts over another`);
        current = command.replyId;
      }
      if (command.type === 'cancel-reply' || command.type === 'finish-reply') {
        must(current === command.replyId, `seed ${seed}: ends a reply that is not the current one`);
        current = undefined;
      }
      if (command.type === 'run-tool' || command.type === 'drop-tool') {
        must(tools.delete(command.callId), `seed ${seed}: a tool answered twice`);
      }
      seen.push(command);
    }
  };
  check(call.happens({ type: 'line-opened', input: { type: 'call-started' } }));
  for (let i = 0; i < 60; i++) {
    const event = randomEvent(random, call);
    if (event.type === 'tool-requested') tools.add(event.callId);
    check(call.happens(event));
    const silent = phaseOf(call.state) === 'thinking' && call.state.reply?.state === 'generating';
    must(!silent || call.armed.has('watchdog'), `seed ${seed}: nobody watches the agent's silence`);
  }
  check(call.happens({ type: 'line-closed' }));
  must(tools.size === 0, `seed ${seed}: a tool was never answered`);
  must(call.armed.size === 0, `seed ${seed}: a timer is left`);
  must(seen.at(-1)?.type === 'close', `seed ${seed}: the call is not closed`);
}

/** As `expect`, a hundred times faster: it is asked a million times. */
function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

let toolCount = 0;

function randomEvent(random: () => number, call: Call): Untimed<TurnEvent> {
  const replyId = random() < 0.85 ? call.replyId : call.replyId - 1;
  const isProtected = random() < 0.1;
  const timers = [...call.armed];
  const events: (() => Untimed<TurnEvent>)[] = [
    () => ({ type: 'speech-started', protected: isProtected }),
    () => ({
      type: 'words',
      text: random() < 0.2 ? '' : 'word',
      final: random() < 0.5,
      protected: isProtected,
    }),
    () => ({ type: 'turn-ended', protected: isProtected }),
    () => ({ type: 'key', digit: '1#'[Math.floor(random() * 2)] ?? '1', protected: isProtected }),
    () => ({ type: 'voice-started' }),
    () => ({ type: 'voice-stopped' }),
    () => ({ type: 'reply-audible', replyId }),
    () => ({
      type: 'tool-requested',
      replyId,
      callId: `t${++toolCount}`,
      effect: random() < 0.5 ? 'reads' : 'writes',
    }),
    () => ({ type: 'reply-complete', replyId, expect: random() < 0.5 ? open : number }),
    () => ({ type: 'playout-idle', replyId, more: random() < 0.3 }),
    () => (random() < 0.1 ? { type: 'reply-leaving', replyId } : { type: 'voice-stopped' }),
    () => {
      const name = timers[Math.floor(random() * timers.length)];
      return name === undefined ? { type: 'voice-started' } : ({ type: 'timer', name } as Untimed<TurnEvent>);
    },
  ];
  const make = events[Math.floor(random() * events.length)];
  return make === undefined ? { type: 'voice-started' } : make();
}

/** Mulberry32: small, seeded, good enough to shuffle events. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
