/** One step of the turn-taking core in the making, and the moves that more than one event makes. Pure. */
import type { ListenExpectation } from '../flows/index.ts';
import { comparable } from './comparable.ts';
import type { CutBy, DropReason, ReplyInput, TimerName, TurnCommand } from './turn-events.ts';
import { type Heard, NOTHING_HEARD, OPEN_EXPECTATION, type Reply, type TurnState } from './turn-state.ts';

/** However long the caller has waited, the answer gets at least so long before something else is said. */
const LEAST_WATCHDOG_MS = 500;
/** What a voice that is well takes to its first sound. */
const VOICE_DUE_MS = 300;

/** A final that comes later than this after its interim was answered is taken for new words. */
const LATE_FINAL_MS = 3000;

/** A state under change and the commands so far; lives for one `reduce`. */
export class Step {
  state: TurnState;
  readonly commands: TurnCommand[] = [];
  readonly atMs: number;

  constructor(state: TurnState, atMs: number) {
    this.state = state;
    this.atMs = atMs;
  }

  set(change: Partial<TurnState>): void {
    this.state = { ...this.state, ...change };
  }

  setReply(change: Partial<Reply>): void {
    if (this.state.reply !== undefined) this.set({ reply: { ...this.state.reply, ...change } });
  }

  setHeard(change: Partial<Heard>): void {
    this.set({ heard: { ...this.state.heard, ...change } });
  }

  do(command: TurnCommand): void {
    this.commands.push(command);
  }

  /** What should have been by now is at once. */
  arm(name: TimerName, afterMs: number): void {
    this.do({ type: 'arm-timer', name, afterMs: Math.max(0, afterMs) });
  }

  disarm(...names: TimerName[]): void {
    for (const name of names) this.do({ type: 'disarm-timer', name });
  }
}

/** `waitedMs`: how long the caller has waited for it already. */
export function startReply(step: Step, input: ReplyInput, waitedMs = 0): void {
  dropDraft(step, 'ended');
  const id = step.state.lastReplyId + 1;
  beginReply(step, { id, input, committed: false, state: 'generating', hasWords: false }, waitedMs);
  step.do({ type: 'start-reply', replyId: id, input });
}

/** The turn is the agent's: what was heard of the caller is used up. */
export function beginReply(
  step: Step,
  begun: Pick<Reply, 'id' | 'input' | 'committed' | 'state' | 'hasWords'>,
  waitedMs: number,
): void {
  const { state } = step;
  const { id, input } = begun;
  const { finals, interim } = state.heard;
  const before = finals.join(' ');
  const answered = input.type === 'speech' || input.type === 'looking-up' || input.type === 'keys';
  const reply: Reply = {
    ...begun,
    audible: false,
    paused: false,
    pausedAtMs: 0,
    spokenOver: false,
    heldTools: [],
    startedAtMs: step.atMs,
    overdueAtMs: step.atMs - waitedMs + state.settings.fillerAfterMs,
    expectBefore: state.expect,
  };
  step.set({
    lastReplyId: Math.max(state.lastReplyId, id),
    keys: '',
    heard: NOTHING_HEARD,
    leftoverUntilMs: undefined,
    callerSpeaking: state.settings.hearsVoice && state.callerSpeaking,
    wasCut: false,
    expect: untilItAsks(state.expect),
    silences: answered ? 0 : state.silences,
    unheards: answered ? 0 : state.unheards,
    drafts: { ...state.drafts, thisTurn: 0 },
    reply,
    unsettled:
      interim === ''
        ? state.unsettled
        : { replyId: id, before, words: comparable(interim), untilMs: step.atMs + LATE_FINAL_MS },
  });
  step.disarm('silence', 'unheard', 'keys', 'endpoint', 'decide', 'draft');
  if (reply.hasWords) awaitVoice(step, reply);
  else step.arm('watchdog', Math.max(LEAST_WATCHDOG_MS, state.settings.fillerAfterMs - waitedMs));
}

/** Until the reply says what it waits for, an interruption of it may say anything: in the same language, to the same ears. */
function untilItAsks({ endpointing, as, private: isPrivate }: ListenExpectation): ListenExpectation {
  return {
    ...OPEN_EXPECTATION,
    endpointing,
    ...(as === undefined ? {} : { as }),
    ...(isPrivate === undefined ? {} : { private: isPrivate }),
  };
}

/** The answer has words: the filler that was due for it waits for the voice, and no longer. */
export function awaitVoice(step: Step, reply: Readonly<Reply>): void {
  step.arm('watchdog', Math.max(VOICE_DUE_MS, reply.overdueAtMs - step.atMs));
}

/** The caller has waited too long: something else is said meanwhile, and the answer is due anew. */
export function fillIn(step: Step): void {
  const { watchdogMs } = step.state.settings;
  step.do({ type: 'say-filler' });
  step.setReply({ overdueAtMs: step.atMs + watchdogMs });
  step.arm('watchdog', watchdogMs);
}

/**
 * Cuts the reply short. `addsUp`: the caller is going on with the turn that the reply answers, so an unheard reply is
 * rolled back. `replacing`: the words that have just come are another reading of the end of that turn; this was before.
 */
export function interrupt(
  step: Step,
  reply: Readonly<Reply>,
  by: CutBy,
  { addsUp, replacing }: { addsUp: boolean; replacing?: string | undefined },
): void {
  const { input } = reply;
  const isSaid = input.type === 'speech' || input.type === 'looking-up';
  const rollback =
    addsUp &&
    !reply.audible &&
    !reply.committed &&
    (isSaid || input.type === 'silence' || input.type === 'go-on');
  const said = isSaid ? [replacing ?? input.text].filter(Boolean) : [];
  step.disarm('watchdog', 'decide');
  step.do({ type: 'cancel-reply', replyId: reply.id, rollback, by });
  for (const { callId } of reply.heldTools) step.do({ type: 'drop-tool', replyId: reply.id, callId });
  const { heard, silences, keys } = step.state;
  step.set({
    reply: undefined,
    ...(rollback ? { expect: reply.expectBefore } : {}),
    heard: { ...heard, finals: rollback ? [...said, ...heard.finals] : heard.finals },
    wasCut: !rollback || input.type === 'go-on',
    cutAtMs: step.atMs,
    // Pressed before it, over what must not be interrupted.
    keys: by === 'keys' ? keys : '',
    silences: rollback && input.type === 'silence' ? silences - 1 : silences,
  });
}

/** The sound was nothing: the reply goes on from the first word not heard, and its tools run. */
export function goOn(step: Step): void {
  const { reply } = step.state;
  step.disarm('decide');
  if (reply === undefined) return;
  if (reply.paused) step.do({ type: 'resume-line' });
  for (const { callId } of reply.heldTools) step.do({ type: 'run-tool', replyId: reply.id, callId });
  step.setReply({
    paused: false,
    spokenOver: false,
    heldTools: [],
    committed: reply.committed || reply.heldTools.some((tool) => tool.writes),
  });
}

export function waitForCaller(step: Step): void {
  step.arm('silence', step.state.expect.silenceMs);
}

export function dropDraft(step: Step, reason: DropReason): void {
  const { draft, drafts } = step.state;
  if (draft === undefined) return;
  step.set({ draft: undefined, drafts: { ...drafts, wasted: drafts.wasted + 1 } });
  step.do({ type: 'drop-draft', replyId: draft.id, reason });
}
