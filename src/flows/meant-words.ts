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

/** Of nodes, of slots and variables, and of the inputs of tools. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  end: ['hangup'],
  end_call: ['hangup'],
  endcall: ['hangup'],
  hangup_call: ['hangup'],
  hang_up: ['hangup'],
  prompt: ['say'],
  speak: ['say'],
  play: ['say'],
  question: ['collect'],
  gather: ['collect'],
  llm: ['agent'],
  condition: ['branch'],
  if: ['branch'],
  switch: ['branch'],
  function: ['tool'],
  dial: ['transfer'],
  string: ['text'],
  str: ['string', 'text'],
  int: ['integer', 'number'],
  integer: ['number'],
  float: ['number'],
  decimal: ['number'],
  bool: ['boolean', 'yes_no'],
  boolean: ['yes_no'],
  confirmation: ['yes_no'],
  enum: ['choice'],
  select: ['choice'],
  option: ['choice'],
  options: ['choice'],
  list: ['array'],
  map: ['object'],
  currency: ['money'],
  amount: ['money'],
  phone_number: ['phone'],
  tel: ['phone'],
  telephone: ['phone'],
  mail: ['email'],
  zip: ['postcode'],
  zipcode: ['postcode'],
  zip_code: ['postcode'],
  postal_code: ['postcode'],
  pin: ['digits'],
  code: ['digits'],
  card: ['digits'],
};

/** The key that is meant by another product's word for it, where it may stand here. */
export function keyElsewhere(key: string, known: readonly string[]): string | undefined {
  const word = key.toLowerCase().replaceAll('-', '_');
  return Object.hasOwn(KEYS, word) ? KEYS[word]?.find((each) => known.includes(each)) : undefined;
}

/** The type that is meant by another product's word for it, where it is among these. */
export function typeElsewhere(type: string, known: readonly string[]): string | undefined {
  const word = type.toLowerCase().replaceAll('-', '_');
  return Object.hasOwn(TYPES, word) ? TYPES[word]?.find((each) => known.includes(each)) : undefined;
}
