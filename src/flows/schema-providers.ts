/** Who is asked for recognition, answers and speech, in which order. */
import { z } from 'zod';
import type { ProviderLink } from '../provider-health.ts';

const model = z
  .string()
  .min(1)
  .optional()
  .describe("The vendor's name of the model. Default: as configured.");
const voice = z.string().min(1).optional().describe("The vendor's id of the voice. Default: as configured.");

/** A provider by name alone, or with what is asked for there. */
function link<Map extends z.ZodType<ProviderLink>>(names: readonly [string, ...string[]], map: Map) {
  const error = `must be one of ${names.join(', ')}, or a map such as { provider: ${names[0]}, model: … }`;
  const named = z.enum(names).transform((provider): ProviderLink => ({ provider }));
  return z
    .array(z.union([named, map], { error }))
    .min(1)
    .max(6)
    .optional();
}

const provider = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names).describe('The vendor.');

const RECOGNISERS = ['deepgram', 'elevenlabs', 'openai'] as const;
const MODELS = ['anthropic', 'openai'] as const;
const VOICES = ['cartesia', 'deepgram', 'elevenlabs', 'openai', 'espeak'] as const;

/** The `providers` of a flow. */
export const providers = z
  .strictObject({
    stt: link(RECOGNISERS, z.strictObject({ provider: provider(RECOGNISERS), model })).describe(
      'Recognisers. After the last one, keys alone.',
    ),
    llm: link(MODELS, z.strictObject({ provider: provider(MODELS), model })).describe(
      "Language models. After the last one, the flow's own words and keys, offered as a menu.",
    ),
    tts: link(VOICES, z.strictObject({ provider: provider(VOICES), model, voice })).describe(
      'Voices; the id under `voice` is of the first. `espeak` is eSpeak NG in the process, where it is installed. After the last one, the plain English voice in the process.',
    ),
  })
  .prefault({})
  .describe(
    'Who is asked, and who when that fails, in order: deepgram, or { provider: anthropic, model: … }. Default: as configured for all flows. Providers without a key are passed over.',
  );
