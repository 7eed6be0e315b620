/** Checks of what a flow knows: files that can be read, titles that exist. */
import type { Draft } from './draft.ts';
import { readKnowledge } from './knowledge/files.ts';
import type { KnowledgeBase } from './knowledge/index.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import { fileOf, type KnowledgeEntry, titleOf } from './schema-knowledge.ts';

/**
 * What is in the files of a flow, and what is wrong with them. Never throws.
 *
 * @param folder where the flow is; without it the files are neither looked for nor used
 */
export function knowledgeOf(
  draft: Draft,
  folder: string | undefined,
): { base?: KnowledgeBase; problems: FlowProblem[] } {
  const { source, knowledge, language } = draft;
  if (knowledge === undefined) return { problems: [] };
  const problems = [...titleProblems(draft, knowledge), ...nodeProblems(draft, knowledge)];
  if (folder === undefined || knowledge.length === 0) return { problems };
  const read = readKnowledge(knowledge, folder, language);
  for (const { index, message } of read.problems) {
    const entry = knowledge[index];
    const path = typeof entry === 'string' ? ['knowledge', index] : ['knowledge', index, 'file'];
    problems.push(source.problem(path, 'unreadable', message));
  }
  return { ...(read.base === undefined ? {} : { base: read.base }), problems };
}

function titleProblems({ source }: Draft, knowledge: readonly KnowledgeEntry[]): FlowProblem[] {
  const titles = knowledge.map(titleOf);
  return knowledge.flatMap((entry, index) => {
    const title = titleOf(entry);
    const first = knowledge[titles.indexOf(title)];
    if (first === undefined || first === entry) return [];
    const message =
      fileOf(first) === fileOf(entry)
        ? `the file ${fileOf(entry)} is there twice`
        : `${fileOf(first)} and ${fileOf(entry)} are both called "${title}"; give one another title`;
    return [source.problem(['knowledge', index], 'duplicate', message)];
  });
}

function nodeProblems({ source, nodes }: Draft, knowledge: readonly KnowledgeEntry[]): FlowProblem[] {
  const titles = knowledge.map(titleOf);
  return [...nodes].flatMap(([name, node]) => {
    const here = node.type === 'agent' ? node.knowledge : undefined;
    const path = ['nodes', name, 'knowledge'];
    if (here === true && titles.length === 0) {
      const message = `node "${name}" answers from knowledge, and the flow names no files under knowledge`;
      return [source.problem(path, 'missing-key', message)];
    }
    if (!Array.isArray(here)) return [];
    return here.flatMap((title, index) =>
      titles.includes(title)
        ? []
        : [
            source.problem(
              [...path, index],
              'wrong-value',
              `node "${name}" answers from "${title}", which is no title under knowledge${suggestion(title, titles)}`,
            ),
          ],
    );
  });
}
