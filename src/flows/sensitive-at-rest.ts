/**
 * Sensitive values in a state that is written somewhere. They are sealed with a key of this process alone: what it has
 * sealed, nobody else can read, not even the process itself once it is started again.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type Flow, flowWithin } from './flow.ts';
import { mapSensitive, withoutSensitive } from './sensitive.ts';
import type { State } from './state.ts';

type Progress = State['progress'];
type Answer = NonNullable<Extract<Progress, { type: 'collect' }>['confirming']>;

const KEY = randomBytes(32);
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A state as it may be stored. */
export function sealed(outermost: Flow, state: State): State {
  const { frames, slots, progress } = state;
  const flow = flowWithin(outermost, frames);
  return {
    ...state,
    frames: frames.map((frame, depth) => ({
      ...frame,
      slots: mapSensitive(flowWithin(outermost, frames.slice(0, depth)), frame.slots, seal),
    })),
    slots: mapSensitive(flow, slots, seal),
    tools: withoutSensitive(outermost, state, state.tools),
    pending: withoutSensitiveCall(outermost, state),
    progress: flow.sensitive.size === 0 ? progress : withAnswers(progress, seal),
  };
}

/** A tool's call that holds something sensitive is not kept: it cannot be sent again. */
function withoutSensitiveCall(outermost: Flow, state: State): State['pending'] {
  const { pending } = state;
  if (pending === null || !('sent' in pending)) return pending;
  const { sent, ...rest } = pending;
  const isTelling = JSON.stringify(withoutSensitive(outermost, state, sent)) !== JSON.stringify(sent);
  return isTelling ? rest : pending;
}

/** The state as it was. What another process has sealed is gone; a node that asked for it asks again. */
export function unsealed(outermost: Flow, state: State): State {
  const { slots, lost } = opened(state.slots);
  return {
    ...state,
    frames: state.frames.map((frame) => ({ ...frame, slots: opened(frame.slots).slots })),
    slots,
    progress: backTo(flowWithin(outermost, state.frames), state, lost),
  };
}

function opened(slots: State['slots']): { slots: State['slots']; lost: string[] } {
  const entries = Object.entries(slots).map(([name, value]) => [name, open(value)] as const);
  return {
    slots: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    lost: entries.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  };
}

function backTo(flow: Flow, { node, progress }: State, lost: readonly string[]): Progress {
  const here = flow.nodes.get(node);
  if (progress.type !== 'collect' || here?.type !== 'collect') return progress;
  const first = here.slots.findIndex(({ name }) => lost.includes(name));
  if (first < 0 || first >= progress.slot) return withAnswers(progress, open);
  return { type: 'collect', slot: first, attempts: 0, ahead: progress.ahead };
}

/** What is being read back may be sensitive too. */
function withAnswers(progress: Progress, change: (value: unknown) => unknown): Progress {
  if (progress.type !== 'collect') return progress;
  const { confirming, detour, ...rest } = progress;
  return {
    ...rest,
    ...changed(confirming, change),
    ...(detour === undefined
      ? {}
      : {
          detour: {
            ...detour,
            back: { attempts: detour.back.attempts, ...changed(detour.back.confirming, change) },
          },
        }),
  };
}

/** Without an answer that cannot be read any more. */
function changed(answer: Answer | undefined, change: (value: unknown) => unknown): { confirming?: Answer } {
  const value = answer === undefined ? undefined : change(answer.value);
  return answer === undefined || value === undefined ? {} : { confirming: { ...answer, value } };
}

function seal(value: unknown): { sealed: string } {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, KEY, iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(value) ?? 'null', 'utf8'), cipher.final()]);
  return { sealed: Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64') };
}

/** Undefined where another process has sealed it. */
function open(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('sealed' in value)) return value;
  const bytes = Buffer.from(String(value.sealed), 'base64');
  try {
    const decipher = createDecipheriv(CIPHER, KEY, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}
