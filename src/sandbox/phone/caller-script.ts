/**
 * What a scripted caller does, as data: an object in code or a YAML file.
 *
 * ```yaml
 * steps:
 *   - say: I'd like to book a check-up, please.
 *   - say: Sorry, I meant a cleaning.
 *     when: { agentSpokeMs: 1200 }
 *   - press: '1'
 *   - hangUp: true
 * ```
 *
 * In code only, a caller may also play audio, and have another room around it than a quiet one.
 */
import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

const durationMs = z.number().int().nonnegative().max(600_000);

const whenSchema = z.union(
  [
    /** The agent was heard since the last step, and has been quiet for `quietMs`. The default. */
    z.literal('agent-quiet'),
    /** The agent has been speaking for this long: the way to interrupt it. */
    z.strictObject({ agentSpokeMs: durationMs }),
    /** This long after the last step, whatever the agent does. */
    z.strictObject({ afterMs: durationMs }),
  ],
  { error: 'must be agent-quiet, { agentSpokeMs: 1200 } or { afterMs: 500 }' },
);
export type When = z.infer<typeof whenSchema>;

/** 8 kHz μ-law; three minutes of it. */
const audio = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be a Uint8Array of 8 kHz μ-law')
  .refine(
    ({ length }) => length > 0 && length <= 8000 * 180,
    'must last up to three minutes, and not be empty',
  );

const soundSchema = z.strictObject({
  /** For timelines. */
  name: z.string().min(1).max(200),
  audio,
  /**
   * What a recogniser makes of it, times from its first byte. None (`[]`): it hears that this is no speech. Left out:
   * it has never heard the like, and takes it for speech without words where the vendor's own would.
   */
  words: z
    .array(z.strictObject({ text: z.string().min(1), startMs: z.number(), endMs: z.number() }))
    .optional(),
});

/** What a step can do; each has exactly one of them. */
const ACTIONS = ['say', 'play', 'press', 'wait', 'silence', 'hangUp'] as const;

const stepSchema = z
  .strictObject({
    /** Says this text. */
    say: z.string().trim().min(1).max(1000).optional(),
    /** Plays this: a recording, a cough. */
    play: soundSchema.optional(),
    /** Presses these keys, one after the other. */
    press: z
      .string()
      .regex(/^[0-9*#]{1,32}$/, 'must be keys of a phone, such as "1" or "42#" (in quotes)')
      .optional(),
    /** Lets this many milliseconds pass. */
    wait: durationMs.optional(),
    /** Says nothing when it would be the caller's turn. */
    silence: z.literal(true).optional(),
    hangUp: z.literal(true).optional(),
    when: whenSchema.optional(),
    /** This utterance's voice, where it is not the script's. */
    voice: z.string().min(1).optional(),
  })
  .superRefine((step, context) => {
    const actions = ACTIONS.filter((action) => step[action] !== undefined);
    if (actions.length !== 1) {
      const found = actions.length === 0 ? 'has none' : `has ${actions.join(' and ')}`;
      context.addIssue({
        code: 'custom',
        message: `needs exactly one of ${ACTIONS.join(', ')}; it ${found}`,
      });
    }
    if (step.voice !== undefined && step.say === undefined) {
      context.addIssue({ code: 'custom', path: ['voice'], message: 'belongs to a step that says something' });
    }
    if (step.when !== undefined && step.wait !== undefined) {
      context.addIssue({ code: 'custom', path: ['when'], message: 'a step that waits has no condition' });
    }
  });

export const callerScriptSchema = z.strictObject({
  /** The caller's voice; not the agent's, so that the two differ on a recording. */
  voice: z.string().min(1).default('rms'),
  /** Silence after which the caller takes the agent to have finished, as people do. */
  quietMs: durationMs.min(100).default(700),
  /** How long the caller waits for a step's condition before giving up and hanging up. */
  stepTimeoutMs: durationMs.min(1000).default(60_000),
  /** Choose another to vary the room's noise. */
  seed: z.number().int().nonnegative().default(1),
  /** What is heard of the caller's room while the caller is silent, over and over. @defaultValue soft noise */
  room: audio.optional(),
  /** In order. After the last one the caller listens until the agent hangs up. */
  steps: z.array(stepSchema).max(200),
});

/** A script as it is written. */
export type CallerScriptInput = z.input<typeof callerScriptSchema>;
/** A script with its defaults filled in. */
export type CallerScript = z.output<typeof callerScriptSchema>;

/** Audio that a caller plays. */
export type Sound = z.output<typeof soundSchema>;

export type Action =
  | { type: 'say'; text: string; voice: string }
  | { type: 'play'; sound: Sound }
  | { type: 'press'; digits: string }
  | { type: 'pass' }
  | { type: 'hang-up' };

/** One step, ready to be taken. `name` is for people. */
export interface Step {
  readonly action: Action;
  readonly when: When;
  readonly name: string;
}

/** A script that cannot be used; the message names the place and the remedy. */
export class CallerScriptError extends Error {
  override readonly name = 'CallerScriptError';
  readonly code = 'caller-script-invalid';
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');

/** Validates a script. Throws {@link CallerScriptError}; `locate` turns a path into a prefix such as `file:3: `. */
export function checkCallerScript(
  script: unknown,
  locate: (path: readonly PropertyKey[]) => string = () => '',
): CallerScript {
  const result = callerScriptSchema.safeParse(script);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    ({ path, message }) => `${locate(path)}${pathText(path) || 'script'}: ${message}`,
  );
  throw new CallerScriptError(lines.join('\n'));
}

/** Reads a script from YAML. Throws {@link CallerScriptError} with `fileName:line` for each thing that is wrong. */
export function parseCallerScript(yamlText: string, fileName = 'caller script'): CallerScript {
  const lineCounter = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new CallerScriptError(`${fileName}:${lineCounter.linePos(error.pos[0]).line}: ${error.message}`);
  }
  return checkCallerScript(document.toJS(), (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return `${fileName}:${lineCounter.linePos(node.range[0]).line}: `;
    }
    return `${fileName}: `;
  });
}

/** The steps of a script, in order. */
export function stepsOf(script: CallerScript): Step[] {
  return script.steps.map(
    ({ say, play, press, wait, silence, hangUp, when = 'agent-quiet', voice }, index) => {
      const number = `step ${index + 1}`;
      if (say !== undefined) {
        return {
          action: { type: 'say', text: say, voice: voice ?? script.voice },
          when,
          name: `${number} (say "${say}")`,
        };
      }
      if (play !== undefined)
        return { action: { type: 'play', sound: play }, when, name: `${number} (play ${play.name})` };
      if (press !== undefined)
        return { action: { type: 'press', digits: press }, when, name: `${number} (press ${press})` };
      if (wait !== undefined)
        return { action: { type: 'pass' }, when: { afterMs: wait }, name: `${number} (wait ${wait})` };
      if (silence !== undefined) return { action: { type: 'pass' }, when, name: `${number} (silence)` };
      if (hangUp !== undefined) return { action: { type: 'hang-up' }, when, name: `${number} (hang up)` };
      throw new CallerScriptError(`${number}: needs exactly one of ${ACTIONS.join(', ')}`);
    },
  );
}
