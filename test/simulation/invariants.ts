/**
 * The rules of a conversation, checked after every event of a simulated call. They are told what the core was given,
 * what it ordered and what really sounded, and judge by themselves: none of them asks the core whether it was right.
 */
import { isDeepStrictEqual } from 'node:util';
import { comparable } from '../../src/call/comparable.ts';
import { isBackchannel } from '../../src/call/endpointing-phrases.ts';
import type { ReplyInput, TimerName, TurnCommand, TurnEvent } from '../../src/call/turn-events.ts';
import { isLeaving, type TurnState } from '../../src/call/turn-state.ts';
import type { ListenExpectation } from '../../src/flows/index.ts';
import { CallerWords } from './caller-words.ts';
import { isInterruption } from './interruptions.ts';
import { KeysPressed } from './keys-pressed.ts';
import { Quiet } from './quiet.ts';
import { Recognition } from './recognition.ts';
import type { RunTool, VirtualReply } from './reply.ts';
import { SoundsOver } from './sounds.ts';
import { ToolRules } from './tool-rules.ts';
import { type PauseWitness, TurnEnds } from './turn-ends.ts';
import { fail } from './violation.ts';

/** What the rules may see of the call. */
export interface Witness extends PauseWitness {
  readonly reply: VirtualReply | undefined;
  readonly draft: VirtualReply | undefined;
  /** What the flow waits for as it stands. */
  readonly expectation: ListenExpectation | undefined;
}

/** After a barge-in was decided, so much more of the reply may sound. */
const MOST_OVER_CALLER_MS = 300;

const CALLER_EVENTS: ReadonlySet<TurnEvent['type']> = new Set([
  'speech-started',
  'speech-continues',
  'speech-stopped',
  'words',
  'turn-likely',
  'turn-resumed',
  'turn-ended',
  'hearing-changed',
  'voice-started',
  'voice-stopped',
  'key',
  'line-opened',
]);

/** The rules for one stream of a call. */
export class Invariants {
  readonly #witness: Witness;
  #replyId: number | undefined;
  #draft: { id: number; words: string } | undefined;
  #isPaused = false;
  readonly #tools = new ToolRules();
  readonly #recognition = new Recognition();
  readonly #armed = new Set<TimerName>();
  readonly #words = new CallerWords();
  #isLeftover = false;
  readonly #keys = new KeysPressed();
  readonly #ends: TurnEnds;
  readonly #sounds: SoundsOver;
  /** The core's state before the event at hand. */
  #before: TurnState;
  readonly #quiet: Quiet;
  #decided: { replyId: number; heardMs: number } | undefined;
  #hasLeft = false;
  #isClosed = false;

  constructor(witness: Witness, lateMs: number, initial: TurnState) {
    this.#witness = witness;
    this.#ends = new TurnEnds(witness);
    this.#before = initial;
    this.#sounds = new SoundsOver(lateMs);
    this.#quiet = new Quiet(lateMs, witness.nowMs);
  }

  // ── before and after the core ────────────────────────────────────────────────────────────────────────────────────

  /** The core is about to be given an event. */
  given(event: TurnEvent, before: TurnState): void {
    this.#before = before;
    if (event.type === 'timer') this.#armed.delete(event.name);
    this.#checkQuiet(before);
    this.#recognition.given(event);
    if (CALLER_EVENTS.has(event.type)) this.#quiet.alive(this.#witness.nowMs);
    this.#ends.given(event, before);
    this.#sounds.given(event, this.#isPaused);
    const use = event.type === 'key' ? this.#keys.pressed(event, before, this.#words.text) : undefined;
    if (event.type === 'tool-requested') this.#tools.told(event.callId);
    if (event.type === 'reply-complete') this.#checkAskedAgain(event);
    this.#checkOverCaller();
    if (event.type === 'draft-declined' && this.#draft?.id === event.replyId) this.#draft = undefined;
    // The rest of a sentence whose beginning was lost with the line: it is asked for as a whole.
    this.#isLeftover = event.type === 'words' && before.leftoverUntilMs !== undefined;
    const isNew =
      event.type !== 'words' || (!this.#isLeftover && this.#words.take(event.text.trim(), event.final));
    if (isNew && use !== 'nothing') this.#decide(event, before);
    if (isNew && event.type === 'words' && !this.#words.isRepeated) this.#ends.said(event.atMs, before);
    if (event.type === 'key' && use === 'answers' && !(before.reply !== undefined && event.protected))
      this.#words.keyPressed();
  }

  #checkQuiet(before: TurnState): void {
    const { nowMs, reply } = this.#witness;
    if (this.#hasLeft || this.#isClosed) return;
    this.#quiet.check(before, { nowMs, reply, isPaused: this.#isPaused, hasWords: this.#words.text !== '' });
  }

  /** The core has decided; nothing is carried out yet. */
  decided(event: TurnEvent, before: TurnState, commands: readonly TurnCommand[]): void {
    if (before.ended && commands.length > 0)
      fail('command-after-close', `${event.type} after the end brought ${commands[0]?.type}`);
  }

  /** All its commands are carried out. */
  done(event: TurnEvent, before: TurnState, after: TurnState): void {
    if (this.#isClosed) return;
    this.#checkState(after);
    this.#checkYield(event, before);
    this.#tools.checkAnswered(this.#standing);
    // Whether words are new that may be answered already is the core's to say.
    if (this.#words.isReread && after.heard.wordsAtMs === event.atMs) this.#ends.said(event.atMs, before);
    this.#words.check(event.type, after);
    this.#keys.check(event.type, after);
    this.#recognition.check(
      event.type,
      this.#replyId === undefined && this.#words.text === '' && after.keys === '',
    );
    this.#checkGoesOn(event, before);
    this.#checkMachine(event, before);
  }

  #checkState(after: TurnState): void {
    const { reply, draft } = this.#witness;
    if (after.reply?.id !== this.#replyId)
      fail('one-side-owns-the-turn', `the core holds reply ${after.reply?.id}, ordered was ${this.#replyId}`);
    if (after.draft?.id !== this.#draft?.id)
      fail('one-draft', `the core holds draft ${after.draft?.id}, ordered was ${this.#draft?.id}`);
    if (reply !== undefined && draft !== undefined)
      fail('one-side-owns-the-turn', `reply ${reply.id} and draft ${draft.id} at once`);
    if (after.reply !== undefined && after.reply.paused !== this.#isPaused)
      fail('pause-is-ordered', `the core holds paused ${after.reply.paused}, ordered was ${this.#isPaused}`);
    if (draft !== undefined && draft.playout.heardMs() > 0)
      fail('draft-is-silent', `draft ${draft.id} was heard before it was adopted`);
  }

  /** Whoever was cut off with the line is asked to say it again: it still answers the same question, to the same ears. */
  #checkAskedAgain({ replyId, expect }: Extract<TurnEvent, { type: 'reply-complete' }>): void {
    const { reply, expectation } = this.#witness;
    if (replyId !== 1 || reply?.input.type !== 'unheard' || expectation === undefined) return;
    if (!isDeepStrictEqual(expect, expectation))
      fail(
        'asks-for-the-same-again',
        `waits for ${JSON.stringify(expect)}, not ${JSON.stringify(expectation)}`,
      );
  }

  /** At the onset of speech the agent stops, whatever it turns out to be. */
  #checkYield(event: TurnEvent, before: TurnState): void {
    if (event.type !== 'speech-started' || event.protected) return;
    // Where speech is told from audio, an onset that only the recogniser heard waits for words.
    if ((event.by === 'recogniser' && before.settings.hearsVoice) || this.#recognition.isDeaf) return;
    const { reply } = this.#witness;
    if (reply === undefined || before.reply === undefined || isLeaving(before.reply)) return;
    if (reply.playout.isSounding)
      fail('agent-yields', `reply ${reply.id} sounds on over the onset of speech`);
  }

  /** Words that come after their sound, and say "I am listening": there is nothing left to wait for. */
  #checkGoesOn(event: TurnEvent, before: TurnState): void {
    if (event.type !== 'words' || event.protected || !this.#isPaused) return;
    const { reply, settings, callerSpeaking } = before;
    if (!reply?.audible || isLeaving(reply) || !settings.hearsVoice || callerSpeaking) return;
    if (isBackchannel(this.#words.text, settings.language))
      fail('goes-on-after-a-back-channel', `paused after "${this.#words.text}", and nothing sounds`);
  }

  /** Nothing of a person's conversation is said to a machine, and nothing it says cuts the words to it short. */
  #checkMachine({ type }: TurnEvent, before: TurnState): void {
    if (type !== 'machine-answered' || isLeaving(before.reply)) return;
    const { input } = this.#witness.reply ?? {};
    if (input?.type !== 'machine-answered') fail('a-machine-hears-its-own', `it hears ${input?.type}`);
  }

  // ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A command is about to be carried out. */
  command(command: TurnCommand, event: TurnEvent): void {
    if (this.#isClosed) fail('command-after-close', `${command.type} came after close`);
    this.#recognition.command(command, event);
    switch (command.type) {
      case 'start-reply':
        this.#replyStarts(command.replyId, command.input, event);
        break;
      case 'adopt-draft':
        this.#draftAdopted(command.replyId, command.input, event);
        break;
      case 'cancel-reply':
        this.#sounds.cut(command.by, event.atMs, this.#before);
        if (this.#witness.reply?.input.type === 'machine-answered' && command.by !== 'end')
          fail('a-machine-hears-its-own', `the words to it are cut short by ${command.by}`);
        this.#replyCancelled(command.replyId, command.rollback, event);
        this.#keys.cut(command.by);
        break;
      case 'finish-reply':
        this.#replyFinished(command.replyId);
        break;
      case 'start-draft':
        if (this.#replyId !== undefined || this.#draft !== undefined)
          fail(
            'one-draft',
            `draft ${command.replyId} beside reply ${this.#replyId} or draft ${this.#draft?.id}`,
          );
        this.#draft = { id: command.replyId, words: textOf(command.input) };
        break;
      case 'drop-draft':
        this.#draftDropped(command.replyId);
        break;
      case 'note-words':
        if (!this.#isLeftover) this.#words.noted(command.text);
        break;
      case 'pause-line':
        if (this.#replyId === undefined || this.#isPaused)
          fail('pause-then-resume', 'paused twice, or nothing');
        this.#isPaused = true;
        break;
      case 'resume-line':
        if (!this.#isPaused) fail('pause-then-resume', 'resumed what was not paused');
        this.#isPaused = false;
        break;
      case 'run-tool':
      case 'drop-tool':
        this.#tools.answered(command, this.#standing);
        break;
      case 'arm-timer':
        this.#armed.add(command.name);
        break;
      case 'disarm-timer':
        this.#armed.delete(command.name);
        break;
      case 'leave':
        this.#leaves(event);
        break;
      case 'close':
        this.#closes();
        break;
      case 'assess-words':
      case 'note-endpoint':
      case 'say-filler':
        break;
    }
  }

  #replyStarts(id: number, input: ReplyInput, event: TurnEvent): void {
    if (this.#replyId !== undefined)
      fail('one-side-owns-the-turn', `reply ${id} starts while ${this.#replyId} is current (${event.type})`);
    if (this.#draft !== undefined) fail('one-draft', `reply ${id} starts beside draft ${this.#draft.id}`);
    this.#replyId = id;
    this.#takeTurn(id, input, event);
  }

  /** What the caller said is answered, every word of it, once. */
  #takeTurn(id: number, input: ReplyInput, event: TurnEvent): void {
    this.#isPaused = false;
    this.#decided = undefined;
    this.#words.answered(input);
    this.#keys.answered(id, input, event.atMs, this.#before);
    this.#sounds.answered(input, event);
    this.#ends.taken(id, input, event, this.#before);
    this.#quiet.alive(this.#witness.nowMs);
  }

  #draftAdopted(id: number, input: ReplyInput, event: TurnEvent): void {
    const draft = this.#draft;
    if (draft?.id !== id) fail('one-draft', `draft ${id} adopted, ${draft?.id} is there`);
    if (this.#replyId !== undefined)
      fail('one-side-owns-the-turn', `draft ${id} adopted while ${this.#replyId} is current (${event.type})`);
    if (comparable(draft?.words ?? '') !== comparable(textOf(input)))
      fail('draft-answers-the-turn', `drafted for "${draft?.words}", adopted for "${textOf(input)}"`);
    this.#draft = undefined;
    this.#replyId = id;
    this.#takeTurn(id, input, event);
  }

  #draftDropped(id: number): void {
    if (this.#draft?.id !== id) fail('one-draft', `draft ${id} dropped, ${this.#draft?.id} is there`);
    this.#draft = undefined;
    this.#tools.forget(id, 'dropped');
  }

  #replyCancelled(id: number, rollback: boolean, event: TurnEvent): void {
    const { reply } = this.#witness;
    if (this.#replyId !== id || (reply?.id !== id && !this.#hasLeft))
      fail('one-side-owns-the-turn', `reply ${id} cancelled, ${this.#replyId} is current`);
    const heardMs = reply?.playout.heardMs() ?? 0;
    const { input } = reply ?? {};
    if (rollback) {
      if (heardMs > 0)
        fail('rollback-is-unheard', `${heardMs} ms of reply ${id} were heard before its rollback`);
      this.#tools.forget(id, 'rolled back');
      this.#words.takenBack(textOf(input));
      this.#ends.takenBack();
    } else if (
      !reply?.playout.hasBegun &&
      textOf(input) !== '' &&
      !this.#tools.hasChanged(id) &&
      isSpeech(event)
    )
      fail('words-add-up', `nothing of reply ${id} was heard, and its turn was not taken back`);
    this.#replyId = undefined;
    this.#isPaused = false;
    this.#decided = undefined;
  }

  #replyFinished(id: number): void {
    const { reply } = this.#witness;
    if (this.#replyId !== id || reply?.id !== id)
      fail('one-side-owns-the-turn', `reply ${id} finished, ${this.#replyId} is current`);
    this.#checkWhole(reply, 'finished');
    this.#replyId = undefined;
    this.#isPaused = false;
    this.#decided = undefined;
  }

  /** A reply ends when all of it was said and heard. */
  #checkWhole(reply: VirtualReply | undefined, what: string): void {
    if (reply === undefined) return;
    if (!reply.isGenerated || reply.voice.owesAudio || reply.playout.remainingMs > 0)
      fail(
        'no-reply-is-lost',
        `reply ${reply.id} ${what} with ${reply.playout.remainingMs} ms and more to say`,
      );
  }

  #leaves(event: TurnEvent): void {
    if (this.#hasLeft) fail('leaves-once', `left again after ${event.type}`);
    this.#hasLeft = true;
    const isForced = event.type === 'timer' && event.name === 'max-call';
    if (!isForced) this.#checkWhole(this.#witness.reply, 'left');
  }

  #closes(): void {
    this.#isClosed = true;
    const { reply, draft } = this.#witness;
    if (this.#armed.size > 0) fail('timers-are-disarmed', `at the end runs ${[...this.#armed].join(', ')}`);
    if (reply !== undefined && !reply.isOver && !this.#hasLeft)
      fail('streams-are-closed', `reply ${reply.id} outlives the call`);
    if (draft !== undefined) fail('streams-are-closed', `draft ${draft.id} outlives the call`);
  }

  // ── what the runtime does ────────────────────────────────────────────────────────────────────────────────────────

  toolRequested(replyId: number, command: RunTool): void {
    this.#tools.requested(replyId, command);
  }

  /** The tool really starts. */
  toolStarted(replyId: number, command: RunTool): void {
    this.#tools.started(replyId, command);
  }

  /** Audio of a reply begins to sound, or has sounded until now. */
  sounds(reply: VirtualReply): void {
    this.#quiet.alive(this.#witness.nowMs);
    if (reply.isDraft) fail('draft-is-silent', `draft ${reply.id} is heard`);
  }

  // ── the parts of it ──────────────────────────────────────────────────────────────────────────────────────────────

  get #standing(): { replyId: number | undefined; draftId: number | undefined; isPaused: boolean } {
    return { replyId: this.#replyId, draftId: this.#draft?.id, isPaused: this.#isPaused };
  }

  /** Whether what just happened is an interruption that everybody would call one. */
  #decide(event: TurnEvent, before: TurnState): void {
    const { reply } = this.#witness;
    if (reply === undefined || before.reply === undefined || isLeaving(before.reply)) return;
    // A sound that no word can follow is none.
    const isMeant = event.type === 'key' || !this.#recognition.isDeaf;
    if (!isMeant || !isInterruption(event, before, this.#words.text)) {
      // Words that were taken for an interruption have become a back-channel.
      if (event.type === 'words') this.#decided = undefined;
      return;
    }
    this.#decided ??= { replyId: reply.id, heardMs: reply.playout.heardMs() };
  }

  #checkOverCaller(): void {
    const { reply } = this.#witness;
    if (this.#decided === undefined || reply?.id !== this.#decided.replyId) return;
    const overMs = reply.playout.heardMs() - this.#decided.heardMs;
    if (overMs > MOST_OVER_CALLER_MS)
      fail('never-talks-over', `reply ${reply.id} sounded for ${Math.round(overMs)} ms after the barge-in`);
  }
}

function isSpeech({ type }: TurnEvent): boolean {
  return type === 'words' || type === 'speech-continues';
}

function textOf(input: { type: string; text?: string } | undefined): string {
  return input?.text ?? '';
}
