/** The phone: callers who speak, listen and press keys, as scripts say. */
export type { Caller, CallerEvent, Handset, HeardFrame, SpokenFrame } from './caller.ts';
export type { CallerScriptInput } from './caller-script.ts';
export { PhoneCaller } from './phone-caller.ts';
