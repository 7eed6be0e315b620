/** A sensitive slot may be given to tools and held against conditions; everything else sees its mask at most. */
import type { Draft } from './draft.ts';
import type { Templates } from './templates.ts';
import type { Path } from './yaml-source.ts';

/** In words what of the `sensitive` slots a template would tell; none where it tells nothing. */
export function sensitiveProblems(
  templates: Templates,
  { path, source }: { path: Path; source: string },
  draft: Draft,
  sensitive: readonly string[],
): string[] {
  if (sensitive.length === 0 || mayHold(path, draft)) return [];
  const used = templates.variables(withoutMasked(source, sensitive));
  const told = used.flatMap(([root, slot]) => {
    if (root !== 'slots') return [];
    return slot === undefined || slot === '*' ? sensitive : sensitive.filter((name) => name === slot);
  });
  return [...new Set(told)].map(
    (name) =>
      `the template would tell the slot "${name}", which is sensitive; only {{ slots.${name} | last4 }} and {{ slots.${name} | masked }} may stand here`,
  );
}

/** Where a tool gets its input. */
function mayHold([part, name, key]: Path, { nodes }: Draft): boolean {
  if (part === 'tools') return key === 'with' || key === 'http';
  return part === 'nodes' && key === 'input' && nodes.get(String(name))?.type === 'tool';
}

/** Without the outputs that are masked, and without the conditions, which only ask. */
function withoutMasked(source: string, sensitive: readonly string[]): string {
  const names = sensitive.map((name) => name.replaceAll('-', '\\-')).join('|');
  const slot = `slots(?:\\.(?:${names})|\\[\\s*["'](?:${names})["']\\s*\\])`;
  const output = new RegExp(`\\{\\{-?\\s*${slot}\\s*\\|\\s*(?:last4|masked)\\b[^}]*\\}\\}`, 'g');
  const asks = /\{%-?\s*(?:if|elsif|unless|case|when)\b[^%]*%\}/g;
  return source
    .replaceAll(output, '')
    .replaceAll(asks, (tag) => tag.replaceAll(new RegExp(slot, 'g'), 'true'));
}
