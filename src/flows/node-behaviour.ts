/** How nodes answer what happens: the one contract between the interpreter and the kinds of nodes. */
import type { FlowEvent, FlowNote, ListenExpectation, ToolCall } from './index.ts';
import type { State } from './state.ts';

export type OutcomePath = Extract<FlowNote, { type: 'outcome' }>['path'];

/** What a node knows of the answer it waits for; the rest is the flow's. */
export type NodeExpectation = Omit<ListenExpectation, 'silenceMs' | 'endpointing'> &
  Partial<Pick<ListenExpectation, 'endpointing'>>;

/** How a node answers an event. */
export type NodeResult =
  /** It is the caller's turn. */
  | { type: 'listen'; expect: NodeExpectation }
  /** A model or a tool was asked; its answer comes as an event. */
  | { type: 'wait' }
  | { type: 'outcome'; outcome: string; path: OutcomePath }
  /** The caller asked for a handler of the flow. */
  | { type: 'handler'; handler: string; path: OutcomePath }
  /** The agent leaves: the call ends or is transferred. */
  | { type: 'left' };

export type ModelReply = Pick<
  Extract<FlowEvent, { type: 'model-replied' }>,
  'requestId' | 'text' | 'toolCalls' | 'stopReason'
>;

/** How things stood when the line went. */
export interface LostLine {
  /** What the agent was saying and the caller did not hear, part by part; the last is the question, if there was one. */
  unheard: readonly string[];
  /** A model or a tool was at work on the answer. */
  wasAnswering: boolean;
  /** The line was lost; else the caller asked for something else meanwhile, and what they said last was that. */
  byLine: boolean;
  /** The caller or a tool had the last word, or the model was in the middle of its answer. */
  owesAnswer: boolean;
}

/** The tools of one answer that are not done. */
export interface PendingTools {
  calls: ToolCall[];
  /** What the answer asked to end with, once all its tools are done. */
  finish: ToolCall[];
  /** One of the answer's tools went wrong. */
  failed: boolean;
}

/** What each kind of node can do with what happens. All of it acts through the {@link Step} it was made with. */
export interface NodeBehaviour {
  enter(): NodeResult;
  said(text: string): NodeResult;
  pressed(digits: string): NodeResult;
  /** Takes up where the call stands: after the line was lost, or, without `lost`, after silence. */
  again(lost?: LostLine): NodeResult;
  /** Waits for the same answer as before, without a word. */
  listen(): NodeResult;
  modelReplied(reply: ModelReply): NodeResult;
  modelFailed(): NodeResult;
  /** The first of the calls has its result; `calls` are those still to run. */
  toolsFinished(pending: PendingTools): NodeResult;
  transferFailed(): NodeResult;
  /** What was looked up is there, as far as it was found. */
  knowledgeFound(pending: PendingKnowledge): NodeResult;
  /** The tool that the node ran by itself has come to its end. */
  ran(tool: ToolEnd): NodeResult;
}

/** The answer that waits for what is being looked up. */
export type PendingKnowledge = Extract<NonNullable<State['pending']>, { type: 'knowledge' }>;

/** How a tool that a node ran by itself ended. `notRun`: it was never started; what comes next starts it again. */
export interface ToolEnd {
  result: unknown;
  isError: boolean;
  notRun: boolean;
}
