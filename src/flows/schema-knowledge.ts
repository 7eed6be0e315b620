/** The part of a flow file that names the files the flow knows. */
import { z } from 'zod';

const KINDS = /\.(md|markdown|txt|html?)$/i;

const path = z
  .string()
  .trim()
  .max(300)
  .refine((name) => KINDS.test(name), 'must be a file that ends in .md, .txt or .html')
  .refine(isInside, 'must be a file in the folder of the flow, such as faq.md or texts/prices.html')
  .describe('Markdown, text or HTML, in the folder of the flow or in one within it.');

/** Files a flow knows; each has a title that it is called by in records. */
export const knowledge = z
  .array(
    z
      .union(
        [
          path,
          z.strictObject({
            file: path,
            title: z
              .string()
              .trim()
              .min(1, 'must not be empty')
              .max(100)
              .optional()
              .describe('What the file is called in records. Default: its name without the ending.'),
          }),
        ],
        { error: 'must be a file, or a map such as { file: prices.html, title: Price list }' },
      )
      .describe('A file that the flow knows.'),
  )
  .max(50, 'must name at most 50 files')
  .default([])
  .describe(
    'Files that agents answer from. What fits the words of the caller is looked up in them before the model is asked.',
  );

/** Which of the flow's files an agent answers from. */
export const knowledgeHere = z
  .union([z.boolean(), z.array(z.string().trim().min(1)).min(1, 'must name at least one title').max(50)], {
    error: 'must be true, false, or a list of titles',
  })
  .optional()
  .describe(
    'Which of the files under knowledge are looked into here: all (true), none (false), or those of these titles. Default: all.',
  );

export type KnowledgeEntry = z.infer<typeof knowledge>[number];

export function fileOf(entry: KnowledgeEntry): string {
  return typeof entry === 'string' ? entry : entry.file;
}

/** The file's title, by which nodes and records name it. */
export function titleOf(entry: KnowledgeEntry): string {
  const title = typeof entry === 'string' ? undefined : entry.title;
  return title ?? fileOf(entry).replace(/^.*\//, '').replace(KINDS, '');
}

function isInside(name: string): boolean {
  return !/^([/\\~]|[a-z]:)|\\|\0/i.test(name) && !name.split('/').includes('..');
}
