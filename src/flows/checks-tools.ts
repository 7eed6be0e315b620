/** What must hold of the tools of a flow: what they take and give, what they are made of, where they go. */
import { formatProblems } from './checks-inputs.ts';
import { addressProblems, headerProblems, requestProblems } from './checks-requests.ts';
import type { Draft } from './draft.ts';
import { FINISH_TOOL, SET_SLOTS_TOOL } from './flow.ts';
import { type FlowProblem, list, suggestion } from './problems.ts';
import type { ToolFile } from './schema-tools.ts';
import { functionProblem } from './tools/functions.ts';
import { inputCheck, inputNames, inputSchema } from './tools/input.ts';
import { namedParts, outputProblem } from './tools/result.ts';

/** @param folder where the flow is, for its functions; without it they are not looked for. */
export function toolProblems(draft: Draft, folder: string | undefined): FlowProblem[] {
  return [
    ...[...draft.tools].flatMap(([name, tool]) => [
      ...shapeProblems(draft, name, tool),
      ...kindProblems(draft, name, tool, folder),
    ]),
    ...serverProblems(draft),
  ];
}

function shapeProblems({ source }: Draft, name: string, tool: ToolFile): FlowProblem[] {
  const problems: FlowProblem[] = [];
  if (name === FINISH_TOOL || name === SET_SLOTS_TOOL) {
    const does = name === FINISH_TOOL ? 'ends a node' : 'sets slots';
    const message = `"${name}" is how the model ${does}; choose another name`;
    problems.push(source.keyProblem(['tools', name], 'wrong-value', message));
  }
  const wrongInput = inputProblem(tool.input);
  if (wrongInput !== undefined) {
    const message = `the input of tool "${name}" is not a valid JSON Schema: ${wrongInput}`;
    problems.push(source.problem(['tools', name, 'input'], 'bad-schema', message));
  }
  const wrongOutput = tool.output === undefined ? undefined : outputProblem(tool.output);
  if (wrongOutput !== undefined) {
    const message = `the output of tool "${name}" is not a valid JSON Schema: ${wrongOutput}`;
    problems.push(source.problem(['tools', name, 'output'], 'bad-schema', message));
  }
  problems.push(...formatProblems(source, ['tools', name, 'input'], tool.input));
  problems.push(...formatProblems(source, ['tools', name, 'output'], tool.output));
  const lacking = lackingParts(tool);
  if (lacking.length > 0) {
    const message = `the output of tool "${name}" needs ${list(lacking, 'and')}, which its result does not give`;
    problems.push(source.problem(['tools', name, 'output'], 'missing-key', message));
  }
  for (const given of Object.keys(tool.with ?? {})) {
    if (!inputNames(tool.input).includes(given)) continue;
    const message = `"${given}" is given by the flow and asked of the model; take it out of input`;
    problems.push(source.keyProblem(['tools', name, 'with', given], 'duplicate', message));
  }
  return problems;
}

/** What the output needs and the result never holds: every call would fail. */
function lackingParts({ result, output }: ToolFile): string[] {
  if (typeof result !== 'object' || output === undefined) return [];
  return namedParts(output, 'needed').filter((part) => !Object.hasOwn(result, part));
}

function inputProblem(input: ToolFile['input']): string | undefined {
  try {
    inputCheck(inputSchema(input));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function kindProblems(
  draft: Draft,
  name: string,
  { http, mcp, function: code }: ToolFile,
  folder: string | undefined,
): FlowProblem[] {
  const { source, serverNames } = draft;
  if (http !== undefined) return requestProblems(source, name, http);
  if (mcp !== undefined && !serverNames.includes(mcp.server)) {
    const known = serverNames.length === 0 ? '' : `; there is ${list(serverNames, 'and')}`;
    const near = suggestion(mcp.server, serverNames);
    const message = `tool "${name}" is of the MCP server "${mcp.server}", which mcp_servers does not declare${near === '' ? known : near}`;
    return [source.problem(['tools', name, 'mcp', 'server'], 'unknown-tool', message)];
  }
  const missing = code === undefined || folder === undefined ? undefined : functionProblem(code, folder);
  return missing === undefined
    ? []
    : [source.problem(['tools', name, 'function'], 'unknown-tool', `tool "${name}": ${missing}`)];
}

function serverProblems(draft: Draft): FlowProblem[] {
  const { source, secrets } = draft;
  return [...draft.servers].flatMap(([name, { url, headers, env = [] }]) => [
    ...headerProblems(source, ['mcp_servers', name, 'headers'], headers),
    ...(url === undefined
      ? []
      : addressProblems(source, ['mcp_servers', name, 'url'], url, `the server "${name}"`)),
    ...env.flatMap((variable, index) =>
      secrets.includes(variable)
        ? []
        : [
            source.problem(
              ['mcp_servers', name, 'env', index],
              'wrong-value',
              `the server "${name}" is given ${variable}, which is not listed under secrets${suggestion(variable, secrets)}`,
            ),
          ],
    ),
  ]);
}
