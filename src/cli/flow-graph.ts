/** `callwright flow graph`: a flow as a picture. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Picture } from '../flows/graph-picture.ts';
import type { CliContext } from './context.ts';
import { usableFlows } from './flow-files.ts';

const HELP = `
Mermaid is text that GitHub, GitLab and many editors draw where it stands in a Markdown page between \`\`\`mermaid and
\`\`\`. SVG is a picture for browsers, reads on light and dark pages, and needs nothing else. A node that very many ways
lead to is drawn once; the ways to it end in its name.

  callwright flow graph flows/main-menu.yaml --out menu.svg`;

interface Options {
  format?: 'mermaid' | 'svg';
  out?: string;
}

export function registerFlowGraphCommand(flow: Command, context: CliContext): void {
  flow
    .command('graph')
    .description('draw a call flow')
    .argument('<flow>', 'a flow file')
    .addOption(
      new Option(
        '--format <format>',
        'mermaid or svg; default: svg where --out ends in .svg, else mermaid',
      ).choices(['mermaid', 'svg']),
    )
    .option('--out <file>', 'write it to a file')
    .addHelpText('after', HELP)
    .action((path: string, options: Options) => drawFlow(path, options, context));
}

async function drawFlow(path: string, { format, out }: Options, context: CliContext): Promise<void> {
  const [flow] = await usableFlows([path]);
  if (flow === undefined) return;
  const { pictureOf } = await import('../flows/graph-picture.ts');
  const picture = pictureOf(flow.compiled.file);
  const text = await drawn[format ?? (out?.endsWith('.svg') === true ? 'svg' : 'mermaid')](picture);
  if (out === undefined) context.out.write(text);
  else await writeFile(out, text);
}

/** The layout library is only loaded where it is wanted. */
const drawn = {
  mermaid: async (picture: Picture): Promise<string> =>
    (await import('../flows/graph-mermaid.ts')).mermaid(picture),
  svg: async (picture: Picture): Promise<string> => (await import('../flows/graph-svg.ts')).svg(picture),
};
