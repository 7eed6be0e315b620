/** Deliberately broken copies of the core: the simulation must catch each of them. */
import type { TurnCommand, TurnEvent } from '../../src/call/turn-events.ts';
import { OPEN_EXPECTATION, type TurnState } from '../../src/call/turn-state.ts';
import { reduce } from '../../src/call/turn-taking.ts';
import type { Reducer } from './call.ts';

/** The core with its commands changed. */
function withCommands(
  change: (
    commands: TurnCommand[],
    step: { event: Parameters<Reducer>[1]; before: Parameters<Reducer>[0] },
  ) => TurnCommand[],
): Reducer {
  return (before, event) => {
    const [after, commands] = reduce(before, event);
    return [after, change(commands, { event, before })];
  };
}

/** The core, where a tool that is asked for at the wrong moment runs at once. */
function hastyWhere(isWrong: (before: TurnState, replyId: number) => boolean): Reducer {
  return (before, event) => {
    if (event.type !== 'tool-requested' || !isWrong(before, event.replyId)) return reduce(before, event);
    return [before, [{ type: 'run-tool', replyId: event.replyId, callId: event.callId }]];
  };
}

function without(wrong: (command: TurnCommand) => boolean): Reducer {
  return withCommands((commands) => commands.filter((command) => !wrong(command)));
}

/** The core, given another state for such events; what was changed is put back where the core left it as it was. */
function whereItIs(
  type: TurnEvent['type'],
  change: (before: TurnState) => TurnState,
  was: (before: TurnState) => Partial<TurnState>,
): Reducer {
  return (before, event) => {
    if (event.type !== type) return reduce(before, event);
    const changed = change(before);
    const [after, commands] = reduce(changed, event);
    const kept = Object.entries(was(before)).filter(
      ([name]) => after[name as keyof TurnState] === changed[name as keyof TurnState], // the state's own names
    );
    return [{ ...after, ...Object.fromEntries(kept) }, commands];
  };
}

const NO_WAIT = { completeMs: 0, openMs: 0, unfinishedMs: 0, numberMs: 0 };

/** By what is broken. */
export const MUTANTS: Readonly<Record<string, Reducer>> = {
  'a reply is not cancelled when words interrupt it': without(
    (command) => command.type === 'cancel-reply' && command.by === 'words' && !command.rollback,
  ),
  'the words decide a moment too late': (before, event) => {
    const isLate = event.type === 'words' && before.reply?.audible === true && !event.final;
    return isLate ? [before, []] : reduce(before, event);
  },
  'the line is not paused at the onset of speech': without(({ type }) => type === 'pause-line'),
  'the line does not go on after a cough': without(({ type }) => type === 'resume-line'),
  'what was heard is taken back': withCommands((commands) =>
    commands.map((command) => (command.type === 'cancel-reply' ? { ...command, rollback: true } : command)),
  ),
  'what nobody heard is not taken back': withCommands((commands) =>
    commands.map((command) => (command.type === 'cancel-reply' ? { ...command, rollback: false } : command)),
  ),
  'the caller is answered in every pause': (before, event) => {
    if (event.type !== 'words-assessed') return reduce(before, event);
    const { endpointing } = before.expect;
    const [after, commands] = reduce(
      { ...before, expect: { ...before.expect, endpointing: NO_WAIT } },
      event,
    );
    const expect = after.expect.endpointing === NO_WAIT ? { ...after.expect, endpointing } : after.expect;
    return [{ ...after, expect }, commands];
  },
  'a pause that went on counts as silence': (before, event) => {
    const [after, commands] = reduce(before, event);
    const { quietSinceMs } = before.heard;
    if (event.type !== 'speech-continues' || after.reply !== undefined) return [after, commands];
    return [{ ...after, heard: { ...after.heard, quietSinceMs } }, commands];
  },
  'an end of speech counts although the caller was heard after it': (before, event) =>
    reduce(event.type === 'turn-ended' ? { ...before, soundAtMs: 0 } : before, event),
  'a long sound takes a reply that is whole': (before, event) => {
    const { reply } = before;
    if (event.type !== 'speech-continues' || reply?.state !== 'complete') return reduce(before, event);
    const [after, commands] = reduce({ ...before, reply: { ...reply, state: 'generating' } }, event);
    return [
      after.reply === undefined ? after : { ...after, reply: { ...after.reply, state: 'complete' } },
      commands,
    ];
  },
  'the agent is slow to go on after a long sound': (before, event) => {
    const [after, commands] = reduce(before, event);
    if (event.type !== 'speech-stopped' || before.reply?.spokenOver !== true) return [after, commands];
    const slower = (command: TurnCommand): TurnCommand =>
      command.type === 'arm-timer' ? { ...command, afterMs: command.afterMs + 500 } : command;
    return [after, commands.map(slower)];
  },
  'the rest of a reply is said into the sound that cut it short': whereItIs(
    'timer',
    (before) => ({ ...before, cutAtMs: Number.NEGATIVE_INFINITY }),
    ({ cutAtMs }) => ({ cutAtMs }),
  ),
  'the key after a number that was complete is an answer': whereItIs(
    'key',
    (before) => ({
      ...before,
      reply: before.reply && { ...before.reply, startedAtMs: Number.NEGATIVE_INFINITY },
    }),
    ({ reply }) => ({ reply }),
  ),
  'the key that ends a message is an answer to it': whereItIs(
    'key',
    (before) => ({ ...before, expect: { ...before.expect, endKey: 'none' } }),
    ({ expect }) => ({ expect }),
  ),
  'only the last key counts': (before, event) =>
    reduce(event.type === 'key' ? { ...before, keys: '' } : before, event),
  'a tool that was held back does not count as a change': (before, event) => {
    const [after, commands] = reduce(before, event);
    if (before.reply === undefined || after.reply?.id !== before.reply.id) return [after, commands];
    if (before.reply.heldTools.length === 0) return [after, commands];
    return [{ ...after, reply: { ...after.reply, committed: before.reply.committed } }, commands];
  },
  'a back-channel after its sound does not let it go on': (before, event) => {
    if (event.type !== 'words' || before.reply?.paused !== true) return reduce(before, event);
    const [after, commands] = reduce(before, event);
    if (!after.reply?.paused && commands.some(({ type }) => type === 'resume-line'))
      return [{ ...after, reply: before.reply }, []];
    return [after, commands];
  },
  'a tool with effects runs for a draft': hastyWhere(({ draft }, replyId) => draft?.id === replyId),
  'a held tool runs twice': withCommands((commands) =>
    commands.flatMap((command): TurnCommand[] =>
      command.type === 'run-tool' ? [command, command] : [command],
    ),
  ),
  'a tool with effects does not wait for the caller': hastyWhere(({ reply }) => reply?.paused === true),
  'a dropped draft is not dropped': without(({ type }) => type === 'drop-draft'),
  'a draft of other words is adopted': (before, event) => {
    const { draft } = before;
    return reduce(
      draft === undefined || event.type !== 'words-assessed'
        ? before
        : { ...before, draft: { ...draft, words: event.text.toLowerCase() } },
      event,
    );
  },
  'a timer runs on after the end': without(
    (command) => command.type === 'disarm-timer' && command.name === 'max-call',
  ),
  'nobody is told of keys': (before, event) => reduce({ ...before, owesKeys: false }, event),
  'a sound stops the agent although nobody listens': whereItIs(
    'speech-started',
    (before) => ({ ...before, deaf: false }),
    ({ deaf }) => ({ deaf }),
  ),
  'a recogniser that is back is not believed': (before, event) =>
    event.type === 'recognition-back' ? [before, []] : reduce(before, event),
  'late words are not waited for': (before, event) => reduce({ ...before, behindSinceMs: undefined }, event),
  'a machine is talked with': (before, event) =>
    event.type === 'machine-answered' ? [before, []] : reduce(before, event),
  'what is asked is lost with the line': (before, event) =>
    reduce(before, event.type === 'line-opened' ? { ...event, asked: OPEN_EXPECTATION } : event),
  'the watchdog is forgotten': without(
    (command) => command.type === 'arm-timer' && command.name === 'watchdog',
  ),
  'silence is never noticed': without(
    (command) => command.type === 'arm-timer' && command.name === 'silence',
  ),
  'the call is never too long': without(
    (command) => command.type === 'arm-timer' && command.name === 'max-call',
  ),
  'the first words of a turn are lost': (before, event) => {
    const [after, commands] = reduce(before, event);
    const isLost = event.type === 'words' && after.heard.finals.length > 1;
    return isLost
      ? [{ ...after, heard: { ...after.heard, finals: after.heard.finals.slice(1) } }, commands]
      : [after, commands];
  },
  'it hangs up before all is said': (before, event) => {
    const [after, commands] = reduce(before, event);
    return event.type === 'reply-leaving' ? [after, [...commands, { type: 'leave' }]] : [after, commands];
  },
  'it finishes a reply that has more to say': (before, event) =>
    reduce(before, event.type === 'playout-idle' ? { ...event, more: false } : event),
};
