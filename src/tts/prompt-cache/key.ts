/** The name under which a prompt is kept: a hash of all that decides how it sounds. */
import { hash } from 'node:crypto';
import type { TtsOptions } from '../index.ts';

/** A text and how it is to be spoken. */
export interface PromptRequest {
  /** As it goes to the voice: already written for the ear. */
  text: string;
  options: Omit<TtsOptions, 'signal'>;
}

/** What decides how a vendor sounds and stands in no request. */
export interface VoiceSetup {
  /**
   * Whose audio it is: the vendor's base URL, or `sandbox`. A prompt that a stand-in spoke must never be played for the
   * vendor's own.
   */
  origin: string;
  /** The voice of requests that name none. */
  voice?: string;
  /** The model of requests that name none. */
  model?: string;
}

/** Counts up when audio that was kept must not be used any more: another format, or another default of an adapter. */
const KEY_VERSION = 1;

/**
 * SHA-256, in hex. The white space around a text and the way its accents are encoded make no difference, nor does a
 * speed of 1 that is not said.
 */
export function promptKey(
  { text, options }: PromptRequest,
  provider: string,
  setup: VoiceSetup = { origin: provider },
): string {
  const parts = [
    KEY_VERSION,
    provider,
    setup.origin,
    options.voice ?? setup.voice ?? null,
    options.model ?? setup.model ?? null,
    options.speed ?? 1,
    options.language.toLowerCase(),
    text.normalize('NFC').trim(),
  ];
  // JSON of an array keeps its parts apart, whatever is in them.
  return hash('sha256', JSON.stringify(parts), 'hex');
}
