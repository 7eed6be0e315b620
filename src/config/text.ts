/** The configuration in words: for `--help`, for `.env.example`, for the start of the service. */
import type { Config } from '../config.ts';
import { groups, type Variable } from './variables.ts';

/** The table of variables for a terminal. */
export function configHelp(): string {
  return groups
    .map(({ title, variables }) => {
      const width = Math.max(...Object.keys(variables).map((name) => name.length));
      const lines = Object.entries(variables).map(
        ([name, each]) => `  ${name.padEnd(width)}  ${describe(each)}`,
      );
      return [`${title}:`, ...lines].join('\n');
    })
    .join('\n\n');
}

/** The text of `.env.example`. Copied to `.env` as it is, it changes nothing: empty means unset. */
export function envExample(): string {
  const intro = [
    '# Copy this file to .env and fill in what you need. A variable of the environment wins over this file; an empty',
    '# value means unset. With nothing set, the service runs on its sandbox. Made by: callwright config --example',
  ];
  const parts = groups.map(({ title, variables }) => [
    `# ${title}`,
    ...Object.entries(variables).map(([name, each]) => `# ${describe(each)}\n${name}=${each.fallback ?? ''}`),
  ]);
  return `${[intro, ...parts].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function describe({ help, fallback, example }: Variable): string {
  if (fallback !== undefined) return `${help} Default: ${fallback}`;
  return example === undefined ? help : `${help} For example: ${example}`;
}

/** One line that says who carries a call; for the start of the service. */
export function describeMode(config: Config): string {
  const vendors = {
    Twilio: config.twilio,
    Deepgram: config.deepgram,
    Anthropic: config.anthropic,
    Cartesia: config.cartesia,
  };
  const named = (source: 'real' | 'sandbox') =>
    new Intl.ListFormat('en-GB').format(
      Object.entries(vendors)
        .filter(([, vendor]) => vendor.source === source)
        .map(([name]) => name),
    );
  switch (config.mode) {
    case 'vendors':
      return `Real calls: ${named('real')} are in use.`;
    case 'mixed':
      return `No real calls, for want of a Twilio account: ${named('real')} for real, the sandbox for ${named('sandbox')}.`;
    case 'sandbox':
      return `No vendor's key is set, so no real calls: the sandbox stands in for ${named('sandbox')}.`;
  }
}
