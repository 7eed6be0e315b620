/** The part of a flow file for flows in several languages, and what a node may say about how it is spoken. */
import { z } from 'zod';
import { isTextAt, NOT_SPOKEN } from './languages.ts';
import { asMap } from './plain-data.ts';
import { languageTag } from './schema-parts.ts';

/** The voice of a node, where it is not the flow's. */
const voiceHere = z
  .strictObject({
    id: z.string().min(1).optional().describe("The vendor's id of the voice."),
    model: z.string().min(1).optional().describe("The vendor's name of the speech model."),
    speed: z.number().min(0.5).max(2).optional().describe('1 is normal.'),
  })
  .optional()
  .describe('The voice that speaks in this node; what is left out is as in the voice of the flow.');

const languageHere = languageTag
  .optional()
  .describe(
    'The language the call goes on in from this node; one that languages declares, or the language of the flow.',
  );

/** How a node is spoken: in which language, by which voice. */
export const spokenHere = { language: languageHere, voice: voiceHere };

interface Parts {
  voice: z.ZodType;
  recognition: z.ZodType;
  phrases: z.ZodType;
  silence: z.ZodType;
  waiting: z.ZodType;
}

/** @param parts the settings of a flow that may differ by language. */
export function languagesOf({ voice, recognition, phrases, silence, waiting }: Parts) {
  return z
    .record(
      languageTag,
      z
        .strictObject({
          words: z
            .array(z.string().trim().min(1, 'must not be empty'))
            .max(50)
            .optional()
            .describe('What a caller says at any time to change to this language, besides its name.'),
          voice: voice.optional(),
          recognition: recognition.optional(),
          phrases: phrases.optional(),
          silence: silence.optional(),
          waiting: waiting.optional(),
        })
        .describe('What is different in this language; what is left out is as in the flow.'),
    )
    .default({})
    .describe(
      'Other languages the flow speaks, by BCP 47 tag. Any text of the flow may then be a map by language: { en-US: Hello., es-US: Hola. }',
    );
}

const TEXT = '#/$defs/textByLanguage';
const TEXTS = '#/$defs/textsByLanguage';
const TEXT_SCHEMA = { type: 'string', minLength: 1 };
const DEFINITIONS = {
  textByLanguage: {
    description: 'The text in each language of the flow, by BCP 47 tag.',
    type: 'object',
    minProperties: 1,
    additionalProperties: TEXT_SCHEMA,
  },
  textsByLanguage: {
    description: 'The texts in each language of the flow, by BCP 47 tag.',
    type: 'object',
    minProperties: 1,
    additionalProperties: { type: 'array', items: TEXT_SCHEMA },
  },
};

/** A JSON Schema in which a map by language may stand wherever a text may. */
export function withTextsByLanguage(schema: Record<string, unknown>): Record<string, unknown> {
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((entry) => walk(entry, path));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => {
        if (key !== 'properties' || typeof entry !== 'object' || entry === null)
          return [key, walk(entry, path)];
        const properties = Object.entries(entry).map(([name, property]) => {
          if (path.length === 0 && NOT_SPOKEN.has(name)) return [name, property];
          const inside = asMap(walk(property, [...path, name]));
          return [name, isTextAt(path, name) ? byLanguage(inside) : inside];
        });
        return [key, Object.fromEntries(properties)];
      }),
    );
  };
  return { ...asMap(walk(schema, [])), $defs: { ...asMap(schema['$defs']), ...DEFINITIONS } };
}

/** The schema of a text, or of a list of texts; others are left as they are. */
function byLanguage(schema: Record<string, unknown>): Record<string, unknown> {
  const { description, default: fallback, ...rest } = schema;
  const around = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  if (rest['type'] === 'string') return { ...around, anyOf: [rest, { $ref: TEXT }] };
  const { items, ...list } = rest;
  if (rest['type'] !== 'array' || asMap(items)['type'] !== 'string') return schema;
  const texts = { ...list, items: { anyOf: [items, { $ref: TEXT }] } };
  return { ...around, anyOf: [texts, { $ref: TEXTS }] };
}
