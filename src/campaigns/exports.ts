/** What was set aside, as a file that can be mended and imported again. */
import { csvLine } from './csv-export.ts';
import type { Campaigns, ContactImport } from './index.ts';

const ROWS_A_PAGE = 1_000;

/** Line by line, read from the database as it is taken: the cells as they were, before them line, reason and detail. */
export async function* setAsideCsv(
  campaigns: Pick<Campaigns, 'setAside'>,
  { id, columns }: Pick<ContactImport, 'id' | 'columns'>,
): AsyncGenerator<string> {
  yield csvLine(['line', 'reason', 'detail', ...columns]);
  let afterLine = 0;
  for (;;) {
    const rows = await campaigns.setAside(id, { afterLine, limit: ROWS_A_PAGE });
    const lines = rows.map(({ line, reason, detail, raw }) =>
      csvLine([String(line), reason, detail, ...raw]),
    );
    if (lines.length > 0) yield lines.join('');
    afterLine = rows.at(-1)?.line ?? afterLine;
    if (rows.length < ROWS_A_PAGE) return;
  }
}

/** The whole do-not-call list, in the order of numbers. */
export async function* doNotCallCsv(campaigns: Pick<Campaigns, 'listDoNotCall'>): AsyncGenerator<string> {
  yield csvLine(['number', 'source', 'reason', 'call_id', 'at']);
  let after = '';
  for (;;) {
    const entries = await campaigns.listDoNotCall({ limit: ROWS_A_PAGE, after });
    const lines = entries.map(({ number, source, reason = '', callId = '', at }) =>
      csvLine([number, source, reason, callId, at]),
    );
    if (lines.length > 0) yield lines.join('');
    after = entries.at(-1)?.number ?? after;
    if (entries.length < ROWS_A_PAGE) return;
  }
}
