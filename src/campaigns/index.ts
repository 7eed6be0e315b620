/** Campaigns: lists of people the service calls, kept in the database. The contract; `sql-campaigns.ts` implements it. */
import { z } from 'zod';
import { isCountry } from './numbers.ts';
import { isTimeZone } from './zone-clock.ts';

export const campaignStateSchema = z.enum(['draft', 'running', 'paused', 'done']);
export type CampaignState = z.infer<typeof campaignStateSchema>;

const instant = z.iso.datetime().describe('ISO 8601, UTC.');
const count = z.number().int().nonnegative();

export const campaignSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: campaignStateSchema,
  pauseReason: z.string().optional().describe('Why it is paused, in words.'),
  flow: z.string().describe('The flow that holds its calls.'),
  flowVersion: z.string().optional().describe('Absent: the version that is loaded when a call is placed.'),
  settings: z.record(z.string(), z.unknown()).describe('How it calls: windows, pace, attempts, consent.'),
  priority: z.number().int().min(0).max(9).describe('Campaigns of a higher one go first.'),
  createdAt: instant,
  startedAt: instant.optional(),
  endedAt: instant.optional(),
});
export type Campaign = z.infer<typeof campaignSchema>;

export const newCampaignSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  flow: z.string().trim().min(1).max(128),
  flowVersion: z.string().trim().min(1).max(128).optional(),
  settings: z.record(z.string(), z.unknown()).default({}),
  priority: z.number().int().min(0).max(9).default(0),
});
export type NewCampaign = z.infer<typeof newCampaignSchema>;

/** How a list is to be read. Stored with the import: the same file with other options is another import. */
export const importOptionsSchema = z.strictObject({
  mapping: z
    .record(z.string().min(1).max(64), z.string().min(1).max(1_000))
    .default({})
    .describe(
      'Which column holds what: phone, time_zone, consent, consent_source, consent_at, priority, call_at, or the name of a variable. What is not said is guessed from the names of the columns.',
    ),
  defaultCountry: z
    .string()
    .toUpperCase()
    .refine(isCountry, 'must be a country such as US')
    .optional()
    .describe('ISO 3166-1: of numbers without a country code.'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be a time zone such as America/New_York')
    .optional()
    .describe("The campaign's: of contacts for whom neither a column nor the number tells one."),
  requireConsent: z.boolean().default(false).describe('true: rows without consent are set aside.'),
  consentSource: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Where everybody on the list has consented; a column goes first.'),
  consentAt: instant.optional().describe('When everybody on the list has consented; a column goes first.'),
});
export type ImportOptions = z.infer<typeof importOptionsSchema>;

/** Why a row is nobody to call. */
export const setAsideReasonSchema = z.enum([
  'number-missing',
  'number-invalid',
  'number-inexact',
  'number-not-callable',
  'duplicate-in-file',
  'duplicate-in-campaign',
  'do-not-call',
  'no-consent',
  'value-invalid',
  'row-malformed',
]);
export type SetAsideReason = z.infer<typeof setAsideReasonSchema>;

export const importSchema = z.object({
  id: z.string(),
  campaignId: z.string(),
  fileName: z.string(),
  state: z
    .enum(['running', 'done', 'failed'])
    .describe('One that was interrupted is running for ever, until its file is imported again.'),
  error: z.string().optional().describe('Why it failed, in words.'),
  columns: z.array(z.string()).describe('As the file names them.'),
  bytesTotal: count,
  bytesRead: count,
  rowsRead: count.describe('rowsImported and rowsSetAside together.'),
  rowsImported: count,
  rowsSetAside: count,
  reasons: z.partialRecord(setAsideReasonSchema, count).describe('What was set aside, counted by reason.'),
  startedAt: instant,
  endedAt: instant.optional(),
});
export type ContactImport = z.infer<typeof importSchema>;

/** Somebody to call, as a row of a list tells. */
export interface NewContact {
  /** Of the file, from 1. */
  line: number;
  /** E.164. */
  number: string;
  country: string | null;
  /** IANA: all that the contact may be in. */
  timeZones: readonly string[];
  variables: Readonly<Record<string, string>>;
  consentSource: string | null;
  /** ISO 8601. */
  consentAt: string | null;
  /** 0 to 9. */
  priority: number;
  /** Not before then; ISO 8601. Null: as soon as the campaign runs. */
  callAt: string | null;
}

export interface SetAsideRow {
  line: number;
  reason: SetAsideReason;
  /** In words. */
  detail: string;
  /** The cells as they were written. */
  raw: readonly string[];
}

/** A row that may still turn out to be a duplicate. */
export interface CheckedRow {
  contact: NewContact;
  raw: readonly string[];
}

/** Rows that follow each other in a file, and how far it has been read with them. */
export interface ImportBatch {
  /** The last line of the batch before; 0 for the first. */
  afterLine: number;
  /** The last line of this one. */
  line: number;
  bytesRead: number;
  columns: readonly string[];
  contacts: readonly CheckedRow[];
  setAside: readonly SetAsideRow[];
}

export interface NewImport {
  campaignId: string;
  fileName: string;
  /** Of the bytes of the file. */
  contentHash: string;
  bytesTotal: number;
  options: ImportOptions;
}

/** A list on this machine. */
export interface FileToImport {
  campaignId: string;
  path: string;
  /** What people call it. */
  fileName: string;
  options: ImportOptions;
}

/** A contact that is this node's to call until its lease ends. */
export interface ClaimedContact {
  id: string;
  number: string;
  country: string | undefined;
  timeZones: string[];
  variables: Record<string, string>;
  attempts: number;
}

export interface ClaimRequest {
  campaignId: string;
  /** Who claims: the node. */
  owner: string;
  limit: number;
  now: Date;
  /** The contact is this owner's for so long. */
  leaseMs: number;
}

export const doNotCallSchema = z.object({
  number: z.string().describe('E.164.'),
  source: z.string().describe('Where it comes from: a call, a file, a person.'),
  reason: z.string().optional(),
  callId: z.string().optional().describe('The call in which it was asked for.'),
  at: instant,
});
export type DoNotCall = z.infer<typeof doNotCallSchema>;

export const auditEntrySchema = z.object({
  at: instant,
  who: z.string(),
  what: z.string(),
  campaignId: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A page of what is listed in the order of a key. */
export interface PageQuery {
  limit: number;
  /** The key that the page before ended with. */
  after?: string;
}

export interface Campaigns {
  /** A draft. `who` is for the audit trail, here and below. */
  create(campaign: NewCampaign, who: string): Promise<Campaign>;
  find(id: string): Promise<Campaign | undefined>;
  /** Oldest first; `after` is the id of a campaign. */
  list(query: PageQuery): Promise<Campaign[]>;
  /** Compare-and-set. Undefined where it is in none of the states `from`: somebody else was faster. */
  move(id: string, change: StateChange, who: string): Promise<Campaign | undefined>;
  /** Its contacts, counted by what became of them: their outcome, else their state. */
  progress(id: string): Promise<Record<string, number>>;
  auditTrail(campaignId: string): Promise<AuditEntry[]>;

  /**
   * Imports a file of the machine that the campaigns are on: see `importContacts`. Undefined where there is no such
   * campaign; throws a `UserError` where the file cannot be read to its end.
   */
  importFile(request: FileToImport): Promise<ContactImport | undefined>;
  /**
   * Begins an import, or goes on with the one of the same file and options: `doneLine` is the last line that is done.
   * Undefined where there is no such campaign.
   */
  openImport(wanted: NewImport): Promise<{ import: ContactImport; doneLine: number } | undefined>;
  /**
   * Adds what is new and sets the rest aside, all or nothing. Throws a {@link CampaignsError} `import-taken` where the
   * import is not at `afterLine`: it is run elsewhere, too.
   */
  addBatch(importId: string, batch: ImportBatch): Promise<ContactImport>;
  endImport(importId: string, end: { state: 'done' | 'failed'; error?: string }): Promise<ContactImport>;
  findImport(id: string): Promise<ContactImport | undefined>;
  /** Newest first. */
  listImports(campaignId: string): Promise<ContactImport[]>;
  /** In the order of lines. */
  setAside(importId: string, query: { afterLine: number; limit: number }): Promise<SetAsideRow[]>;

  /** Takes contacts that are due, by priority and then by time; nobody else gets them, and nobody on the do-not-call list is among them. */
  claimDue(request: ClaimRequest): Promise<ClaimedContact[]>;

  /** For all campaigns, at once. Those that are on the list already stay as they are. Returns how many were added. */
  addDoNotCall(entries: readonly DoNotCall[], who: string): Promise<number>;
  /** Contacts that waited for a call before the number was listed wait again. False where it is not on the list. */
  removeDoNotCall(number: string, who: string): Promise<boolean>;
  findDoNotCall(number: string): Promise<DoNotCall | undefined>;
  /** In the order of numbers; `after` is a number. */
  listDoNotCall(query: PageQuery): Promise<DoNotCall[]>;
}

export interface StateChange {
  from: readonly CampaignState[];
  to: CampaignState;
  /** Why, where it is paused. */
  reason?: string;
}

/** `code`: `import-taken`, `no-such-import`. */
export class CampaignsError extends Error {
  override readonly name = 'CampaignsError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
