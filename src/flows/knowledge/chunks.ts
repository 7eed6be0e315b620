/** Files cut into passages: each stays under its headings, and is long enough to answer from and short enough to read. */
import type { KnowledgeChunk } from './index.ts';

/** A passage is closed once it has so many words; a section that is shorter is a passage by itself. */
const WORDS = 160;
/** A paragraph longer than this is cut at the ends of its sentences. */
const MOST_WORDS = 300;
/** Text without blanks, as in Chinese, is cut by its length. */
const MOST_CHARACTERS = 2400;
const MOST_HEADING_CHARACTERS = 120;

interface Section {
  heading: string;
  paragraphs: string[];
}

/** @param text Markdown, or plain text */
export function chunksOf(source: string, text: string): KnowledgeChunk[] {
  return sectionsOf(text).flatMap(({ heading, paragraphs }) =>
    passages(paragraphs).map((passage) => ({ source, heading, text: passage })),
  );
}

function sectionsOf(text: string): Section[] {
  const path: string[] = [];
  let section: Section = { heading: '', paragraphs: [] };
  const sections = [section];
  let lines: string[] = [];
  let fence = '';
  const endParagraph = (): void => {
    const paragraph = lines.join('\n').trim();
    if (paragraph !== '') section.paragraphs.push(paragraph);
    lines = [];
  };
  const begin = (level: number, title: string): void => {
    endParagraph();
    path.length = Math.min(path.length, level - 1);
    path[level - 1] = title.slice(0, MOST_HEADING_CHARACTERS);
    section = { heading: path.filter((part) => part !== undefined).join(' › '), paragraphs: [] };
    sections.push(section);
  };
  for (const line of withoutFrontMatter(text).split(/\r\n?|\n/)) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined && (fence === '' || fence === mark)) {
      fence = fence === '' ? mark : '';
      continue;
    }
    const heading = fence === '' ? /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/.exec(line) : null;
    const underline =
      fence === '' && lines.length === 1 ? /^ {0,3}(=+|-{2,})\s*$/.exec(line)?.[1] : undefined;
    if (heading?.[1] !== undefined && heading[2] !== undefined) {
      if (heading[2].trim() !== '') begin(heading[1].length, plain(heading[2]));
    } else if (underline !== undefined) {
      const [title = ''] = lines.splice(0);
      begin(underline.startsWith('=') ? 1 : 2, plain(title));
    } else if (line.trim() === '') endParagraph();
    else lines.push(plain(line));
  }
  endParagraph();
  return sections;
}

/** What stands between `---` lines at the top of a file is for programs. */
function withoutFrontMatter(text: string): string {
  return text.replace(/^\uFEFF?---\r?\n[\s\S]{0,10000}?\n---[ \t]*(?:\r?\n|$)/, '').replace(/^\uFEFF/, '');
}

/** A line without what only looks well on a screen. */
function plain(line: string): string {
  return line
    .replaceAll(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replaceAll(/(\*\*|__|`)/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function passages(paragraphs: readonly string[]): string[] {
  const made: string[] = [];
  let open: string[] = [];
  let words = 0;
  for (const piece of paragraphs.flatMap(pieces)) {
    const more = wordsIn(piece);
    if (open.length > 0 && words + more > MOST_WORDS) {
      made.push(open.join('\n'));
      open = [];
      words = 0;
    }
    open.push(piece);
    words += more;
    if (words < WORDS) continue;
    made.push(open.join('\n'));
    open = [];
    words = 0;
  }
  if (open.length > 0) made.push(open.join('\n'));
  return made;
}

/** A paragraph, or, where it is too long, as many of its sentences as go together. */
function pieces(paragraph: string): string[] {
  if (wordsIn(paragraph) <= MOST_WORDS) return [paragraph];
  const sentences = paragraph.split(/(?<=[.!?。！？])\s*|\n/u).flatMap(slices);
  const made: string[] = [];
  for (const sentence of sentences) {
    const last = made.at(-1);
    const together = `${last} ${sentence}`;
    if (last !== undefined && wordsIn(together) <= WORDS) made[made.length - 1] = together;
    else made.push(sentence);
  }
  return made;
}

function slices(sentence: string): string[] {
  if (wordsIn(sentence) <= MOST_WORDS) return sentence === '' ? [] : [sentence];
  const middle = Math.ceil(sentence.length / 2);
  const blank = sentence.indexOf(' ', middle);
  const at = blank < 0 || blank > middle + 200 ? middle : blank;
  return [...slices(sentence.slice(0, at).trim()), ...slices(sentence.slice(at).trim())];
}

/** Words of a text; where a language writes no blanks, eight signs count as one. */
function wordsIn(text: string): number {
  return Math.max(text.split(/\s+/).length, Math.ceil((text.length * MOST_WORDS) / MOST_CHARACTERS));
}
