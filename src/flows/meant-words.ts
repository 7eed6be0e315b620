/** What other products call the things of a flow. */

const KEYS: Readonly<Record<string, readonly string[]>> = {
  greeting: ['say'],
  message: ['say'],
  prompt: ['say', 'ask', 'goal'],
  instructions: ['goal', 'persona'],
  functions: ['tools'],
  timeout: ['timeout_sec', 'timeout_ms'],
  max_retries: ['attempts'],
  retries: ['attempts'],
};

const TYPES: Readonly<Record<string, string>> = {
  end: 'hangup',
  end_call: 'hangup',
  endcall: 'hangup',
  hangup_call: 'hangup',
  hang_up: 'hangup',
};

/** The key that is meant by another product's word for it, where it may stand here. */
export function keyElsewhere(key: string, known: readonly string[]): string | undefined {
  const word = key.toLowerCase().replaceAll('-', '_');
  return Object.hasOwn(KEYS, word) ? KEYS[word]?.find((each) => known.includes(each)) : undefined;
}

/** The type that is meant by another product's word for it, where it is among these. */
export function typeElsewhere(type: string, known: readonly string[]): string | undefined {
  const word = type.toLowerCase().replaceAll('-', '_');
  const meant = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
  return meant !== undefined && known.includes(meant) ? meant : undefined;
}
