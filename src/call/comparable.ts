/**
 * A text by its letters and numbers alone: without what recognisers and models add and take away between two writings of
 * the same words.
 */
export function comparable(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
