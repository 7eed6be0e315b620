/** What the stand-ins are told to take; the reports state it. */
export const TOLD = {
  endOfSpeechMs: 300,
  /** Where the recogniser tells of likely ends. */
  eagerEndMs: 100,
  firstTokenMs: 300,
  tokensPerSecond: 80,
  firstByteMs: 150,
} as const;
