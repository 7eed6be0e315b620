/** A compiled flow with the tools it runs, its own and those of the flows it goes into. */
import type { Flow } from './flow.ts';
import { createFlowTools, type FlowTools, type FlowToolsOptions } from './tools/runner.ts';
import { withServerSchemas } from './tools/server-schemas.ts';

export interface AssembledFlow {
  flow: Flow;
  /** Runs `tool` of the flow and `other-flow/tool` of its subflows. Close it with the flow. */
  tools: FlowTools;
}

/** Each subflow has tools of its own, also where several flows go into it. */
export function assemble(compiled: Flow, options: FlowToolsOptions): AssembledFlow {
  const inner = new Map<string, { flow: Flow; tools: FlowTools }>();
  const whole = (flow: Flow): { flow: Flow; tools: FlowTools } => {
    const tools = createFlowTools(flow.file, options);
    const subflows = new Map<string, Flow>();
    for (const [id, subflow] of flow.subflows) {
      const made = inner.get(id) ?? whole(subflow);
      inner.set(id, made);
      subflows.set(id, made.flow);
    }
    const languages = new Map(
      [...flow.languages].map(([tag, other]) => [tag, withServerSchemas(other, tools)] as const),
    );
    return { flow: { ...withServerSchemas(flow, tools), subflows, languages }, tools };
  };
  const { flow, tools } = whole(compiled);
  if (inner.size === 0) return { flow, tools };
  const all = [tools, ...[...inner.values()].map((one) => one.tools)];
  return {
    flow,
    tools: {
      ...tools,
      run(run, signal) {
        const [id = '', name] = run.tool.split('/');
        const within = name === undefined ? undefined : inner.get(id);
        if (name === undefined || within === undefined) return tools.run(run, signal);
        return within.tools.run({ ...run, tool: name }, signal);
      },
      async connect() {
        await Promise.all(all.map((one) => one.connect()));
      },
      async close() {
        await Promise.all(all.map((one) => one.close()));
      },
    },
  };
}
