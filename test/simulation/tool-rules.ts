/** The rules of tools: asked for, answered, run at most once, and with effects only for a turn that is really over. */
import type { TurnCommand } from '../../src/call/turn-events.ts';
import type { RunTool } from './reply.ts';
import { fail } from './violation.ts';

interface Request {
  readonly replyId: number;
  readonly effect: RunTool['effect'];
  /** `asked`: the core has not been told yet. */
  state: 'asked' | 'open' | 'run' | 'dropped';
}

/** What else there is at the moment of a rule. */
interface Standing {
  replyId: number | undefined;
  draftId: number | undefined;
  /** It is not yet known what the caller's sound is. */
  isPaused: boolean;
}

export class ToolRules {
  readonly #requests = new Map<string, Request>();

  requested(replyId: number, { callId, effect }: RunTool): void {
    this.#requests.set(callId, { replyId, effect, state: 'asked' });
  }

  /** The core is being told, so it has to answer. */
  told(callId: string): void {
    const request = this.#requests.get(callId);
    if (request?.state === 'asked') request.state = 'open';
  }

  /** The tool really starts. */
  started(replyId: number, { callId }: RunTool): void {
    const request = this.#requests.get(callId);
    if (request?.state !== 'run' || request.replyId !== replyId)
      fail('tool-runs-once', `${callId} started without permission`);
  }

  /** The core says whether it runs. */
  answered(
    { type, replyId, callId }: Extract<TurnCommand, { type: 'run-tool' | 'drop-tool' }>,
    standing: Standing,
  ): void {
    const request = this.#requests.get(callId);
    if (request === undefined || request.replyId !== replyId)
      return fail('tool-was-requested', `${type} of ${callId}, which reply ${replyId} never asked for`);
    if (request.state === 'run') fail('tool-runs-once', `${type} of ${callId}, which is running`);
    if (type === 'run-tool') checkRun(callId, request, standing);
    request.state = type === 'run-tool' ? 'run' : 'dropped';
  }

  /** No tool waits for an answer that does not come: only an onset, or a draft, holds one back. */
  checkAnswered({ draftId, isPaused }: Standing): void {
    if (this.#requests.size === 0 || isPaused) return;
    for (const [callId, { state, replyId, effect }] of this.#requests) {
      const isHeld = draftId === replyId && effect === 'writes';
      if (state === 'open' && !isHeld)
        fail('tool-is-answered', `tool ${callId} of reply ${replyId} was neither run nor dropped`);
    }
  }

  hasChanged(id: number): boolean {
    return [...this.#requests.values()].some(
      ({ replyId, effect, state }) => replyId === id && effect === 'writes' && state === 'run',
    );
  }

  /** A reply that never was: nothing of it has changed anything, and what it held needs no answer. */
  forget(id: number, what: string): void {
    if (this.hasChanged(id))
      fail('effects-are-kept', `a tool with effects ran for reply ${id}, which was ${what}`);
    for (const request of this.#requests.values())
      if (request.replyId === id && (request.state === 'asked' || request.state === 'open'))
        request.state = 'dropped';
  }
}

function checkRun(callId: string, { state, replyId, effect }: Request, standing: Standing): void {
  if (state === 'dropped') fail('tool-runs-once', `${callId} runs after it was dropped`);
  const isDrafts = standing.draftId === replyId;
  if (!isDrafts && replyId !== standing.replyId)
    fail('effects-wait', `${callId} ran for reply ${replyId}, which is gone`);
  if (effect === 'reads') return;
  if (isDrafts) fail('effects-wait', `${callId} changes something and ran for draft ${replyId}`);
  if (standing.isPaused) fail('effects-wait', `${callId} ran while it was not known what the caller said`);
}
