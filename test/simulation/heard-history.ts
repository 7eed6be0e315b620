/** The rule that the history holds what was heard: of every part of every reply, the words that really sounded. */
import type { HeardPart } from '../../src/call/spoken.ts';
import type { FlowCommand, FlowState } from '../../src/flows/index.ts';
import type { VirtualReply } from './reply.ts';
import { Violation } from './violation.ts';

/** Rounding of sums. */
const SLACK_MS = 0.001;

interface HistoryPart {
  id: string;
  text: string;
}

/** Where the flow itself keeps what was said; looked at only here. */
interface KeptHistory {
  history: readonly { role: string; parts?: readonly HistoryPart[] }[];
}

/** What is said beside the flow: fillers, and asking again. */
function isFlows(partId: string): boolean {
  return !partId.startsWith('filler:') && !partId.startsWith('unheard:');
}

export class HeardHistory {
  /** How far each reply has sounded. */
  readonly #furthestMs = new Map<number, number>();
  /** By part: the words that sounded to their end; undefined where the voice did not tell when. */
  readonly #heard = new Map<string, string | undefined>();
  /** What of the reply that was settled last nobody has heard. */
  #unheard = '';
  /** It was cut short before it was made, or nothing has followed what was said over one before: an answer is still owed. */
  #isOwed = false;
  /** The reply over which something was said that nothing of the flow's has followed yet; `none`: over none. */
  #overheard: VirtualReply | 'none' | undefined;

  /** A reply sounded from here to there of its audio. */
  sounded({ id }: VirtualReply, fromMs: number, toMs: number): void {
    const furthestMs = this.#furthestMs.get(id) ?? 0;
    if (fromMs > furthestMs + SLACK_MS)
      throw new Violation('no-word-is-lost', `reply ${id} went on at ${fromMs}, after ${furthestMs}`);
    this.#furthestMs.set(id, Math.max(furthestMs, toMs));
  }

  /** A paused reply is about to go on. */
  checkResume({ id, voice }: VirtualReply, pausedMs: number, resumeMs: number): void {
    if (resumeMs > pausedMs)
      throw new Violation('no-word-is-lost', `reply ${id} skips to ${resumeMs} from ${pausedMs}`);
    if (!voice.isExact) return;
    const next = voice.words.find(({ endMs }) => endMs > pausedMs + SLACK_MS);
    // A word of which most was heard is finished rather than said again.
    const isMostlyHeard = next !== undefined && pausedMs - next.startMs > (next.endMs - next.startMs) / 2;
    const wantedMs = isMostlyHeard ? pausedMs : Math.min(pausedMs, next?.startMs ?? pausedMs);
    if (Math.abs(wantedMs - resumeMs) > SLACK_MS) {
      const message = `reply ${id} goes on at ${resumeMs}, its first word not heard ("${next?.text}") begins at ${wantedMs}`;
      throw new Violation('goes-on-from-the-first-word-not-heard', message);
    }
  }

  /** Something was said over a reply that goes on, or the line went in the middle of it. */
  overheard(reply: VirtualReply | undefined): void {
    this.#overheard = reply ?? 'none';
    if (reply === undefined) this.#isOwed = true;
  }

  /** A turn that nobody answers yet: the answer is owed, and the reply before it is done with. */
  kept(): void {
    this.#unheard = '';
    this.#isOwed = true;
    this.#overheard = undefined;
  }

  /** The reply is over, and so much of it was heard. */
  settle(reply: VirtualReply, heardMs: number, parts: readonly HeardPart[]): void {
    const { words, isExact } = reply.voice;
    for (const { partId, said } of parts) {
      const sounded = words.filter((word) => word.partId === partId && word.endMs <= heardMs + SLACK_MS);
      if (this.#heard.has(partId) && isFlows(partId))
        throw new Violation('nothing-is-said-twice', `${partId} was said by two replies`);
      this.#heard.set(partId, isExact || said === '' ? sounded.map(({ text }) => text).join(' ') : undefined);
    }
    if (reply !== this.#overheard && parts.some(({ partId }) => isFlows(partId))) this.#overheard = undefined;
    this.#isOwed = !reply.isGenerated || this.#overheard !== undefined;
    this.#unheard = parts
      .filter(({ partId }) => isFlows(partId))
      .map(({ said, heard }) => wordsOf(said).slice(wordsOf(heard).length).join(' '))
      .filter((text) => text !== '')
      .join(' ');
  }

  /** The flow has been told. */
  checkParts({ id, spoken, voice }: VirtualReply, state: FlowState): void {
    if (!voice.isExact) return;
    const kept = partsOf(state);
    for (const { partId } of spoken.parts(0)) {
      if (isFlows(partId)) this.#compare(partId, kept.get(partId) ?? '', `after reply ${id}`);
    }
  }

  /**
   * What is said when the agent goes on is what was not heard, and nothing else; where an answer is owed too, it comes
   * after that.
   */
  checkGoOn(commands: readonly FlowCommand[]): void {
    const others: ReadonlySet<FlowCommand['type']> = new Set(['ask-model', 'hang-up', 'transfer']);
    if (commands.some(({ type }) => others.has(type))) return;
    const said = commands.flatMap((command) => (command.type === 'say' ? [command.text] : [])).join(' ');
    if (this.#isOwed ? !said.startsWith(this.#unheard) : said !== this.#unheard)
      throw new Violation('goes-on-where-it-was-cut', `said is "${said}", not heard was "${this.#unheard}"`);
  }

  /** The call is over. `stillToSay`: parts that would have begun the next reply. */
  checkEnd(state: FlowState, stillToSay: readonly string[]): void {
    for (const [partId, text] of partsOf(state))
      if (isFlows(partId) && !stillToSay.includes(partId)) {
        if (!this.#heard.has(partId) && text !== '')
          throw new Violation(
            'history-is-what-was-heard',
            `the history holds "${text}" (${partId}), which nobody said`,
          );
        this.#compare(partId, text, 'at the end');
      }
  }

  #compare(partId: string, text: string, when: string): void {
    const heard = this.#heard.get(partId);
    if (heard === undefined) return;
    if (wordsOf(text).join(' ') !== heard)
      throw new Violation(
        'history-is-what-was-heard',
        `${when} the history holds "${text}" (${partId}), heard was "${heard}"`,
      );
  }
}

function partsOf(state: FlowState): Map<string, string> {
  const { history } = state as unknown as KeptHistory; // the interpreter's own form
  return new Map(history.flatMap(({ parts = [] }) => parts.map(({ id, text }) => [id, text] as const)));
}

function wordsOf(text: string): string[] {
  return text.match(/\S+/g) ?? [];
}
