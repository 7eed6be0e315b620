/** Campaigns in another thread: what is called here is asked for there. */
import type { Campaigns } from './index.ts';

/** A call of one of the methods. */
export interface CampaignsCall {
  name: keyof Campaigns;
  /** What the method takes; all of it can be copied to another thread. */
  args: unknown[];
}

const NAMES: Record<keyof Campaigns, true> = {
  create: true,
  find: true,
  list: true,
  move: true,
  progress: true,
  auditTrail: true,
  importFile: true,
  openImport: true,
  addBatch: true,
  endImport: true,
  findImport: true,
  listImports: true,
  setAside: true,
  claimDue: true,
  addDoNotCall: true,
  removeDoNotCall: true,
  findDoNotCall: true,
  listDoNotCall: true,
};

/** Campaigns whose every method is `ask`ed for; {@link performCall} answers on the other side. */
export function remoteCampaigns(ask: (call: CampaignsCall) => Promise<unknown>): Campaigns {
  const names = Object.keys(NAMES) as (keyof Campaigns)[];
  const methods = names.map((name) => [name, (...args: unknown[]) => ask({ name, args })]);
  // Each takes and gives what the method of its name does over there.
  return Object.fromEntries(methods) as Campaigns;
}

/** Does what a {@link CampaignsCall} asks for. The arguments are those that the same interface took on the other side. */
export function performCall(campaigns: Campaigns, { name, args }: CampaignsCall): Promise<unknown> {
  const method = campaigns[name] as (...args: unknown[]) => Promise<unknown>;
  return method.apply(campaigns, args);
}
