/** How the model stand-in's answers are cut and paced. */

/** English prose has about four characters a token. */
const CHARS_A_TOKEN = 4;

export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_A_TOKEN);
}

/** Words with the space before them; JSON in short pieces. */
export function piecesOf(text: string): string[] {
  return text.match(/\s*\S{1,12}/g) ?? [];
}
